//! Futures that are dropped before they are done.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::task::yield_now;

/// Polls a future that many times, lets others run in between, and drops it.
/// `None` when it was not done by then.
pub(crate) async fn poll_times<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..times {
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
        yield_now().await;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ready_at_the_third_poll() -> u8 {
        yield_now().await;
        yield_now().await;
        7
    }

    #[tokio::test]
    async fn a_future_is_dropped_after_so_many_polls() {
        for (times, output) in [(0, None), (1, None), (2, None), (3, Some(7)), (9, Some(7))] {
            let polled = poll_times(ready_at_the_third_poll(), times).await;
            assert_eq!(polled, output, "{times}");
        }
    }
}
