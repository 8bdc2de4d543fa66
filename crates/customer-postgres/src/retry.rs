//! Trying again, within a bound.

use std::time::Duration;

use crate::error::{Error, Failed};

/// How often an operation is tried in all.
const ATTEMPTS: u32 = 6;

/// The pause after the first attempt. It doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// Tries until it goes well, must not be tried again, or was tried often enough:
/// for about half a second.
///
/// Each pause is drawn between half and the whole of its length, so that those
/// who were in each other's way do not meet again.
pub(crate) async fn retry<T, F, Fut>(attempt: F) -> Result<T, Error>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T, Failed>>,
{
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Ok(done) => return Ok(done),
            Err(Failed::Finally(error)) => return Err(error),
            Err(Failed::Again(_)) => {}
        }
        tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
        pause *= 2;
    }
    attempt().await.map_err(|failed| match failed {
        Failed::Again(error) | Failed::Finally(error) => error,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Fails as often as said, then goes well; returns how often it was tried.
    async fn tried(failures: u32, failed: fn() -> Failed) -> (u32, Result<(), Error>) {
        let attempts = AtomicU32::new(0);
        let outcome = retry(|| async {
            if attempts.fetch_add(1, Ordering::Relaxed) < failures {
                Err(failed())
            } else {
                Ok(())
            }
        })
        .await;
        (attempts.into_inner(), outcome)
    }

    #[tokio::test]
    async fn what_did_not_happen_is_tried_again_within_a_bound() {
        let again = || Failed::Again(Error::Disconnected);
        assert!(matches!(tried(0, again).await, (1, Ok(()))));
        assert!(matches!(
            tried(ATTEMPTS - 1, again).await,
            (ATTEMPTS, Ok(()))
        ));
        assert!(matches!(
            tried(ATTEMPTS, again).await,
            (ATTEMPTS, Err(Error::Disconnected))
        ));
    }

    #[tokio::test]
    async fn s5_what_may_have_happened_is_not_tried_again() {
        let finally = || Failed::Finally(Error::Unacknowledged);
        assert!(matches!(
            tried(1, finally).await,
            (1, Err(Error::Unacknowledged))
        ));
    }
}
