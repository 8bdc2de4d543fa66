//! How often a client may ask.

use std::num::NonZeroU64;

use crate::auth::ClientId;

/// Decides whether a client has asked too often.
///
/// It is asked once for every request whose caller is known, whatever comes of
/// the request then. A closure is one:
///
/// ```
/// use customer_http::{ClientId, RateLimiter, RetryAfter};
///
/// let unlimited = |_: &ClientId| Ok(());
/// assert!(unlimited.check(&ClientId::new("acme")).is_ok());
///
/// let closed = |_: &ClientId| Err(RetryAfter::from_secs(60));
/// assert_eq!(closed.check(&ClientId::new("acme")).map_err(RetryAfter::as_secs), Err(60));
/// ```
pub trait RateLimiter: Send + Sync + 'static {
    /// Counts a request of that client.
    ///
    /// # Errors
    ///
    /// How long to wait, when it has asked too often.
    fn check(&self, client: &ClientId) -> Result<(), RetryAfter>;
}

impl<F> RateLimiter for F
where
    F: Fn(&ClientId) -> Result<(), RetryAfter> + Send + Sync + 'static,
{
    fn check(&self, client: &ClientId) -> Result<(), RetryAfter> {
        self(client)
    }
}

/// How long a client is to wait: whole seconds, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RetryAfter(NonZeroU64);

impl RetryAfter {
    /// So many seconds, and one for zero.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        match NonZeroU64::new(seconds) {
            Some(seconds) => Self(seconds),
            None => Self(NonZeroU64::MIN),
        }
    }

    /// The seconds.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0.get()
    }
}
