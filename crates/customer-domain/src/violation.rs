//! What is wrong with a body: a reason and its place, and the list of them all.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::path::FieldPath;
use crate::reason::Reason;

/// The most violations one body can earn in an answer (P11): a hostile body
/// buys no large one. What is left out is counted.
pub const MAX_VIOLATIONS: usize = 100;

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
            Reason::TooLong { max, actual } | Reason::TooMany { max, actual } => {
                map.serialize_entry("max", &max)?;
                map.serialize_entry("actual", &actual)?;
            }
            Reason::OutOfRange { min, max } => {
                map.serialize_entry("min", &min)?;
                map.serialize_entry("max", &max)?;
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

/// P11: the violations of what has no shape of its own, a query or the frame of a
/// bulk update, as they are found: one a path, the first; a limited number.
#[derive(Default)]
pub(crate) struct Refused {
    list: Vec<Violation>,
    omitted: usize,
}

impl Refused {
    pub(crate) fn add(&mut self, path: FieldPath, reason: Reason) {
        self.insert(self.list.len(), path, reason);
    }

    /// The place that the next violation will have.
    pub(crate) const fn next(&self) -> usize {
        self.list.len()
    }

    /// Adds a violation at a place before others.
    pub(crate) fn insert(&mut self, place: usize, path: FieldPath, reason: Reason) {
        if self.list.iter().any(|violation| *violation.field() == path) {
            return;
        }
        self.list
            .insert(place.min(self.list.len()), Violation::new(path, reason));
        if self.list.len() > MAX_VIOLATIONS {
            self.list.truncate(MAX_VIOLATIONS);
            self.omitted += 1;
        }
    }

    pub(crate) fn or<T>(self, value: T) -> Result<T, Violations> {
        if self.list.is_empty() {
            Ok(value)
        } else {
            Err(self.into_violations())
        }
    }

    /// What there is, which must be something.
    pub(crate) fn into_violations(self) -> Violations {
        Violations::new(self.list, self.omitted)
    }

    /// Says another reason at a path, and says that what is not there at all is
    /// required. One that was left out stays so.
    pub(crate) fn with(mut self, path: FieldPath, reason: Reason) -> Violations {
        match self.list.iter_mut().find(|v| *v.field() == path) {
            Some(violation) => violation.reason = reason,
            None if reason == Reason::Required => self.add(path, reason),
            None => {}
        }
        self.into_violations()
    }
}

impl From<Violations> for Refused {
    fn from(violations: Violations) -> Self {
        let Violations { list, omitted } = violations;
        Self { list, omitted }
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
