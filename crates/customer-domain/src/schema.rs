//! The names a body may use: the fields of the record, of an address and of a
//! contact, in the order in which they are written.

use std::fmt;

/// Declares an enum of field names once: variants, wire names, order.
macro_rules! names {
    (
        $(#[$meta:meta])*
        $name:ident { $( $(#[$variant_meta:meta])* $variant:ident = $wire:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $( $(#[$variant_meta])* $variant, )+ }

        impl $name {
            /// Every field, in the order of the record.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// The wire names, in the order of the record.
            pub(crate) const NAMES: &'static [&'static str] = &[$( $wire, )+];

            /// The name on the wire, in camel case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $wire, )+ }
            }

            /// The name before its value in an object, after another member.
            pub(crate) const fn member(self) -> &'static str {
                match self { $( Self::$variant => concat!(",\"", $wire, "\":"), )+ }
            }

            /// The field of that wire name. Names are case-sensitive (P7).
            #[must_use]
            pub fn from_wire(name: &str) -> Option<Self> {
                Self::from_bytes(name.as_bytes())
            }

            pub(crate) fn from_bytes(name: &[u8]) -> Option<Self> {
                $( if name == $wire.as_bytes() { return Some(Self::$variant); } )+
                None
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

names! {
    /// A name that means something at the top of a body.
    ///
    /// The first eleven are the members of a record, in the order in which it
    /// is written; `teamId` and `version` belong to a record but are not in its
    /// body, and are known so that sending them earns `READ_ONLY` (P6) and not
    /// `UNKNOWN_FIELD`.
    Field {
        /// `uuid`, read-only.
        Uuid = "uuid",
        /// `customer`, the name.
        Customer = "customer",
        /// `email`.
        Email = "email",
        /// `mainPhone`.
        MainPhone = "mainPhone",
        /// `website`.
        Website = "website",
        /// `status`.
        Status = "status",
        /// `billingAddress`.
        BillingAddress = "billingAddress",
        /// `shippingAddress`.
        ShippingAddress = "shippingAddress",
        /// `contacts`, set at creation only.
        Contacts = "contacts",
        /// `createdAt`, read-only.
        CreatedAt = "createdAt",
        /// `updatedAt`, read-only.
        UpdatedAt = "updatedAt",
        /// `teamId`, read-only and not in the body of a record.
        TeamId = "teamId",
        /// `version`, read-only and not in the body of a record.
        Version = "version",
    }
}

names! {
    /// A member of an address.
    AddressField {
        /// `street`, the only text that may hold a line feed (T3).
        Street = "street",
        /// `city`.
        City = "city",
        /// `state`.
        State = "state",
        /// `zipCode`.
        ZipCode = "zipCode",
        /// `country`.
        Country = "country",
    }
}

names! {
    /// A member of a contact.
    ContactField {
        /// `name`.
        Name = "name",
        /// `email`.
        Email = "email",
        /// `phone`.
        Phone = "phone",
        /// `isPrimary`.
        IsPrimary = "isPrimary",
    }
}

/// A set of fields of a record: what an update changed (M2).
///
/// ```
/// use customer_domain::{Field, FieldSet};
///
/// let changed: FieldSet = [Field::Website, Field::Email].into_iter().collect();
/// assert!(changed.contains(Field::Email));
/// assert_eq!(changed.to_string(), "email, website");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct FieldSet(u16);

impl FieldSet {
    /// The set without a field.
    pub const EMPTY: Self = Self(0);

    const fn bit(field: Field) -> u16 {
        1 << field as u16
    }

    /// Adds a field.
    pub const fn insert(&mut self, field: Field) {
        self.0 |= Self::bit(field);
    }

    /// Whether the field is in the set.
    #[must_use]
    pub const fn contains(self, field: Field) -> bool {
        self.0 & Self::bit(field) != 0
    }

    /// Whether the set has no field.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many fields are in the set.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The fields, in the order of the record.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL
            .iter()
            .copied()
            .filter(move |field| self.contains(*field))
    }

    /// The wire names, sorted: the `changed` list of an outcome.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.iter().map(Field::as_str).collect();
        names.sort_unstable();
        names
    }
}

impl FromIterator<Field> for FieldSet {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        let mut set = Self::EMPTY;
        for field in fields {
            set.insert(field);
        }
        set
    }
}

impl fmt::Debug for FieldSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The wire names, sorted and separated by commas.
impl fmt::Display for FieldSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(", "))
    }
}

impl serde::Serialize for FieldSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p7_names_are_case_sensitive_and_round_trip() {
        for field in Field::ALL {
            assert_eq!(Field::from_wire(field.as_str()), Some(*field));
        }
        assert_eq!(Field::from_wire("Email"), None);
        assert_eq!(AddressField::from_wire("zipcode"), None);
    }

    #[test]
    fn m2_a_set_holds_each_of_its_fields_and_no_other() {
        for field in Field::ALL {
            let set: FieldSet = [*field].into_iter().collect();
            assert_eq!((set.len(), set.is_empty()), (1, false));
            assert!(Field::ALL.iter().all(|f| set.contains(*f) == (f == field)));
        }
        assert!(FieldSet::EMPTY.is_empty());
        let two: FieldSet = [Field::Website, Field::Email].into_iter().collect();
        assert_eq!(two.len(), 2);
        assert_eq!(two.to_string(), "email, website");
        assert_eq!(format!("{two:?}"), "{Email, Website}");
        assert_eq!(
            serde_json::to_string(&two).ok().as_deref(),
            Some(r#"["email","website"]"#)
        );
    }
}
