//! Repeated attempts.

use std::time::Duration;

use crate::deadline::Deadline;
use crate::error::{Error, Failed};

/// The maximum number of attempts of an operation.
const ATTEMPTS: u32 = 6;

/// The pause after the first attempt. Each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// Repeats an operation that failed without effect, for about half a second at most and
/// not beyond the deadline.
///
/// The length of each pause is random, between half and the whole of its nominal length,
/// so that operations that got in each other's way do not meet again.
pub(crate) async fn retry<T, F, Fut>(deadline: Deadline, attempt: F) -> Result<T, Error>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T, Failed>>,
{
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        let error = match attempt().await {
            Ok(done) => return Ok(done),
            Err(Failed::Finally(error)) => return Err(error),
            Err(Failed::Again(error)) => error,
        };
        let random = pause.mul_f64(0.5 + fastrand::f64() / 2.0);
        if !deadline.allows(random) {
            return Err(error);
        }
        tokio::time::sleep(random).await;
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

    /// Fails that many times, then succeeds; returns the number of attempts.
    async fn attempts(
        failures: u32,
        failed: fn() -> Failed,
        timeout: Duration,
    ) -> (u32, Result<(), Error>) {
        let attempts = AtomicU32::new(0);
        let outcome = retry(Deadline::after(timeout), || async {
            if attempts.fetch_add(1, Ordering::Relaxed) < failures {
                Err(failed())
            } else {
                Ok(())
            }
        })
        .await;
        (attempts.into_inner(), outcome)
    }

    const LONG: Duration = Duration::from_secs(600);

    fn again() -> Failed {
        Failed::Again(Error::Disconnected)
    }

    #[tokio::test]
    async fn s5_an_operation_without_effect_is_repeated_within_a_bound() {
        assert!(matches!(attempts(0, again, LONG).await, (1, Ok(()))));
        assert!(matches!(
            attempts(ATTEMPTS - 1, again, LONG).await,
            (ATTEMPTS, Ok(()))
        ));
        assert!(matches!(
            attempts(ATTEMPTS, again, LONG).await,
            (ATTEMPTS, Err(Error::Disconnected))
        ));
    }

    #[tokio::test]
    async fn s5_an_operation_is_not_repeated_beyond_its_deadline() {
        assert!(matches!(
            attempts(1, again, Duration::ZERO).await,
            (1, Err(Error::Disconnected))
        ));
    }

    #[tokio::test]
    async fn s5_a_write_that_may_have_happened_is_not_repeated() {
        let finally = || Failed::Finally(Error::Unacknowledged);
        assert!(matches!(
            attempts(1, finally, LONG).await,
            (1, Err(Error::Unacknowledged))
        ));
    }
}
