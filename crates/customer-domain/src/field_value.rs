//! The value of any field of a record.

use serde::ser::{Serialize, Serializer};

use crate::value::address::Address;
use crate::value::contact::Contacts;
use crate::value::email::EmailAddress;
use crate::value::id::{CustomerId, TeamId};
use crate::value::name::CustomerName;
use crate::value::phone::PhoneNumber;
use crate::value::status::Status;
use crate::value::time::Timestamp;
use crate::value::version::Version;
use crate::value::website::WebsiteUrl;

/// The value of one field of a record: see [`Customer::value`](crate::Customer::value).
///
/// Serializes as the field does, null where there is no value. `Debug` shows no
/// personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant is named after its type or field")]
pub enum FieldValue<'a> {
    Id(CustomerId),
    Name(&'a CustomerName),
    Email(&'a EmailAddress),
    MainPhone(Option<&'a PhoneNumber>),
    Website(Option<&'a WebsiteUrl>),
    Status(Status),
    Address(Option<&'a Address>),
    Contacts(&'a Contacts),
    Time(Timestamp),
    Team(TeamId),
    Version(Version),
}

/// A value by its kind: what writers of JSON and of rows need to know.
#[derive(Clone, Copy)]
pub(crate) enum Kind<'a> {
    Null,
    Uuid(uuid::Uuid),
    /// A string that needs no escape in JSON.
    Keyword(&'static str),
    String(&'a str),
    Address(&'a Address),
    Contacts(&'a Contacts),
    Time(Timestamp),
    Number(u64),
}

impl<'a> FieldValue<'a> {
    #[inline]
    pub(crate) fn kind(self) -> Kind<'a> {
        match self {
            Self::Id(id) => Kind::Uuid(*id.as_uuid()),
            Self::Name(name) => Kind::String(name.as_str()),
            Self::Email(email) => Kind::String(email.as_str()),
            Self::MainPhone(phone) => {
                phone.map_or(Kind::Null, |phone| Kind::String(phone.as_str()))
            }
            Self::Website(website) => {
                website.map_or(Kind::Null, |website| Kind::String(website.as_str()))
            }
            Self::Status(status) => Kind::Keyword(status.as_str()),
            Self::Address(address) => address.map_or(Kind::Null, Kind::Address),
            Self::Contacts(contacts) => Kind::Contacts(contacts),
            Self::Time(time) => Kind::Time(time),
            Self::Team(team) => Kind::Uuid(*team.as_uuid()),
            Self::Version(version) => Kind::Number(version.get()),
        }
    }
}

impl Serialize for FieldValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.kind() {
            Kind::Null => serializer.serialize_none(),
            Kind::Uuid(uuid) => CustomerId::from(uuid).serialize(serializer),
            Kind::Keyword(text) | Kind::String(text) => serializer.serialize_str(text),
            Kind::Address(address) => address.serialize(serializer),
            Kind::Contacts(contacts) => contacts.serialize(serializer),
            Kind::Time(time) => time.serialize(serializer),
            Kind::Number(number) => serializer.serialize_u64(number),
        }
    }
}
