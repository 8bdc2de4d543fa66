//! The values of a customer that a client can choose.

use crate::patch::CustomerPatch;
use crate::patch::update::{NullableUpdate, Update};
use crate::schema::Field;
use crate::value::address::Address;
use crate::value::contact::Contacts;
use crate::value::email::EmailAddress;
use crate::value::name::CustomerName;
use crate::value::phone::PhoneNumber;
use crate::value::status::Status;
use crate::value::website::WebsiteUrl;

/// The values of a new customer (SPEC §8), and of a record those that a client can
/// choose.
///
/// The name and the email address are required. The status is `active` if it is
/// missing. An update cannot set contacts (P5).
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
    #[must_use]
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

    /// The customer that a patch describes: SPEC §8 creates a customer from the
    /// fields that an update has.
    ///
    /// # Errors
    ///
    /// The required field that the patch does not set.
    pub(crate) fn from_patch(patch: CustomerPatch) -> Result<Self, Field> {
        let CustomerPatch {
            name,
            email,
            main_phone,
            website,
            status,
            billing_address,
            shipping_address,
        } = patch;
        let Update::Set(name) = name else {
            return Err(Field::Name);
        };
        let Update::Set(email) = email else {
            return Err(Field::Email);
        };
        let mut new = Self::new(name, email);
        main_phone.apply_to(&mut new.main_phone);
        website.apply_to(&mut new.website);
        status.apply_to(&mut new.status);
        billing_address.apply_to(&mut new.billing_address);
        shipping_address.apply_to(&mut new.shipping_address);
        Ok(new)
    }

    /// Sets the fields that the patch sets, and clears those that it clears (P1 to
    /// P3). An address is replaced as a whole.
    pub(crate) fn merge(&mut self, patch: &CustomerPatch) {
        let CustomerPatch {
            name,
            email,
            main_phone,
            website,
            status,
            billing_address,
            shipping_address,
        } = patch;
        set(&mut self.name, name);
        set(&mut self.email, email);
        set_nullable(&mut self.main_phone, main_phone);
        set_nullable(&mut self.website, website);
        set(&mut self.status, status);
        set_nullable(&mut self.billing_address, billing_address);
        set_nullable(&mut self.shipping_address, shipping_address);
    }

    pub(crate) fn diff(&self, other: &Self) -> CustomerPatch {
        CustomerPatch {
            name: difference(&self.name, &other.name),
            email: difference(&self.email, &other.email),
            main_phone: nullable_difference(&self.main_phone, &other.main_phone),
            website: nullable_difference(&self.website, &other.website),
            status: difference(&self.status, &other.status),
            billing_address: nullable_difference(&self.billing_address, &other.billing_address),
            shipping_address: nullable_difference(&self.shipping_address, &other.shipping_address),
        }
    }

    /// Sets the main phone number.
    #[must_use]
    pub fn with_main_phone(mut self, phone: PhoneNumber) -> Self {
        self.main_phone = Some(phone);
        self
    }

    /// Sets the website.
    #[must_use]
    pub fn with_website(mut self, website: WebsiteUrl) -> Self {
        self.website = Some(website);
        self
    }

    /// Sets the status.
    #[must_use]
    pub const fn with_status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// Sets the billing address.
    #[must_use]
    pub fn with_billing_address(mut self, address: Address) -> Self {
        self.billing_address = Some(address);
        self
    }

    /// Sets the shipping address.
    #[must_use]
    pub fn with_shipping_address(mut self, address: Address) -> Self {
        self.shipping_address = Some(address);
        self
    }

    /// Sets the contacts.
    #[must_use]
    pub fn with_contacts(mut self, contacts: Contacts) -> Self {
        self.contacts = contacts;
        self
    }
}

/// An equal value is not copied, so that the records share it.
fn set<T: Clone + PartialEq>(value: &mut T, update: &Update<T>) {
    match update {
        Update::Set(new) if new != value => value.clone_from(new),
        Update::Keep | Update::Set(_) => {}
    }
}

fn set_nullable<T: Clone + PartialEq>(value: &mut Option<T>, update: &NullableUpdate<T>) {
    match update {
        NullableUpdate::Set(new) if value.as_ref() != Some(new) => *value = Some(new.clone()),
        NullableUpdate::Clear => *value = None,
        NullableUpdate::Keep | NullableUpdate::Set(_) => {}
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
