//! Reads pairs of names and strings, such as the query of a URL.

use crate::path::{FieldPath, Parent};
use crate::reason::Reason;
use crate::violation::Violations;

use super::findings::Findings;
use super::members::{Members, Name};
use super::options::UnknownFields;

/// Reads pairs of names and strings by the rules of an object: an unknown name is
/// `UNKNOWN_FIELD` (P7), a repeated one `DUPLICATE_FIELD` (P8), and all violations
/// are reported in order (P11).
///
/// `known` are the names, at most 16. `required` names that do not occur are
/// `REQUIRED`. `read` gets each known name once, and its value.
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
        let pair = known.iter().enumerate().find(|(_, known)| **known == name);
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
