//! Violations of rules in a request, each with the path of the field.

use std::fmt;
use std::ops::Deref;

use serde::de::Error as _;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::path::{FieldPath, Parent};
use crate::reason::{Reason, ValueError};

/// The maximum number of violations, and of warnings, in one response (P11), so that a
/// hostile request cannot cause a large response. Omitted violations are counted.
pub const MAX_VIOLATIONS: usize = 100;

/// A violated rule: the path of the field, a stable code, a message, and the parameters
/// of the rule.
///
/// ```
/// use customer_domain::{FieldPath, Reason, Violation};
///
/// let violation = Violation::new(FieldPath::named("discount"), Reason::ReadOnly);
/// assert_eq!(violation.to_string(), "discount is read-only");
/// assert_eq!(violation.code(), "READ_ONLY");
/// ```
#[derive(Clone, Debug)]
pub struct Violation {
    field: FieldPath,
    rule: Rule,
}

/// The violated rule.
#[derive(Clone, Debug)]
enum Rule {
    Known(Reason),
    /// P7: a name that the object does not have.
    Unknown(Parent),
    /// The members of a violation in a response. A newer release may have sent it.
    Received(Map<String, Value>),
}

impl Violation {
    /// The violation of a rule at a path.
    #[must_use]
    pub const fn new(field: FieldPath, reason: Reason) -> Self {
        let rule = Rule::Known(reason);
        Self { field, rule }
    }

    /// P7: an unknown field of an object.
    pub(crate) const fn unknown_field(field: FieldPath, parent: Parent) -> Self {
        let rule = Rule::Unknown(parent);
        Self { field, rule }
    }

    pub(crate) const fn is_unknown_field(&self) -> bool {
        matches!(self.rule, Rule::Unknown(_))
    }

    /// The path of the field.
    pub const fn field(&self) -> &FieldPath {
        &self.field
    }

    /// The stable code, for machines: one of [`Reason::CODES`], or of a newer
    /// release.
    pub fn code(&self) -> &str {
        match &self.rule {
            Rule::Known(reason) => reason.code(),
            Rule::Unknown(_) => Reason::UnknownField.code(),
            Rule::Received(members) => string(members, "code").unwrap_or_default(),
        }
    }

    /// The message for people, which does not name the field. It is formatted on
    /// demand, so that a rejected body costs no more than reading it.
    pub fn message(&self) -> String {
        let reason = match &self.rule {
            Rule::Known(reason) => *reason,
            Rule::Unknown(_) => Reason::UnknownField,
            Rule::Received(members) => {
                return string(members, "message").unwrap_or_default().to_owned();
            }
        };
        match self.suggestion() {
            Some(known) => format!("{reason}; did you mean {known}?"),
            None => reason.to_string(),
        }
    }

    /// The closest known name of an unknown field (P7), if there is one.
    pub fn suggestion(&self) -> Option<&str> {
        match &self.rule {
            Rule::Known(_) => None,
            Rule::Unknown(parent) => parent.suggestion(&self.field),
            Rule::Received(members) => string(members, "suggestion"),
        }
    }

    /// The parameters of the rule, for example `max` of `TOO_LONG` (RULES, Responses).
    pub fn parameters(&self) -> Vec<(&str, Value)> {
        let reason = match &self.rule {
            Rule::Known(reason) => *reason,
            Rule::Unknown(_) => {
                let suggestion = self.suggestion().map(|known| ("suggestion", known.into()));
                return suggestion.into_iter().collect();
            }
            Rule::Received(members) => {
                let members = members
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.clone()));
                let mut parameters: Vec<_> = members
                    .filter(|(name, _)| *name != "code" && *name != "message")
                    .collect();
                // `max` before `actual`, as in the received JSON.
                parameters.sort_by(|(one, _), (other, _)| other.cmp(one));
                return parameters;
            }
        };
        match reason {
            Reason::TooLong { max, actual } | Reason::TooMany { max, actual } => {
                vec![("max", max.into()), ("actual", actual.into())]
            }
            Reason::OutOfRange { min, max } => vec![("min", min.into()), ("max", max.into())],
            Reason::InvalidChoice { allowed } => vec![("allowed", allowed.into())],
            Reason::WrongType { expected } => vec![("expected", expected.as_str().into())],
            _ => Vec::new(),
        }
    }
}

fn string<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    members.get(name).and_then(Value::as_str)
}

/// A violation equals the one that is read from its JSON.
impl PartialEq for Violation {
    fn eq(&self, other: &Self) -> bool {
        let equal = self.field == other.field && self.code() == other.code();
        equal && self.message() == other.message()
    }
}

impl Eq for Violation {}

/// The field and the message.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.message())
    }
}

/// `{"field","code","message",…}` with the parameters of the rule (RULES, Responses).
impl Serialize for Violation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("field", &self.field)?;
        map.serialize_entry("code", self.code())?;
        map.serialize_entry("message", &self.message())?;
        for (name, value) in self.parameters() {
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

/// Reads a violation of a response.
impl<'de> Deserialize<'de> for Violation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Received {
            field: FieldPath,
            #[serde(flatten)]
            members: Map<String, Value>,
        }
        let Received { field, members } = Received::deserialize(deserializer)?;
        let has = |name| string(&members, name).is_some();
        if !has("code") || !has("message") {
            return Err(D::Error::custom("a violation has a code and a message"));
        }
        let rule = Rule::Received(members);
        Ok(Self { field, rule })
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

    /// Omits all but that many.
    pub(crate) fn truncate(&mut self, max: usize) {
        self.omitted += self.list.len().saturating_sub(max);
        self.list.truncate(max);
    }

    /// The message of the response (RULES, Responses): the first violation and the number
    /// of further ones.
    pub(crate) fn summary(&self) -> String {
        let first = self.list.first().map(Violation::to_string);
        let first = first.unwrap_or_default();
        match (self.list.len() + self.omitted).saturating_sub(1) {
            0 => first,
            further => format!("{first}; {further} more"),
        }
    }
}

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Self {
        Self::new(vec![violation], 0)
    }
}

/// Adds violations, so that a service that reads other fields reports all of them (P11).
/// The first violation of each path is kept; those after the first [`MAX_VIOLATIONS`] are
/// counted.
///
/// ```
/// use customer_domain::{CustomerName, FieldPath, PhoneNumber, Violations};
///
/// let name = CustomerName::parse("").unwrap_err().at(FieldPath::named("companyName"));
/// let phone = PhoneNumber::parse("").unwrap_err().at(FieldPath::named("fax"));
/// let mut violations = Violations::from(name);
/// violations.extend([phone]);
/// assert_eq!(violations.to_string(), "companyName must not be blank; fax must not be blank");
/// ```
impl Extend<Violation> for Violations {
    fn extend<I: IntoIterator<Item = Violation>>(&mut self, violations: I) {
        for violation in violations {
            if self.iter().any(|known| known.field() == violation.field()) {
                continue;
            }
            if self.list.len() < MAX_VIOLATIONS {
                self.list.push(violation);
            } else {
                self.omitted += 1;
            }
        }
    }
}

impl ValueError {
    /// The violation at the path of the field that has the value.
    ///
    /// ```
    /// use customer_domain::{CustomerName, FieldPath};
    ///
    /// let error = CustomerName::parse("").unwrap_err();
    /// let violation = error.at(FieldPath::named("companyName"));
    /// assert_eq!(violation.to_string(), "companyName must not be blank");
    /// ```
    #[must_use]
    pub const fn at(self, path: FieldPath) -> Violation {
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
        let mut all: Vec<_> = self.list.iter().map(Violation::to_string).collect();
        if self.omitted > 0 {
            all.push(format!("and {} more", self.omitted));
        }
        f.write_str(&all.join("; "))
    }
}

impl std::error::Error for Violations {}

impl Serialize for Violations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::PhoneNumber;

    #[test]
    fn p11_added_violations_have_different_paths_and_the_limit_applies() {
        let error = PhoneNumber::parse("").unwrap_err();
        let violation = |n: usize| error.at(FieldPath::contact(n));
        let mut violations = Violations::from(violation(0));
        violations.extend([violation(0), violation(1), violation(0)]);
        assert_eq!((violations.len(), violations.omitted()), (2, 0));

        violations.extend((0..MAX_VIOLATIONS + 3).map(violation));
        assert_eq!(
            (violations.len(), violations.omitted()),
            (MAX_VIOLATIONS, 3)
        );
        let last = violations.last().map(|last| last.field().to_string());
        assert_eq!(last.as_deref(), Some("contacts[99]"));
    }

    #[test]
    fn violations_are_equal_if_their_field_code_and_message_are() {
        let of = |field: &'static str, reason| Violation::new(FieldPath::named(field), reason);
        let blank = of("email", Reason::Blank);
        let json = serde_json::to_string(&blank).unwrap();
        assert_eq!(serde_json::from_str::<Violation>(&json).unwrap(), blank);
        assert_ne!(of("website", Reason::Blank), blank);
        assert_ne!(of("email", Reason::Required), blank);
        let long = |max| of("email", Reason::TooLong { max, actual: 300 });
        assert_ne!(long(255), long(50));
        let other_code = json.replace(Reason::Blank.code(), "OTHER");
        assert_ne!(
            serde_json::from_str::<Violation>(&other_code).unwrap(),
            blank
        );
    }

    #[test]
    fn p11_a_violation_without_a_code_or_a_message_is_not_read() {
        let read = |json| serde_json::from_str::<Violation>(json).is_ok();
        assert!(read(r#"{"field": "email", "code": "A", "message": "b"}"#));
        assert!(!read(r#"{"field": "email", "code": "A"}"#));
        assert!(!read(r#"{"field": "email", "message": "b"}"#));
        assert!(!read(r#"{"field": "email"}"#));
    }
}
