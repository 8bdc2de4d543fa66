//! What is meant: from the shape of a body to valid values.
//!
//! The second half of reading. Each value is handed to its type; what is wrong
//! is noted and the reading goes on, so that all of it is reported at once, in
//! the order of the body (P11).
//!
//! `entry` has the ways in (`from_json`, `Deserialize`), `reader` goes through
//! the shape, or for plain JSON through the text itself, `findings` keeps what there is to say, `draft` holds the values.

mod draft;
mod entry;
mod findings;
mod reader;

use crate::advisory::Advisory;
use crate::customer::Customer;
use crate::shape::MalformedJson;
use crate::violation::Violations;

/// Why a body was refused.
///
/// ```
/// use customer_domain::{BodyError, CustomerPatch};
///
/// let body = br#"{"customer": null, "status": "ACTIVE", "colour": "red"}"#;
/// let Err(BodyError::Invalid(violations)) = CustomerPatch::from_json(body) else { panic!() };
/// let codes: Vec<_> = violations.iter().map(|v| (v.field().to_string(), v.code())).collect();
/// assert_eq!(codes, [
///     ("customer".to_owned(), "NULL_NOT_ALLOWED"),
///     ("status".to_owned(), "INVALID_CHOICE"),
///     ("colour".to_owned(), "UNKNOWN_FIELD"),
/// ]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The body is not one JSON text (P10).
    #[error(transparent)]
    Malformed(#[from] MalformedJson),
    /// The body breaks rules: all of them that it breaks (P11).
    #[error(transparent)]
    Invalid(#[from] Violations),
}

/// What to do with a field whose name is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownFields {
    /// It is a violation, `UNKNOWN_FIELD` (P7).
    #[default]
    Reject,
    /// It is passed over, with the advisory `UNKNOWN_FIELD_IGNORED` (P13).
    Ignore,
}

/// How a body is read.
///
/// ```
/// use customer_domain::{CustomerPatch, ReadOptions, UnknownFields};
///
/// let options = ReadOptions::new().unknown_fields(UnknownFields::Ignore);
/// let accepted = CustomerPatch::read_json(br#"{"colour": "red"}"#, options)?;
/// assert!(accepted.value.is_empty());
/// assert_eq!(accepted.advisories[0].to_string(), "colour is not a known field and was ignored");
/// # Ok::<(), customer_domain::BodyError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions<'r> {
    unknown_fields: UnknownFields,
    current: Option<&'r Customer>,
}

impl<'r> ReadOptions<'r> {
    /// The default: unknown fields are violations.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            unknown_fields: UnknownFields::Reject,
            current: None,
        }
    }

    /// What to do with unknown fields (P7, P13).
    #[must_use]
    pub const fn unknown_fields(mut self, unknown_fields: UnknownFields) -> Self {
        self.unknown_fields = unknown_fields;
        self
    }

    /// The record the body is meant for, if it is at hand already: values the
    /// record has are then shared with it and not made again. The outcome is
    /// the same without.
    #[must_use]
    pub const fn sharing(mut self, current: &'r Customer) -> Self {
        self.current = Some(current);
        self
    }
}

/// A body that was accepted: what it means, and what to advise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted<T> {
    /// What the body means.
    pub value: T,
    /// Advice on values that could be better; most often none. Ignored fields
    /// (P13) are listed up to [`MAX_VIOLATIONS`](crate::MAX_VIOLATIONS).
    pub advisories: Vec<Advisory>,
}
