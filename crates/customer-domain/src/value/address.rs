//! V7: addresses.

use std::fmt;
use std::sync::Arc;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::reason::{Reason, ValueError};
use crate::schema::AddressField;
use crate::text::{self, Controls};

use super::Redacted;

/// The number of fields of an address.
const FIELDS: usize = AddressField::ALL.len();

/// A postal address (V7): five optional texts, at least one of them present.
///
/// It is a value and not a record of its own: an update replaces the whole of
/// it (P3), so that no line of an old address survives into a new one. All its
/// texts share one allocation, and a clone costs a reference count.
///
/// ```
/// use customer_domain::Address;
///
/// let address = Address::builder()
///     .street("1 Rue de la Paix")?
///     .city("Paris")?
///     .country("France")?
///     .build()?;
/// assert_eq!(address.city(), Some("Paris"));
/// assert_eq!(address.zip_code(), None);
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// The texts of the fields, one after the other. None is ever empty, so
    /// that an empty stretch is an absent field.
    text: Arc<str>,
    /// Where each field's text ends.
    ends: [u16; FIELDS],
}

impl Address {
    /// The longest text of a field, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 255;

    /// An address without a field yet.
    #[must_use]
    pub fn builder<'a>() -> AddressBuilder<'a> {
        AddressBuilder::default()
    }

    /// The text of a field.
    #[must_use]
    pub fn get(&self, field: AddressField) -> Option<&str> {
        let [street, city, state, zip_code, country] = self.ends.map(usize::from);
        let range = match field {
            AddressField::Street => 0..street,
            AddressField::City => street..city,
            AddressField::State => city..state,
            AddressField::ZipCode => state..zip_code,
            AddressField::Country => zip_code..country,
        };
        self.text.get(range).filter(|text| !text.is_empty())
    }

    /// The street, of one line or more.
    #[must_use]
    pub fn street(&self) -> Option<&str> {
        self.get(AddressField::Street)
    }

    /// The city.
    #[must_use]
    pub fn city(&self) -> Option<&str> {
        self.get(AddressField::City)
    }

    /// The state, province or region.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.get(AddressField::State)
    }

    /// The postal code.
    #[must_use]
    pub fn zip_code(&self) -> Option<&str> {
        self.get(AddressField::ZipCode)
    }

    /// The country.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        self.get(AddressField::Country)
    }
}

/// Builds an [`Address`] field by field. Each text is checked as it is given; a
/// blank one counts as absent (V7).
#[derive(Clone, Copy, Default)]
pub struct AddressBuilder<'a> {
    texts: [Option<&'a str>; FIELDS],
}

impl<'a> AddressBuilder<'a> {
    /// Sets a field.
    ///
    /// # Errors
    ///
    /// `CONTROL_CHARACTER` or `TOO_LONG`.
    pub fn set(mut self, field: AddressField, text: &'a str) -> Result<Self, ValueError> {
        self.read(field, text)
            .map_err(|reason| ValueError::new(subject(field), reason))?;
        Ok(self)
    }

    /// Sets the street, the only field that may have several lines.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub fn street(self, text: &'a str) -> Result<Self, ValueError> {
        self.set(AddressField::Street, text)
    }

    /// Sets the city.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub fn city(self, text: &'a str) -> Result<Self, ValueError> {
        self.set(AddressField::City, text)
    }

    /// Sets the state, province or region.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub fn state(self, text: &'a str) -> Result<Self, ValueError> {
        self.set(AddressField::State, text)
    }

    /// Sets the postal code.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub fn zip_code(self, text: &'a str) -> Result<Self, ValueError> {
        self.set(AddressField::ZipCode, text)
    }

    /// Sets the country.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub fn country(self, text: &'a str) -> Result<Self, ValueError> {
        self.set(AddressField::Country, text)
    }

    /// The address.
    ///
    /// # Errors
    ///
    /// `EMPTY_ADDRESS` when no field was set.
    pub fn build(self) -> Result<Address, ValueError> {
        self.build_sharing(None)
            .map_err(|reason| ValueError::new("address", reason))
    }

    /// Checks the text of a field and keeps it, unless it is blank (V7).
    pub(crate) fn read(&mut self, field: AddressField, text: &'a str) -> Result<(), Reason> {
        let (slot, controls) = {
            let [street, city, state, zip_code, country] = &mut self.texts;
            match field {
                AddressField::Street => (street, Controls::AllowLineFeed),
                AddressField::City => (city, Controls::Refuse),
                AddressField::State => (state, Controls::Refuse),
                AddressField::ZipCode => (zip_code, Controls::Refuse),
                AddressField::Country => (country, Controls::Refuse),
            }
        };
        *slot = match text::check(text, Address::MAX_CHARS, controls) {
            Ok(text) => Some(text),
            Err(Reason::Blank) => None,
            Err(reason) => return Err(reason),
        };
        Ok(())
    }

    /// Whether a field was set, so that there is an address to build.
    pub(crate) fn has_text(&self) -> bool {
        self.texts.iter().any(Option::is_some)
    }

    /// The address; one that equals the current one shares its memory.
    pub(crate) fn build_sharing(self, current: Option<&Address>) -> Result<Address, Reason> {
        let mut ends = [0; FIELDS];
        let mut end = 0;
        for (slot, text) in ends.iter_mut().zip(self.texts) {
            // At most 5 × 255 characters of 4 bytes each: far below `u16::MAX`.
            end += text.map_or(0, str::len) as u16;
            *slot = end;
        }
        if end == 0 {
            return Err(Reason::EmptyAddress);
        }
        let texts = self.texts.iter().flatten();
        if let Some(current) = current
            && current.ends == ends
            && AddressField::ALL
                .iter()
                .filter_map(|field| current.get(*field))
                .eq(texts.clone().copied())
        {
            return Ok(current.clone());
        }
        let mut text = String::with_capacity(usize::from(end));
        texts.for_each(|part| text.push_str(part));
        let text = text.into();
        Ok(Address { text, ends })
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

/// Shows which fields are present, and not their texts.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Address");
        for field in AddressField::ALL {
            debug.field(field.as_str(), &self.get(*field).map(|_| Redacted));
        }
        debug.finish()
    }
}

/// Shows which fields are set, and not their texts.
impl fmt::Debug for AddressBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("AddressBuilder");
        for (field, text) in AddressField::ALL.iter().zip(self.texts) {
            debug.field(field.as_str(), &text.map(|_| Redacted));
        }
        debug.finish()
    }
}

/// All five fields in their order, null where there is none.
impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut address = serializer.serialize_struct("Address", FIELDS)?;
        for field in AddressField::ALL {
            address.serialize_field(field.as_str(), &self.get(*field))?;
        }
        address.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v7_a_blank_field_counts_as_absent() {
        let address = Address::builder()
            .street(" \u{200B}")
            .and_then(|a| a.city("  Paris "))
            .and_then(|a| a.state(""))
            .and_then(AddressBuilder::build);
        let address = address.unwrap();
        assert_eq!(address.city(), Some("Paris"));
        for field in [
            AddressField::Street,
            AddressField::State,
            AddressField::ZipCode,
            AddressField::Country,
        ] {
            assert_eq!(address.get(field), None);
        }
    }

    #[test]
    fn v7_an_address_without_a_field_is_refused() {
        let empty = Address::builder().build().map_err(|e| e.code());
        assert_eq!(empty, Err("EMPTY_ADDRESS"));
    }

    #[test]
    fn v7_an_error_names_the_field() {
        for (field, name) in
            AddressField::ALL
                .iter()
                .zip(["street", "city", "state", "postal code", "country"])
        {
            let error = Address::builder()
                .set(*field, &"x".repeat(256))
                .unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn v7_a_field_has_at_most_255_characters() {
        for field in AddressField::ALL {
            for (length, ok) in [(255, true), (256, false)] {
                let text = "é".repeat(length);
                let built = Address::builder().set(*field, &text);
                assert_eq!(built.is_ok(), ok, "{field} {length}");
            }
        }
    }

    #[test]
    fn v7_five_fields_of_the_greatest_length_fit() {
        let texts: Vec<String> = ["😀", "é", "x", "字", "🚀"].map(|c| c.repeat(255)).into();
        let mut builder = Address::builder();
        for (field, text) in AddressField::ALL.iter().zip(&texts) {
            builder = builder.set(*field, text).unwrap();
        }
        let address = builder.build().unwrap();
        for (field, text) in AddressField::ALL.iter().zip(&texts) {
            assert_eq!(address.get(*field), Some(text.as_str()));
        }
    }

    #[test]
    fn t3_only_a_street_has_several_lines() {
        for field in AddressField::ALL {
            let built = Address::builder().set(*field, "a\nb");
            assert_eq!(built.is_ok(), *field == AddressField::Street);
        }
    }

    #[test]
    fn each_field_has_its_accessor() {
        let address = Address::builder()
            .street("a")
            .and_then(|a| a.city("b"))
            .and_then(|a| a.state("c"))
            .and_then(|a| a.zip_code("d"))
            .and_then(|a| a.country("e"))
            .and_then(AddressBuilder::build)
            .unwrap();
        assert_eq!(address.street(), Some("a"));
        assert_eq!(address.city(), Some("b"));
        assert_eq!(address.state(), Some("c"));
        assert_eq!(address.zip_code(), Some("d"));
        assert_eq!(address.country(), Some("e"));
        let json = r#"{"street":"a","city":"b","state":"c","zipCode":"d","country":"e"}"#;
        assert_eq!(serde_json::to_string(&address).ok().as_deref(), Some(json));
        assert_eq!(serde_json::from_str::<Address>(json).ok(), Some(address));
    }

    #[test]
    fn the_same_text_in_another_field_is_another_address() {
        let city = Address::builder().city("x").and_then(AddressBuilder::build);
        let state = Address::builder()
            .state("x")
            .and_then(AddressBuilder::build);
        assert_ne!(city, state);
    }
}
