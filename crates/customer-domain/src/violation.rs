//! Violations: the rules that a request breaks, each with the path of the field.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::path::FieldPath;
use crate::reason::{Reason, ValueError};

/// The most violations, and the most warnings, in one response (P11), so that a
/// hostile request cannot cause a large one. Omitted violations are counted.
pub const MAX_VIOLATIONS: usize = 100;

/// One broken rule: the path of the field, a stable code and a message, and the
/// parameters of the rule.
///
/// ```
/// use customer_domain::{FieldPath, Reason, Violation};
///
/// let violation = Violation::new(FieldPath::named("discount"), Reason::ReadOnly);
/// assert_eq!(violation.to_string(), "discount is read-only");
/// assert_eq!(violation.code(), "READ_ONLY");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Violation {
    field: FieldPath,
    code: Cow<'static, str>,
    message: String,
    min: Option<u32>,
    max: Option<usize>,
    actual: Option<usize>,
    allowed: Option<Vec<Cow<'static, str>>>,
    expected: Option<Cow<'static, str>>,
    suggestion: Option<Cow<'static, str>>,
}

impl Violation {
    /// The violation of a rule at a path.
    #[must_use]
    pub fn new(field: FieldPath, reason: Reason) -> Self {
        let mut violation = Self {
            field,
            code: Cow::Borrowed(reason.code()),
            message: reason.to_string(),
            min: None,
            max: None,
            actual: None,
            allowed: None,
            expected: None,
            suggestion: None,
        };
        if let Reason::TooLong { max, actual } | Reason::TooMany { max, actual } = reason {
            violation.max = Some(max);
            violation.actual = Some(actual);
        }
        if let Reason::OutOfRange { min, max } = reason {
            violation.min = Some(min);
            violation.max = usize::try_from(max).ok();
        }
        if let Reason::InvalidChoice { allowed } = reason {
            violation.allowed = Some(allowed.iter().copied().map(Cow::Borrowed).collect());
        }
        if let Reason::WrongType { expected } = reason {
            violation.expected = Some(Cow::Borrowed(expected.as_str()));
        }
        violation
    }

    /// P7: with the known name that may have been meant.
    pub(crate) fn with_suggestion(mut self, known: Option<&'static str>) -> Self {
        if let Some(known) = known {
            self.message = format!("{}; did you mean {known}?", self.message);
            self.suggestion = Some(Cow::Borrowed(known));
        }
        self
    }

    /// The path of the field.
    pub const fn field(&self) -> &FieldPath {
        &self.field
    }

    /// The stable code, for machines: one of [`Reason::CODES`], or of a newer
    /// release.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The message for people, which does not name the field.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The closest known name of an unknown field (P7), if there is one.
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }
}

/// The field and the message.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.message)
    }
}

/// `{"field","code","message",…}` with the parameters of SPEC §7.
impl Serialize for Violation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn entry<M: SerializeMap>(
            map: &mut M,
            name: &str,
            value: Option<&impl Serialize>,
        ) -> Result<(), M::Error> {
            value.map_or(Ok(()), |value| map.serialize_entry(name, value))
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("field", &self.field)?;
        map.serialize_entry("code", &self.code)?;
        map.serialize_entry("message", &self.message)?;
        entry(&mut map, "min", self.min.as_ref())?;
        entry(&mut map, "max", self.max.as_ref())?;
        entry(&mut map, "actual", self.actual.as_ref())?;
        entry(&mut map, "allowed", self.allowed.as_ref())?;
        entry(&mut map, "expected", self.expected.as_ref())?;
        entry(&mut map, "suggestion", self.suggestion.as_ref())?;
        map.end()
    }
}

/// The violations of a request, in body order (P11): never empty, one for each
/// path, at most [`MAX_VIOLATIONS`] and the number of omitted ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations {
    list: Vec<Violation>,
    omitted: usize,
}

impl Violations {
    pub(crate) const fn new(list: Vec<Violation>, omitted: usize) -> Self {
        Self { list, omitted }
    }

    /// The number of violations that are not reported.
    pub const fn omitted(&self) -> usize {
        self.omitted
    }
}

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Self {
        Self::new(vec![violation], 0)
    }
}

impl ValueError {
    /// The violation, at the path of the field that had the value.
    ///
    /// ```
    /// use customer_domain::{CustomerName, FieldPath};
    ///
    /// let error = CustomerName::parse("").unwrap_err();
    /// let violation = error.at(FieldPath::named("companyName"));
    /// assert_eq!(violation.to_string(), "companyName must not be blank");
    /// ```
    #[must_use]
    pub fn at(self, path: FieldPath) -> Violation {
        Violation::new(path, self.reason())
    }
}

/// The reported violations.
impl Deref for Violations {
    type Target = [Violation];

    fn deref(&self) -> &[Violation] {
        &self.list
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
