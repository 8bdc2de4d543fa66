//! The value of any field of a record.

use std::fmt;

use serde::ser::{Serialize, Serializer};
use uuid::Uuid;

use crate::value::Redacted;
use crate::value::address::Address;
use crate::value::contact::Contacts;
use crate::value::time::Timestamp;

/// The value of one field of a record: see [`Customer::value`](crate::Customer::value).
///
/// Serializes as the field does. `Debug` shows no personal data.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldValue<'a> {
    /// No value.
    Null,
    /// An identifier.
    Uuid(Uuid),
    /// A string, or the name of a status.
    Text(&'a str),
    /// An address.
    Address(&'a Address),
    /// The contacts.
    Contacts(&'a Contacts),
    /// A point in time.
    Time(Timestamp),
    /// The version.
    Number(u64),
}

impl<'a> FieldValue<'a> {
    pub(crate) fn text(value: Option<&'a impl AsRef<str>>) -> Self {
        value.map_or(Self::Null, |value| Self::Text(value.as_ref()))
    }

    pub(crate) fn address(value: Option<&'a Address>) -> Self {
        value.map_or(Self::Null, Self::Address)
    }
}

impl fmt::Debug for FieldValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Text(_) => Redacted.fmt(f),
            Self::Uuid(value) => value.fmt(f),
            Self::Address(value) => value.fmt(f),
            Self::Contacts(value) => value.fmt(f),
            Self::Time(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
        }
    }
}

impl Serialize for FieldValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Uuid(value) => serializer.collect_str(value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Address(value) => value.serialize(serializer),
            Self::Contacts(value) => value.serialize(serializer),
            Self::Time(value) => value.serialize(serializer),
            Self::Number(value) => serializer.serialize_u64(*value),
        }
    }
}
