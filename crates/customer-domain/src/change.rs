//! Writes that a store executes as one step, and their results.

use crate::customer::{Applied, Customer, NewCustomer};
use crate::patch::CustomerPatch;
use crate::patch::update::Update;
use crate::path::FieldPath;
use crate::reason::Reason;
use crate::schema::Field;
use crate::store_error::{DeleteError, InsertError, StoreError, UpdateError, UpsertError};
use crate::value::contact::Contacts;
use crate::value::email::EmailKey;
use crate::value::id::CustomerId;
use crate::value::time::Timestamp;
use crate::value::version::Precondition;
use crate::violation::{Violation, Violations};

/// A change of one record, which a store executes as one step (S3): a patch, a new
/// list of contacts (C1), or both.
///
/// ```
/// use customer_domain::{Change, Contacts, CustomerPatch, Status, Update};
///
/// let patch = CustomerPatch::new().with_status(Update::Set(Status::Inactive));
/// let change = Change::from(patch).with_contacts(Contacts::NONE);
/// assert_eq!(change.contacts(), Some(&Contacts::NONE));
/// ```
#[must_use = "a change has no effect until it is applied"]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    patch: CustomerPatch,
    contacts: Option<Contacts>,
}

impl Change {
    /// Replaces the list of contacts, too.
    pub fn with_contacts(mut self, contacts: Contacts) -> Self {
        self.contacts = Some(contacts);
        self
    }

    /// The patch of all other fields.
    pub const fn patch(&self) -> &CustomerPatch {
        &self.patch
    }

    /// The new list of contacts, if it is replaced.
    pub const fn contacts(&self) -> Option<&Contacts> {
        self.contacts.as_ref()
    }

    /// The new customer with the values of the change and no others (RULES, Create).
    ///
    /// # Errors
    ///
    /// `REQUIRED` for a name or an email address that the change does not set.
    pub fn to_new(&self) -> Result<NewCustomer, Violations> {
        let patch = &self.patch;
        let (Update::Set(name), Update::Set(email)) = (&patch.name, &patch.email) else {
            let fields = [Field::Name, Field::Email].iter();
            let missing = fields.filter(|field| !patch.fields().contains(**field));
            let path = |field: &Field| FieldPath::named(field.as_str());
            let required = |field| Violation::new(path(field), Reason::Required);
            return Err(Violations::new(missing.map(required).collect(), 0));
        };
        let new = NewCustomer::new(name.clone(), email.clone());
        Ok(new.changed(patch, self.contacts.clone()))
    }
}

impl From<CustomerPatch> for Change {
    fn from(patch: CustomerPatch) -> Self {
        let contacts = None;
        Self { patch, contacts }
    }
}

impl From<&CustomerPatch> for Change {
    fn from(patch: &CustomerPatch) -> Self {
        patch.clone().into()
    }
}

impl From<Contacts> for Change {
    fn from(contacts: Contacts) -> Self {
        Self::default().with_contacts(contacts)
    }
}

impl Customer {
    /// Applies a change as [`apply`](Self::apply) applies a patch: one new version.
    pub fn apply_change(self, change: &Change, now: Timestamp) -> Applied {
        self.merge(&change.patch, change.contacts.clone(), now)
    }
}

/// A change of the matching record, or a new record if none matches: see
/// [`CustomerStore::upsert`](crate::CustomerStore::upsert).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upsert {
    /// How the record is matched.
    pub by: MatchBy,
    /// The id of a new record; with [`MatchBy::Id`] also the id to match.
    pub id: CustomerId,
    /// The values. If no record matches, they must include a name and an email address.
    pub change: Change,
}

/// Which record an [`Upsert`] changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatchBy {
    /// The record with the email key of the change (V3).
    Email,
    /// The record with the id.
    Id,
}

impl Upsert {
    /// The email key that is looked up: that of the change, with [`MatchBy::Email`].
    pub fn email_key(&self) -> Option<EmailKey> {
        match (self.by, &self.change.patch().email) {
            (MatchBy::Email, Update::Set(email)) => Some(email.key()),
            (MatchBy::Email | MatchBy::Id, _) => None,
        }
    }
}

/// The result of an [`Upsert`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upserted {
    /// No record matched: a new one was inserted.
    Created(Box<Customer>),
    /// The record was updated; unmodified if no field changed.
    Updated(Box<Applied>),
}

impl Upserted {
    /// The record.
    pub const fn customer(&self) -> &Customer {
        match self {
            Self::Created(customer) => customer,
            Self::Updated(applied) => applied.customer(),
        }
    }
}

/// One write of a batch (S10): see
/// [`CustomerStore::write_batch`](crate::CustomerStore::write_batch).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Inserts a record. Its team must be that of the batch.
    Insert(Box<Customer>),
    /// Executes a change of the record with that id.
    Update(CustomerId, Change, Precondition),
    /// Changes the record that matches, or inserts one.
    Upsert(Upsert),
    /// Deletes the record with that id.
    Delete(CustomerId, Precondition),
}

impl Write {
    /// The result of this write when the store could not execute it, or does not know
    /// whether it did: for a store that executes a batch in one transaction.
    pub fn failed(&self, error: StoreError) -> WriteResult {
        match self {
            Self::Insert(_) => WriteResult::Insert(Err(error.into())),
            Self::Update(..) => WriteResult::Update(Err(error.into())),
            Self::Upsert(_) => WriteResult::Upsert(Err(error.into())),
            Self::Delete(..) => WriteResult::Delete(Err(error.into())),
        }
    }
}

/// The result of one write of a batch.
#[derive(Debug)]
#[must_use = "a write of a batch can fail"]
pub enum WriteResult {
    /// The result of [`Write::Insert`].
    Insert(Result<(), InsertError>),
    /// The result of [`Write::Update`].
    Update(Result<Box<Applied>, UpdateError>),
    /// The result of [`Write::Upsert`].
    Upsert(Result<Upserted, UpsertError>),
    /// The result of [`Write::Delete`].
    Delete(Result<(), DeleteError>),
}
