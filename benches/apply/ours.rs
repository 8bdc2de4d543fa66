//! This project.

use customer_domain::{
    Accepted, Applied, BodyError, Customer, CustomerPatch, ReadOptions, Timestamp,
};

/// Reads a body and merges it.
///
/// # Errors
///
/// When the body is refused.
pub(crate) fn apply(
    body: &[u8],
    record: &Customer,
    now: Timestamp,
) -> Result<Accepted<Applied>, BodyError> {
    let Accepted { value, advisories } =
        CustomerPatch::read_json(body, ReadOptions::new().sharing(record))?;
    Ok(Accepted {
        value: record.apply(&value, now),
        advisories,
    })
}
