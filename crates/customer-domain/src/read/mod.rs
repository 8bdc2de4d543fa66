//! Reads bodies: from JSON, or any other self-describing serde format, to valid
//! values.
//!
//! One visitor reads and validates in one pass and collects all violations
//! (P9, P11). `body` reads a customer, `address` and `contacts` its parts, `bulk`
//! many of them and `pairs` a query. `members` handles unknown and repeated names,
//! `findings` collects, `json` decides what JSON is and `plain` is its fast path.

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
