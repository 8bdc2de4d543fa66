//! The only clock.

use customer_domain::{Timestamp, ValueError};

/// The time, by the clock of the system.
///
/// # Errors
///
/// The clock stands outside of the years 0000 to 9999.
#[expect(
    clippy::disallowed_methods,
    reason = "the command is where the time comes from"
)]
pub(crate) fn system_time() -> Result<Timestamp, ValueError> {
    std::time::SystemTime::now().try_into()
}
