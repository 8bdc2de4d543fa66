//! The purpose, the options and the result of reading a body.

use std::borrow::Cow;

use crate::patch::update::{NullableUpdate, Update};
use crate::reason::{Expected, Reason};
use crate::scalar::Scalar;
use crate::text::{self, Controls};
use crate::value::TextValue;
use crate::violation::Violations;
use crate::warning::Warning;

use super::findings::{Findings, UnknownFields};
use super::json::MalformedJson;

/// The purpose of a body. It determines the rules of each field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An update (RULES, Patch).
    Update,
    /// A row of a bulk update: an update with the `uuid` of its customer (B1).
    Row,
    /// A new customer (RULES, Create).
    Create,
    /// A stored record (RULES, Record).
    Record,
}

impl Purpose {
    /// Whether the values are input, and not those of a stored record (P0).
    pub(super) const fn is_input(self) -> bool {
        match self {
            Self::Update | Self::Row | Self::Create => true,
            Self::Record => false,
        }
    }

    /// Whether a value counts as missing (RULES, Create): null, and in a create also
    /// `""`.
    pub(super) fn is_missing(self, input: &Scalar<'_>) -> bool {
        match input {
            Scalar::Null => true,
            Scalar::String(text) => text.is_empty() && self == Self::Create,
            Scalar::Bool(_) | Scalar::Object | Scalar::Array | Scalar::Other => false,
        }
    }

    /// A string that cannot be cleared (P4).
    pub(super) fn required<T: TextValue>(
        self,
        input: Scalar<'_>,
        findings: &Findings,
    ) -> Result<Update<T>, Reason> {
        let text = required(input)?;
        self.check(&text, findings)
    }

    /// A string that null, `""` and a blank string clear (P2).
    pub(super) fn nullable<T: TextValue>(
        self,
        input: Scalar<'_>,
        findings: &Findings,
    ) -> Result<NullableUpdate<T>, Reason> {
        let Some(text) = nullable(input, Expected::StringOrNull)? else {
            return Ok(NullableUpdate::Clear);
        };
        match self.check(&text, findings) {
            Err(Reason::Blank) => Ok(NullableUpdate::Clear),
            value => value.map(NullableUpdate::from),
        }
    }

    /// Checks a string, and creates its value unless the body is invalid.
    #[inline]
    fn check<T: TextValue>(self, text: &str, findings: &Findings) -> Result<Update<T>, Reason> {
        let text = match self {
            Self::Update | Self::Row | Self::Create => T::check(text)?,
            // S8: the rule may be stricter than when the string was stored.
            Self::Record => text::check(text, T::MAX_CHARS, Controls::Reject)?,
        };
        if findings.is_invalid() {
            return Ok(Update::Keep);
        }
        Ok(Update::Set(T::from_checked(text)))
    }
}

/// The string of a field that cannot be cleared (P4).
pub(super) fn required(input: Scalar<'_>) -> Result<Cow<'_, str>, Reason> {
    nullable(input, Expected::String)?.ok_or(Reason::NullNotAllowed)
}

/// A string or null (P2).
pub(super) fn nullable(
    input: Scalar<'_>,
    expected: Expected,
) -> Result<Option<Cow<'_, str>>, Reason> {
    match input {
        Scalar::String(text) => Ok(Some(text)),
        Scalar::Null => Ok(None),
        Scalar::Bool(_) | Scalar::Object | Scalar::Array | Scalar::Other => {
            Err(Reason::wrong_type(expected))
        }
    }
}

/// A rejected body.
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
    /// The body is not JSON (P10).
    #[error(transparent)]
    Malformed(#[from] MalformedJson),
    /// The body is JSON and violates rules: all violations (P11).
    #[error(transparent)]
    Invalid(#[from] Violations),
}

/// Options for reading a body.
///
/// ```
/// use customer_domain::{CustomerPatch, ReadOptions, UnknownFields};
///
/// let options = ReadOptions::new().with_unknown_fields(UnknownFields::Ignore);
/// let accepted = CustomerPatch::read_json(br#"{"colour": "red"}"#, options)?;
/// assert!(accepted.value.is_empty());
/// assert_eq!(accepted.warnings[0].to_string(), "colour is not a known field and was ignored");
/// # Ok::<(), customer_domain::BodyError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    unknown_fields: UnknownFields,
}

impl ReadOptions {
    /// The default: unknown fields are violations.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            unknown_fields: UnknownFields::Reject,
        }
    }

    /// Sets how to treat unknown fields (P7, P13).
    #[must_use]
    pub const fn with_unknown_fields(mut self, unknown_fields: UnknownFields) -> Self {
        self.unknown_fields = unknown_fields;
        self
    }

    /// How to treat unknown fields.
    pub const fn unknown_fields(self) -> UnknownFields {
        self.unknown_fields
    }
}

/// The value of a valid body, and its warnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted<T> {
    /// The value.
    pub value: T,
    /// The warnings, at most [`MAX_VIOLATIONS`](crate::MAX_VIOLATIONS), usually
    /// none.
    pub warnings: Vec<Warning>,
}
