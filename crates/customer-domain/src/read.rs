//! What is meant: from the shape of a body to valid values.
//!
//! The second half of reading. Each value is handed to its type; what is wrong
//! is noted and the reading goes on, so that all of it is reported at once, in
//! the order of the body (P11).

use std::borrow::Cow;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _};

use crate::advisory::{Advisory, AdvisoryCode};
use crate::customer::{Customer, CustomerParts};
use crate::field::{NullableUpdate, Update};
use crate::new_customer::NewCustomer;
use crate::patch::CustomerPatch;
use crate::path::{FieldPath, Parent};
use crate::schema::{AddressField, ContactField, Field};
use crate::shape::{
    AddressEntries, AddressObject, BodyObject, BodyShape, ContactList, ContactShape, Entries,
    Entry, MalformedJson, Name, Numbers, Purpose, Sent, Value, read_json,
};
use crate::value::TextValue;
use crate::value::address::{Address, AddressBuilder};
use crate::value::contact::{Contact, Contacts};
use crate::value::id::{CustomerId, TeamId};
use crate::value::phone::PhoneNumber;
use crate::value::status::Status;
use crate::value::time::Timestamp;
use crate::value::version::Version;
use crate::value::website::WebsiteUrl;
use crate::violation::{Expected, MAX_VIOLATIONS, Reason, Violation, Violations};

/// Why a body was refused.
///
/// ```
/// use customer_domain::{BodyError, CustomerPatch};
///
/// let body = br#"{"customer": null, "status": "ACTIVE", "colour": "red"}"#;
/// let Err(BodyError::Invalid(violations)) = CustomerPatch::from_json(body) else { panic!() };
/// let codes: Vec<_> = violations.iter().map(|v| (v.field().to_string(), v.code())).collect();
/// assert_eq!(codes, [
///     ("customer".to_owned(), "NULL_NOT_ALLOWED"),
///     ("status".to_owned(), "INVALID_CHOICE"),
///     ("colour".to_owned(), "UNKNOWN_FIELD"),
/// ]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The body is not one JSON text (P10).
    #[error(transparent)]
    Malformed(#[from] MalformedJson),
    /// The body breaks rules: all of them that it breaks (P11).
    #[error(transparent)]
    Invalid(#[from] Violations),
}

/// What to do with a field whose name is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownFields {
    /// It is a violation, `UNKNOWN_FIELD` (P7).
    #[default]
    Reject,
    /// It is passed over, with the advisory `UNKNOWN_FIELD_IGNORED` (P13).
    Ignore,
}

/// How a body is read.
///
/// ```
/// use customer_domain::{CustomerPatch, ReadOptions, UnknownFields};
///
/// let options = ReadOptions::new().unknown_fields(UnknownFields::Ignore);
/// let accepted = CustomerPatch::read_json(br#"{"colour": "red"}"#, options)?;
/// assert!(accepted.value.is_empty());
/// assert_eq!(accepted.advisories[0].to_string(), "colour is not a known field and was ignored");
/// # Ok::<(), customer_domain::BodyError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions<'r> {
    unknown_fields: UnknownFields,
    current: Option<&'r Customer>,
}

impl<'r> ReadOptions<'r> {
    /// The default: unknown fields are violations.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            unknown_fields: UnknownFields::Reject,
            current: None,
        }
    }

    /// What to do with unknown fields (P7, P13).
    #[must_use]
    pub const fn unknown_fields(mut self, unknown_fields: UnknownFields) -> Self {
        self.unknown_fields = unknown_fields;
        self
    }

    /// The record the body is meant for, if it is at hand already: values the
    /// record has are then shared with it and not made again. The outcome is
    /// the same without.
    #[must_use]
    pub const fn sharing(mut self, current: &'r Customer) -> Self {
        self.current = Some(current);
        self
    }
}

/// A body that was accepted: what it means, and what to advise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted<T> {
    /// What the body means.
    pub value: T,
    /// Advice on values that could be better; most often none. Ignored fields
    /// (P13) are listed up to [`MAX_VIOLATIONS`].
    pub advisories: Vec<Advisory>,
}

/// The values of a body. A body that is accepted has them all; what of them
/// was sent is in the states of the fields.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) patch: CustomerPatch,
    pub(crate) contacts: Contacts,
    pub(crate) uuid: Option<CustomerId>,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) updated_at: Option<Timestamp>,
}

impl Draft {
    /// The new customer, of a body read for that purpose.
    pub(crate) fn into_new_customer(self) -> Result<NewCustomer, Violations> {
        let CustomerPatch {
            customer,
            email,
            main_phone,
            website,
            status,
            billing_address,
            shipping_address,
        } = self.patch;
        let (Update::Set(name), Update::Set(email)) = (customer, email) else {
            // Refused before, together with all else.
            return Err(required_fields(&[Field::Customer, Field::Email]));
        };
        let mut new = NewCustomer::new(name, email).with_contacts(self.contacts);
        if let NullableUpdate::Set(phone) = main_phone {
            new = new.with_main_phone(phone);
        }
        if let NullableUpdate::Set(website) = website {
            new = new.with_website(website);
        }
        if let Update::Set(status) = status {
            new = new.with_status(status);
        }
        if let NullableUpdate::Set(address) = billing_address {
            new = new.with_billing_address(address);
        }
        if let NullableUpdate::Set(address) = shipping_address {
            new = new.with_shipping_address(address);
        }
        Ok(new)
    }

    /// The record, of a body read for that purpose.
    pub(crate) fn into_customer(
        self,
        team: TeamId,
        version: Version,
    ) -> Result<Customer, Violations> {
        let (Some(uuid), Some(created_at), Some(updated_at)) =
            (self.uuid, self.created_at, self.updated_at)
        else {
            // Refused before, together with all else.
            return Err(required_fields(&[
                Field::Uuid,
                Field::CreatedAt,
                Field::UpdatedAt,
            ]));
        };
        let new = self.into_new_customer()?;
        let parts = new.into_customer(uuid, team, created_at).into_parts();
        Ok(Customer::from_parts(CustomerParts {
            version,
            updated_at,
            ..parts
        }))
    }
}

fn required_fields(fields: &[Field]) -> Violations {
    let violation = |field: &Field| Violation::new(FieldPath::field(*field), Reason::Required);
    Violations::new(fields.iter().map(violation).collect(), 0)
}

/// Reads a body from JSON text.
pub(crate) fn read_body(
    bytes: &[u8],
    purpose: Purpose,
    options: ReadOptions<'_>,
) -> Result<Accepted<Draft>, BodyError> {
    let (sent, shape) = read_json(bytes, purpose)?;
    Ok(judge(&sent, &shape, purpose, options)?)
}

/// Reads a body from any serde format.
pub(crate) fn deserialize_body<'de, D: Deserializer<'de>>(
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

/// Reads an address on its own.
pub(crate) fn read_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Address, D::Error> {
    let mut entries = Entries::new();
    let address = AddressObject {
        entries: &mut entries,
        numbers: Numbers::Finite,
    };
    let sent = Value::new(address, Numbers::Finite).deserialize(deserializer)?;
    let mut reader = Reader::new(Purpose::Create, ReadOptions::new());
    let update = reader.address(Field::BillingAddress, &sent, &entries, None);
    match (update, reader.finish()) {
        (NullableUpdate::Set(address), Ok(_)) => Ok(address),
        (NullableUpdate::Keep | NullableUpdate::Clear, Ok(_)) => {
            Err(D::Error::custom("address must be an object"))
        }
        (_, Err(violations)) => Err(D::Error::custom(violations)),
    }
}

/// Reads a list of contacts on its own.
pub(crate) fn read_contacts<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Contacts, D::Error> {
    let numbers = Numbers::Finite;
    let mut contacts = Vec::new();
    let list = ContactList {
        contacts: &mut contacts,
        numbers,
    };
    let sent = Value::new(list, numbers).deserialize(deserializer)?;
    let mut reader = Reader::new(Purpose::Create, ReadOptions::new());
    let contacts = reader.contacts(&sent, &contacts);
    reader.finish().map(|_| contacts).map_err(D::Error::custom)
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
        reader.refuse(FieldPath::BODY, wrong_type(Expected::Object));
    }
    let advisories = reader.finish()?;
    Ok(Accepted {
        value: draft,
        advisories,
    })
}

const fn wrong_type(expected: Expected) -> Reason {
    Reason::WrongType { expected }
}

/// Reads the values of one body and keeps what there is to say of them.
struct Reader<'r> {
    purpose: Purpose,
    options: ReadOptions<'r>,
    violations: Vec<Violation>,
    omitted: usize,
    /// How many violations were found, those that are not reported included.
    found: usize,
    advisories: Vec<Advisory>,
    ignored: usize,
}

impl<'r> Reader<'r> {
    const fn new(purpose: Purpose, options: ReadOptions<'r>) -> Self {
        Self {
            purpose,
            options,
            violations: Vec::new(),
            omitted: 0,
            found: 0,
            advisories: Vec::new(),
            ignored: 0,
        }
    }

    fn finish(self) -> Result<Vec<Advisory>, Violations> {
        if self.violations.is_empty() {
            Ok(self.advisories)
        } else {
            Err(Violations::new(self.violations, self.omitted))
        }
    }

    /// P11: one violation a path, the first one; a limited number in all.
    fn refuse(&mut self, path: FieldPath, reason: Reason) {
        self.found += 1;
        // Keys of an object are noted once, so that only a name from outside
        // can look like another path: `"billingAddress.zip"` at the top, or
        // two names that are cut at the same place.
        let suspect = path.is_unknown() || self.violations.iter().any(|v| v.field().is_unknown());
        if suspect {
            let shown = path.to_string();
            if self
                .violations
                .iter()
                .any(|v| v.field().to_string() == shown)
            {
                return;
            }
        }
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(Violation::new(path, reason));
        } else {
            self.omitted += 1;
        }
    }

    fn advise(&mut self, path: FieldPath, code: AdvisoryCode) {
        self.advisories.push(Advisory::new(path, code));
    }

    /// P7 and P13.
    fn unknown(&mut self, parent: Parent, name: &str) {
        match self.options.unknown_fields {
            UnknownFields::Reject => {
                self.refuse(FieldPath::unknown(parent, name), Reason::UnknownField);
            }
            UnknownFields::Ignore => {
                self.ignored += 1;
                if self.ignored <= MAX_VIOLATIONS {
                    let path = FieldPath::unknown(parent, name);
                    self.advise(path, AdvisoryCode::UnknownFieldIgnored);
                }
            }
        }
    }

    /// Goes through the keys of an object: unknown and repeated ones are dealt
    /// with, the others handed on.
    fn object<'s, 'a, F, const N: usize>(
        &mut self,
        entries: &'s Entries<'a, F, N>,
        parent: Parent,
        path: impl Fn(F) -> FieldPath,
        mut value: impl FnMut(&mut Self, F, &'s Sent<'a>) -> Result<(), Reason>,
    ) where
        F: Name,
    {
        for entry in entries.iter() {
            match entry {
                Entry::Unknown { name } => self.unknown(parent, name),
                Entry::Known {
                    field,
                    repeated: true,
                    ..
                } => self.refuse(path(*field), Reason::DuplicateField),
                Entry::Known { field, sent, .. } => {
                    if let Err(reason) = value(self, *field, sent) {
                        self.refuse(path(*field), reason);
                    }
                }
            }
        }
        if self.options.unknown_fields == UnknownFields::Reject {
            self.omitted += entries.unlisted();
            self.found += entries.unlisted();
        }
    }

    fn body(&mut self, draft: &mut Draft, shape: &BodyShape<'_>) {
        let current = self.options.current;
        let patch = &mut draft.patch;
        self.object(
            &shape.entries,
            Parent::Body,
            FieldPath::field,
            |reader, field, sent| {
                match field {
                    Field::Customer => {
                        patch.customer = Update::Set(required(sent, current.map(Customer::name))?);
                    }
                    Field::Email => {
                        patch.email = Update::Set(required(sent, current.map(Customer::email))?);
                    }
                    Field::MainPhone => {
                        let current = current.and_then(Customer::main_phone);
                        patch.main_phone = nullable(sent, current)?;
                        if let NullableUpdate::Set(phone) = &patch.main_phone {
                            reader.advise_on_phone(FieldPath::field(field), phone);
                        }
                    }
                    Field::Website => {
                        let current = current.and_then(Customer::website);
                        patch.website = nullable(sent, current)?;
                        if let NullableUpdate::Set(website) = &patch.website {
                            reader.advise_on_website(FieldPath::field(field), website);
                        }
                    }
                    Field::Status => patch.status = reader.status(sent)?,
                    Field::BillingAddress => {
                        let current = current.and_then(Customer::billing_address);
                        patch.billing_address =
                            reader.address(field, sent, &shape.billing_address, current);
                    }
                    Field::ShippingAddress => {
                        let current = current.and_then(Customer::shipping_address);
                        patch.shipping_address =
                            reader.address(field, sent, &shape.shipping_address, current);
                    }
                    Field::Contacts => match reader.purpose {
                        Purpose::Patch => return Err(Reason::ContactsNotUpdatable),
                        Purpose::Create | Purpose::Record => {
                            draft.contacts = reader.contacts(sent, &shape.contacts);
                        }
                    },
                    Field::Uuid => draft.uuid = Some(reader.read_only(sent, CustomerId::check)?),
                    Field::CreatedAt => {
                        draft.created_at = Some(reader.read_only(sent, Timestamp::check)?);
                    }
                    Field::UpdatedAt => {
                        draft.updated_at = Some(reader.read_only(sent, Timestamp::check)?);
                    }
                    Field::TeamId | Field::Version => return Err(Reason::ReadOnly),
                }
                Ok(())
            },
        );
        self.require(shape);
    }

    /// `REQUIRED`, for what is absent from a body that must have it.
    fn require(&mut self, shape: &BodyShape<'_>) {
        let required: &[Field] = match self.purpose {
            Purpose::Patch => &[],
            Purpose::Create => &[Field::Customer, Field::Email],
            Purpose::Record => &[
                Field::Uuid,
                Field::Customer,
                Field::Email,
                Field::Status,
                Field::CreatedAt,
                Field::UpdatedAt,
            ],
        };
        for field in required {
            if !shape.entries.has(*field) {
                self.refuse(FieldPath::field(*field), Reason::Required);
            }
        }
    }

    /// P6, or the value where a whole record is read.
    fn read_only<T>(
        &self,
        sent: &Sent<'_>,
        check: fn(&str) -> Result<T, Reason>,
    ) -> Result<T, Reason> {
        match self.purpose {
            Purpose::Patch | Purpose::Create => Err(Reason::ReadOnly),
            Purpose::Record => check(required_text(sent)?),
        }
    }

    /// V6 and P4. A new customer may have null for a status: it is absent, and
    /// the customer active (SPEC §8).
    fn status(&self, sent: &Sent<'_>) -> Result<Update<Status>, Reason> {
        match (sent, self.purpose) {
            (Sent::Null, Purpose::Create) => Ok(Update::Keep),
            _ => Status::check(required_text(sent)?).map(Update::Set),
        }
    }

    /// P3 and V7. Refuses by itself, because it is the children that break
    /// most rules.
    fn address(
        &mut self,
        field: Field,
        sent: &Sent<'_>,
        entries: &AddressEntries<'_>,
        current: Option<&Address>,
    ) -> NullableUpdate<Address> {
        match sent {
            Sent::Null => return NullableUpdate::Clear,
            // SPEC §8: "" is absent where a customer is new.
            Sent::Text(text) if text.is_empty() && self.purpose == Purpose::Create => {
                return NullableUpdate::Clear;
            }
            Sent::Object => {}
            Sent::Skipped | Sent::Bool(_) | Sent::Text(_) | Sent::List | Sent::Other => {
                let reason = wrong_type(Expected::ObjectOrNull);
                self.refuse(FieldPath::field(field), reason);
                return NullableUpdate::Keep;
            }
        }
        let found_before = self.found;
        let mut address = AddressBuilder::default();
        self.object(
            entries,
            Parent::Address(field),
            |child| FieldPath::address(field, child),
            |_, child: AddressField, sent| match sent {
                Sent::Null => Ok(()),
                Sent::Text(text) => address.read(child, text),
                _ => Err(wrong_type(Expected::StringOrNull)),
            },
        );
        if self.found > found_before {
            return NullableUpdate::Keep;
        }
        match address.build_sharing(current) {
            Ok(address) => NullableUpdate::Set(address),
            Err(reason) => {
                self.refuse(FieldPath::field(field), reason);
                NullableUpdate::Keep
            }
        }
    }

    fn contacts(&mut self, sent: &Sent<'_>, shapes: &[ContactShape<'_>]) -> Contacts {
        let path = || FieldPath::field(Field::Contacts);
        match sent {
            Sent::List => {}
            Sent::Null => return Contacts::NONE,
            Sent::Text(text) if text.is_empty() => return Contacts::NONE,
            Sent::Skipped | Sent::Bool(_) | Sent::Text(_) | Sent::Object | Sent::Other => {
                self.refuse(path(), wrong_type(Expected::Array));
                return Contacts::NONE;
            }
        }
        if shapes.iter().filter(|shape| is_primary(shape)).count() > 1 {
            self.refuse(path(), Reason::MultiplePrimaryContacts);
        }
        let contacts = shapes
            .iter()
            .enumerate()
            .filter_map(|(index, shape)| self.contact(index, shape))
            .collect();
        // More than one primary was refused above.
        Contacts::check(contacts).unwrap_or_default()
    }

    fn contact(&mut self, index: usize, shape: &ContactShape<'_>) -> Option<Contact> {
        if shape.sent != Sent::Object {
            self.refuse(FieldPath::contact(index), wrong_type(Expected::Object));
            return None;
        }
        let path = |child| FieldPath::contact_field(index, child);
        let (mut name, mut email, mut phone) = (None, NullableUpdate::Keep, NullableUpdate::Keep);
        self.object(
            &shape.entries,
            Parent::Contact(index),
            path,
            |reader, child: ContactField, sent| {
                match child {
                    ContactField::Name => name = Some(required(sent, None)?),
                    ContactField::Email => email = nullable(sent, None)?,
                    ContactField::Phone => {
                        phone = nullable(sent, None)?;
                        if let NullableUpdate::Set(phone) = &phone {
                            reader.advise_on_phone(path(child), phone);
                        }
                    }
                    ContactField::IsPrimary => match sent {
                        Sent::Bool(_) | Sent::Null => {}
                        _ => return Err(wrong_type(Expected::Boolean)),
                    },
                }
                Ok(())
            },
        );
        if !shape.entries.has(ContactField::Name) {
            self.refuse(path(ContactField::Name), Reason::Required);
        }
        let mut contact = Contact::new(name?);
        if let NullableUpdate::Set(email) = email {
            contact = contact.with_email(email);
        }
        if let NullableUpdate::Set(phone) = phone {
            contact = contact.with_phone(phone);
        }
        if is_primary(shape) {
            contact = contact.primary();
        }
        Some(contact)
    }

    fn advise_on_phone(&mut self, path: FieldPath, phone: &PhoneNumber) {
        if self.purpose != Purpose::Record && !phone.is_international() {
            self.advise(path, AdvisoryCode::PhoneNotInternational);
        }
    }

    fn advise_on_website(&mut self, path: FieldPath, website: &WebsiteUrl) {
        if self.purpose != Purpose::Record && !website.has_protocol() {
            self.advise(path, AdvisoryCode::WebsiteWithoutProtocol);
        }
    }
}

fn is_primary(shape: &ContactShape<'_>) -> bool {
    shape.entries.iter().any(|entry| {
        matches!(
            entry,
            Entry::Known {
                field: ContactField::IsPrimary,
                sent: Sent::Bool(true),
                repeated: false,
            }
        )
    })
}

/// A text that cannot be removed (P4).
fn required_text<'s>(sent: &'s Sent<'_>) -> Result<&'s Cow<'s, str>, Reason> {
    match sent {
        Sent::Text(text) => Ok(text),
        Sent::Null => Err(Reason::NullNotAllowed),
        Sent::Skipped | Sent::Bool(_) | Sent::Object | Sent::List | Sent::Other => {
            Err(wrong_type(Expected::String))
        }
    }
}

fn required<T: TextValue>(sent: &Sent<'_>, current: Option<&T>) -> Result<T, Reason> {
    T::read(required_text(sent)?, current)
}

/// A text that null, "" and what is blank remove (P2).
fn nullable<T: TextValue>(
    sent: &Sent<'_>,
    current: Option<&T>,
) -> Result<NullableUpdate<T>, Reason> {
    match sent {
        Sent::Null => Ok(NullableUpdate::Clear),
        Sent::Text(text) => match T::read(text, current) {
            Ok(value) => Ok(NullableUpdate::Set(value)),
            Err(Reason::Blank) => Ok(NullableUpdate::Clear),
            Err(reason) => Err(reason),
        },
        Sent::Skipped | Sent::Bool(_) | Sent::Object | Sent::List | Sent::Other => {
            Err(wrong_type(Expected::StringOrNull))
        }
    }
}
