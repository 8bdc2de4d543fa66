//! Identifiers that no other case has, in this run or in an earlier one: cases
//! may share one database.

use std::hash::{BuildHasher, RandomState};

use customer_domain::{CustomerId, TeamId};
use uuid::{Builder, Uuid};

pub(crate) fn fresh_team() -> TeamId {
    fresh_uuid().into()
}

pub(crate) fn fresh_id() -> CustomerId {
    fresh_uuid().into()
}

/// The standard library's hash keys are the only randomness without a further
/// crate; a new state differs from the last.
fn fresh_uuid() -> Uuid {
    let half = || RandomState::new().hash_one(0_u8);
    let bits = u128::from(half()) << 64 | u128::from(half());
    Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
}
