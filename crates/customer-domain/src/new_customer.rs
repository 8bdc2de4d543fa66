//! Creation (SPEC §8).

use crate::customer::{Customer, CustomerParts};
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

/// What a customer is made from: the values a caller may choose.
///
/// The name and the email address are required. The status is `active` when
/// nothing is said. Contacts can be given here and only here (P5).
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
pub struct NewCustomer {
    customer: CustomerName,
    email: EmailAddress,
    main_phone: Option<PhoneNumber>,
    website: Option<WebsiteUrl>,
    status: Status,
    billing_address: Option<Address>,
    shipping_address: Option<Address>,
    contacts: Contacts,
}

impl NewCustomer {
    /// An active customer of that name and email address, and nothing else yet.
    #[must_use]
    pub const fn new(name: CustomerName, email: EmailAddress) -> Self {
        Self {
            customer: name,
            email,
            main_phone: None,
            website: None,
            status: Status::Active,
            billing_address: None,
            shipping_address: None,
            contacts: Contacts::NONE,
        }
    }

    /// With that main phone number.
    #[must_use]
    pub fn with_main_phone(mut self, phone: PhoneNumber) -> Self {
        self.main_phone = Some(phone);
        self
    }

    /// With that website.
    #[must_use]
    pub fn with_website(mut self, website: WebsiteUrl) -> Self {
        self.website = Some(website);
        self
    }

    /// With that status.
    #[must_use]
    pub const fn with_status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// With that billing address.
    #[must_use]
    pub fn with_billing_address(mut self, address: Address) -> Self {
        self.billing_address = Some(address);
        self
    }

    /// With that shipping address.
    #[must_use]
    pub fn with_shipping_address(mut self, address: Address) -> Self {
        self.shipping_address = Some(address);
        self
    }

    /// With those contacts.
    #[must_use]
    pub fn with_contacts(mut self, contacts: Contacts) -> Self {
        self.contacts = contacts;
        self
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &CustomerName {
        &self.customer
    }

    /// The email address.
    #[must_use]
    pub const fn email(&self) -> &EmailAddress {
        &self.email
    }

    /// The record: the first version of it, made and last changed at `now`.
    /// The identifier is the caller's to choose, as the crate has no randomness.
    #[must_use]
    pub fn into_customer(self, id: CustomerId, team: TeamId, now: Timestamp) -> Customer {
        let Self {
            customer,
            email,
            main_phone,
            website,
            status,
            billing_address,
            shipping_address,
            contacts,
        } = self;
        Customer::from_parts(CustomerParts {
            team,
            version: Version::FIRST,
            uuid: id,
            customer,
            email,
            main_phone,
            website,
            status,
            billing_address,
            shipping_address,
            contacts,
            created_at: now,
            updated_at: now,
        })
    }
}
