//! The system clock.

use customer_domain::{Timestamp, ValueError};

/// The current time of the system clock.
///
/// # Errors
///
/// The clock is outside of the years 0000 to 9999.
#[expect(
    clippy::disallowed_methods,
    reason = "the only place that reads the system clock"
)]
pub(crate) fn system_time() -> Result<Timestamp, ValueError> {
    std::time::SystemTime::now().try_into()
}
