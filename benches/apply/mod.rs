//! The job APPLY: from the bytes of a patch and the record in memory to the
//! merged record, every value of it valid, or to all that is wrong.
//!
//! Each way of doing it is a module with a function `apply`, a row of the
//! tables.

pub(crate) mod cases;
pub(crate) mod floor;
pub(crate) mod ours;
