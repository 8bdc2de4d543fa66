//! Valid records and patches, out of any bytes.

use arbitrary::{Result, Unstructured};
use customer_domain::{
    Address, AddressField, Contact, Contacts, Customer, CustomerId, CustomerParts, CustomerPatch,
    EmailAddress, Status, TeamId, Timestamp, Version,
};
use uuid::Uuid;

use crate::bodies::{email_text, phone_text, text, website_text};

/// A record.
///
/// # Errors
///
/// As the source of bytes has them; out of bytes is none.
pub fn customer(u: &mut Unstructured<'_>) -> Result<Customer> {
    let created_at = timestamp(u)?;
    Ok(Customer::from_parts(CustomerParts {
        team: TeamId::from(Uuid::from_u128(u.arbitrary()?)),
        version: Version::from_stored(u.int_in_range(1..=u64::MAX - 9)?).unwrap_or(Version::FIRST),
        uuid: CustomerId::from(Uuid::from_u128(u.arbitrary()?)),
        customer: match text(u)?.parse() {
            Ok(name) => name,
            Err(_) => valid("Acme"),
        },
        email: email(u)?.unwrap_or_else(|| valid("a@b.co")),
        main_phone: phone_text(u)?.parse().ok(),
        website: website_text(u)?.parse().ok(),
        status: status(u)?,
        billing_address: address(u)?,
        shipping_address: address(u)?,
        contacts: contacts(u)?,
        created_at,
        updated_at: timestamp(u)?,
    }))
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
    let texts = [text(u)?, text(u)?, text(u)?, text(u)?, text(u)?];
    let mut address = Address::builder();
    for (field, text) in AddressField::ALL.iter().zip(&texts) {
        address = address.set(*field, text).unwrap_or(address);
    }
    Ok(address.build().ok())
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
            contact = contact.primary();
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
