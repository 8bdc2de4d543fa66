//! What was sent: the shape of a body, borrowed from the input.
//!
//! The first half of reading. Nothing is judged here: the values are noted as
//! they stand, in the order in which they stand, so that [`read`](crate::read)
//! can say all that is wrong with them at once (P9, P11).

mod json;
mod plain;
mod visit;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _};
use smallvec::SmallVec;

use crate::path::Parent;
use crate::reason::ValueError;
use crate::schema::{AddressField, ContactField, Field};
use crate::violation::MAX_VIOLATIONS;

pub use json::MalformedJson;
pub(crate) use json::{check_utf8, read_json};
pub(crate) use plain::Cursor;
pub(crate) use visit::{AddressObject, BodyObject, ContactList, Numbers, Value};

/// Which body is read. It decides which values are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An update (SPEC §4).
    Patch,
    /// A new customer (SPEC §8).
    Create,
    /// A whole record (SPEC §1).
    Record,
}

/// What of a value is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Its type, and the text if it is one.
    Value,
    /// The members of the billing address too.
    BillingAddress,
    /// The members of the shipping address too.
    ShippingAddress,
    /// The members of the contacts too.
    Contacts,
    /// Nothing: that it was sent is all that matters.
    Nowhere,
}

impl Purpose {
    pub(crate) const fn look(self, field: Field) -> Look {
        match field {
            Field::Customer | Field::Email | Field::MainPhone | Field::Website | Field::Status => {
                Look::Value
            }
            Field::BillingAddress => Look::BillingAddress,
            Field::ShippingAddress => Look::ShippingAddress,
            Field::Contacts => match self {
                Self::Patch => Look::Nowhere,
                Self::Create | Self::Record => Look::Contacts,
            },
            Field::Uuid | Field::CreatedAt | Field::UpdatedAt => match self {
                Self::Patch | Self::Create => Look::Nowhere,
                Self::Record => Look::Value,
            },
            Field::TeamId | Field::Version => Look::Nowhere,
        }
    }
}

/// A value as it was sent, of the types that mean something somewhere.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sent<'a> {
    /// A value nobody looks at: that it was sent is all that matters.
    Skipped,
    Null,
    Bool(bool),
    Text(Cow<'a, str>),
    /// An object; what was in it, if anyone looks, is noted beside.
    Object,
    /// An array; what was in it, if anyone looks, is noted beside.
    List,
    /// A number, or what another format has beyond JSON.
    Other,
}

/// One key of an object, at the place where it first stood.
#[derive(Clone, Debug)]
pub(crate) enum Entry<'a, F> {
    Known {
        field: F,
        sent: Sent<'a>,
        /// Whether the key was given again (P8). The values after the first
        /// are not kept: whatever they are, the answer is the same.
        repeated: bool,
    },
    Unknown {
        name: Cow<'a, str>,
    },
}

impl<'a, F> Entry<'a, F> {
    /// The name, of an unknown one.
    const fn name(&self) -> Option<&Cow<'a, str>> {
        match self {
            Self::Unknown { name } => Some(name),
            Self::Known { .. } => None,
        }
    }
}

/// A set of field names.
pub(crate) trait Name: Copy + PartialEq {
    fn from_bytes(name: &[u8]) -> Option<Self>;

    /// A bit of its own.
    fn bit(self) -> u16;
}

macro_rules! name {
    ($($name:ident)*) => {$(
        impl Name for $name {
            fn from_bytes(name: &[u8]) -> Option<Self> {
                Self::from_bytes(name)
            }

            fn bit(self) -> u16 {
                1 << self as u16
            }
        }
    )*};
}

name! { Field AddressField ContactField }

/// The keys of an object, each once, in the order in which they were sent.
#[derive(Clone, Debug)]
pub(crate) struct Entries<'a, F, const N: usize> {
    /// Whose keys they are.
    parent: Parent,
    list: SmallVec<[Entry<'a, F>; N]>,
    /// The known names that were given, a bit each.
    given: u16,
    /// How many unknown names there are, of which the list holds no more than
    /// can be reported.
    unknown: usize,
    /// The unknown names, once there are more than a few. Ordered and not
    /// hashed: no randomness, and no input makes it slow.
    seen: Option<BTreeSet<Cow<'a, str>>>,
}

/// Up to so many unknown names are compared one by one.
const FEW: usize = 8;

impl<'a, F: Name, const N: usize> Entries<'a, F, N> {
    pub(crate) fn new(parent: Parent) -> Self {
        Self {
            parent,
            list: SmallVec::new(),
            given: 0,
            unknown: 0,
            seen: None,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry<'a, F>> {
        self.list.iter()
    }

    /// Whether the field was given.
    pub(crate) fn has(&self, known: F) -> bool {
        self.given & known.bit() != 0
    }

    /// How many unknown names are not in the list.
    pub(crate) const fn unlisted(&self) -> usize {
        self.unknown.saturating_sub(MAX_VIOLATIONS)
    }

    pub(crate) fn known(&mut self, field: F, sent: Sent<'a>) {
        self.given |= field.bit();
        self.list.push(Entry::Known {
            field,
            sent,
            repeated: false,
        });
    }

    /// Whether the field was given before; if so, notes that it was again.
    fn repeats(&mut self, known: F) -> bool {
        if !self.has(known) {
            return false;
        }
        for entry in &mut self.list {
            match entry {
                Entry::Known {
                    field, repeated, ..
                } if *field == known => *repeated = true,
                Entry::Known { .. } | Entry::Unknown { .. } => {}
            }
        }
        true
    }

    /// Notes an unknown name, unless it was given before, or one that is shown
    /// alike.
    fn unknown(&mut self, name: Cow<'a, str>) {
        let name = self.parent.shown(name);
        if self.unknown < FEW {
            if self
                .list
                .iter()
                .filter_map(Entry::name)
                .any(|known| *known == name)
            {
                return;
            }
        } else {
            let listed = || self.list.iter().filter_map(Entry::name).cloned().collect();
            if !self.seen.get_or_insert_with(listed).insert(name.clone()) {
                return;
            }
        }
        self.unknown += 1;
        if self.unknown <= MAX_VIOLATIONS {
            self.list.push(Entry::Unknown { name });
        }
    }

    /// Whether a value was passed over without reading the texts in it. `read`
    /// tells of a field whether its object was looked into and nothing in
    /// it passed over.
    fn has_skipped_values(&self, read: impl Fn(F) -> bool) -> bool {
        self.list.iter().any(|entry| match entry {
            Entry::Unknown { .. } | Entry::Known { repeated: true, .. } => true,
            Entry::Known { field, sent, .. } => match sent {
                Sent::Skipped | Sent::List => true,
                Sent::Object => !read(*field),
                Sent::Null | Sent::Bool(_) | Sent::Text(_) | Sent::Other => false,
            },
        })
    }
}

/// The keys of an address.
pub(crate) type AddressEntries<'a> = Entries<'a, AddressField, { AddressField::ALL.len() }>;

/// The keys of a contact. None of them inline: there may be as many contacts as
/// fit into a body, and `{}` should not cost much more memory than it takes there.
pub(crate) type ContactEntries<'a> = Entries<'a, ContactField, 0>;

/// A member of the list of contacts.
#[derive(Clone, Debug)]
pub(crate) struct ContactShape<'a> {
    pub(crate) sent: Sent<'a>,
    pub(crate) entries: ContactEntries<'a>,
}

/// What was in a value, if anyone looks.
#[derive(Clone, Copy)]
pub(crate) enum Inside<'s, 'a> {
    Nothing,
    Address(&'s AddressEntries<'a>),
    Contacts(&'s [ContactShape<'a>]),
}

/// A body as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct BodyShape<'a> {
    pub(crate) entries: Entries<'a, Field, { Field::ALL.len() }>,
    pub(crate) billing_address: AddressEntries<'a>,
    pub(crate) shipping_address: AddressEntries<'a>,
    pub(crate) contacts: Vec<ContactShape<'a>>,
}

impl<'a> BodyShape<'a> {
    pub(crate) fn new() -> Self {
        Self {
            entries: Entries::new(Parent::Body),
            billing_address: Entries::new(Parent::Address(Field::BillingAddress)),
            shipping_address: Entries::new(Parent::Address(Field::ShippingAddress)),
            contacts: Vec::new(),
        }
    }

    /// What was in the value of a field.
    pub(crate) fn inside(&self, look: Look) -> Inside<'_, 'a> {
        match look {
            Look::BillingAddress => Inside::Address(&self.billing_address),
            Look::ShippingAddress => Inside::Address(&self.shipping_address),
            Look::Contacts => Inside::Contacts(&self.contacts),
            Look::Value | Look::Nowhere => Inside::Nothing,
        }
    }

    /// Whether a value was passed over without reading the texts in it.
    fn has_skipped_values(&self) -> bool {
        let nothing_read = |_| false;
        self.entries.has_skipped_values(|field| match field {
            Field::BillingAddress => !self.billing_address.has_skipped_values(nothing_read),
            Field::ShippingAddress => !self.shipping_address.has_skipped_values(nothing_read),
            Field::Uuid
            | Field::Customer
            | Field::Email
            | Field::MainPhone
            | Field::Website
            | Field::Status
            | Field::Contacts
            | Field::CreatedAt
            | Field::UpdatedAt
            | Field::TeamId
            | Field::Version => false,
        })
    }
}

/// Deserialises a value type from a text, in any format. The message of the
/// error tells the type and the rule; serde's own would repeat the value.
pub(crate) fn read_text<'de, D, T>(
    deserializer: D,
    subject: &'static str,
    parse: fn(&str) -> Result<T, ValueError>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    match Value::new(visit::Ignored, Numbers::Finite).deserialize(deserializer)? {
        Sent::Text(text) => parse(&text).map_err(D::Error::custom),
        Sent::Skipped | Sent::Null | Sent::Bool(_) | Sent::Object | Sent::List | Sent::Other => {
            Err(D::Error::custom(format_args!("{subject} must be a string")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(names: impl Iterator<Item = String>) -> Entries<'static, AddressField, 5> {
        let mut entries = Entries::new(Parent::Address(Field::BillingAddress));
        for name in names {
            entries.unknown(Cow::Owned(name));
        }
        entries
    }

    #[test]
    fn p8_an_unknown_name_is_noted_once_however_many_there_are() {
        for distinct in [1, FEW, FEW + 1, MAX_VIOLATIONS, MAX_VIOLATIONS + 7] {
            let names = (0..3 * distinct).map(|i| format!("k{}", i % distinct));
            let entries = entries(names);
            assert_eq!(entries.iter().count(), distinct.min(MAX_VIOLATIONS));
            assert_eq!(entries.unlisted(), distinct.saturating_sub(MAX_VIOLATIONS));
        }
    }
}
