//! Valid records and patches, out of any bytes.

use arbitrary::{Result, Unstructured};
use customer_domain::{
    Address, AddressField, Contact, Contacts, Customer, CustomerId, CustomerPatch, CustomerRecord,
    EmailAddress, NewCustomer, NullableUpdate, Status, TeamId, Timestamp, Update, Version,
};
use uuid::Uuid;

use crate::bodies::{email_text, phone_text, text, website_text};

/// A record.
///
/// # Errors
///
/// As the source of bytes has them; out of bytes is none.
pub fn customer(u: &mut Unstructured<'_>) -> Result<Customer> {
    let (team, id) = (u.arbitrary()?, u.arbitrary()?);
    let name = text(u)?.parse().unwrap_or_else(|_| valid("Acme"));
    let mut content = NewCustomer::new(name, email(u)?.unwrap_or_else(|| valid("a@b.co")));
    content.main_phone = phone_text(u)?.parse().ok();
    content.website = website_text(u)?.parse().ok();
    content.status = status(u)?;
    content.billing_address = address(u)?;
    content.shipping_address = address(u)?;
    content.contacts = contacts(u)?;
    let record = CustomerRecord {
        id: CustomerId::from(Uuid::from_u128(id)),
        content,
        created_at: timestamp(u)?,
        updated_at: timestamp(u)?,
    };
    let version = Version::from_stored(u.int_in_range(1..=u64::MAX - 9)?);
    let team = TeamId::from(Uuid::from_u128(team));
    Ok(record.into_customer(team, version.unwrap_or(Version::FIRST)))
}

/// A patch.
///
/// # Errors
///
/// As the source of bytes has them; out of bytes is none.
pub fn patch(u: &mut Unstructured<'_>) -> Result<CustomerPatch> {
    let mut patch = CustomerPatch::new();
    if let Ok(name) = text(u)?.parse() {
        patch = keep_or(u, patch, |p| p.with_name(Update::Set(name)))?;
    }
    if let Some(email) = email(u)? {
        patch = keep_or(u, patch, |p| p.with_email(Update::Set(email)))?;
    }
    let status = status(u)?;
    patch = keep_or(u, patch, |p| p.with_status(Update::Set(status)))?;
    let phone = phone_text(u)?.parse().ok();
    patch = keep_or(u, patch, |p| match phone {
        Some(phone) => p.with_main_phone(NullableUpdate::Set(phone)),
        None => p.with_main_phone(NullableUpdate::Clear),
    })?;
    let website = website_text(u)?.parse().ok();
    patch = keep_or(u, patch, |p| match website {
        Some(website) => p.with_website(NullableUpdate::Set(website)),
        None => p.with_website(NullableUpdate::Clear),
    })?;
    let billing = address(u)?;
    patch = keep_or(u, patch, |p| match billing {
        Some(address) => p.with_billing_address(NullableUpdate::Set(address)),
        None => p.with_billing_address(NullableUpdate::Clear),
    })?;
    let shipping = address(u)?;
    keep_or(u, patch, |p| match shipping {
        Some(address) => p.with_shipping_address(NullableUpdate::Set(address)),
        None => p.with_shipping_address(NullableUpdate::Clear),
    })
}

/// An instant, every other time one of a few, so that clocks meet.
///
/// # Errors
///
/// As the source of bytes has them; out of bytes is none.
pub fn timestamp(u: &mut Unstructured<'_>) -> Result<Timestamp> {
    let micros = if u.arbitrary()? {
        u.int_in_range(0..=3)?
    } else {
        // Not the last instants, which have no successor.
        u.int_in_range(Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros() - 9)?
    };
    Ok(Timestamp::from_micros(micros).unwrap_or(Timestamp::MIN))
}

fn keep_or(
    u: &mut Unstructured<'_>,
    patch: CustomerPatch,
    change: impl FnOnce(CustomerPatch) -> CustomerPatch,
) -> Result<CustomerPatch> {
    Ok(if u.arbitrary()? { patch } else { change(patch) })
}

fn email(u: &mut Unstructured<'_>) -> Result<Option<EmailAddress>> {
    Ok(email_text(u)?.parse().ok())
}

fn status(u: &mut Unstructured<'_>) -> Result<Status> {
    Ok(*u.choose(&[Status::Active, Status::Inactive])?)
}

/// An address, if any of its texts is valid.
fn address(u: &mut Unstructured<'_>) -> Result<Option<Address>> {
    let mut texts = Vec::new();
    for field in AddressField::ALL {
        let text = text(u)?;
        if Address::new([(*field, text.as_str())]).is_ok() {
            texts.push((*field, text));
        }
    }
    let texts = texts.iter().map(|(field, text)| (*field, text.as_str()));
    Ok(Address::new(texts).ok())
}

fn contacts(u: &mut Unstructured<'_>) -> Result<Contacts> {
    let mut contacts = Vec::new();
    for _ in 0..u.int_in_range(0..=2)? {
        let Ok(name) = text(u)?.parse() else {
            continue;
        };
        let mut contact = Contact::new(name);
        if let Some(email) = email(u)? {
            contact = contact.with_email(email);
        }
        if let Ok(phone) = phone_text(u)?.parse() {
            contact = contact.with_phone(phone);
        }
        if contacts.is_empty() && u.arbitrary()? {
            contact = contact.with_primary();
        }
        contacts.push(contact);
    }
    Ok(Contacts::new(contacts).unwrap_or_default())
}

fn valid<T: std::str::FromStr>(text: &str) -> T {
    match text.parse() {
        Ok(value) => value,
        Err(_) => panic!("{text} is valid"),
    }
}
