//! Reads a list of contacts (RULES, Create; C1 and C2).

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess};
use serde::{Deserialize, Deserializer};

use crate::patch::update::{NullableUpdate, Update};
use crate::path::{FieldPath, Parent};
use crate::reason::{Expected, Reason};
use crate::scalar::{Ignore, Nested, Scalar, ValueSeed};
use crate::schema::{ContactField, Field};
use crate::value::contact::{Contact, Contacts};
use crate::value::email::EmailAddress;
use crate::value::name::ContactName;
use crate::value::phone::PhoneNumber;
use crate::warning::WarningCode;

use super::findings::{Findings, Mark, UnknownFields};
use super::json::{self, Root};
use super::members::{Members, Name};
use super::options::{Accepted, BodyError, Purpose, ReadOptions};

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
            let mut reader = ContactReader::new(index, self.purpose, self.findings);
            let Some(input) = seq.next_element_seed(ValueSeed(&mut reader))? else {
                break;
            };
            self.primaries += usize::from(reader.is_primary);
            self.contacts.extend(reader.finish(&input));
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
    name: Update<ContactName>,
    email: NullableUpdate<EmailAddress>,
    phone: NullableUpdate<PhoneNumber>,
    is_primary: bool,
}

impl<'f> ContactReader<'f> {
    const fn new(index: usize, purpose: Purpose, findings: &'f mut Findings) -> Self {
        Self {
            index,
            purpose,
            findings,
            name: Update::Keep,
            email: NullableUpdate::Keep,
            phone: NullableUpdate::Keep,
            is_primary: false,
        }
    }

    fn child(&mut self, child: ContactField, input: Scalar<'_>) -> Result<(), Reason> {
        let purpose = self.purpose;
        match child {
            ContactField::Name => self.name = purpose.required(input, self.findings)?,
            ContactField::Email => self.email = purpose.nullable(input, self.findings)?,
            ContactField::Phone => {
                self.phone = purpose.nullable(input, self.findings)?;
                if let NullableUpdate::Set(phone) = &self.phone
                    && purpose.is_input()
                    && !phone.is_international()
                {
                    let path = Parent::Contact(self.index).path(child.as_str());
                    self.findings.warn(path, WarningCode::PhoneNotInternational);
                }
            }
            ContactField::IsPrimary => {
                if let Scalar::Bool(is_primary) = input {
                    self.is_primary = is_primary;
                } else if !purpose.is_missing(&input) {
                    return Err(Reason::wrong_type(Expected::Boolean));
                }
            }
        }
        Ok(())
    }

    /// The contact, if it is valid.
    fn finish(self, input: &Scalar<'_>) -> Option<Contact> {
        if *input != Scalar::Object {
            let reason = Reason::wrong_type(Expected::Object);
            self.findings.add(FieldPath::contact(self.index), reason);
        }
        let Update::Set(name) = self.name else {
            return None;
        };
        let mut contact = Contact::new(name);
        self.email.apply_to(&mut contact.email);
        self.phone.apply_to(&mut contact.phone);
        contact.is_primary = self.is_primary;
        Some(contact)
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

impl Contacts {
    /// Reads the body that replaces the contacts of a customer, `{"contacts": […]}`
    /// (C2).
    ///
    /// ```
    /// use customer_domain::{BodyError, Contacts};
    ///
    /// let contacts = Contacts::from_json(br#"{"contacts": [{"name": "Ann Lee"}]}"#)?;
    /// assert_eq!(contacts.len(), 1);
    /// assert_eq!(Contacts::from_json(br#"{"contacts": []}"#)?, Contacts::NONE);
    /// assert!(Contacts::from_json(br#"{"contacts": null}"#).is_err());
    /// # Ok::<(), BodyError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BodyError::Malformed`] if the body is not JSON (P10), otherwise
    /// [`BodyError::Invalid`] with all violations (P11).
    pub fn from_json(body: &[u8]) -> Result<Self, BodyError> {
        Self::read_json(body, ReadOptions::new()).map(|accepted| accepted.value)
    }

    /// Reads the same body with options, and returns the warnings too.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn read_json(body: &[u8], options: ReadOptions) -> Result<Accepted<Self>, BodyError> {
        let mut reader = ContactsBody::new(options);
        json::read(body, &mut reader)?;
        let warnings = reader.findings.finish()?;
        let value = reader.contacts;
        Ok(Accepted { value, warnings })
    }
}

/// Reads a body whose only member is `contacts` (C2).
struct ContactsBody {
    options: ReadOptions,
    findings: Findings,
    contacts: Contacts,
}

impl ContactsBody {
    const NAME: &str = Field::Contacts.as_str();

    const fn new(options: ReadOptions) -> Self {
        Self {
            options,
            findings: Findings::new(options.unknown_fields()),
            contacts: Contacts::NONE,
        }
    }
}

impl Root for ContactsBody {
    fn read<'de, D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        let input = ValueSeed(&mut *self).deserialize(deserializer)?;
        self.findings.check_body(&input);
        Ok(())
    }

    fn reset(&mut self) {
        *self = Self::new(self.options);
    }
}

impl<'de> Nested<'de> for &mut ContactsBody {
    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let path = FieldPath::field(Field::Contacts);
        let mut members = Members::begin(Parent::Other(&[ContactsBody::NAME]), &self.findings);
        while let Some(Only) = members.next(&mut map, &mut self.findings)? {
            let mut reader = ContactsReader::new(Purpose::Create, &mut self.findings);
            let input = map.next_value_seed(ValueSeed(&mut reader))?;
            self.contacts = reader.finish();
            match input {
                Scalar::Array => {}
                Scalar::Null => self.findings.add(path.clone(), Reason::NullNotAllowed),
                _ => {
                    let reason = Reason::wrong_type(Expected::Array);
                    self.findings.add(path.clone(), reason);
                }
            }
        }
        if !members.has(Only) {
            self.findings.next_member();
            self.findings.add(path, Reason::Required);
        }
        members.end(&mut self.findings);
        Ok(())
    }
}

/// The only known name of the body.
#[derive(Clone, Copy)]
struct Only;

impl Name for Only {
    fn from_bytes(name: &[u8]) -> Option<Self> {
        (name == ContactsBody::NAME.as_bytes()).then_some(Self)
    }

    fn index(self) -> usize {
        0
    }

    fn as_str(self) -> &'static str {
        ContactsBody::NAME
    }
}

/// Reads the contacts of a stored record (S8); `None` if they cannot be decoded.
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

/// Reads an array (RULES, Create).
impl<'de> Deserialize<'de> for Contacts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer, Purpose::Create)
    }
}

/// Reads an object (RULES, Create).
impl<'de> Deserialize<'de> for Contact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut findings = Findings::new(UnknownFields::Reject);
        let mut reader = ContactReader::new(0, Purpose::Create, &mut findings);
        let input = ValueSeed(&mut reader).deserialize(deserializer)?;
        let contact = reader.finish(&input);
        findings.finish().map_err(D::Error::custom)?;
        contact.ok_or_else(|| D::Error::custom("contact must be an object"))
    }
}
