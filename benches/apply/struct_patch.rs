//! `struct-patch`, whose patch is read with the double option of `serde_with`; the rules
//! are called by hand.

use customer_domain::{Customer, Timestamp};
use serde::{Deserialize, Deserializer};
use struct_patch::Patch;
use uuid::Uuid;

use super::plain::{self, Address, Code, Contact, Violation};
use super::{Outcome, Row};

/// `struct-patch` and `serde_with`.
pub(crate) struct StructPatch;

/// A record with a derived patch.
#[derive(Clone, PartialEq, Patch)]
#[patch(
    name = "RecordPatch",
    attribute(derive(Deserialize)),
    attribute(serde(rename_all = "camelCase", deny_unknown_fields))
)]
pub(crate) struct Record {
    #[patch(skip)]
    uuid: Uuid,
    #[patch(attribute(serde(default, deserialize_with = "non_null")))]
    customer: String,
    #[patch(attribute(serde(default, deserialize_with = "non_null")))]
    email: String,
    #[patch(attribute(serde(default, with = "serde_with::rust::double_option")))]
    main_phone: Option<String>,
    #[patch(attribute(serde(default, with = "serde_with::rust::double_option")))]
    website: Option<String>,
    #[patch(attribute(serde(default, deserialize_with = "non_null")))]
    status: String,
    #[patch(attribute(serde(default, with = "serde_with::rust::double_option")))]
    billing_address: Option<Address>,
    #[patch(attribute(serde(default, with = "serde_with::rust::double_option")))]
    shipping_address: Option<Address>,
    #[patch(skip)]
    contacts: Vec<Contact>,
    #[patch(skip)]
    created_at: jiff::Timestamp,
    #[patch(skip)]
    updated_at: jiff::Timestamp,
    #[patch(skip)]
    version: u64,
}

/// Reads a value that cannot be null.
fn non_null<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// The error for an invalid body.
pub(crate) enum Rejected {
    /// Not JSON, or JSON of another form.
    Malformed(#[expect(dead_code, reason = "no case produces it")] serde_json::Error),
    Invalid(Vec<Violation>),
}

impl Row for StructPatch {
    type Record = Record;
    type Merged = Record;
    type Rejected = Rejected;

    fn record(customer: &Customer) -> Record {
        let plain = plain::record(customer);
        Record {
            uuid: plain.uuid,
            customer: plain.customer,
            email: plain.email,
            main_phone: plain.main_phone,
            website: plain.website,
            status: customer.status().to_string(),
            billing_address: plain.billing_address,
            shipping_address: plain.shipping_address,
            contacts: plain.contacts,
            created_at: plain.created_at,
            updated_at: plain.updated_at,
            version: plain.version,
        }
    }

    fn apply(body: &[u8], record: Record, now: Timestamp) -> Result<Record, Rejected> {
        let patch: RecordPatch = serde_json::from_slice(body).map_err(Rejected::Malformed)?;
        let patch = validate(patch).map_err(Rejected::Invalid)?;
        let mut merged = record.clone();
        merged.apply(patch);
        if merged != record {
            let micros = jiff::Timestamp::from_microsecond(now.as_micros());
            merged.updated_at = micros.unwrap_or(merged.updated_at);
            merged.version += 1;
        }
        Ok(merged)
    }

    fn outcome(result: &Result<Record, Rejected>) -> Option<Outcome> {
        match result {
            Ok(record) => plain::merged(&plain::Record {
                uuid: record.uuid,
                customer: record.customer.clone(),
                email: record.email.clone(),
                main_phone: record.main_phone.clone(),
                website: record.website.clone(),
                status: plain::status(&record.status).ok()?,
                billing_address: record.billing_address.clone(),
                shipping_address: record.shipping_address.clone(),
                contacts: record.contacts.clone(),
                created_at: record.created_at,
                updated_at: record.updated_at,
                version: record.version,
            }),
            Err(Rejected::Invalid(violations)) => Some(plain::rejected(violations)),
            Err(Rejected::Malformed(_)) => None,
        }
    }
}

fn validate(mut patch: RecordPatch) -> Result<RecordPatch, Vec<Violation>> {
    let mut violations = Vec::new();
    let mut note = |field, code| violations.push(Violation { field, code });
    patch.customer = patch.customer.and_then(|text| {
        plain::keep(text, plain::name)
            .map_err(|code| note("customer", code))
            .ok()
    });
    patch.email = patch.email.and_then(|text| {
        plain::keep(text, plain::email)
            .map_err(|code| note("email", code))
            .ok()
    });
    patch.main_phone = patch.main_phone.map(|input| {
        kept(input, plain::phone).unwrap_or_else(|code| {
            note("mainPhone", code);
            None
        })
    });
    patch.website = patch.website.map(|input| {
        kept(input, plain::website).unwrap_or_else(|code| {
            note("website", code);
            None
        })
    });
    if let Some(Err(code)) = patch.status.as_deref().map(plain::status) {
        note("status", code);
    }
    patch.billing_address = patch.billing_address.map(|input| {
        input.and_then(|input| {
            address(input)
                .map_err(|code| note("billingAddress", code))
                .ok()
        })
    });
    patch.shipping_address = patch.shipping_address.map(|input| {
        input.and_then(|input| {
            address(input)
                .map_err(|code| note("shippingAddress", code))
                .ok()
        })
    });
    if violations.is_empty() {
        Ok(patch)
    } else {
        Err(violations)
    }
}

fn kept(
    input: Option<String>,
    rule: fn(&str) -> Result<Option<&str>, Code>,
) -> Result<Option<String>, Code> {
    input.map_or(Ok(None), |text| plain::keep_optional(text, rule))
}

fn address(input: Address) -> Result<Address, Code> {
    let address = Address {
        street: kept(input.street, plain::street)?,
        city: kept(input.city, plain::part)?,
        state: kept(input.state, plain::part)?,
        zip_code: kept(input.zip_code, plain::part)?,
        country: kept(input.country, plain::part)?,
    };
    if address == Address::default() {
        return Err(Code::EmptyAddress);
    }
    Ok(address)
}
