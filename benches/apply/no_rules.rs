//! What the rules are measured against: `sonic-rs` reads the body, the values are
//! made and merged as ours are, and no rule is tried.
//!
//! What is between this row and ours through `sonic-rs` is the price of the rules, and
//! of what tells null from absent, a repeated key from a new one and what changed.

use std::sync::Arc;

use customer_domain::{AddressField, Customer, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, Row, replace};

/// Merges whatever is sent.
pub(crate) struct NoRules;

/// What was sent, as in the floor. Of its own: what the compiler makes of the floor
/// should not depend on this.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'b> {
    customer: Option<&'b str>,
    email: Option<&'b str>,
    main_phone: Option<&'b str>,
    website: Option<&'b str>,
    status: Option<&'b str>,
    #[serde(borrow)]
    billing_address: Option<SentAddress<'b>>,
    #[serde(borrow)]
    shipping_address: Option<SentAddress<'b>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SentAddress<'b> {
    street: Option<&'b str>,
    city: Option<&'b str>,
    state: Option<&'b str>,
    zip_code: Option<&'b str>,
    country: Option<&'b str>,
}

/// A record that is cloned as cheaply as ours: no text is copied.
#[derive(Clone)]
pub(crate) struct Record {
    customer: Arc<str>,
    email: Arc<str>,
    main_phone: Option<Arc<str>>,
    website: Option<Arc<str>>,
    status: Status,
    billing_address: Option<Address>,
    shipping_address: Option<Address>,
    updated_at: Timestamp,
    version: u64,
    /// What no update touches.
    rest: Arc<Value>,
}

#[derive(Clone, Copy, PartialEq)]
enum Status {
    Active,
    Inactive,
    /// Without rules, anything is a status.
    Other,
}

/// The texts one after the other, and where each ends.
#[derive(Clone, PartialEq)]
struct Address {
    text: Arc<str>,
    ends: [u16; 5],
}

impl From<&str> for Status {
    fn from(text: &str) -> Self {
        match text {
            "active" => Self::Active,
            "inactive" => Self::Inactive,
            _ => Self::Other,
        }
    }
}

impl From<&SentAddress<'_>> for Address {
    fn from(sent: &SentAddress<'_>) -> Self {
        let texts = [
            sent.street,
            sent.city,
            sent.state,
            sent.zip_code,
            sent.country,
        ];
        let mut ends = [0; 5];
        let mut end = 0;
        for (slot, text) in ends.iter_mut().zip(texts) {
            end += text.map_or(0, str::len);
            *slot = u16::try_from(end).expect("a short address");
        }
        let mut text = String::with_capacity(end);
        texts
            .into_iter()
            .flatten()
            .for_each(|part| text.push_str(part));
        Self {
            text: text.into(),
            ends,
        }
    }
}

fn address(address: &customer_domain::Address) -> Address {
    Address::from(&SentAddress {
        street: address.get(AddressField::Street),
        city: address.get(AddressField::City),
        state: address.get(AddressField::State),
        zip_code: address.get(AddressField::ZipCode),
        country: address.get(AddressField::Country),
    })
}

impl Address {
    fn to_json(&self) -> Value {
        let mut start = 0;
        let [street, city, state, zip_code, country] = self.ends.map(usize::from).map(|end| {
            let text = &self.text[start..end];
            start = end;
            (!text.is_empty()).then_some(text)
        });
        json!({
            "street": street,
            "city": city,
            "state": state,
            "zipCode": zip_code,
            "country": country,
        })
    }
}

/// A text that is there already is not made again.
fn replace_text(value: &mut Arc<str>, new: Option<&str>) -> bool {
    let new = new.filter(|new| **value != **new);
    replace(value, new.map(Arc::from))
}

fn replace_optional(value: &mut Option<Arc<str>>, new: Option<&str>) -> bool {
    let new = new.filter(|new| value.as_deref() != Some(*new));
    replace(value, new.map(|text| Some(text.into())))
}

fn replace_address(value: &mut Option<Address>, new: Option<&SentAddress<'_>>) -> bool {
    replace(value, new.map(|address| Some(address.into())))
}

impl Row for NoRules {
    type Record = Record;
    type Merged = Record;
    type Refused = sonic_rs::Error;

    fn record(customer: &Customer) -> Record {
        Record {
            customer: customer.name().as_str().into(),
            email: customer.email().as_str().into(),
            main_phone: customer.main_phone().map(|phone| phone.as_str().into()),
            website: customer.website().map(|website| website.as_str().into()),
            status: customer.status().as_str().into(),
            billing_address: customer.billing_address().map(address),
            shipping_address: customer.shipping_address().map(address),
            updated_at: customer.updated_at(),
            version: customer.version().get(),
            rest: Arc::new(json!({
                "uuid": customer.id(),
                "contacts": customer.contacts(),
                "createdAt": customer.created_at(),
            })),
        }
    }

    fn apply(body: &[u8], record: Record, now: Timestamp) -> Result<Record, sonic_rs::Error> {
        let sent: Body<'_> = sonic_rs::from_slice(body)?;
        let mut merged = record;
        let mut changed = replace_text(&mut merged.customer, sent.customer);
        changed |= replace_text(&mut merged.email, sent.email);
        changed |= replace_optional(&mut merged.main_phone, sent.main_phone);
        changed |= replace_optional(&mut merged.website, sent.website);
        changed |= replace(&mut merged.status, sent.status.map(Status::from));
        changed |= replace_address(&mut merged.billing_address, sent.billing_address.as_ref());
        changed |= replace_address(&mut merged.shipping_address, sent.shipping_address.as_ref());
        if changed {
            merged.updated_at = now;
            merged.version += 1;
        }
        Ok(merged)
    }

    /// What a rule would have refused is not compared.
    fn outcome(result: &Result<Record, sonic_rs::Error>) -> Option<Outcome> {
        let record = result.as_ref().ok()?;
        let status = match record.status {
            Status::Active => "active",
            Status::Inactive => "inactive",
            Status::Other => return None,
        };
        let address = |address: &Option<Address>| address.as_ref().map(Address::to_json);
        Some(Outcome::Merged(json!({
            "uuid": record.rest["uuid"],
            "customer": &*record.customer,
            "email": &*record.email,
            "mainPhone": record.main_phone.as_deref(),
            "website": record.website.as_deref(),
            "status": status,
            "billingAddress": address(&record.billing_address),
            "shippingAddress": address(&record.shipping_address),
            "contacts": record.rest["contacts"],
            "createdAt": record.rest["createdAt"],
            "updatedAt": record.updated_at,
        })))
    }
}
