//! The partial update: a patch with valid values.

pub(crate) mod update;

use serde::{Serialize, Serializer};

use crate::field_value::FieldValue;
use crate::schema::{Field, FieldSet};
use crate::value::address::Address;
use crate::value::email::EmailAddress;
use crate::value::name::CustomerName;
use crate::value::phone::PhoneNumber;
use crate::value::status::Status;
use crate::value::website::WebsiteUrl;

use update::{NullableUpdate, Update};

/// A partial update of a customer (P1 to P13): for each patchable field, whether
/// to keep, clear or set it.
///
/// All values are valid, so [`Customer::apply`](crate::Customer::apply) cannot
/// fail. Contacts and read-only fields are not part of a patch.
///
/// # From JSON
///
/// [`from_json`](Self::from_json) reads a body and reports all violations at once:
///
/// ```
/// use customer_domain::{CustomerPatch, NullableUpdate};
///
/// let patch = CustomerPatch::from_json(br#"{"mainPhone": null, "website": "acme.example"}"#)?;
/// assert_eq!(patch.main_phone, NullableUpdate::Clear);
/// assert!(patch.billing_address.is_keep());
/// # Ok::<(), customer_domain::BodyError>(())
/// ```
///
/// `Deserialize` reads the same from any self-describing format; the message of
/// the error then has all violations. A format, or a `serde_json::Value`, that
/// drops repeated names hides them from P8.
///
/// # In Rust
///
/// ```
/// use customer_domain::{CustomerPatch, NullableUpdate, Status, Update};
///
/// let patch = CustomerPatch::new()
///     .with_email(Update::Set("ann@acme.example".parse()?))
///     .with_website(NullableUpdate::Clear)
///     .with_status(Update::Set(Status::Inactive));
/// assert_eq!(patch.fields().to_string(), "email, status, website");
/// assert_eq!(
///     serde_json::to_string(&patch)?,
///     r#"{"email":"ann@acme.example","website":null,"status":"inactive"}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a patch has no effect until it is applied"]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CustomerPatch {
    /// What happens to the name, `customer` in JSON.
    pub name: Update<CustomerName>,
    /// What happens to the email address.
    pub email: Update<EmailAddress>,
    /// What happens to the main phone number.
    pub main_phone: NullableUpdate<PhoneNumber>,
    /// What happens to the website.
    pub website: NullableUpdate<WebsiteUrl>,
    /// What happens to the status.
    pub status: Update<Status>,
    /// What happens to the whole billing address (P3).
    pub billing_address: NullableUpdate<Address>,
    /// What happens to the whole shipping address (P3).
    pub shipping_address: NullableUpdate<Address>,
}

impl CustomerPatch {
    /// The empty patch, which changes nothing (P12).
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the patch changes no field of any record (P12).
    pub fn is_empty(&self) -> bool {
        self.fields().is_empty()
    }

    /// The fields that the patch sets or clears, for example to check the
    /// permissions of a caller.
    pub fn fields(&self) -> FieldSet {
        let mut fields = FieldSet::EMPTY;
        let mut note = |field, is_kept: bool| {
            if !is_kept {
                fields.insert(field);
            }
        };
        note(Field::Name, self.name.is_keep());
        note(Field::Email, self.email.is_keep());
        note(Field::MainPhone, self.main_phone.is_keep());
        note(Field::Website, self.website.is_keep());
        note(Field::Status, self.status.is_keep());
        note(Field::BillingAddress, self.billing_address.is_keep());
        note(Field::ShippingAddress, self.shipping_address.is_keep());
        fields
    }

    /// What happens to a field.
    pub fn value(&self, field: Field) -> NullableUpdate<FieldValue<'_>> {
        fn text<T: AsRef<str>>(value: &T) -> FieldValue<'_> {
            FieldValue::Text(value.as_ref())
        }
        match field {
            Field::Name => self.name.as_ref().map(text).into(),
            Field::Email => self.email.as_ref().map(text).into(),
            Field::MainPhone => self.main_phone.as_ref().map(text),
            Field::Website => self.website.as_ref().map(text),
            Field::Status => self.status.as_ref().map(text).into(),
            Field::BillingAddress => self.billing_address.as_ref().map(FieldValue::Address),
            Field::ShippingAddress => self.shipping_address.as_ref().map(FieldValue::Address),
            Field::Id
            | Field::Contacts
            | Field::CreatedAt
            | Field::UpdatedAt
            | Field::TeamId
            | Field::Version => NullableUpdate::Keep,
        }
    }

    /// The members of the JSON object.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, NullableUpdate<FieldValue<'_>>)> {
        let fields = self.fields().iter();
        fields.map(|field| (field.as_str(), self.value(field)))
    }

    /// Composes two patches: applying the result is the same as applying `self`
    /// and then `next` (M5). If both set a field, `next` wins. An address counts as
    /// one field.
    ///
    /// ```
    /// use customer_domain::{CustomerPatch, NullableUpdate};
    ///
    /// let clear = CustomerPatch::new().with_website(NullableUpdate::Clear);
    /// let website = "https://acme.example".parse()?;
    /// let set = CustomerPatch::new().with_website(NullableUpdate::Set(website));
    /// assert_eq!(clear.clone().then(set.clone()), set);
    /// assert_eq!(set.then(clear.clone()), clear);
    /// # Ok::<(), customer_domain::ValueError>(())
    /// ```
    pub fn then(self, next: Self) -> Self {
        Self {
            name: self.name.then(next.name),
            email: self.email.then(next.email),
            main_phone: self.main_phone.then(next.main_phone),
            website: self.website.then(next.website),
            status: self.status.then(next.status),
            billing_address: self.billing_address.then(next.billing_address),
            shipping_address: self.shipping_address.then(next.shipping_address),
        }
    }

    /// Sets what happens to the name.
    pub fn with_name(mut self, name: Update<CustomerName>) -> Self {
        self.name = name;
        self
    }

    /// Sets what happens to the email address.
    pub fn with_email(mut self, email: Update<EmailAddress>) -> Self {
        self.email = email;
        self
    }

    /// Sets what happens to the main phone number.
    pub fn with_main_phone(mut self, phone: NullableUpdate<PhoneNumber>) -> Self {
        self.main_phone = phone;
        self
    }

    /// Sets what happens to the website.
    pub fn with_website(mut self, website: NullableUpdate<WebsiteUrl>) -> Self {
        self.website = website;
        self
    }

    /// Sets what happens to the status.
    pub const fn with_status(mut self, status: Update<Status>) -> Self {
        self.status = status;
        self
    }

    /// Sets what happens to the whole billing address (P3).
    pub fn with_billing_address(mut self, address: NullableUpdate<Address>) -> Self {
        self.billing_address = address;
        self
    }

    /// Sets what happens to the whole shipping address (P3).
    pub fn with_shipping_address(mut self, address: NullableUpdate<Address>) -> Self {
        self.shipping_address = address;
        self
    }
}

/// The body of an update: the fields that are not kept.
impl Serialize for CustomerPatch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.members())
    }
}
