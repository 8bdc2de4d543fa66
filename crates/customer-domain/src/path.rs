//! Paths of fields.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::schema::{AddressField, ContactField, Field};
use crate::text;

/// The maximum length of a path, in characters (P11). The rest of a longer one is
/// replaced with `…`.
pub const MAX_PATH_CHARS: usize = 100;

/// The largest edit distance between an unknown name and its suggestion (P7).
const MAX_EDITS: usize = 2;

/// The dotted path of a field: `billingAddress.zipCode`, `contacts[1].email`; empty for
/// the body itself.
///
/// [`as_str`](Self::as_str) and serde use the path of the response. `Display` and `Debug`
/// are for messages and logs: the empty path is `the body`, and control and invisible
/// characters of an unknown name are escaped, so that it cannot split a log line.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldPath(Cow<'static, str>);

/// An object: the first part of the paths of its members.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parent {
    /// The body of a customer.
    Body,
    /// The address in that field.
    Address(Field),
    /// The contact at that index.
    Contact(usize),
    /// Any other object, with its known names.
    Other(&'static [&'static str]),
}

impl Parent {
    /// P11: the path of a member, cut to [`MAX_PATH_CHARS`]. Unknown names that are
    /// equal after the cut have one path.
    pub(crate) fn path(self, name: &str) -> FieldPath {
        let path = self.prefix() + name;
        FieldPath(match path.char_indices().nth(MAX_PATH_CHARS) {
            Some((end, _)) => Cow::Owned(format!("{}…", path.get(..end).unwrap_or_default())),
            None => Cow::Owned(path),
        })
    }

    /// The prefix of the paths of all members.
    fn prefix(self) -> String {
        match self {
            Self::Body | Self::Other(_) => String::new(),
            Self::Address(field) => format!("{}.", field.as_str()),
            Self::Contact(index) => format!("contacts[{index}]."),
        }
    }

    /// P7: the known name closest to the unknown name of a path. A name that was cut is
    /// too long for a suggestion.
    pub(crate) fn suggestion(self, path: &FieldPath) -> Option<&'static str> {
        let known = match self {
            Self::Body => Field::NAMES,
            Self::Address(_) => AddressField::NAMES,
            Self::Contact(_) => ContactField::NAMES,
            Self::Other(names) => names,
        };
        nearest(path.as_str().strip_prefix(&self.prefix())?, known)
    }
}

impl FieldPath {
    /// The body itself: the empty path.
    pub const BODY: Self = Self::named("");

    /// The path of a field of the record.
    #[must_use]
    pub const fn field(field: Field) -> Self {
        Self::named(field.as_str())
    }

    /// Any other path, such as a query parameter or a column.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    pub(crate) fn contact(index: usize) -> Self {
        Self(Cow::Owned(format!("contacts[{index}]")))
    }

    /// The path in a response.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The field of the record, if the path is that of a field.
    pub fn as_field(&self) -> Option<Field> {
        Field::from_wire(&self.0)
    }
}

/// The path for messages and logs.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the body");
        }
        self.0.chars().try_for_each(|c| match c {
            ' ' => f.write_str(" "),
            c if text::is_invisible(c) => c.escape_unicode().fmt(f),
            c => fmt::Write::write_char(f, c),
        })
    }
}

impl fmt::Debug for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldPath({self})")
    }
}

/// The known name that matches best: in another spelling (`billing_address`), by its
/// beginning or end (`zip`, `phone`), or with a typing error, in this order.
fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    /// The maximum length in bytes of a name that gets a suggestion. No known name is
    /// longer, and the edit distance of a long name is expensive.
    const LONGEST: usize = 32;
    if name.len() > LONGEST {
        return None;
    }
    let folded = fold(name);
    let find = |wanted: &dyn Fn(&str) -> bool| known.iter().copied().find(|k| wanted(&fold(k)));
    let is_part = |k: &str| folded.len() >= 3 && (k.starts_with(&folded) || k.ends_with(&folded));
    let distance = |k: &str| strsim::osa_distance(&fold(k), &folded);
    find(&|k| k == folded)
        .or_else(|| find(&is_part))
        .or_else(|| {
            let near = |k: &&str| distance(k) <= MAX_EDITS && distance(k) * 2 < k.len();
            known
                .iter()
                .copied()
                .filter(near)
                .min_by_key(|k| distance(k))
        })
}

/// The letters and digits, in ASCII lower case.
fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggestion(name: &str) -> Option<&'static str> {
        Parent::Body.suggestion(&Parent::Body.path(name))
    }

    #[test]
    fn p7_the_nearest_known_name_is_suggested() {
        for (name, known) in [
            ("billing_address", "billingAddress"),
            ("BillingAddress", "billingAddress"),
            ("EMAIL", "email"),
            ("e-mail", "email"),
            ("emial", "email"),
            ("phone", "mainPhone"),
            ("web", "website"),
            ("statuss", "status"),
            ("costumer", "customer"),
            ("created_at", "createdAt"),
            ("sttaus", "status"),
            ("wabsitte", "website"),
        ] {
            assert_eq!(suggestion(name), Some(known), "{name}");
        }
        let address = Parent::Address(Field::BillingAddress);
        let in_address = |name| address.suggestion(&address.path(name));
        assert_eq!(in_address("zip"), Some("zipCode"));
        assert_eq!(in_address("cty"), Some("city"));
        assert_eq!(in_address("ctie"), None, "half of the letters differ");
    }

    #[test]
    fn p7_a_name_much_longer_than_any_known_name_has_no_suggestion() {
        let spelt = |underscores| format!("billing{}address", "_".repeat(underscores));
        assert_eq!(suggestion(&spelt(18)), Some("billingAddress"));
        assert_eq!(suggestion(&spelt(19)), None);
        assert_eq!(suggestion(&spelt(20)), None);
    }

    #[test]
    fn p7_a_name_far_from_all_others_has_no_suggestion() {
        for name in [
            "",
            "x",
            "il",
            "styxzs",
            "cusxxxer",
            "notes",
            "price",
            "ü",
            "éèêë",
            &"a".repeat(100_000),
        ] {
            assert_eq!(suggestion(name), None, "{name:.10}");
        }
    }

    #[test]
    fn p11_a_path_of_more_than_100_characters_is_cut() {
        let path = |n| Parent::Body.path(&"é".repeat(n)).as_str().to_owned();
        assert_eq!(path(100), "é".repeat(100));
        assert_eq!(path(101), format!("{}…", "é".repeat(100)));
        assert_eq!(path(100_000), format!("{}…", "é".repeat(100)));
        let child = Parent::Address(Field::BillingAddress).path(&"x".repeat(90));
        assert_eq!(
            child.as_str(),
            format!("billingAddress.{}…", "x".repeat(85))
        );
        let long = "x".repeat(100);
        for index in [0, 9, 10, 1_234] {
            let path = Parent::Contact(index).path(&long).as_str().to_owned();
            assert!(path.starts_with(&format!("contacts[{index}].xx")), "{path}");
            assert_eq!(path.chars().count(), 101, "{path}");
        }
    }

    #[test]
    fn p11_paths_are_dotted() {
        assert_eq!(FieldPath::BODY.as_str(), "");
        assert_eq!(
            Parent::Address(Field::BillingAddress)
                .path("zipCode")
                .as_str(),
            "billingAddress.zipCode"
        );
        assert_eq!(
            Parent::Contact(1).path("email").as_str(),
            "contacts[1].email"
        );
    }

    #[test]
    fn an_unknown_name_cannot_split_a_log_line() {
        let path = Parent::Body.path("a\nb\u{202E}c d");
        let shown = path.to_string();
        assert_eq!(shown, "a\\u{a}b\\u{202e}c d");
        assert_eq!(format!("{path:?}"), format!("FieldPath({shown})"));
    }
}
