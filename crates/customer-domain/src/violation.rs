//! What can be wrong with a value, where it stands, and the list of all of it.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::path::FieldPath;

/// The most violations one body can earn in an answer (P11): a hostile body
/// buys no large one. What is left out is counted.
pub const MAX_VIOLATIONS: usize = 100;

/// Why a value is refused: the rule it breaks, with the rule's parameters and
/// never with the value.
///
/// Displayed as the end of a sentence that begins with a field's name:
///
/// ```
/// use customer_domain::Reason;
///
/// let reason = Reason::TooLong { max: 50, actual: 51 };
/// assert_eq!(reason.code(), "TOO_LONG");
/// assert_eq!(reason.to_string(), "must have at most 50 characters, has 51");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// `REQUIRED`: a record cannot be created without the field (SPEC §8).
    #[error("is required")]
    Required,
    /// `NULL_NOT_ALLOWED`: the field cannot be removed (P4).
    #[error("must not be null")]
    NullNotAllowed,
    /// `WRONG_TYPE`: a JSON value of another type was expected (P9).
    #[error("must be {}", .expected.with_article())]
    WrongType {
        /// What would have been right.
        expected: Expected,
    },
    /// `BLANK`: a required text shows nothing (T4).
    #[error("must not be blank")]
    Blank,
    /// `TOO_LONG`: the text has too many characters (T1).
    #[error("must have at most {max} characters, has {actual}")]
    TooLong {
        /// The limit, in Unicode scalar values.
        max: usize,
        /// The length of what was sent, trimmed, in Unicode scalar values.
        actual: usize,
    },
    /// `CONTROL_CHARACTER`: the text holds a control character (T3).
    #[error("must not contain control characters")]
    ControlCharacter,
    /// `INVALID_EMAIL`: not a plain email address (V2).
    #[error("must be an email address such as name@company.example")]
    InvalidEmail,
    /// `INVALID_URL`: neither an http or https URL nor a bare domain (V5).
    #[error("must be an http or https URL such as https://company.example")]
    InvalidUrl,
    /// `INVALID_CHOICE`: not one of a fixed set (V6).
    #[error("must be one of: {}", .allowed.join(", "))]
    InvalidChoice {
        /// Every choice, as it is to be sent.
        allowed: &'static [&'static str],
    },
    /// `EMPTY_ADDRESS`: an address object without a value in it (V7).
    #[error("must have at least one value; send null to remove the address")]
    EmptyAddress,
    /// `CONTACTS_NOT_UPDATABLE`: contacts have no place in an update (P5).
    #[error("cannot be changed by an update")]
    ContactsNotUpdatable,
    /// `READ_ONLY`: the field is never the caller's to set (P6).
    #[error("is read-only")]
    ReadOnly,
    /// `UNKNOWN_FIELD`: no field of that name (P7).
    #[error("is not a known field")]
    UnknownField,
    /// `DUPLICATE_FIELD`: the field was given twice in one object (P8).
    #[error("must be given only once")]
    DuplicateField,
    /// `MULTIPLE_PRIMARY_CONTACTS`: more than one contact has `isPrimary` true.
    #[error("must have at most one primary contact")]
    MultiplePrimaryContacts,
    /// `INVALID_UUID`: not a UUID in canonical form. Only where a whole record
    /// is read; no update or creation takes one from its body.
    #[error("must be a UUID in its hyphenated form of 36 characters")]
    InvalidUuid,
    /// `INVALID_TIMESTAMP`: not an RFC 3339 timestamp. Only where a whole
    /// record is read; no update or creation takes one from its body.
    #[error("must be an RFC 3339 timestamp such as 2026-11-23T12:00:00Z")]
    InvalidTimestamp,
}

impl Reason {
    /// The stable code, for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::NullNotAllowed => "NULL_NOT_ALLOWED",
            Self::WrongType { .. } => "WRONG_TYPE",
            Self::Blank => "BLANK",
            Self::TooLong { .. } => "TOO_LONG",
            Self::ControlCharacter => "CONTROL_CHARACTER",
            Self::InvalidEmail => "INVALID_EMAIL",
            Self::InvalidUrl => "INVALID_URL",
            Self::InvalidChoice { .. } => "INVALID_CHOICE",
            Self::EmptyAddress => "EMPTY_ADDRESS",
            Self::ContactsNotUpdatable => "CONTACTS_NOT_UPDATABLE",
            Self::ReadOnly => "READ_ONLY",
            Self::UnknownField => "UNKNOWN_FIELD",
            Self::DuplicateField => "DUPLICATE_FIELD",
            Self::MultiplePrimaryContacts => "MULTIPLE_PRIMARY_CONTACTS",
            Self::InvalidUuid => "INVALID_UUID",
            Self::InvalidTimestamp => "INVALID_TIMESTAMP",
        }
    }
}

/// The JSON type a field takes, as `WRONG_TYPE` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Expected {
    /// An object.
    Object,
    /// An object, or null to remove the value.
    ObjectOrNull,
    /// An array.
    Array,
    /// A string.
    String,
    /// A string, or null to remove the value.
    StringOrNull,
    /// `true` or `false`.
    Boolean,
}

impl Expected {
    /// As it stands in the `expected` member of a violation.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::ObjectOrNull => "object or null",
            Self::Array => "array",
            Self::String => "string",
            Self::StringOrNull => "string or null",
            Self::Boolean => "boolean",
        }
    }

    const fn with_article(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::ObjectOrNull => "an object or null",
            Self::Array => "an array",
            Self::String => "a string",
            Self::StringOrNull => "a string or null",
            Self::Boolean => "a boolean",
        }
    }
}

/// A value type refused a text: which type, and why.
///
/// ```
/// use customer_domain::CustomerName;
///
/// let error = CustomerName::parse(" ").unwrap_err();
/// assert_eq!(error.to_string(), "customer name must not be blank");
/// assert_eq!(error.code(), "BLANK");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{subject} {reason}")]
pub struct ValueError {
    subject: &'static str,
    reason: Reason,
}

impl ValueError {
    pub(crate) const fn new(subject: &'static str, reason: Reason) -> Self {
        Self { subject, reason }
    }

    /// The stable code of the rule that was broken.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// The rule that was broken.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }
}

/// One thing that is wrong with a body: where, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    path: FieldPath,
    reason: Reason,
}

impl Violation {
    pub(crate) const fn new(path: FieldPath, reason: Reason) -> Self {
        Self { path, reason }
    }

    /// Where it stands.
    #[must_use]
    pub const fn field(&self) -> &FieldPath {
        &self.path
    }

    /// The rule that was broken, with its parameters.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The stable code, for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// The known name nearest to an unknown one (P7), when there is one.
    #[must_use]
    pub fn suggestion(&self) -> Option<&'static str> {
        match self.reason {
            Reason::UnknownField => self.path.suggestion(),
            _ => None,
        }
    }

    /// The text for people, which does not name the field.
    #[must_use]
    pub fn message(&self) -> String {
        match self.suggestion() {
            Some(known) => format!("{}; did you mean {known}?", self.reason),
            None => self.reason.to_string(),
        }
    }
}

/// The field and the message.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path.for_people(), self.message())
    }
}

/// `{"field","code","message",…}` with the parameters of SPEC §7.
impl Serialize for Violation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("field", &self.path)?;
        map.serialize_entry("code", self.code())?;
        map.serialize_entry("message", &self.message())?;
        match self.reason {
            Reason::TooLong { max, actual } => {
                map.serialize_entry("max", &max)?;
                map.serialize_entry("actual", &actual)?;
            }
            Reason::InvalidChoice { allowed } => map.serialize_entry("allowed", allowed)?,
            Reason::WrongType { expected } => map.serialize_entry("expected", expected.as_str())?,
            Reason::UnknownField => {
                if let Some(known) = self.suggestion() {
                    map.serialize_entry("suggestion", known)?;
                }
            }
            Reason::Required
            | Reason::NullNotAllowed
            | Reason::Blank
            | Reason::ControlCharacter
            | Reason::InvalidEmail
            | Reason::InvalidUrl
            | Reason::EmptyAddress
            | Reason::ContactsNotUpdatable
            | Reason::ReadOnly
            | Reason::DuplicateField
            | Reason::MultiplePrimaryContacts
            | Reason::InvalidUuid
            | Reason::InvalidTimestamp => {}
        }
        map.end()
    }
}

/// Everything that is wrong with a body, in its order (P11): never empty, one
/// violation a field, at most [`MAX_VIOLATIONS`] and the number left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations {
    list: Vec<Violation>,
    omitted: usize,
}

impl Violations {
    pub(crate) const fn new(list: Vec<Violation>, omitted: usize) -> Self {
        Self { list, omitted }
    }

    /// The violations reported.
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.list.iter()
    }

    /// The violations reported.
    #[must_use]
    pub fn as_slice(&self) -> &[Violation] {
        &self.list
    }

    /// How many more there are than are reported.
    #[must_use]
    pub const fn omitted(&self) -> usize {
        self.omitted
    }
}

impl<'a> IntoIterator for &'a Violations {
    type Item = &'a Violation;
    type IntoIter = std::slice::Iter<'a, Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.list.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            violation.fmt(f)?;
        }
        match self.omitted {
            0 => Ok(()),
            omitted => write!(f, "; and {omitted} more"),
        }
    }
}

impl std::error::Error for Violations {}

impl Serialize for Violations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.list)
    }
}
