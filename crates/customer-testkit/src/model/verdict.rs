//! What the model returns, and how it treats unknown fields.

use serde_json::Value;

/// The code of a verdict on a case that is none: a record that is no object, or a time that is no
/// RFC 3339 text. No rule knows it.
pub const INVALID_CASE: &str = "INVALID_CASE";

/// What the rules say of one body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The body is valid.
    Accepted {
        /// The record that comes of it.
        data: Value,
        /// The wire names of the fields that changed, sorted (M2); none for a create.
        changed: Vec<String>,
        /// [field, code] of each warning, in the order of the body.
        warnings: Vec<(String, String)>,
    },
    /// The body is refused.
    Refused {
        /// `MALFORMED_JSON`, `VALIDATION_FAILED`, or [`INVALID_CASE`].
        code: String,
        /// [field, code] of each violation, in the order of the body, at most 100 (P11).
        errors: Vec<(String, String)>,
        /// How many more violations there are (P11).
        omitted: usize,
    },
}

/// P7, P13: what is done with a field that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownFields {
    /// P7: it is a violation.
    Reject,
    /// P13: it is passed over, with a warning.
    Ignore,
}
