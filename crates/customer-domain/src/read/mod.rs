//! Reads bodies, in JSON or any other self-describing serde format, into valid values.
//!
//! One visitor reads and validates in one pass and collects all violations (P9, P11).
//!
//! - `body` reads an update, a create, a record or a row; `address` and `contacts` read
//!   its parts; `bulk` reads many rows; `pairs` reads a query string.
//! - `members` handles unknown and repeated names; `findings` collects violations and
//!   warnings.
//! - `json` parses JSON (P10); `plain` is its fast path.

mod address;
pub(crate) mod body;
pub(crate) mod bulk;
pub(crate) mod contacts;
pub(crate) mod findings;
mod json;
mod members;
pub(crate) mod options;
pub(crate) mod pairs;
mod plain;

pub use json::MalformedJson;
