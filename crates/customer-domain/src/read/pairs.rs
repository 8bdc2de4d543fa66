//! Reads pairs of names and strings, such as the query of a URL.

use crate::path::{FieldPath, Parent};
use crate::reason::Reason;
use crate::violation::Violations;

use super::findings::{Findings, UnknownFields};
use super::members::{MAX_NAMES, Members, Name};

/// Reads pairs of names and strings by the rules of an object: an unknown name is
/// `UNKNOWN_FIELD` (P7), a repeated one `DUPLICATE_FIELD` (P8), and all violations
/// are reported in order (P11).
///
/// `known` are the names; those after the first 16 are unknown. A name in `required`
/// that does not occur is `REQUIRED`. `read` is called once for each known name that
/// occurs, with its first value.
///
/// ```
/// use customer_domain::{Reason, read_pairs};
///
/// let mut page = 1;
/// let query = [("page", "x"), ("pgae", "1")];
/// let violations = read_pairs(&["page"], &[], query, |_, value| {
///     page = value.parse().map_err(|_| Reason::OutOfRange { min: 1, max: 9 })?;
///     Ok(())
/// });
/// assert_eq!(
///     violations.unwrap_err().to_string(),
///     "page must be a whole number from 1 to 9; \
///      pgae is not a known field; did you mean page?",
/// );
/// ```
///
/// # Errors
///
/// All violations.
pub fn read_pairs<N: AsRef<str>, V: AsRef<str>>(
    known: &'static [&'static str],
    required: &[&'static str],
    pairs: impl IntoIterator<Item = (N, V)>,
    mut read: impl FnMut(&'static str, &str) -> Result<(), Reason>,
) -> Result<(), Violations> {
    let mut findings = Findings::new(UnknownFields::Reject);
    let mut members = Members::begin(Parent::Other(known), &findings);
    for (name, value) in pairs {
        let name = name.as_ref();
        let mut names = known.iter().enumerate().take(MAX_NAMES);
        let pair = names.find(|(_, known)| **known == name);
        let pair = pair.map(|(index, name)| Pair { index, name });
        if let Some(Pair { name, .. }) = members.enter(pair, name, &mut findings)
            && let Err(reason) = read(name, value.as_ref())
        {
            findings.add(FieldPath::named(name), reason);
        }
    }
    for name in required {
        let index = known.iter().position(|known| known == name);
        if index.is_some_and(|index| !members.has(Pair { index, name })) {
            findings.next_member();
            findings.add(FieldPath::named(name), Reason::Required);
        }
    }
    members.end(&mut findings);
    findings.finish().map(drop)
}

/// A known name of a list, and its index.
#[derive(Clone, Copy)]
struct Pair {
    index: usize,
    name: &'static str,
}

impl Name for Pair {
    /// The names are not those of a type.
    fn from_bytes(_: &[u8]) -> Option<Self> {
        None
    }

    fn index(self) -> usize {
        self.index
    }

    fn as_str(self) -> &'static str {
        self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::violation::Violation;

    /// Reads pairs whose known names are `email` and `page`, the first required;
    /// the value `x` is invalid.
    fn read(pairs: &[(&str, &str)]) -> Result<Vec<(&'static str, String)>, Violations> {
        let mut found = Vec::new();
        let pairs = pairs.iter().copied();
        read_pairs(&["email", "page"], &["email"], pairs, |name, value| {
            if value == "x" {
                return Err(Reason::InvalidEmail);
            }
            found.push((name, value.to_owned()));
            Ok(())
        })?;
        Ok(found)
    }

    #[track_caller]
    fn invalid(pairs: &[(&str, &str)], expected: &[(&str, &str)]) {
        let violations = read(pairs).unwrap_err();
        let found = violations.iter().map(|v| (v.field().as_str(), v.code()));
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_known_pair_is_read_in_order() {
        let pairs = [("page", "2"), ("email", "")];
        let expected = pairs.map(|(name, value)| (name, value.to_owned()));
        assert_eq!(read(&pairs), Ok(expected.into()));
    }

    #[test]
    fn a_required_name_must_occur() {
        invalid(&[], &[("email", "REQUIRED")]);
        invalid(
            &[("page", "x")],
            &[("page", "INVALID_EMAIL"), ("email", "REQUIRED")],
        );
    }

    #[test]
    fn p7_an_unknown_name_is_reported_with_a_suggestion() {
        let violations = read(&[("email", ""), ("Email", "x"), ("colour", "x")]).unwrap_err();
        let suggestions: Vec<_> = violations.iter().map(Violation::suggestion).collect();
        assert_eq!(suggestions, [Some("email"), None]);
        invalid(
            &[("email", ""), ("y", ""), ("y", "")],
            &[("y", "UNKNOWN_FIELD")],
        );
    }

    #[test]
    fn p7_a_name_after_the_first_16_is_unknown() {
        const KNOWN: &[&str] = &[
            "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f", "g",
        ];
        let pairs = [("f", ""), ("f", ""), ("g", ""), ("g", "")];
        let violations = read_pairs(KNOWN, &[], pairs, |_, _| Ok(())).unwrap_err();
        let found: Vec<_> = violations
            .iter()
            .map(|v| (v.field().as_str(), v.code()))
            .collect();
        assert_eq!(found, [("f", "DUPLICATE_FIELD"), ("g", "UNKNOWN_FIELD")]);
    }

    #[test]
    fn p8_a_repeated_name_is_one_violation_whatever_its_values() {
        invalid(
            &[
                ("a", ""),
                ("email", "x"),
                ("b", ""),
                ("email", "1"),
                ("email", "x"),
            ],
            &[
                ("a", "UNKNOWN_FIELD"),
                ("email", "DUPLICATE_FIELD"),
                ("b", "UNKNOWN_FIELD"),
            ],
        );
    }

    #[test]
    fn p11_at_most_100_violations_are_reported() {
        let names: Vec<_> = (0..130).map(|n| format!("p{n}")).collect();
        let pairs: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
        let violations = read(&pairs).unwrap_err();
        // The missing email is one of them.
        assert_eq!((violations.len(), violations.omitted()), (100, 31));
    }
}
