//! The baseline for the cost of the rules: `sonic-rs` reads the body, and the values are
//! created and merged like those of the core, but no rule is checked.
//!
//! The difference between this row and the core through `sonic-rs` is the cost of the
//! rules, of distinguishing null from a missing field, of detecting repeated keys, and of
//! reporting what changed.

use std::sync::Arc;

use customer_domain::{AddressField, Customer, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, Row, replace};

/// Merges any values.
pub(crate) struct NoRules;

/// The body, as in the floor. A separate type, so that the compiled code of the floor does
/// not depend on it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'b> {
    customer: Option<&'b str>,
    email: Option<&'b str>,
    main_phone: Option<&'b str>,
    website: Option<&'b str>,
    status: Option<&'b str>,
    #[serde(borrow)]
    billing_address: Option<AddressBody<'b>>,
    #[serde(borrow)]
    shipping_address: Option<AddressBody<'b>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddressBody<'b> {
    street: Option<&'b str>,
    city: Option<&'b str>,
    state: Option<&'b str>,
    zip_code: Option<&'b str>,
    country: Option<&'b str>,
}

/// A record whose clone is as cheap as in the core: no string is copied.
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
    /// The members that no update changes.
    rest: Arc<Value>,
}

#[derive(Clone, Copy, PartialEq)]
enum Status {
    Active,
    Inactive,
    /// Any other string, because no rule is checked.
    Other,
}

/// The concatenated strings of the fields, and the end of each.
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

impl From<&AddressBody<'_>> for Address {
    fn from(input: &AddressBody<'_>) -> Self {
        let strings = [
            input.street,
            input.city,
            input.state,
            input.zip_code,
            input.country,
        ];
        let mut ends = [0; 5];
        let mut end = 0;
        for (slot, text) in ends.iter_mut().zip(strings) {
            end += text.map_or(0, str::len);
            *slot = u16::try_from(end).expect("a short address");
        }
        let mut text = String::with_capacity(end);
        strings
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
    Address::from(&AddressBody {
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

/// Allocates the new string only if it differs.
fn replace_string(value: &mut Arc<str>, new: Option<&str>) -> bool {
    let new = new.filter(|new| **value != **new);
    replace(value, new.map(Arc::from))
}

fn replace_optional(value: &mut Option<Arc<str>>, new: Option<&str>) -> bool {
    let new = new.filter(|new| value.as_deref() != Some(*new));
    replace(value, new.map(|text| Some(text.into())))
}

fn replace_address(value: &mut Option<Address>, new: Option<&AddressBody<'_>>) -> bool {
    replace(value, new.map(|address| Some(address.into())))
}

impl Row for NoRules {
    type Record = Record;
    type Merged = Record;
    type Rejected = sonic_rs::Error;

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
        let input: Body<'_> = sonic_rs::from_slice(body)?;
        let mut merged = record;
        let mut changed = replace_string(&mut merged.customer, input.customer);
        changed |= replace_string(&mut merged.email, input.email);
        changed |= replace_optional(&mut merged.main_phone, input.main_phone);
        changed |= replace_optional(&mut merged.website, input.website);
        changed |= replace(&mut merged.status, input.status.map(Status::from));
        changed |= replace_address(&mut merged.billing_address, input.billing_address.as_ref());
        changed |= replace_address(
            &mut merged.shipping_address,
            input.shipping_address.as_ref(),
        );
        if changed {
            merged.updated_at = now;
            merged.version += 1;
        }
        Ok(merged)
    }

    /// `None` for values that a rule would have rejected, so that they are not compared.
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
