//! Where in a body something stands.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{Serialize, Serializer};

use crate::bulk::BulkUpdate;
use crate::list::{ListQuery, Parameter};
use crate::schema::{AddressField, ContactField, Field};

/// The longest path that is reported whole, in characters (P11). A longer one
/// is cut there, and an ellipsis is put in place of the rest.
pub const MAX_PATH_CHARS: usize = 100;

/// The furthest a name may be from a known one and still be taken for a slip.
const MAX_TYPING_DISTANCE: usize = 2;

/// The path of a field, dotted: `billingAddress.zipCode`, `contacts[1].email`,
/// and the empty path for the body itself.
///
/// The wire form is the path as it is. [`FieldPath::for_people`] is the form
/// for messages and logs, in which a name that came from outside cannot split a
/// line or hide: `Debug` and the `Display` of a violation use it.
#[derive(Clone, PartialEq, Eq)]
pub struct FieldPath(Place);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Body,
    Member(Member),
    Parameter(Parameter),
    /// The rows of a bulk update.
    Rows,
    /// A name nobody knows, and the object it stood in.
    Unknown {
        parent: Parent,
        name: Box<str>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Field(Field),
    Address(Field, AddressField),
    Contact(usize),
    ContactField(usize, ContactField),
}

/// An object that has members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    /// The body itself.
    Body,
    /// The address in that field.
    Address(Field),
    /// The contact at that index.
    Contact(usize),
    /// Not a body but the query of a list.
    Query,
    /// Not a body but the query for one email address.
    EmailQuery,
    /// The body of a bulk update.
    Bulk,
}

impl Parent {
    /// P11: as much of a name as a path shows, so that two names are one path
    /// when they are equal in this form.
    pub(crate) fn shown(self, name: Cow<'_, str>) -> Cow<'_, str> {
        let room = MAX_PATH_CHARS.saturating_sub(self.prefix_chars());
        // A character is at least a byte, so most names need not be counted.
        if name.len() <= room {
            return name;
        }
        match name.char_indices().nth(room) {
            None => name,
            Some((end, _)) => Cow::Owned(format!("{}…", name.get(..end).unwrap_or_default())),
        }
    }

    /// The length of what stands before a name.
    fn prefix_chars(self) -> usize {
        match self {
            Self::Body | Self::Query | Self::EmailQuery | Self::Bulk => 0,
            Self::Address(field) => field.as_str().len() + ".".len(),
            Self::Contact(index) => {
                let digits = index.checked_ilog10().unwrap_or(0) as usize + 1;
                "contacts[].".len() + digits
            }
        }
    }
}

/// What stands before a name.
impl fmt::Display for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body | Self::Query | Self::EmailQuery | Self::Bulk => Ok(()),
            Self::Address(field) => write!(f, "{field}."),
            Self::Contact(index) => write!(f, "contacts[{index}]."),
        }
    }
}

impl FieldPath {
    pub(crate) const BODY: Self = Self(Place::Body);

    pub(crate) const ROWS: Self = Self(Place::Rows);

    pub(crate) const fn field(field: Field) -> Self {
        Self(Place::Member(Member::Field(field)))
    }

    pub(crate) const fn address(field: Field, child: AddressField) -> Self {
        Self(Place::Member(Member::Address(field, child)))
    }

    pub(crate) const fn contact(index: usize) -> Self {
        Self(Place::Member(Member::Contact(index)))
    }

    pub(crate) const fn contact_field(index: usize, child: ContactField) -> Self {
        Self(Place::Member(Member::ContactField(index, child)))
    }

    pub(crate) const fn parameter(parameter: Parameter) -> Self {
        Self(Place::Parameter(parameter))
    }

    /// A name that is not known. No more of it is kept than is shown.
    pub(crate) fn unknown(parent: Parent, name: &str) -> Self {
        let name = parent.shown(Cow::Borrowed(name)).into();
        Self(Place::Unknown { parent, name })
    }

    pub(crate) const fn is_unknown(&self) -> bool {
        matches!(self.0, Place::Unknown { .. })
    }

    /// The field of the record, when the path is one and no deeper.
    #[must_use]
    pub const fn as_field(&self) -> Option<Field> {
        match self.0 {
            Place::Member(Member::Field(field)) => Some(field),
            Place::Body
            | Place::Member(_)
            | Place::Parameter(_)
            | Place::Rows
            | Place::Unknown { .. } => None,
        }
    }

    /// The path in a form for messages and logs: the body has a name, and
    /// control and invisible characters are escaped.
    pub fn for_people(&self) -> impl fmt::Display {
        let mut shown = String::new();
        match &self.0 {
            Place::Body => shown.push_str("the body"),
            Place::Member(_) | Place::Parameter(_) | Place::Rows => shown = self.to_string(),
            Place::Unknown { .. } => {
                for c in self.to_string().chars() {
                    if crate::text::shows_nothing(c) && c != ' ' {
                        shown.extend(c.escape_unicode());
                    } else {
                        shown.push(c);
                    }
                }
            }
        }
        shown
    }

    /// P7: the known name nearest to the unknown one. Computed when it is
    /// asked for, so that a refused body costs nothing more than its reading.
    pub(crate) fn suggestion(&self) -> Option<&'static str> {
        let Place::Unknown { parent, name } = &self.0 else {
            return None;
        };
        match parent {
            Parent::Body => nearest(name, Field::NAMES),
            Parent::Address(_) => nearest(name, AddressField::NAMES),
            Parent::Contact(_) => nearest(name, ContactField::NAMES),
            Parent::Query => nearest(name, ListQuery::PARAMETERS),
            Parent::EmailQuery => nearest(name, &[Field::Email.as_str()]),
            Parent::Bulk => nearest(name, &[BulkUpdate::ROWS]),
        }
    }
}

/// Another spelling (`billing_address`), a part that names it (`zip`, `phone`),
/// or a slip of the keys, in this order of preference.
fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    /// No known name is longer, so that a long name is not measured at all.
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
            let near = |k: &&str| distance(k) <= MAX_TYPING_DISTANCE && distance(k) * 2 < k.len();
            known
                .iter()
                .copied()
                .filter(near)
                .min_by_key(|k| distance(k))
        })
}

/// The letters and digits alone, without regard to ASCII case.
fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// The wire form.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Body => Ok(()),
            Place::Member(Member::Field(field)) => f.write_str(field.as_str()),
            Place::Member(Member::Address(field, child)) => write!(f, "{field}.{child}"),
            Place::Member(Member::Contact(index)) => write!(f, "contacts[{index}]"),
            Place::Member(Member::ContactField(index, child)) => {
                write!(f, "contacts[{index}].{child}")
            }
            Place::Parameter(parameter) => parameter.fmt(f),
            Place::Rows => f.write_str(BulkUpdate::ROWS),
            Place::Unknown { parent, name } => write!(f, "{parent}{name}"),
        }
    }
}

impl fmt::Debug for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldPath({})", self.for_people())
    }
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggestion(name: &str) -> Option<&'static str> {
        FieldPath::unknown(Parent::Body, name).suggestion()
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
        let in_address = |name| {
            let parent = Parent::Address(Field::BillingAddress);
            FieldPath::unknown(parent, name).suggestion()
        };
        assert_eq!(in_address("zip"), Some("zipCode"));
        assert_eq!(in_address("cty"), Some("city"));
        assert_eq!(in_address("ctie"), None, "half of it is another word");
    }

    #[test]
    fn p7_a_name_much_longer_than_any_known_one_earns_no_suggestion() {
        let spelt = |underscores| format!("billing{}address", "_".repeat(underscores));
        assert_eq!(suggestion(&spelt(18)), Some("billingAddress"));
        assert_eq!(suggestion(&spelt(19)), None);
        assert_eq!(suggestion(&spelt(20)), None);
    }

    #[test]
    fn p7_a_name_far_from_all_others_earns_no_suggestion() {
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
        let path = |n| FieldPath::unknown(Parent::Body, &"é".repeat(n)).to_string();
        assert_eq!(path(100), "é".repeat(100));
        assert_eq!(path(101), format!("{}…", "é".repeat(100)));
        assert_eq!(path(100_000), format!("{}…", "é".repeat(100)));
        let child = FieldPath::unknown(Parent::Address(Field::BillingAddress), &"x".repeat(90));
        assert_eq!(
            child.to_string(),
            format!("billingAddress.{}…", "x".repeat(85))
        );
        let long = "x".repeat(100);
        for index in [0, 9, 10, 1_234] {
            let path = FieldPath::unknown(Parent::Contact(index), &long).to_string();
            assert!(path.starts_with(&format!("contacts[{index}].xx")), "{path}");
            assert_eq!(path.chars().count(), 101, "{path}");
        }
    }

    #[test]
    fn p11_paths_are_dotted() {
        assert_eq!(FieldPath::BODY.to_string(), "");
        assert_eq!(
            FieldPath::address(Field::BillingAddress, AddressField::ZipCode).to_string(),
            "billingAddress.zipCode"
        );
        assert_eq!(
            FieldPath::contact_field(1, ContactField::Email).to_string(),
            "contacts[1].email"
        );
    }

    #[test]
    fn a_name_from_outside_cannot_split_a_line_of_a_log() {
        let path = FieldPath::unknown(Parent::Body, "a\nb\u{202E}c d");
        let shown = path.for_people().to_string();
        assert_eq!(shown, "a\\u{a}b\\u{202e}c d");
        assert_eq!(format!("{path:?}"), format!("FieldPath({shown})"));
    }
}
