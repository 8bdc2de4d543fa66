//! Goes through a shape, value by value.

use std::borrow::Cow;

use crate::advisory::AdvisoryCode;
use crate::customer::Customer;
use crate::field::{NullableUpdate, Update};
use crate::path::{FieldPath, Parent};
use crate::reason::{Expected, Reason};
use crate::schema::{AddressField, ContactField, Field, FieldSet};
use crate::shape::{
    BodyShape, ContactShape, Cursor, Entries, Entry, Inside, Look, Name, Purpose, Sent,
};
use crate::value::TextValue;
use crate::value::address::{Address, AddressBuilder};
use crate::value::contact::{Contact, Contacts};
use crate::value::id::CustomerId;
use crate::value::phone::PhoneNumber;
use crate::value::status::Status;
use crate::value::time::Timestamp;
use crate::value::website::WebsiteUrl;

use super::ReadOptions;
use super::draft::Draft;
use super::findings::Findings;

pub(super) const fn wrong_type(expected: Expected) -> Reason {
    Reason::WrongType { expected }
}

/// Reads the values of one body.
pub(super) struct Reader<'r> {
    purpose: Purpose,
    current: Option<&'r Customer>,
    pub(super) findings: Findings,
}

impl<'r> Reader<'r> {
    pub(super) const fn new(purpose: Purpose, options: ReadOptions<'r>) -> Self {
        Self {
            purpose,
            current: options.current,
            findings: Findings::new(options.unknown_fields),
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
                Entry::Unknown { name } => self.findings.unknown(parent, name),
                Entry::Known {
                    field,
                    repeated: true,
                    ..
                } => self.findings.refuse(path(*field), Reason::DuplicateField),
                Entry::Known { field, sent, .. } => {
                    if let Err(reason) = value(self, *field, sent) {
                        self.findings.refuse(path(*field), reason);
                    }
                }
            }
        }
        self.findings.unlisted_unknown(entries.unlisted());
    }

    /// A body that is an object.
    pub(super) fn body(&mut self, draft: &mut Draft, shape: &BodyShape<'_>) {
        let purpose = self.purpose;
        self.object(
            &shape.entries,
            Parent::Body,
            FieldPath::field,
            |reader, field, sent| {
                let inside = shape.inside(purpose.look(field));
                reader.field(draft, field, sent, inside)
            },
        );
        self.require(|field| shape.entries.has(field));
    }

    /// A body of the plain JSON that [`Cursor`] reads. `None` leaves it to the
    /// long way, with the draft half filled.
    pub(super) fn plain_body(&mut self, draft: &mut Draft, text: &str) -> Option<()> {
        let mut given = FieldSet::EMPTY;
        Cursor::new(text).body(|cursor, field| {
            given.insert(field);
            let read = match self.purpose.look(field) {
                Look::Value => self.field(draft, field, &cursor.value()?, Inside::Nothing),
                Look::BillingAddress | Look::ShippingAddress => {
                    let mut entries = Entries::new(Parent::Address(field));
                    let sent = cursor.address(&mut entries)?;
                    self.field(draft, field, &sent, Inside::Address(&entries))
                }
                Look::Contacts | Look::Nowhere => return None,
            };
            if let Err(reason) = read {
                self.findings.refuse(FieldPath::field(field), reason);
            }
            Some(())
        })?;
        self.require(|field| given.contains(field));
        Some(())
    }

    /// The value of a field that was given once.
    fn field(
        &mut self,
        draft: &mut Draft,
        field: Field,
        sent: &Sent<'_>,
        inside: Inside<'_, '_>,
    ) -> Result<(), Reason> {
        let current = self.current;
        let patch = &mut draft.patch;
        match field {
            Field::Customer => {
                patch.customer = self.required(sent, current.map(Customer::name))?;
            }
            Field::Email => {
                patch.email = self.required(sent, current.map(Customer::email))?;
            }
            Field::MainPhone => {
                let current = current.and_then(Customer::main_phone);
                patch.main_phone = self.nullable(sent, current)?;
                if let NullableUpdate::Set(phone) = &patch.main_phone {
                    self.advise_on_phone(FieldPath::field(field), phone);
                }
            }
            Field::Website => {
                let current = current.and_then(Customer::website);
                patch.website = self.nullable(sent, current)?;
                if let NullableUpdate::Set(website) = &patch.website {
                    self.advise_on_website(FieldPath::field(field), website);
                }
            }
            Field::Status => patch.status = self.status(sent)?,
            Field::BillingAddress => {
                let current = current.and_then(Customer::billing_address);
                patch.billing_address = self.address(field, sent, inside, current);
            }
            Field::ShippingAddress => {
                let current = current.and_then(Customer::shipping_address);
                patch.shipping_address = self.address(field, sent, inside, current);
            }
            Field::Contacts => match self.purpose {
                Purpose::Patch => return Err(Reason::ContactsNotUpdatable),
                Purpose::Create | Purpose::Record => {
                    draft.contacts = self.contacts(sent, inside);
                }
            },
            Field::Uuid => draft.uuid = Some(self.read_only(sent, CustomerId::check)?),
            Field::CreatedAt => draft.created_at = Some(self.read_only(sent, Timestamp::check)?),
            Field::UpdatedAt => draft.updated_at = Some(self.read_only(sent, Timestamp::check)?),
            Field::TeamId | Field::Version => return Err(Reason::ReadOnly),
        }
        Ok(())
    }

    /// `REQUIRED`, for what is absent from a body that must have it.
    fn require(&mut self, is_given: impl Fn(Field) -> bool) {
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
            if !is_given(*field) {
                self.findings
                    .refuse(FieldPath::field(*field), Reason::Required);
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

    /// SPEC §8: "" is absent where a customer is new, also for what is no text.
    fn is_absent(&self, text: &str) -> bool {
        text.is_empty() && self.purpose == Purpose::Create
    }

    /// P3 and V7. Refuses by itself, because it is the children that break
    /// most rules.
    pub(super) fn address(
        &mut self,
        field: Field,
        sent: &Sent<'_>,
        inside: Inside<'_, '_>,
        current: Option<&Address>,
    ) -> NullableUpdate<Address> {
        match sent {
            Sent::Null => return NullableUpdate::Clear,
            Sent::Text(text) if self.is_absent(text) => return NullableUpdate::Clear,
            Sent::Object => {}
            Sent::Skipped | Sent::Bool(_) | Sent::Text(_) | Sent::List | Sent::Other => {
                let reason = wrong_type(Expected::ObjectOrNull);
                self.findings.refuse(FieldPath::field(field), reason);
                return NullableUpdate::Keep;
            }
        }
        let found_before = self.findings.found();
        let mut address = AddressBuilder::default();
        if let Inside::Address(entries) = inside {
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
        }
        // Of a body that is refused already no address is made.
        let needs_none = self.findings.is_refused() && address.has_text();
        if needs_none || self.findings.found() > found_before {
            return NullableUpdate::Keep;
        }
        match address.build_sharing(current) {
            Ok(address) => NullableUpdate::Set(address),
            Err(reason) => {
                self.findings.refuse(FieldPath::field(field), reason);
                NullableUpdate::Keep
            }
        }
    }

    pub(super) fn contacts(&mut self, sent: &Sent<'_>, inside: Inside<'_, '_>) -> Contacts {
        let path = || FieldPath::field(Field::Contacts);
        let shapes = match inside {
            Inside::Contacts(shapes) => shapes,
            Inside::Nothing | Inside::Address(_) => &[],
        };
        match sent {
            Sent::List => {}
            Sent::Null => return Contacts::NONE,
            Sent::Text(text) if self.is_absent(text) => return Contacts::NONE,
            Sent::Skipped | Sent::Bool(_) | Sent::Text(_) | Sent::Object | Sent::Other => {
                self.findings.refuse(path(), wrong_type(Expected::Array));
                return Contacts::NONE;
            }
        }
        if shapes.iter().filter(|shape| is_primary(shape)).count() > 1 {
            self.findings
                .refuse(path(), Reason::MultiplePrimaryContacts);
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
            self.findings
                .refuse(FieldPath::contact(index), wrong_type(Expected::Object));
            return None;
        }
        let path = |child| FieldPath::contact_field(index, child);
        let mut name = Update::Keep;
        let (mut email, mut phone) = (NullableUpdate::Keep, NullableUpdate::Keep);
        self.object(
            &shape.entries,
            Parent::Contact(index),
            path,
            |reader, child: ContactField, sent| {
                match child {
                    ContactField::Name => name = reader.required(sent, None)?,
                    ContactField::Email => email = reader.nullable(sent, None)?,
                    ContactField::Phone => {
                        phone = reader.nullable(sent, None)?;
                        if let NullableUpdate::Set(phone) = &phone {
                            reader.advise_on_phone(path(child), phone);
                        }
                    }
                    ContactField::IsPrimary => match sent {
                        Sent::Bool(_) | Sent::Null => {}
                        Sent::Text(text) if reader.is_absent(text) => {}
                        _ => return Err(wrong_type(Expected::Boolean)),
                    },
                }
                Ok(())
            },
        );
        if !shape.entries.has(ContactField::Name) {
            self.findings
                .refuse(path(ContactField::Name), Reason::Required);
        }
        let Update::Set(name) = name else {
            return None;
        };
        let mut contact = Contact::new(name);
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

    /// A text that cannot be removed (P4). Of a body that is refused already no
    /// value is made.
    fn required<T: TextValue>(
        &self,
        sent: &Sent<'_>,
        current: Option<&T>,
    ) -> Result<Update<T>, Reason> {
        let text = required_text(sent)?;
        if self.findings.is_refused() {
            return T::check(text).map(|_| Update::Keep);
        }
        T::read(text, current).map(Update::Set)
    }

    /// A text that null, "" and what is blank remove (P2).
    fn nullable<T: TextValue>(
        &self,
        sent: &Sent<'_>,
        current: Option<&T>,
    ) -> Result<NullableUpdate<T>, Reason> {
        let text = match sent {
            Sent::Null => return Ok(NullableUpdate::Clear),
            Sent::Text(text) => text,
            Sent::Skipped | Sent::Bool(_) | Sent::Object | Sent::List | Sent::Other => {
                return Err(wrong_type(Expected::StringOrNull));
            }
        };
        let read = if self.findings.is_refused() {
            T::check(text).map(|_| NullableUpdate::Keep)
        } else {
            T::read(text, current).map(NullableUpdate::Set)
        };
        match read {
            Err(Reason::Blank) => Ok(NullableUpdate::Clear),
            read => read,
        }
    }

    fn advise_on_phone(&mut self, path: FieldPath, phone: &PhoneNumber) {
        if self.purpose != Purpose::Record && !phone.is_international() {
            self.findings
                .advise(path, AdvisoryCode::PhoneNotInternational);
        }
    }

    fn advise_on_website(&mut self, path: FieldPath, website: &WebsiteUrl) {
        if self.purpose != Purpose::Record && !website.has_protocol() {
            self.findings
                .advise(path, AdvisoryCode::WebsiteWithoutProtocol);
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
