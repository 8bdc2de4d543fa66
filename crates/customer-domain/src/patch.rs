//! A partial update: what is to change, every value of it valid.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::field::{NullableUpdate, Update};
use crate::schema::Field;
use crate::value::address::Address;
use crate::value::email::EmailAddress;
use crate::value::name::CustomerName;
use crate::value::phone::PhoneNumber;
use crate::value::status::Status;
use crate::value::website::WebsiteUrl;

/// A partial update of a customer (P1 to P13): for each field, whether it
/// stays, is removed or is replaced.
///
/// A patch cannot be invalid, so that [`Customer::apply`](crate::Customer::apply)
/// cannot fail. It has no place for contacts, nor for anything read-only.
///
/// # From JSON
///
/// [`from_json`](Self::from_json) reads a body and reports everything that is
/// wrong with it at once:
///
/// ```
/// use customer_domain::{CustomerPatch, NullableUpdate};
///
/// let patch = CustomerPatch::from_json(br#"{"mainPhone": null, "website": "acme.example"}"#)?;
/// assert_eq!(patch.main_phone(), NullableUpdate::Clear);
/// assert!(patch.billing_address().is_keep());
/// # Ok::<(), customer_domain::BodyError>(())
/// ```
///
/// `Deserialize` reads the same from any format that says what it holds; the
/// error of the format then carries all violations in its text. A format, or a
/// `serde_json::Value` on the way, that drops repeated keys hides them from P8.
///
/// # In Rust
///
/// ```
/// use customer_domain::{CustomerPatch, Status};
///
/// let patch = CustomerPatch::new()
///     .set_email("ann@acme.example".parse()?)
///     .clear_website()
///     .set_status(Status::Inactive);
/// assert_eq!(
///     serde_json::to_string(&patch)?,
///     r#"{"email":"ann@acme.example","website":null,"status":"inactive"}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CustomerPatch {
    pub(crate) customer: Update<CustomerName>,
    pub(crate) email: Update<EmailAddress>,
    pub(crate) main_phone: NullableUpdate<PhoneNumber>,
    pub(crate) website: NullableUpdate<WebsiteUrl>,
    pub(crate) status: Update<Status>,
    pub(crate) billing_address: NullableUpdate<Address>,
    pub(crate) shipping_address: NullableUpdate<Address>,
}

impl CustomerPatch {
    /// The empty patch, which changes nothing (P12).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the patch changes nothing, whatever the record (P12).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            customer,
            email,
            main_phone,
            website,
            status,
            billing_address,
            shipping_address,
        } = self;
        customer.is_keep()
            && email.is_keep()
            && main_phone.is_keep()
            && website.is_keep()
            && status.is_keep()
            && billing_address.is_keep()
            && shipping_address.is_keep()
    }

    /// The patch that has the effect of this one and then the next (M5). Where
    /// both speak of a field, the later word counts; an address is one field.
    ///
    /// ```
    /// use customer_domain::CustomerPatch;
    ///
    /// let removed = CustomerPatch::new().clear_website();
    /// let set = CustomerPatch::new().set_website("https://acme.example".parse()?);
    /// assert_eq!(removed.clone().then(set.clone()), set);
    /// assert_eq!(set.then(removed.clone()), removed);
    /// # Ok::<(), customer_domain::ValueError>(())
    /// ```
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        Self {
            customer: self.customer.then(next.customer),
            email: self.email.then(next.email),
            main_phone: self.main_phone.then(next.main_phone),
            website: self.website.then(next.website),
            status: self.status.then(next.status),
            billing_address: self.billing_address.then(next.billing_address),
            shipping_address: self.shipping_address.then(next.shipping_address),
        }
    }

    /// What happens to the name.
    #[must_use]
    pub const fn customer(&self) -> Update<&CustomerName> {
        self.customer.as_ref()
    }

    /// What happens to the email address.
    #[must_use]
    pub const fn email(&self) -> Update<&EmailAddress> {
        self.email.as_ref()
    }

    /// What happens to the main phone number.
    #[must_use]
    pub const fn main_phone(&self) -> NullableUpdate<&PhoneNumber> {
        self.main_phone.as_ref()
    }

    /// What happens to the website.
    #[must_use]
    pub const fn website(&self) -> NullableUpdate<&WebsiteUrl> {
        self.website.as_ref()
    }

    /// What happens to the status.
    #[must_use]
    pub const fn status(&self) -> Update<Status> {
        self.status
    }

    /// What happens to the billing address.
    #[must_use]
    pub const fn billing_address(&self) -> NullableUpdate<&Address> {
        self.billing_address.as_ref()
    }

    /// What happens to the shipping address.
    #[must_use]
    pub const fn shipping_address(&self) -> NullableUpdate<&Address> {
        self.shipping_address.as_ref()
    }

    /// Replaces the name.
    #[must_use]
    pub fn set_customer(mut self, name: CustomerName) -> Self {
        self.customer = Update::Set(name);
        self
    }

    /// Replaces the email address.
    #[must_use]
    pub fn set_email(mut self, email: EmailAddress) -> Self {
        self.email = Update::Set(email);
        self
    }

    /// Replaces the main phone number.
    #[must_use]
    pub fn set_main_phone(mut self, phone: PhoneNumber) -> Self {
        self.main_phone = NullableUpdate::Set(phone);
        self
    }

    /// Removes the main phone number (P2).
    #[must_use]
    pub fn clear_main_phone(mut self) -> Self {
        self.main_phone = NullableUpdate::Clear;
        self
    }

    /// Replaces the website.
    #[must_use]
    pub fn set_website(mut self, website: WebsiteUrl) -> Self {
        self.website = NullableUpdate::Set(website);
        self
    }

    /// Removes the website (P2).
    #[must_use]
    pub fn clear_website(mut self) -> Self {
        self.website = NullableUpdate::Clear;
        self
    }

    /// Replaces the status.
    #[must_use]
    pub const fn set_status(mut self, status: Status) -> Self {
        self.status = Update::Set(status);
        self
    }

    /// Replaces the whole billing address (P3).
    #[must_use]
    pub fn set_billing_address(mut self, address: Address) -> Self {
        self.billing_address = NullableUpdate::Set(address);
        self
    }

    /// Removes the billing address (P3).
    #[must_use]
    pub fn clear_billing_address(mut self) -> Self {
        self.billing_address = NullableUpdate::Clear;
        self
    }

    /// Replaces the whole shipping address (P3).
    #[must_use]
    pub fn set_shipping_address(mut self, address: Address) -> Self {
        self.shipping_address = NullableUpdate::Set(address);
        self
    }

    /// Removes the shipping address (P3).
    #[must_use]
    pub fn clear_shipping_address(mut self) -> Self {
        self.shipping_address = NullableUpdate::Clear;
        self
    }
}

/// The body of an update: only the fields that do not stay as they are.
impl Serialize for CustomerPatch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn member<M: SerializeMap, T: Serialize>(
            map: &mut M,
            field: Field,
            update: &T,
            kept: bool,
        ) -> Result<(), M::Error> {
            if kept {
                return Ok(());
            }
            map.serialize_entry(field.as_str(), update)
        }
        let Self {
            customer,
            email,
            main_phone,
            website,
            status,
            billing_address: billing,
            shipping_address: shipping,
        } = self;
        let mut map = serializer.serialize_map(None)?;
        member(&mut map, Field::Customer, customer, customer.is_keep())?;
        member(&mut map, Field::Email, email, email.is_keep())?;
        member(&mut map, Field::MainPhone, main_phone, main_phone.is_keep())?;
        member(&mut map, Field::Website, website, website.is_keep())?;
        member(&mut map, Field::Status, status, status.is_keep())?;
        member(&mut map, Field::BillingAddress, billing, billing.is_keep())?;
        member(
            &mut map,
            Field::ShippingAddress,
            shipping,
            shipping.is_keep(),
        )?;
        map.end()
    }
}
