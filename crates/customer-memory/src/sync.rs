//! The locks and the hash keys: those of the standard library, and under the
//! configuration `shuttle` those of a scheduler that explores interleavings.

#[cfg(not(shuttle))]
pub(crate) use std::hash::RandomState;
#[cfg(not(shuttle))]
pub(crate) use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

#[cfg(shuttle)]
pub(crate) use shuttle::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The same keys in every execution, so that a schedule can be repeated.
#[cfg(shuttle)]
pub(crate) type RandomState = std::hash::BuildHasherDefault<std::hash::DefaultHasher>;
