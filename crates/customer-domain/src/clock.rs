//! The source of the current time.

use std::sync::Arc;

use crate::value::time::Timestamp;

/// Source of the current time for the use cases. The crate has no clock of its own.
///
/// ```
/// use customer_domain::{Clock, FnClock, Timestamp};
///
/// struct SystemClock;
///
/// impl Clock for SystemClock {
///     fn now(&self) -> Timestamp {
///         // Fails only outside the years 0000 to 9999.
///         std::time::SystemTime::now().try_into().unwrap_or(Timestamp::MAX)
///     }
/// }
///
/// let stopped = FnClock(|| Timestamp::MIN);
/// assert!(stopped.now() < SystemClock.now());
/// ```
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// A closure as a [`Clock`].
#[derive(Clone, Copy, Debug)]
pub struct FnClock<F>(pub F);

impl<F: Fn() -> Timestamp + Send + Sync> Clock for FnClock<F> {
    fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

impl<C: Clock + ?Sized> Clock for Box<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}
