//! SPEC §8 and C1: reads a list of contacts.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess};
use serde::{Deserialize, Deserializer};

use crate::path::{FieldPath, Parent};
use crate::reason::{Expected, Reason};
use crate::scalar::{Ignore, Nested, Scalar, ValueSeed};
use crate::schema::{ContactField, Field};
use crate::value::TextValue;
use crate::value::contact::{Contact, Contacts};
use crate::value::email::EmailAddress;
use crate::value::name::ContactName;
use crate::value::phone::PhoneNumber;
use crate::warning::WarningCode;

use super::findings::{Findings, Mark};
use super::members::Members;
use super::options::{self, Purpose, UnknownFields};

/// Reads the list of contacts.
pub(super) struct ContactsReader<'f> {
    purpose: Purpose,
    findings: &'f mut Findings,
    mark: Mark,
    contacts: Vec<Contact>,
    primaries: usize,
}

impl<'f> ContactsReader<'f> {
    pub(super) fn new(purpose: Purpose, findings: &'f mut Findings) -> Self {
        Self {
            purpose,
            mark: findings.mark(),
            findings,
            contacts: Vec::new(),
            primaries: 0,
        }
    }

    /// The contacts of an array that was read; none if the body is invalid.
    pub(super) fn finish(self) -> Contacts {
        if self.primaries > 1 && self.purpose.is_input() {
            let path = FieldPath::field(Field::Contacts);
            let reason = Reason::MultiplePrimaryContacts;
            self.findings.add_first(self.mark, path, reason);
        }
        if self.findings.is_invalid() {
            return Contacts::NONE;
        }
        Contacts::from_checked(self.contacts)
    }
}

impl<'de> Nested<'de> for &mut ContactsReader<'_> {
    fn array<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        for index in 0.. {
            let mut contact = ContactReader::new(index, self.purpose, self.findings);
            let input = seq.next_element_seed(ValueSeed(&mut contact))?;
            let (contact, is_primary) = contact.finish();
            self.primaries += usize::from(is_primary);
            match input {
                None => break,
                Some(Scalar::Object) => self.contacts.extend(contact),
                Some(
                    Scalar::Null
                    | Scalar::Bool(_)
                    | Scalar::String(_)
                    | Scalar::Array
                    | Scalar::Other,
                ) => {
                    let path = FieldPath::contact(index);
                    self.findings
                        .add(path, Reason::wrong_type(Expected::Object));
                }
            }
            self.findings.close(self.mark);
        }
        Ok(())
    }
}

/// Reads one contact.
struct ContactReader<'f> {
    index: usize,
    purpose: Purpose,
    findings: &'f mut Findings,
    name: Option<ContactName>,
    email: Option<EmailAddress>,
    phone: Option<PhoneNumber>,
    is_primary: bool,
}

impl<'f> ContactReader<'f> {
    const fn new(index: usize, purpose: Purpose, findings: &'f mut Findings) -> Self {
        Self {
            index,
            purpose,
            findings,
            name: None,
            email: None,
            phone: None,
            is_primary: false,
        }
    }

    fn child(&mut self, child: ContactField, input: Scalar<'_>) -> Result<(), Reason> {
        match child {
            ContactField::Name => {
                let text = options::required(input)?;
                self.name = self.value(&text)?;
            }
            ContactField::Email => self.email = self.optional(options::nullable(input)?)?,
            ContactField::Phone => {
                self.phone = self.optional(options::nullable(input)?)?;
                if let Some(phone) = &self.phone
                    && self.purpose.is_input()
                    && !phone.is_international()
                {
                    let path = Parent::Contact(self.index).path(child.as_str());
                    self.findings.warn(path, WarningCode::PhoneNotInternational);
                }
            }
            ContactField::IsPrimary => {
                if let Scalar::Bool(is_primary) = input {
                    self.is_primary = is_primary;
                } else if !self.purpose.is_missing(&input) {
                    return Err(Reason::wrong_type(Expected::Boolean));
                }
            }
        }
        Ok(())
    }

    /// The value, unless the body is invalid: then it is only checked.
    fn value<T: TextValue>(&self, text: &str) -> Result<Option<T>, Reason> {
        let text = self.purpose.check::<T>(text)?;
        Ok((!self.findings.is_invalid()).then(|| T::from_checked(text)))
    }

    fn optional<T: TextValue>(&self, text: Option<Cow<'_, str>>) -> Result<Option<T>, Reason> {
        match text.map(|text| self.value(&text)) {
            None => Ok(None),
            Some(Err(Reason::Blank)) => Ok(None),
            Some(value) => value,
        }
    }

    /// The contact, if it is valid, and whether it is primary.
    fn finish(self) -> (Option<Contact>, bool) {
        let contact = self.name.map(|name| Contact {
            email: self.email,
            phone: self.phone,
            is_primary: self.is_primary,
            ..Contact::new(name)
        });
        (contact, self.is_primary)
    }
}

impl<'de> Nested<'de> for &mut ContactReader<'_> {
    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let parent = Parent::Contact(self.index);
        let path = |child: ContactField| parent.path(child.as_str());
        let mut members = Members::begin(parent, self.findings);
        while let Some(child) = members.next(&mut map, self.findings)? {
            let input = map.next_value_seed(ValueSeed(Ignore))?;
            if let Err(reason) = self.child(child, input) {
                self.findings.add(path(child), reason);
            }
        }
        if !members.has(ContactField::Name) {
            self.findings.next_member();
            self.findings
                .add(path(ContactField::Name), Reason::Required);
        }
        self.is_primary &= !members.is_repeated(ContactField::IsPrimary);
        members.end(self.findings);
        Ok(())
    }
}

/// The contacts of a stored record; `None` if no record has them.
pub(crate) fn from_json(json: &str, purpose: Purpose) -> Option<Contacts> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let contacts = deserialize(&mut deserializer, purpose).ok()?;
    deserializer.end().ok()?;
    Some(contacts)
}

fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
    purpose: Purpose,
) -> Result<Contacts, D::Error> {
    let mut findings = Findings::new(UnknownFields::Reject);
    let mut reader = ContactsReader::new(purpose, &mut findings);
    let input = ValueSeed(&mut reader).deserialize(deserializer)?;
    let contacts = reader.finish();
    findings.finish().map_err(D::Error::custom)?;
    if input != Scalar::Array {
        return Err(D::Error::custom("contacts must be an array"));
    }
    Ok(contacts)
}

/// Reads an array by the rules of SPEC §8.
impl<'de> Deserialize<'de> for Contacts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer, Purpose::Create)
    }
}

/// Reads an object by the rules of SPEC §8.
impl<'de> Deserialize<'de> for Contact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut findings = Findings::new(UnknownFields::Reject);
        let mut reader = ContactReader::new(0, Purpose::Create, &mut findings);
        let input = ValueSeed(&mut reader).deserialize(deserializer)?;
        let (contact, _) = reader.finish();
        match (input, findings.finish(), contact) {
            (_, Err(violations), _) => Err(D::Error::custom(violations)),
            (Scalar::Object, Ok(_), Some(contact)) => Ok(contact),
            (_, Ok(_), _) => Err(D::Error::custom("contact must be an object")),
        }
    }
}
