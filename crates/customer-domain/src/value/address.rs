//! V7: addresses.

use std::fmt;
use std::sync::Arc;

use arrayvec::ArrayString;
use memchr::memchr;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::reason::{Reason, ValueError};
use crate::schema::AddressField;
use crate::text::{self, Controls};

use super::Redacted;

/// The number of fields of an address.
pub(crate) const FIELDS: usize = AddressField::ALL.len();

/// A postal address (V7): five optional strings, at least one of which is present.
///
/// An update replaces the whole address (P3); no field of the old address is kept. All
/// strings share one allocation, and a clone increments a reference count.
///
/// ```
/// use customer_domain::{Address, AddressField};
///
/// let address = Address::new([
///     (AddressField::Street, "1 Rue de la Paix"),
///     (AddressField::City, "Paris"),
///     (AddressField::Country, "France"),
/// ])?;
/// assert_eq!(address.get(AddressField::City), Some("Paris"));
/// assert_eq!(address.get(AddressField::ZipCode), None);
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// The strings of all fields in the order of [`AddressField::ALL`], with a separator
    /// between them. An empty string is a missing field, because no string is empty.
    text: Arc<str>,
}

/// The unit separator of ASCII: a control character, which no field contains (T3).
const SEPARATOR: u8 = 0x1F;

/// The maximum length of all strings, each with a separator. A character has at most four
/// bytes.
const MAX_BYTES: usize = FIELDS * (4 * Address::MAX_CHARS + 1);

impl Address {
    /// The maximum length of a field, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 255;

    /// Creates an address. A blank string counts as missing (V7). If a field occurs more
    /// than once, the last string is used.
    ///
    /// # Errors
    ///
    /// `CONTROL_CHARACTER` or `TOO_LONG` for a field, or `EMPTY_ADDRESS` if no field is
    /// present.
    pub fn new<'a>(
        fields: impl IntoIterator<Item = (AddressField, &'a str)>,
    ) -> Result<Self, ValueError> {
        let mut strings = [None; FIELDS];
        for (field, text) in fields {
            let text = match Self::check(field, text) {
                Ok(text) => Some(text),
                Err(Reason::Blank) => None,
                Err(reason) => return Err(ValueError::new(subject(field), reason)),
            };
            if let Some(slot) = strings.get_mut(field as usize) {
                *slot = text;
            }
        }
        if strings.iter().all(Option::is_none) {
            return Err(ValueError::new("address", Reason::EmptyAddress));
        }
        Ok(Self::from_checked(&strings))
    }

    /// The rule of a field.
    #[inline(always)]
    pub(crate) fn check(field: AddressField, text: &str) -> Result<&str, Reason> {
        let controls = match field {
            AddressField::Street => Controls::AllowLineFeed,
            AddressField::City
            | AddressField::State
            | AddressField::ZipCode
            | AddressField::Country => Controls::Reject,
        };
        text::check(text, Self::MAX_CHARS, controls)
    }

    /// Builds an address of strings that [`check`](Self::check) returned, in the
    /// order of [`AddressField::ALL`]. At least one must be present.
    #[inline]
    pub(crate) fn from_checked<S: AsRef<str>>(strings: &[Option<S>; FIELDS]) -> Self {
        // On the stack, so that there is one allocation. `push` and `push_str` panic when
        // the string is full, which cannot happen: `MAX_BYTES` is the sum of all maxima.
        let mut text = ArrayString::<MAX_BYTES>::new();
        for (index, string) in strings.iter().enumerate() {
            if index > 0 {
                text.push(char::from(SEPARATOR));
            }
            text.push_str(string.as_ref().map_or("", S::as_ref));
        }
        Self {
            text: Arc::from(text.as_str()),
        }
    }

    /// The string of a field, if it is present.
    #[must_use]
    pub fn get(&self, field: AddressField) -> Option<&str> {
        self.strings().nth(field as usize)?
    }

    /// The strings of all fields, in the order of [`AddressField::ALL`].
    pub(crate) fn strings(&self) -> impl Iterator<Item = Option<&str>> {
        let mut rest = Some(&*self.text);
        std::iter::from_fn(move || {
            let text = rest?;
            let end = memchr(SEPARATOR, text.as_bytes());
            rest = end.and_then(|end| text.get(end + 1..));
            let string = end.map_or(Some(text), |end| text.get(..end))?;
            Some((!string.is_empty()).then_some(string))
        })
    }
}

const fn subject(field: AddressField) -> &'static str {
    match field {
        AddressField::Street => "street",
        AddressField::City => "city",
        AddressField::State => "state",
        AddressField::ZipCode => "postal code",
        AddressField::Country => "country",
    }
}

/// Shows which fields are present, without their strings.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Address");
        for (field, string) in AddressField::ALL.iter().zip(self.strings()) {
            debug.field(field.as_str(), &string.map(|_| Redacted));
        }
        debug.finish()
    }
}

/// All five fields in their order, null for a missing one.
impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut address = serializer.serialize_map(Some(FIELDS))?;
        for (field, string) in AddressField::ALL.iter().zip(self.strings()) {
            address.serialize_entry(field.as_str(), &string)?;
        }
        address.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREET: AddressField = AddressField::Street;

    fn of(field: AddressField, text: &str) -> Result<Address, ValueError> {
        Address::new([(field, text)])
    }

    #[test]
    fn v7_a_blank_field_counts_as_missing() {
        let address = Address::new([
            (STREET, " \u{200B}"),
            (AddressField::City, "  Paris "),
            (AddressField::State, ""),
        ])
        .unwrap();
        for field in AddressField::ALL {
            let expected = (*field == AddressField::City).then_some("Paris");
            assert_eq!(address.get(*field), expected);
        }
    }

    #[test]
    fn v7_an_address_without_a_field_is_rejected() {
        for fields in [&[][..], &[(STREET, " ")], &[(STREET, "a"), (STREET, "")]] {
            let address = Address::new(fields.iter().copied());
            assert_eq!(address.map_err(|e| e.code()), Err("EMPTY_ADDRESS"));
        }
    }

    #[test]
    fn v7_an_error_names_the_field() {
        let names = ["street", "city", "state", "postal code", "country"];
        assert_eq!(names.len(), AddressField::ALL.len());
        for (field, name) in AddressField::ALL.iter().zip(names) {
            let error = of(*field, &"x".repeat(256)).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn v7_a_field_has_at_most_255_characters() {
        for field in AddressField::ALL {
            for (length, ok) in [(255, true), (256, false)] {
                assert_eq!(
                    of(*field, &"é".repeat(length)).is_ok(),
                    ok,
                    "{field} {length}"
                );
            }
        }
    }

    #[test]
    fn v7_five_fields_of_the_greatest_length_fit() {
        let strings: Vec<String> = ["😀", "🚀", "𐐀", "𝄞", "🏠"].map(|c| c.repeat(255)).into();
        let fields = AddressField::ALL.iter().copied();
        let address = Address::new(fields.clone().zip(strings.iter().map(String::as_str))).unwrap();
        for (field, text) in fields.zip(&strings) {
            assert_eq!(address.get(field), Some(text.as_str()));
        }
    }

    #[test]
    fn t3_only_a_street_may_have_several_lines() {
        for field in AddressField::ALL {
            assert_eq!(of(*field, "a\nb").is_ok(), *field == STREET);
        }
    }

    #[test]
    fn an_address_is_written_and_read() {
        let strings = ["a", "b", "c", "d", "e"];
        let address = Address::new(AddressField::ALL.iter().copied().zip(strings)).unwrap();
        assert_eq!(address.get(AddressField::Street), Some("a"));
        assert_eq!(address.get(AddressField::City), Some("b"));
        assert_eq!(address.get(AddressField::State), Some("c"));
        assert_eq!(address.get(AddressField::ZipCode), Some("d"));
        assert_eq!(address.get(AddressField::Country), Some("e"));
        let json = r#"{"street":"a","city":"b","state":"c","zipCode":"d","country":"e"}"#;
        assert_eq!(serde_json::to_string(&address).ok().as_deref(), Some(json));
        assert_eq!(serde_json::from_str::<Address>(json).ok(), Some(address));
    }

    #[test]
    fn the_same_string_in_another_field_is_another_address() {
        assert_ne!(of(AddressField::City, "x"), of(AddressField::State, "x"));
    }
}
