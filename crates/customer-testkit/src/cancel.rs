//! Futures that are dropped before they complete.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::task::yield_now;

/// Polls a future up to that many times, yields between the polls, and drops it. `None`
/// if it did not complete.
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

    async fn ready_at_third_poll() -> u8 {
        yield_now().await;
        yield_now().await;
        7
    }

    #[tokio::test]
    async fn a_future_is_dropped_after_the_given_number_of_polls() {
        for (times, output) in [(0, None), (1, None), (2, None), (3, Some(7)), (9, Some(7))] {
            let polled = poll_times(ready_at_third_poll(), times).await;
            assert_eq!(polled, output, "{times}");
        }
    }
}
