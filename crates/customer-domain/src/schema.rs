//! The fields of the record, of an address and of a contact, in the order in which
//! they are serialized. Everything else refers to these lists.

use std::fmt;

/// Declares an enum of fields: variants, JSON names, order.
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

            /// The JSON names, in the order of the record.
            pub(crate) const NAMES: &'static [&'static str] = &[$( $wire, )+];

            /// The JSON name, in camel case.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $wire, )+ }
            }

            /// The field of that JSON name. Names are case-sensitive (P7).
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
    /// A field of a customer.
    ///
    /// The fields up to `updatedAt` are the members of the JSON record, in its
    /// order. `teamId` and `version` belong to a record but are not in its JSON;
    /// they are known names, so that in a body they are `READ_ONLY` (P6) and not
    /// `UNKNOWN_FIELD`.
    ///
    /// New fields may be added in a minor release.
    #[non_exhaustive]
    Field {
        /// `uuid`, read-only.
        Id = "uuid",
        /// `customer`, the name.
        Name = "customer",
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
        /// `contacts`, set on creation; an update cannot change it.
        Contacts = "contacts",
        /// `createdAt`, read-only.
        CreatedAt = "createdAt",
        /// `updatedAt`, read-only.
        UpdatedAt = "updatedAt",
        /// `teamId`, read-only and not in the JSON record.
        TeamId = "teamId",
        /// `version`, read-only and not in the JSON record.
        Version = "version",
    }
}

impl Field {
    /// Whether the field is a member of the JSON record.
    pub const fn is_in_record(self) -> bool {
        !matches!(self, Self::TeamId | Self::Version)
    }

    /// Whether an update can change the field (P5, P6).
    ///
    /// ```
    /// use customer_domain::Field;
    ///
    /// assert!(Field::Website.is_patchable());
    /// assert!(!Field::Contacts.is_patchable());
    /// ```
    pub const fn is_patchable(self) -> bool {
        !matches!(
            self,
            Self::Id
                | Self::Contacts
                | Self::CreatedAt
                | Self::UpdatedAt
                | Self::TeamId
                | Self::Version
        )
    }
}

names! {
    /// A field of an address.
    AddressField {
        /// `street`, the only string that may contain a line feed (T3).
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
    /// A field of a contact.
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

/// A set of fields: those that an update changed (M2), or that a patch sets.
///
/// ```
/// use customer_domain::{Field, FieldSet};
///
/// let changed: FieldSet = [Field::Website, Field::Email].into_iter().collect();
/// assert!(changed.contains(Field::Email));
/// assert_eq!(changed.to_string(), "email, website");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct FieldSet(u32);

impl FieldSet {
    /// The empty set.
    pub const EMPTY: Self = Self(0);

    const fn bit(field: Field) -> u32 {
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

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The number of fields in the set.
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

    /// The set that a store has stored as its `Display` output.
    pub fn from_stored(names: &str) -> Option<Self> {
        let names = names.split(", ").filter(|name| !name.is_empty());
        names.map(Field::from_wire).collect()
    }

    /// The JSON names, sorted.
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

/// The JSON names, sorted and separated by commas.
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

/// Reads a list of JSON names.
impl<'de> serde::Deserialize<'de> for FieldSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        let field = |name: &String| Field::from_wire(name);
        let set: Option<Self> = names.iter().map(field).collect();
        set.ok_or_else(|| serde::de::Error::custom("a name in the list is not a known field"))
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
    fn m2_a_set_contains_its_fields_and_no_other() {
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
