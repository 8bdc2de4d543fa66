//! How much of a request is taken in.

use std::time::Duration;

/// How much of a request is taken in, and how long that may take.
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
    /// The largest body of a bulk update, in bytes.
    pub bulk_body_bytes: usize,
    /// How long a whole body may take to arrive.
    pub body_timeout: Duration,
}

impl Limits {
    /// 256 KiB for one customer, 2 MiB for a bulk update, 30 seconds.
    pub const DEFAULT: Self = Self {
        body_bytes: 256 * 1024,
        bulk_body_bytes: 2 * 1024 * 1024,
        body_timeout: Duration::from_secs(30),
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
