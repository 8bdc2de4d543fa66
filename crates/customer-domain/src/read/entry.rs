//! The ways in: `from_json` for bytes, `Deserialize` for any serde format.

use serde::de::{DeserializeSeed, Error as _};
use serde::{Deserialize, Deserializer};

use crate::customer::Customer;
use crate::field::NullableUpdate;
use crate::new_customer::NewCustomer;
use crate::patch::CustomerPatch;
use crate::path::FieldPath;
use crate::reason::Expected;
use crate::schema::Field;
use crate::shape::{
    AddressObject, BodyObject, BodyShape, ContactList, Entries, Numbers, Purpose, Sent, Value,
    read_json,
};
use crate::value::address::Address;
use crate::value::contact::Contacts;
use crate::value::id::TeamId;
use crate::value::version::Version;
use crate::violation::Violations;

use super::draft::Draft;
use super::reader::{Reader, wrong_type};
use super::{Accepted, BodyError, ReadOptions};

impl CustomerPatch {
    /// Reads the body of an update.
    ///
    /// # Errors
    ///
    /// [`BodyError::Malformed`] when the body is not JSON (P10), otherwise
    /// [`BodyError::Invalid`] with everything that is wrong with it (P11).
    pub fn from_json(body: &[u8]) -> Result<Self, BodyError> {
        Self::read_json(body, ReadOptions::new()).map(|accepted| accepted.value)
    }

    /// Reads the body of an update in another way than the default, and with
    /// the advisories it earns.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn read_json(body: &[u8], options: ReadOptions<'_>) -> Result<Accepted<Self>, BodyError> {
        let Accepted { value, advisories } = read_body(body, Purpose::Patch, options)?;
        Ok(Accepted {
            value: value.patch,
            advisories,
        })
    }
}

/// By the default options: unknown fields are violations.
impl<'de> Deserialize<'de> for CustomerPatch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_body(deserializer, Purpose::Patch).map(|draft| draft.patch)
    }
}

impl NewCustomer {
    /// Reads the body of a creation.
    ///
    /// As for an update, save that a customer and an email are `REQUIRED`, that
    /// null or "" for an optional field means that it is absent, and that
    /// contacts are read: `contacts[1].email` is the path of a child.
    ///
    /// # Errors
    ///
    /// [`BodyError::Malformed`] when the body is not JSON (P10), otherwise
    /// [`BodyError::Invalid`] with everything that is wrong with it (P11).
    pub fn from_json(body: &[u8]) -> Result<Self, BodyError> {
        Self::read_json(body, ReadOptions::new()).map(|accepted| accepted.value)
    }

    /// Reads the body of a creation in another way than the default, and with
    /// the advisories it earns.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn read_json(body: &[u8], options: ReadOptions<'_>) -> Result<Accepted<Self>, BodyError> {
        let Accepted { value, advisories } = read_body(body, Purpose::Create, options)?;
        Ok(Accepted {
            value: value.into_new_customer()?,
            advisories,
        })
    }
}

/// By the default options: unknown fields are violations.
impl<'de> Deserialize<'de> for NewCustomer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_body(deserializer, Purpose::Create)?
            .into_new_customer()
            .map_err(D::Error::custom)
    }
}

impl Customer {
    /// Reads the body of a record, which has neither its team nor its version.
    ///
    /// The rules are those of a new customer's body, save that the read-only
    /// fields and the status are required and earn no advisory.
    ///
    /// # Errors
    ///
    /// [`BodyError`] with everything that is wrong with the record.
    pub fn from_json(body: &[u8], team: TeamId, version: Version) -> Result<Self, BodyError> {
        read_body(body, Purpose::Record, ReadOptions::new())?
            .value
            .into_customer(team, version)
            .map_err(BodyError::from)
    }
}

/// Reads an object by the rules of a body: every field is optional, and one
/// that is unknown, given twice or not a text is an error.
impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let numbers = Numbers::Finite;
        let mut entries = Entries::new();
        let address = AddressObject {
            entries: &mut entries,
            numbers,
        };
        let sent = Value::new(address, numbers).deserialize(deserializer)?;
        let mut reader = Reader::new(Purpose::Record, ReadOptions::new());
        let update = reader.address(Field::BillingAddress, &sent, &entries, None);
        match (update, reader.findings.finish()) {
            (NullableUpdate::Set(address), Ok(_)) => Ok(address),
            (NullableUpdate::Keep | NullableUpdate::Clear, Ok(_)) => {
                Err(D::Error::custom("address must be an object"))
            }
            (_, Err(violations)) => Err(D::Error::custom(violations)),
        }
    }
}

/// Reads an array by the rules of a new customer's body.
impl<'de> Deserialize<'de> for Contacts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let numbers = Numbers::Finite;
        let mut contacts = Vec::new();
        let list = ContactList {
            contacts: &mut contacts,
            numbers,
        };
        let sent = Value::new(list, numbers).deserialize(deserializer)?;
        let mut reader = Reader::new(Purpose::Record, ReadOptions::new());
        let contacts = reader.contacts(&sent, &contacts);
        let findings = reader.findings.finish();
        findings.map(|_| contacts).map_err(D::Error::custom)
    }
}

/// Reads a body from JSON text.
fn read_body(
    bytes: &[u8],
    purpose: Purpose,
    options: ReadOptions<'_>,
) -> Result<Accepted<Draft>, BodyError> {
    let mut shape = BodyShape::new();
    let sent = read_json(bytes, purpose, &mut shape)?;
    Ok(judge(&sent, &shape, purpose, options)?)
}

/// Reads a body from any serde format.
fn deserialize_body<'de, D: Deserializer<'de>>(
    deserializer: D,
    purpose: Purpose,
) -> Result<Draft, D::Error> {
    let numbers = Numbers::Finite;
    let mut shape = BodyShape::new();
    let body = BodyObject {
        shape: &mut shape,
        purpose,
        numbers,
    };
    let sent = Value::new(body, numbers).deserialize(deserializer)?;
    judge(&sent, &shape, purpose, ReadOptions::new())
        .map(|accepted| accepted.value)
        .map_err(D::Error::custom)
}

fn judge(
    sent: &Sent<'_>,
    shape: &BodyShape<'_>,
    purpose: Purpose,
    options: ReadOptions<'_>,
) -> Result<Accepted<Draft>, Violations> {
    let mut reader = Reader::new(purpose, options);
    let mut draft = Draft::default();
    if *sent == Sent::Object {
        reader.body(&mut draft, shape);
    } else {
        reader
            .findings
            .refuse(FieldPath::BODY, wrong_type(Expected::Object));
    }
    let advisories = reader.findings.finish()?;
    Ok(Accepted {
        value: draft,
        advisories,
    })
}
