//! Reads a shape from any serde format that says what it holds.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, Error, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::value::RawValue;

use crate::path::Parent;
use crate::schema::ContactField;

use super::{
    AddressEntries, BodyShape, ContactEntries, ContactShape, Entries, Look, Name, Purpose, Sent,
};

/// Whether a number may be too great for the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// Every number fits in the types of serde. The ordinary case.
    Finite,
    /// Some number is one that `serde_json` cannot hold, such as `1e999`. It
    /// is JSON all the same, so that each value is first taken as raw text.
    Huge,
}

/// What to do with what is in an object or an array.
pub(crate) trait Contents<'de>: Sized {
    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn list<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Nobody looks inside.
pub(crate) struct Ignored;

impl Contents<'_> for Ignored {}

/// The keys of an address.
pub(crate) struct AddressObject<'s, 'de> {
    pub(crate) entries: &'s mut AddressEntries<'de>,
    pub(crate) numbers: Numbers,
}

impl<'de> Contents<'de> for AddressObject<'_, 'de> {
    fn object<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        read_object(map, self.entries, |_, map| {
            map.next_value_seed(Value::new(Ignored, self.numbers))
        })
    }
}

/// The keys of a contact.
struct ContactObject<'s, 'de> {
    entries: &'s mut ContactEntries<'de>,
    numbers: Numbers,
}

impl<'de> Contents<'de> for ContactObject<'_, 'de> {
    fn object<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        read_object(map, self.entries, |_: ContactField, map| {
            map.next_value_seed(Value::new(Ignored, self.numbers))
        })
    }
}

/// The list of contacts.
pub(crate) struct ContactList<'s, 'de> {
    pub(crate) contacts: &'s mut Vec<ContactShape<'de>>,
    pub(crate) numbers: Numbers,
}

impl<'de> Contents<'de> for ContactList<'_, 'de> {
    fn list<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        loop {
            let mut entries = Entries::new(Parent::Contact(self.contacts.len()));
            let contact = ContactObject {
                entries: &mut entries,
                numbers: self.numbers,
            };
            match seq.next_element_seed(Value::new(contact, self.numbers))? {
                Some(sent) => self.contacts.push(ContactShape { sent, entries }),
                None => return Ok(()),
            }
        }
    }
}

/// The keys of a body.
pub(crate) struct BodyObject<'s, 'de> {
    pub(crate) shape: &'s mut BodyShape<'de>,
    pub(crate) purpose: Purpose,
    pub(crate) numbers: Numbers,
}

impl<'de> Contents<'de> for BodyObject<'_, 'de> {
    fn object<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self {
            shape,
            purpose,
            numbers,
        } = self;
        let BodyShape {
            entries,
            billing_address,
            shipping_address,
            contacts,
        } = shape;
        read_object(map, entries, |field, map| match purpose.look(field) {
            Look::Value => map.next_value_seed(Value::new(Ignored, numbers)),
            Look::BillingAddress => map.next_value_seed(address(billing_address, numbers)),
            Look::ShippingAddress => map.next_value_seed(address(shipping_address, numbers)),
            Look::Contacts => {
                map.next_value_seed(Value::new(ContactList { contacts, numbers }, numbers))
            }
            Look::Nowhere => skip(map),
        })
    }
}

fn address<'s, 'de>(
    entries: &'s mut AddressEntries<'de>,
    numbers: Numbers,
) -> Value<AddressObject<'s, 'de>> {
    Value::new(AddressObject { entries, numbers }, numbers)
}

fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Sent<'de>, A::Error> {
    map.next_value::<IgnoredAny>()
        .map(|IgnoredAny| Sent::Skipped)
}

/// Notes the keys of an object; `value` reads the value of a known one.
fn read_object<'de, A, F, const N: usize>(
    mut map: A,
    entries: &mut Entries<'de, F, N>,
    mut value: impl FnMut(F, &mut A) -> Result<Sent<'de>, A::Error>,
) -> Result<(), A::Error>
where
    A: MapAccess<'de>,
    F: Name,
{
    while let Some(key) = map.next_key_seed(KeySeed(std::marker::PhantomData))? {
        match key {
            Key::Known(field) if entries.repeats(field) => {
                skip(&mut map)?;
            }
            Key::Known(field) => {
                let sent = value(field, &mut map)?;
                entries.known(field, sent);
            }
            Key::Unknown(name) => {
                entries.unknown(name);
                skip(&mut map)?;
            }
        }
    }
    Ok(())
}

enum Key<'de, F> {
    Known(F),
    Unknown(Cow<'de, str>),
}

struct KeySeed<F>(std::marker::PhantomData<F>);

impl<'de, F: Name> DeserializeSeed<'de> for KeySeed<F> {
    type Value = Key<'de, F>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, F: Name> Visitor<'de> for KeySeed<F> {
    type Value = Key<'de, F>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(F::from_bytes(name.as_bytes()).map_or(Key::Unknown(Cow::Borrowed(name)), Key::Known))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(F::from_bytes(name.as_bytes())
            .map_or_else(|| Key::Unknown(Cow::Owned(name.to_owned())), Key::Known))
    }
}

/// Reads one value, and what is in it as the contents say.
pub(crate) struct Value<C> {
    contents: C,
    numbers: Numbers,
}

impl<C> Value<C> {
    pub(crate) const fn new(contents: C, numbers: Numbers) -> Self {
        Self { contents, numbers }
    }
}

impl<'de, C: Contents<'de>> DeserializeSeed<'de> for Value<C> {
    type Value = Sent<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match self.numbers {
            Numbers::Finite => deserializer.deserialize_any(self),
            Numbers::Huge => {
                let raw = <&RawValue as serde::Deserialize>::deserialize(deserializer)?.get();
                if raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
                    return Ok(Sent::Other);
                }
                serde_json::Deserializer::from_str(raw)
                    .deserialize_any(self)
                    .map_err(D::Error::custom)
            }
        }
    }
}

/// Visits of a value that is of no type anyone wants.
macro_rules! other {
    ($($visit:ident($type:ty))*) => {$(
        fn $visit<E: Error>(self, _: $type) -> Result<Self::Value, E> {
            Ok(Sent::Other)
        }
    )*};
}

impl<'de, C: Contents<'de>> Visitor<'de> for Value<C> {
    type Value = Sent<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    other! {
        visit_i64(i64) visit_i128(i128) visit_u64(u64) visit_u128(u128) visit_f64(f64)
        visit_bytes(&[u8])
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Sent::Bool(value))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Sent::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Sent::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Sent::Text(Cow::Owned(text)))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Sent::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Sent::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        self.contents.list(seq).map(|()| Sent::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        self.contents.object(map).map(|()| Sent::Object)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Self::Value, A::Error> {
        let (IgnoredAny, variant) = data.variant()?;
        variant.newtype_variant::<IgnoredAny>()?;
        Ok(Sent::Other)
    }
}
