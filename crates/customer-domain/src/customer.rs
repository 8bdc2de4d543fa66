//! The record, and the merge.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::field::{NullableUpdate, Update};
use crate::patch::CustomerPatch;
use crate::schema::{Field, FieldSet};
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

/// A customer record (SPEC §1).
///
/// It cannot hold an invalid value. It changes through [`apply`](Self::apply)
/// alone, which makes a new record; what an update does not touch is shared
/// between the two, so that a clone costs a few reference counts.
///
/// As JSON it is an object of eleven members, always all of them, in the order
/// of [`Field::ALL`]; the team and the version are not in it. `Debug` shows no
/// personal data.
///
/// ```
/// use customer_domain::{CustomerPatch, NewCustomer, Field, Timestamp};
/// # use customer_domain::{CustomerId, TeamId};
/// # let (id, team) = (CustomerId::from(uuid::Uuid::nil()), TeamId::from(uuid::Uuid::nil()));
///
/// let created = Timestamp::parse("2026-11-23T12:00:00Z")?;
/// let acme = NewCustomer::from_json(br#"{"customer": "Acme", "email": "a@acme.example"}"#)?
///     .into_customer(id, team, created);
///
/// let patch = CustomerPatch::from_json(br#"{"mainPhone": "+14155550100"}"#)?;
/// let applied = acme.apply(&patch, Timestamp::parse("2026-11-23T12:30:00Z")?);
/// assert_eq!(applied.changed.to_string(), "mainPhone");
/// assert_eq!(applied.customer.version().get(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Customer {
    parts: CustomerParts,
}

/// What a record is made of: how an adapter takes one apart and puts it
/// together again. Each part is valid by its type, and a pattern or a literal
/// names every one, so that a new field is a compile error in each adapter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(
    missing_docs,
    reason = "each part is documented at the method of its name on `Customer`"
)]
pub struct CustomerParts {
    pub team: TeamId,
    pub version: Version,
    pub uuid: CustomerId,
    pub customer: CustomerName,
    pub email: EmailAddress,
    pub main_phone: Option<PhoneNumber>,
    pub website: Option<WebsiteUrl>,
    pub status: Status,
    pub billing_address: Option<Address>,
    pub shipping_address: Option<Address>,
    pub contacts: Contacts,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What [`Customer::apply`] returns: the record as it is now, and the exact set
/// of fields that changed (M2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "apply does not change the record it is called on"]
pub struct Applied {
    /// The record; the one that was there before when nothing changed.
    pub customer: Customer,
    /// The fields whose value is another than before.
    pub changed: FieldSet,
}

impl Customer {
    /// Puts a record together from its parts, as an adapter does that read one.
    #[must_use]
    pub const fn from_parts(parts: CustomerParts) -> Self {
        Self { parts }
    }

    /// Takes a record apart, as an adapter does that writes one.
    #[must_use]
    pub fn into_parts(self) -> CustomerParts {
        self.parts
    }

    /// The team the record belongs to.
    #[must_use]
    pub const fn team(&self) -> TeamId {
        self.parts.team
    }

    /// How often the record has been written.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.parts.version
    }

    /// The identifier, `uuid` on the wire.
    #[must_use]
    pub const fn id(&self) -> CustomerId {
        self.parts.uuid
    }

    /// The name, `customer` on the wire.
    #[must_use]
    pub const fn name(&self) -> &CustomerName {
        &self.parts.customer
    }

    /// The email address, unique within the team by its key (V3).
    #[must_use]
    pub const fn email(&self) -> &EmailAddress {
        &self.parts.email
    }

    /// The main phone number.
    #[must_use]
    pub const fn main_phone(&self) -> Option<&PhoneNumber> {
        self.parts.main_phone.as_ref()
    }

    /// The website.
    #[must_use]
    pub const fn website(&self) -> Option<&WebsiteUrl> {
        self.parts.website.as_ref()
    }

    /// Whether the customer is in use.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.parts.status
    }

    /// The billing address.
    #[must_use]
    pub const fn billing_address(&self) -> Option<&Address> {
        self.parts.billing_address.as_ref()
    }

    /// The shipping address.
    #[must_use]
    pub const fn shipping_address(&self) -> Option<&Address> {
        self.parts.shipping_address.as_ref()
    }

    /// The contacts, which an update cannot change (P5).
    #[must_use]
    pub const fn contacts(&self) -> &Contacts {
        &self.parts.contacts
    }

    /// When the record was made.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        self.parts.created_at
    }

    /// When the record last changed.
    #[must_use]
    pub const fn updated_at(&self) -> Timestamp {
        self.parts.updated_at
    }

    /// Merges a patch into the record (M1 to M4): a pure function that cannot
    /// fail.
    ///
    /// A field set to the value it has did not change. When none changed, the
    /// record comes back as it was, `updatedAt` and version included. When any
    /// did, `updatedAt` is `now`, or one microsecond after its old value when
    /// the clock has not passed that, so that it strictly increases (save at
    /// [`Timestamp::MAX`], which has no successor); the version grows by one.
    ///
    /// ```
    /// # use customer_domain::{CustomerId, CustomerPatch, NewCustomer, TeamId, Timestamp};
    /// # let (id, team) = (CustomerId::from(uuid::Uuid::nil()), TeamId::from(uuid::Uuid::nil()));
    /// let noon = Timestamp::parse("2026-11-23T12:00:00Z")?;
    /// let acme = NewCustomer::new("Acme".parse()?, "a@acme.example".parse()?)
    ///     .into_customer(id, team, noon);
    ///
    /// let same = acme.apply(&CustomerPatch::new().set_customer("Acme".parse()?), noon);
    /// assert!(same.changed.is_empty());
    /// assert_eq!(same.customer, acme);
    ///
    /// let renamed = acme.apply(&CustomerPatch::new().set_customer("Acme Ltd".parse()?), noon);
    /// assert_eq!(renamed.customer.updated_at().to_string(), "2026-11-23T12:00:00.000001Z");
    /// # Ok::<(), customer_domain::ValueError>(())
    /// ```
    pub fn apply(&self, patch: &CustomerPatch, now: Timestamp) -> Applied {
        let mut customer = self.clone();
        let mut changed = FieldSet::EMPTY;
        let parts = &mut customer.parts;
        let CustomerPatch {
            customer: name,
            email,
            main_phone,
            website,
            status,
            billing_address: billing,
            shipping_address: shipping,
        } = patch;

        let mut note = |field, has_changed| {
            if has_changed {
                changed.insert(field);
            }
        };
        note(Field::Customer, replace(&mut parts.customer, name));
        note(Field::Email, replace(&mut parts.email, email));
        note(
            Field::MainPhone,
            replace_nullable(&mut parts.main_phone, main_phone),
        );
        note(
            Field::Website,
            replace_nullable(&mut parts.website, website),
        );
        note(Field::Status, replace(&mut parts.status, status));
        note(
            Field::BillingAddress,
            replace_nullable(&mut parts.billing_address, billing),
        );
        note(
            Field::ShippingAddress,
            replace_nullable(&mut parts.shipping_address, shipping),
        );

        if !changed.is_empty() {
            parts.updated_at = now.max(parts.updated_at.next());
            parts.version = parts.version.next();
        }
        Applied { customer, changed }
    }

    /// The least patch that makes of this record the other one, as far as a
    /// patch can: contacts and what is read-only are left out (M5).
    ///
    /// ```
    /// # use customer_domain::{CustomerId, CustomerPatch, NewCustomer, TeamId, Timestamp};
    /// # let (id, team) = (CustomerId::from(uuid::Uuid::nil()), TeamId::from(uuid::Uuid::nil()));
    /// # let noon = Timestamp::parse("2026-11-23T12:00:00Z")?;
    /// let acme = NewCustomer::new("Acme".parse()?, "a@acme.example".parse()?)
    ///     .into_customer(id, team, noon);
    /// let patch = CustomerPatch::new().set_website("https://acme.example".parse()?);
    /// let other = acme.apply(&patch, noon).customer;
    /// assert_eq!(acme.diff(&other), patch);
    /// assert_eq!(other.diff(&acme), CustomerPatch::new().clear_website());
    /// # Ok::<(), customer_domain::ValueError>(())
    /// ```
    #[must_use]
    pub fn diff(&self, other: &Self) -> CustomerPatch {
        let (from, to) = (&self.parts, &other.parts);
        CustomerPatch {
            customer: difference(&from.customer, &to.customer),
            email: difference(&from.email, &to.email),
            main_phone: nullable_difference(&from.main_phone, &to.main_phone),
            website: nullable_difference(&from.website, &to.website),
            status: difference(&from.status, &to.status),
            billing_address: nullable_difference(&from.billing_address, &to.billing_address),
            shipping_address: nullable_difference(&from.shipping_address, &to.shipping_address),
        }
    }
}

/// Whether the value is another than before.
fn replace<T: Clone + PartialEq>(value: &mut T, update: &Update<T>) -> bool {
    match update {
        Update::Set(new) if new != value => {
            value.clone_from(new);
            true
        }
        Update::Keep | Update::Set(_) => false,
    }
}

/// Whether the value is another than before. A value is replaced whole (P3).
fn replace_nullable<T: Clone + PartialEq>(
    value: &mut Option<T>,
    update: &NullableUpdate<T>,
) -> bool {
    match update {
        NullableUpdate::Set(new) if value.as_ref() != Some(new) => {
            *value = Some(new.clone());
            true
        }
        NullableUpdate::Clear => value.take().is_some(),
        NullableUpdate::Keep | NullableUpdate::Set(_) => false,
    }
}

fn difference<T: Clone + PartialEq>(from: &T, to: &T) -> Update<T> {
    if from == to {
        Update::Keep
    } else {
        Update::Set(to.clone())
    }
}

fn nullable_difference<T: Clone + PartialEq>(
    from: &Option<T>,
    to: &Option<T>,
) -> NullableUpdate<T> {
    match to {
        _ if from == to => NullableUpdate::Keep,
        Some(to) => NullableUpdate::Set(to.clone()),
        None => NullableUpdate::Clear,
    }
}

/// The body of the record: every member, null where there is no value.
impl Serialize for Customer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let CustomerParts {
            team: _,
            version: _,
            uuid,
            customer,
            email,
            main_phone,
            website,
            status,
            billing_address,
            shipping_address,
            contacts,
            created_at,
            updated_at,
        } = &self.parts;
        let mut record = serializer.serialize_struct("Customer", 11)?;
        record.serialize_field(Field::Uuid.as_str(), uuid)?;
        record.serialize_field(Field::Customer.as_str(), customer)?;
        record.serialize_field(Field::Email.as_str(), email)?;
        record.serialize_field(Field::MainPhone.as_str(), main_phone)?;
        record.serialize_field(Field::Website.as_str(), website)?;
        record.serialize_field(Field::Status.as_str(), status)?;
        record.serialize_field(Field::BillingAddress.as_str(), billing_address)?;
        record.serialize_field(Field::ShippingAddress.as_str(), shipping_address)?;
        record.serialize_field(Field::Contacts.as_str(), contacts)?;
        record.serialize_field(Field::CreatedAt.as_str(), created_at)?;
        record.serialize_field(Field::UpdatedAt.as_str(), updated_at)?;
        record.end()
    }
}
