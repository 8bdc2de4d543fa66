//! A clock that the test sets.

use std::sync::atomic::{AtomicI64, Ordering};

use customer_domain::{Clock, Timestamp};

/// A clock whose time changes only when the test sets or moves it, forwards or backwards.
/// Share it by reference or in an [`Arc`](std::sync::Arc).
///
/// ```
/// use customer_domain::{Clock, Timestamp};
/// use customer_testkit::ManualClock;
///
/// let clock = ManualClock::new(Timestamp::parse("2026-11-23T12:00:00Z")?);
/// clock.advance_micros(-1);
/// assert_eq!(clock.now().to_string(), "2026-11-23T11:59:59.999999Z");
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Debug)]
pub struct ManualClock {
    micros: AtomicI64,
}

impl ManualClock {
    /// Creates a clock with that time.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self {
            micros: AtomicI64::new(now.as_micros()),
        }
    }

    /// Sets the time, to a later or earlier one.
    pub fn set(&self, now: Timestamp) {
        self.micros.store(now.as_micros(), Ordering::SeqCst);
    }

    /// Moves the clock by that number of microseconds, backwards if negative. It stops at
    /// the minimum and maximum [`Timestamp`].
    pub fn advance_micros(&self, by: i64) {
        let moved = |micros: i64| Some(within_range(micros.saturating_add(by)));
        // The closure never returns `None`.
        let _ = self
            .micros
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, moved);
    }
}

fn within_range(micros: i64) -> i64 {
    micros.clamp(Timestamp::MIN.as_micros(), Timestamp::MAX.as_micros())
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_stops_at_the_minimum_and_maximum() {
        let clock = ManualClock::new(Timestamp::MAX);
        clock.advance_micros(1);
        assert_eq!(clock.now(), Timestamp::MAX);
        clock.advance_micros(i64::MIN);
        clock.advance_micros(i64::MIN);
        assert_eq!(clock.now(), Timestamp::MIN);
    }
}
