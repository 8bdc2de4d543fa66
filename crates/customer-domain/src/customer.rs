//! The record: create, merge and difference.

use std::mem;

use serde::{Serialize, Serializer};

use crate::field_value::FieldValue;
use crate::patch::CustomerPatch;
use crate::patch::update::{NullableUpdate, Update};
use crate::schema::{Field, FieldSet};
use crate::search::SearchKey;
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

/// A customer record (RULES, Record): the JSON record, its team and its version.
///
/// All values are valid. [`apply`](Self::apply) creates the updated record; values
/// that the update does not touch are shared between the two, so that a clone
/// only increments a few reference counts.
///
/// Serializes as its [`CustomerRecord`]. `Debug` shows no personal data.
///
/// ```
/// use customer_domain::{CustomerPatch, NewCustomer, Timestamp};
/// # use customer_domain::{CustomerId, TeamId};
/// # let (id, team) = (CustomerId::from(uuid::Uuid::nil()), TeamId::from(uuid::Uuid::nil()));
///
/// let created = Timestamp::parse("2026-11-23T12:00:00Z")?;
/// let acme = NewCustomer::from_json(br#"{"customer": "Acme", "email": "a@acme.example"}"#)?
///     .into_customer(id, team, created);
///
/// let patch = CustomerPatch::from_json(br#"{"mainPhone": "+14155550100"}"#)?;
/// let applied = acme.apply(&patch, Timestamp::parse("2026-11-23T12:30:00Z")?);
/// assert_eq!(applied.changed().to_string(), "mainPhone");
/// assert_eq!(applied.customer().version().get(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Customer {
    team: TeamId,
    version: Version,
    record: CustomerRecord,
}

/// The JSON record, without team and version: the data of a response.
///
/// ```
/// use customer_domain::{CustomerRecord, Success};
///
/// # let response = r#"{"status": "success", "message": "Customer found.", "data": {
/// #     "uuid": "67e55044-10b1-426f-9247-bb680e5fe0c8", "customer": "Acme",
/// #     "email": "a@acme.example", "mainPhone": null, "website": null, "status": "active",
/// #     "billingAddress": null, "shippingAddress": null, "contacts": [],
/// #     "createdAt": "2026-11-23T12:00:00Z", "updatedAt": "2026-11-23T12:00:00Z"}}"#;
/// let success: Success<CustomerRecord> = serde_json::from_str(response)?;
/// assert_eq!(success.data().content.name.as_str(), "Acme");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CustomerRecord {
    /// The identifier, `uuid` in JSON.
    pub id: CustomerId,
    /// The values that a client can choose.
    pub content: NewCustomer,
    /// When the record was created.
    pub created_at: Timestamp,
    /// When the record was last changed.
    pub updated_at: Timestamp,
}

impl CustomerRecord {
    /// The customer of a team, at a version.
    #[must_use]
    pub const fn into_customer(self, team: TeamId, version: Version) -> Customer {
        Customer {
            team,
            version,
            record: self,
        }
    }

    /// The value of a field; `Null` for one that is not in the JSON record.
    #[inline]
    fn value(&self, field: Field) -> FieldValue<'_> {
        match field {
            Field::Id => FieldValue::Uuid(self.id.into()),
            Field::CreatedAt => FieldValue::Time(self.created_at),
            Field::UpdatedAt => FieldValue::Time(self.updated_at),
            field => self.content.value(field),
        }
    }
}

impl NewCustomer {
    /// The first version of the record, created and last changed at `now` (RULES,
    /// Create). The caller generates the id, because the crate has no randomness.
    #[must_use]
    pub const fn into_customer(self, id: CustomerId, team: TeamId, now: Timestamp) -> Customer {
        let record = CustomerRecord {
            id,
            content: self,
            created_at: now,
            updated_at: now,
        };
        record.into_customer(team, Version::FIRST)
    }
}

/// The result of [`Customer::apply`]: the record after the update, and how to revert
/// it (M2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "apply returns the updated record"]
pub struct Applied {
    customer: Customer,
    /// The patch that reverts the update.
    reverse: CustomerPatch,
    /// The previous contacts, if they changed.
    previous_contacts: Option<Contacts>,
    changed: FieldSet,
    previous_version: Version,
    previous_update: Timestamp,
}

impl Applied {
    /// The record after the update; unmodified if no field changed.
    pub const fn customer(&self) -> &Customer {
        &self.customer
    }

    /// The record after the update, owned.
    pub fn into_customer(self) -> Customer {
        self.customer
    }

    /// The record before the update.
    pub fn previous(&self) -> Customer {
        let mut previous = self.customer.clone();
        let _ = previous.record.content.merge(&self.reverse);
        if let Some(contacts) = &self.previous_contacts {
            previous.record.content.contacts = contacts.clone();
        }
        previous.record.updated_at = self.previous_update;
        previous.version = self.previous_version;
        previous
    }

    /// The fields whose value changed (M2).
    pub const fn changed(&self) -> FieldSet {
        self.changed
    }

    /// The changed fields with their old and new values, for example for an audit
    /// log. The values are personal data.
    ///
    /// ```
    /// # use customer_domain::{CustomerId, CustomerPatch, NewCustomer, TeamId, Timestamp};
    /// use customer_domain::{FieldValue, Status, Update};
    /// # let (id, team) = (CustomerId::from(uuid::Uuid::nil()), TeamId::from(uuid::Uuid::nil()));
    /// # let noon = Timestamp::parse("2026-11-23T12:00:00Z")?;
    /// # let acme = NewCustomer::new("Acme".parse()?, "a@acme.example".parse()?)
    /// #     .into_customer(id, team, noon);
    ///
    /// let patch = CustomerPatch::new().with_status(Update::Set(Status::Inactive));
    /// let applied = acme.apply(&patch, noon);
    /// let change = applied.changes().next().unwrap();
    /// assert_eq!(change.field.as_str(), "status");
    /// assert_eq!(change.old, FieldValue::Text("active"));
    /// assert_eq!(change.new, FieldValue::Text("inactive"));
    /// # Ok::<(), customer_domain::ValueError>(())
    /// ```
    pub fn changes(&self) -> impl Iterator<Item = FieldChange<'_>> {
        self.changed.iter().map(|field| FieldChange {
            field,
            old: match (self.reverse.value(field), &self.previous_contacts) {
                (NullableUpdate::Set(old), _) => old,
                (_, Some(contacts)) if field == Field::Contacts => FieldValue::Contacts(contacts),
                (NullableUpdate::Keep | NullableUpdate::Clear, _) => FieldValue::Null,
            },
            new: self.customer.value(field),
        })
    }
}

/// One changed field: see [`Applied::changes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldChange<'a> {
    /// The field.
    pub field: Field,
    /// Its value before the update.
    pub old: FieldValue<'a>,
    /// Its value after the update.
    pub new: FieldValue<'a>,
}

impl Customer {
    /// The JSON record.
    pub const fn record(&self) -> &CustomerRecord {
        &self.record
    }

    /// The JSON record, owned.
    pub fn into_record(self) -> CustomerRecord {
        self.record
    }

    /// The team that the record belongs to.
    pub const fn team(&self) -> TeamId {
        self.team
    }

    /// The version: 1 on creation, and one more for each change.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The identifier, `uuid` in JSON.
    pub const fn id(&self) -> CustomerId {
        self.record.id
    }

    /// The name, `customer` in JSON.
    pub const fn name(&self) -> &CustomerName {
        &self.record.content.name
    }

    /// The email address, unique within the team by its key (V3).
    pub const fn email(&self) -> &EmailAddress {
        &self.record.content.email
    }

    /// The main phone number.
    pub const fn main_phone(&self) -> Option<&PhoneNumber> {
        self.record.content.main_phone.as_ref()
    }

    /// The website.
    pub const fn website(&self) -> Option<&WebsiteUrl> {
        self.record.content.website.as_ref()
    }

    /// The status.
    pub const fn status(&self) -> Status {
        self.record.content.status
    }

    /// The billing address.
    pub const fn billing_address(&self) -> Option<&Address> {
        self.record.content.billing_address.as_ref()
    }

    /// The shipping address.
    pub const fn shipping_address(&self) -> Option<&Address> {
        self.record.content.shipping_address.as_ref()
    }

    /// The contacts, which an update cannot change (P5).
    pub const fn contacts(&self) -> &Contacts {
        &self.record.content.contacts
    }

    /// When the record was created.
    pub const fn created_at(&self) -> Timestamp {
        self.record.created_at
    }

    /// When the record was last changed.
    pub const fn updated_at(&self) -> Timestamp {
        self.record.updated_at
    }

    /// The value of a field.
    #[inline]
    pub fn value(&self, field: Field) -> FieldValue<'_> {
        match field {
            Field::TeamId => FieldValue::Uuid(self.team.into()),
            Field::Version => FieldValue::Number(self.version.get()),
            field => self.record.value(field),
        }
    }

    /// S7: the string that a list searches in, and sorts by when it is ordered by
    /// name.
    pub fn search_key(&self) -> SearchKey {
        SearchKey::new(self.name(), self.email(), self.main_phone())
    }

    /// Merges a patch into the record (M1 to M4): a pure function that cannot
    /// fail.
    ///
    /// Setting a field to its current value is not a change. If no field changed,
    /// `apply` returns the record unmodified, including `updatedAt` and the
    /// version. Otherwise `updatedAt` becomes `now`, or one microsecond after its
    /// old value if `now` is not later, so that it strictly increases (except at
    /// [`Timestamp::MAX`], which has no successor); the version increases by one.
    ///
    /// ```
    /// # use customer_domain::{CustomerId, CustomerPatch, NewCustomer, TeamId, Timestamp, Update};
    /// # let (id, team) = (CustomerId::from(uuid::Uuid::nil()), TeamId::from(uuid::Uuid::nil()));
    /// let noon = Timestamp::parse("2026-11-23T12:00:00Z")?;
    /// let acme = NewCustomer::new("Acme".parse()?, "a@acme.example".parse()?)
    ///     .into_customer(id, team, noon);
    ///
    /// let same = CustomerPatch::new().with_name(Update::Set("Acme".parse()?));
    /// let applied = acme.clone().apply(&same, noon);
    /// assert!(applied.changed().is_empty());
    /// assert_eq!(applied.customer(), &acme);
    ///
    /// let rename = CustomerPatch::new().with_name(Update::Set("Acme Ltd".parse()?));
    /// let renamed = acme.apply(&rename, noon).into_customer();
    /// assert_eq!(renamed.updated_at().to_string(), "2026-11-23T12:00:00.000001Z");
    /// # Ok::<(), customer_domain::ValueError>(())
    /// ```
    pub fn apply(self, patch: &CustomerPatch, now: Timestamp) -> Applied {
        self.merge(patch, None, now)
    }

    /// Replaces the list of contacts (C1), as [`apply`](Self::apply) changes the other
    /// fields (M2, M3).
    pub fn replace_contacts(self, contacts: Contacts, now: Timestamp) -> Applied {
        self.merge(&CustomerPatch::new(), Some(contacts), now)
    }

    #[inline]
    pub(crate) fn merge(
        mut self,
        patch: &CustomerPatch,
        contacts: Option<Contacts>,
        now: Timestamp,
    ) -> Applied {
        let (previous_version, previous_update) = (self.version, self.updated_at());
        let (reverse, mut changed) = self.record.content.merge(patch);
        let mut previous_contacts = None;
        if let Some(contacts) = contacts.filter(|contacts| contacts != self.contacts()) {
            changed.insert(Field::Contacts);
            previous_contacts = Some(mem::replace(&mut self.record.content.contacts, contacts));
        }
        if !changed.is_empty() {
            self.record.updated_at = now.max(previous_update.next());
            self.version = previous_version.next();
        }
        Applied {
            customer: self,
            reverse,
            previous_contacts,
            changed,
            previous_version,
            previous_update,
        }
    }

    /// The smallest patch that turns this record into the other one, as far as a
    /// patch can: contacts and read-only fields are not part of it (M5).
    ///
    /// ```
    /// # use customer_domain::{CustomerId, CustomerPatch, NewCustomer, TeamId, Timestamp};
    /// # use customer_domain::NullableUpdate;
    /// # let (id, team) = (CustomerId::from(uuid::Uuid::nil()), TeamId::from(uuid::Uuid::nil()));
    /// # let noon = Timestamp::parse("2026-11-23T12:00:00Z")?;
    /// let acme = NewCustomer::new("Acme".parse()?, "a@acme.example".parse()?)
    ///     .into_customer(id, team, noon);
    /// let website = NullableUpdate::Set("https://acme.example".parse()?);
    /// let patch = CustomerPatch::new().with_website(website);
    /// let other = acme.clone().apply(&patch, noon).into_customer();
    /// assert_eq!(acme.diff(&other), patch);
    /// let clear = CustomerPatch::new().with_website(NullableUpdate::Clear);
    /// assert_eq!(other.diff(&acme), clear);
    /// # Ok::<(), customer_domain::ValueError>(())
    /// ```
    pub fn diff(&self, other: &Self) -> CustomerPatch {
        let mut other = other.record.content.clone();
        // Merging this record into a copy of the other one returns the patch that
        // reverts it, which is the difference.
        let (difference, _) = other.merge(&self.record.content.to_patch());
        difference
    }
}

/// As its [`CustomerRecord`].
impl Serialize for Customer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.record.serialize(serializer)
    }
}

/// All fields of the record in order, null where there is no value. A map and not a
/// struct, because some formats write structs as arrays.
impl Serialize for CustomerRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = Field::ALL.iter().filter(|field| field.is_in_record());
        serializer.collect_map(fields.map(|field| (field.as_str(), self.value(*field))))
    }
}

/// The values of a new customer (RULES, Create), and of a record those that a client can
/// choose.
///
/// The name and the email address are required. The status is `active` if it is
/// missing. An update cannot set contacts (P5).
///
/// Serializes as the body of a create, so that a client can send it.
///
/// ```
/// use customer_domain::{CustomerId, NewCustomer, Status, TeamId, Timestamp};
///
/// let body = br#"{"customer": "Acme", "email": "a@acme.example", "mainPhone": ""}"#;
/// let acme = NewCustomer::from_json(body)?.into_customer(
///     CustomerId::parse("67e55044-10b1-426f-9247-bb680e5fe0c8")?,
///     TeamId::parse("00000000-0000-0000-0000-000000000001")?,
///     Timestamp::parse("2026-11-23T12:00:00Z")?,
/// );
/// assert_eq!(acme.status(), Status::Active);
/// assert_eq!(acme.main_phone(), None);
/// assert_eq!(acme.created_at(), acme.updated_at());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a new customer must be inserted into a store"]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct NewCustomer {
    /// The name, `customer` in JSON.
    pub name: CustomerName,
    /// The email address.
    pub email: EmailAddress,
    /// The main phone number.
    pub main_phone: Option<PhoneNumber>,
    /// The website.
    pub website: Option<WebsiteUrl>,
    /// The status.
    pub status: Status,
    /// The billing address.
    pub billing_address: Option<Address>,
    /// The shipping address.
    pub shipping_address: Option<Address>,
    /// The contacts.
    pub contacts: Contacts,
}

impl NewCustomer {
    /// An active customer with that name and email address and no other values.
    pub const fn new(name: CustomerName, email: EmailAddress) -> Self {
        Self {
            name,
            email,
            main_phone: None,
            website: None,
            status: Status::Active,
            billing_address: None,
            shipping_address: None,
            contacts: Contacts::NONE,
        }
    }

    /// Creates a customer from the fields of a patch (RULES, Create).
    ///
    /// # Errors
    ///
    /// The required field that the patch does not set.
    pub(crate) fn from_patch(patch: &CustomerPatch) -> Result<Self, Field> {
        let Update::Set(name) = &patch.name else {
            return Err(Field::Name);
        };
        let Update::Set(email) = &patch.email else {
            return Err(Field::Email);
        };
        let mut new = Self::new(name.clone(), email.clone());
        let _ = new.merge(patch);
        Ok(new)
    }

    /// Sets the fields that the patch sets, and clears those that it clears (P1 to
    /// P3). An address is replaced as a whole. Returns the patch that reverts this, and
    /// the changed fields: exactly those that it sets or clears (M2).
    // Inlined, and without a pass of `CustomerPatch::fields` over the result: with both, an
    // update of one field takes 60 instructions more.
    #[inline(always)]
    fn merge(&mut self, patch: &CustomerPatch) -> (CustomerPatch, FieldSet) {
        let mut changed = FieldSet::EMPTY;
        macro_rules! merge {
            ($field:ident, $value:ident) => {{
                let reverse = patch.$value.apply_to(&mut self.$value);
                if !reverse.is_keep() {
                    changed.insert(Field::$field);
                }
                reverse
            }};
        }
        let reverse = CustomerPatch {
            name: merge!(Name, name),
            email: merge!(Email, email),
            main_phone: merge!(MainPhone, main_phone),
            website: merge!(Website, website),
            status: merge!(Status, status),
            billing_address: merge!(BillingAddress, billing_address),
            shipping_address: merge!(ShippingAddress, shipping_address),
        };
        (reverse, changed)
    }

    /// With the values of a patch, and that list of contacts.
    pub(crate) fn changed(mut self, patch: &CustomerPatch, contacts: Option<Contacts>) -> Self {
        let _ = self.merge(patch);
        self.contacts = contacts.unwrap_or_default();
        self
    }

    /// The value of a field; `Null` for one that a client cannot choose.
    #[inline]
    fn value(&self, field: Field) -> FieldValue<'_> {
        match field {
            Field::Name => FieldValue::Text(self.name.as_str()),
            Field::Email => FieldValue::Text(self.email.as_str()),
            Field::MainPhone => FieldValue::text(self.main_phone.as_ref()),
            Field::Website => FieldValue::text(self.website.as_ref()),
            Field::Status => FieldValue::Text(self.status.as_str()),
            Field::BillingAddress => FieldValue::address(self.billing_address.as_ref()),
            Field::ShippingAddress => FieldValue::address(self.shipping_address.as_ref()),
            Field::Contacts => FieldValue::Contacts(&self.contacts),
            Field::Id | Field::CreatedAt | Field::UpdatedAt | Field::TeamId | Field::Version => {
                FieldValue::Null
            }
        }
    }

    /// The patch that sets or clears every field.
    fn to_patch(&self) -> CustomerPatch {
        CustomerPatch {
            name: Update::Set(self.name.clone()),
            email: Update::Set(self.email.clone()),
            main_phone: Some(self.main_phone.clone()).into(),
            website: Some(self.website.clone()).into(),
            status: Update::Set(self.status),
            billing_address: Some(self.billing_address.clone()).into(),
            shipping_address: Some(self.shipping_address.clone()).into(),
        }
    }

    /// Sets the main phone number.
    pub fn with_main_phone(mut self, phone: PhoneNumber) -> Self {
        self.main_phone = Some(phone);
        self
    }

    /// Sets the website.
    pub fn with_website(mut self, website: WebsiteUrl) -> Self {
        self.website = Some(website);
        self
    }

    /// Sets the status.
    pub const fn with_status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// Sets the billing address.
    pub fn with_billing_address(mut self, address: Address) -> Self {
        self.billing_address = Some(address);
        self
    }

    /// Sets the shipping address.
    pub fn with_shipping_address(mut self, address: Address) -> Self {
        self.shipping_address = Some(address);
        self
    }

    /// Sets the contacts.
    pub fn with_contacts(mut self, contacts: Contacts) -> Self {
        self.contacts = contacts;
        self
    }
}

/// The body of a create: the fields that have a value.
impl Serialize for NewCustomer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = Field::ALL.iter();
        let members = fields.map(|field| (field.as_str(), self.value(*field)));
        serializer.collect_map(members.filter(|(_, value)| *value != FieldValue::Null))
    }
}
