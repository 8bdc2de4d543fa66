//! Limits of a request.

use std::time::Duration;

/// Limits of a request: sizes, and the time it may take to arrive.
///
/// ```
/// use std::time::Duration;
/// use customer_http::Limits;
///
/// let strict = Limits { body_timeout: Duration::from_secs(5), ..Limits::DEFAULT };
/// assert_eq!(strict.body_bytes, 256 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest body of a request about one customer, in bytes.
    pub body_bytes: usize,
    /// The largest body of a bulk request, in bytes.
    pub bulk_body_bytes: usize,
    /// How long a whole body may take to arrive.
    pub body_timeout: Duration,
    /// The memory for bodies of requests that are not yet authenticated, in bytes: in
    /// total, and a quarter of it for each peer address. At least one body fits. If
    /// there is no memory for five seconds, a request is rejected with 503
    /// `OVERLOADED`. Peers are known under [`server::serve`](crate::server::serve);
    /// with another server only the total is limited.
    pub unauthenticated_bytes: usize,
}

impl Limits {
    /// 256 KiB for one customer, 2 MiB for a bulk request, 30 seconds; 16 MiB for all
    /// bodies that are not yet authenticated.
    pub const DEFAULT: Self = Self {
        body_bytes: 256 * 1024,
        bulk_body_bytes: 2 * 1024 * 1024,
        body_timeout: Duration::from_secs(30),
        unauthenticated_bytes: 16 * 1024 * 1024,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
