//! The reasons to reject a value: the codes of violations and their parameters.

/// The rule that a value violates, with the parameters of the rule, without the value.
///
/// `Display` is a predicate; the subject is the name of the field:
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
    /// `REQUIRED`: a required field is missing (RULES, Create; B1).
    #[error("is required")]
    Required,
    /// `NULL_NOT_ALLOWED`: the field cannot be cleared (P4).
    #[error("must not be null")]
    NullNotAllowed,
    /// `WRONG_TYPE`: the JSON value has another type (P9).
    #[error("must be {} {}", .expected.article(), .expected.as_str())]
    WrongType {
        /// The expected type.
        expected: Expected,
    },
    /// `BLANK`: a required string is blank (T4).
    #[error("must not be blank")]
    Blank,
    /// `TOO_LONG`: the string has too many characters (T1).
    #[error("must have at most {max} characters, has {actual}")]
    TooLong {
        /// The limit, in Unicode scalar values.
        max: usize,
        /// The length of the trimmed input, in Unicode scalar values.
        actual: usize,
    },
    /// `CONTROL_CHARACTER`: the string contains a control character (T3).
    #[error("must not contain control characters")]
    ControlCharacter,
    /// `INVALID_EMAIL`: not an email address (V2).
    #[error("must be an email address such as name@company.example")]
    InvalidEmail,
    /// `INVALID_URL`: not an http or https URL, with or without the protocol (V5).
    #[error("must be an http or https URL such as https://company.example")]
    InvalidUrl,
    /// `INVALID_CHOICE`: not one of the allowed strings (V6).
    #[error("must be one of: {}", .allowed.join(", "))]
    InvalidChoice {
        /// The allowed strings.
        allowed: &'static [&'static str],
    },
    /// `EMPTY_ADDRESS`: an address object without any value (V7).
    #[error("must have at least one value; send null to remove the address")]
    EmptyAddress,
    /// `CONTACTS_NOT_UPDATABLE`: an update cannot change contacts (P5).
    #[error(
        "cannot be changed by an update; replace them with PUT /partners/customers/{{uuid}}/contacts"
    )]
    ContactsNotUpdatable,
    /// `READ_ONLY`: the client cannot set the field (P6).
    #[error("is read-only")]
    ReadOnly,
    /// `UNKNOWN_FIELD`: there is no field with that name (P7).
    #[error("is not a known field")]
    UnknownField,
    /// `DUPLICATE_FIELD`: the field occurs more than once in one object (P8).
    #[error("must be given only once")]
    DuplicateField,
    /// `MULTIPLE_PRIMARY_CONTACTS`: more than one contact has `isPrimary` true.
    #[error("must have at most one primary contact")]
    MultiplePrimaryContacts,
    /// `OUT_OF_RANGE`: not an integer in the range. Only in the query of a list (S7).
    #[error("must be a whole number from {min} to {max}")]
    OutOfRange {
        /// The minimum.
        min: u32,
        /// The maximum.
        max: u32,
    },
    /// `TOO_MANY`: a bulk update has too many rows (B1).
    #[error("must have at most {max} rows, has {actual}")]
    TooMany {
        /// The limit.
        max: usize,
        /// The number of rows in the body.
        actual: usize,
    },
    /// `INVALID_UUID`: not a UUID in canonical form. Only in a row of a bulk update
    /// and in a record; elsewhere the field is read-only.
    #[error("must be a UUID in its hyphenated form of 36 characters")]
    InvalidUuid,
    /// `INVALID_TIMESTAMP`: not an RFC 3339 timestamp. Only in a record; elsewhere the
    /// field is read-only.
    #[error("must be an RFC 3339 timestamp such as 2026-11-23T12:00:00Z")]
    InvalidTimestamp,
    /// `INVALID_POSITION`: not a position of the change log (S9).
    #[error("must be a position that the change log returned")]
    InvalidPosition,
}

impl Reason {
    pub(crate) const fn wrong_type(expected: Expected) -> Self {
        Self::WrongType { expected }
    }

    /// All codes: those of patches and creates, then those of lists, bulk updates,
    /// records and the change log.
    pub const CODES: &'static [&'static str] = &[
        "REQUIRED",
        "NULL_NOT_ALLOWED",
        "WRONG_TYPE",
        "BLANK",
        "TOO_LONG",
        "CONTROL_CHARACTER",
        "INVALID_EMAIL",
        "INVALID_URL",
        "INVALID_CHOICE",
        "EMPTY_ADDRESS",
        "CONTACTS_NOT_UPDATABLE",
        "READ_ONLY",
        "UNKNOWN_FIELD",
        "DUPLICATE_FIELD",
        "MULTIPLE_PRIMARY_CONTACTS",
        "OUT_OF_RANGE",
        "TOO_MANY",
        "INVALID_UUID",
        "INVALID_TIMESTAMP",
        "INVALID_POSITION",
    ];

    /// The stable code, for machines.
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
            Self::OutOfRange { .. } => "OUT_OF_RANGE",
            Self::TooMany { .. } => "TOO_MANY",
            Self::InvalidUuid => "INVALID_UUID",
            Self::InvalidTimestamp => "INVALID_TIMESTAMP",
            Self::InvalidPosition => "INVALID_POSITION",
        }
    }
}

/// The expected JSON type in [`Reason::WrongType`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Expected {
    /// An object.
    Object,
    /// An object, or null to clear the value.
    ObjectOrNull,
    /// An array.
    Array,
    /// A string.
    String,
    /// A string, or null to clear the value.
    StringOrNull,
    /// `true` or `false`.
    Boolean,
}

impl Expected {
    /// The `expected` member of a violation.
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

    fn article(self) -> &'static str {
        if self.as_str().starts_with(['a', 'o']) {
            return "an";
        }
        "a"
    }
}

/// The error of a value type that rejects a string: the type and the reason.
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

    /// The stable code of the violated rule.
    pub const fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// The violated rule.
    pub const fn reason(&self) -> Reason {
        self.reason
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_code_in_the_list() {
        let reasons = [
            Reason::Required,
            Reason::NullNotAllowed,
            Reason::WrongType {
                expected: Expected::Array,
            },
            Reason::Blank,
            Reason::TooLong { max: 1, actual: 2 },
            Reason::ControlCharacter,
            Reason::InvalidEmail,
            Reason::InvalidUrl,
            Reason::InvalidChoice { allowed: &[] },
            Reason::EmptyAddress,
            Reason::ContactsNotUpdatable,
            Reason::ReadOnly,
            Reason::UnknownField,
            Reason::DuplicateField,
            Reason::MultiplePrimaryContacts,
            Reason::OutOfRange { min: 1, max: 2 },
            Reason::TooMany { max: 1, actual: 2 },
            Reason::InvalidUuid,
            Reason::InvalidTimestamp,
            Reason::InvalidPosition,
        ];
        let codes: Vec<_> = reasons.iter().map(Reason::code).collect();
        assert_eq!(codes, Reason::CODES);
    }
}
