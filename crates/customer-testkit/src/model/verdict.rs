//! The result of the model, and how it treats unknown fields.

use serde_json::Value;

/// The code for an invalid test case: the record is not an object, or the time is not an
/// RFC 3339 string. No rule has this code.
pub const INVALID_CASE: &str = "INVALID_CASE";

/// The outcome of one body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The body is valid.
    Accepted {
        /// The resulting record.
        data: Value,
        /// The JSON names of the fields that changed, sorted (M2); none for a create.
        changed: Vec<String>,
        /// [field, code] of each warning, in the order of the body.
        warnings: Vec<(String, String)>,
    },
    /// The body is rejected.
    Rejected {
        /// `MALFORMED_JSON`, `VALIDATION_FAILED`, or [`INVALID_CASE`].
        code: String,
        /// [field, code] of each violation, in the order of the body, at most 100 (P11).
        errors: Vec<(String, String)>,
        /// The number of further violations (P11).
        omitted: usize,
    },
}

/// P7, P13: how unknown fields are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownFields {
    /// P7: an unknown field is a violation.
    Reject,
    /// P13: an unknown field is ignored, with a warning.
    Ignore,
}
