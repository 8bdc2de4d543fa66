//! Several statements in one round trip.

use std::future::poll_fn;
use std::task::Poll;

use customer_domain::BoxFuture;

/// Awaits all futures. The driver sends a statement when its future is polled first, so
/// that polling the futures in their order sends the statements in that order.
pub(crate) async fn in_order<T>(mut futures: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    let mut results: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    poll_fn(|context| {
        let mut is_ready = true;
        for (future, result) in futures.iter_mut().zip(&mut results) {
            if result.is_some() {
                continue;
            }
            match future.as_mut().poll(context) {
                Poll::Ready(value) => *result = Some(value),
                Poll::Pending => is_ready = false,
            }
        }
        if is_ready {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    results.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn futures_are_first_polled_in_their_order_and_results_keep_it() {
        let polled = Mutex::new(Vec::new());
        let future = |number: usize| -> BoxFuture<'_, usize> {
            let polled = &polled;
            Box::pin(async move {
                polled.lock().unwrap().push(number);
                // The last ones are ready first.
                for _ in number..5 {
                    tokio::task::yield_now().await;
                }
                number
            })
        };
        let results = in_order((0..5).map(future).collect()).await;
        assert_eq!(results, [0, 1, 2, 3, 4]);
        assert_eq!(*polled.lock().unwrap(), [0, 1, 2, 3, 4]);
        assert!(in_order(Vec::<BoxFuture<'_, ()>>::new()).await.is_empty());
    }
}
