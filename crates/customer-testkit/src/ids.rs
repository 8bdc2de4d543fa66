//! Identifiers that no other case uses, in this run or in an earlier one, because cases
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

/// The hash keys of the standard library are the only source of randomness without
/// another crate; each new state has different keys.
fn fresh_uuid() -> Uuid {
    let half = || RandomState::new().hash_one(0_u8);
    let bits = u128::from(half()) << 64 | u128::from(half());
    Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
}
