//! What a careful engineer writes by hand: serde with a double option, each
//! field checked with the crates there are, all mistakes collected, the record
//! cloned and merged.

use customer_domain::{Customer, Timestamp};
use serde::Deserialize;

use super::plain::{self, Address, Changes, Code, Mistake, Record};
use super::{Outcome, Row};

/// serde, `email_address`, `url` and clones.
pub(crate) struct HandWritten;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    #[serde(default, deserialize_with = "plain::sent")]
    customer: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::sent")]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::sent")]
    main_phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::sent")]
    website: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::sent")]
    status: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::sent")]
    billing_address: Option<Option<AddressBody>>,
    #[serde(default, deserialize_with = "plain::sent")]
    shipping_address: Option<Option<AddressBody>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddressBody {
    street: Option<String>,
    city: Option<String>,
    state: Option<String>,
    zip_code: Option<String>,
    country: Option<String>,
}

/// Why a body is refused.
pub(crate) enum Refused {
    /// It is not JSON of that form.
    Malformed(#[expect(dead_code, reason = "no case has it")] serde_json::Error),
    Invalid(Vec<Mistake>),
}

impl Row for HandWritten {
    type Record = Record;
    type Merged = Record;
    type Refused = Refused;

    fn record(customer: &Customer) -> Record {
        plain::record(customer)
    }

    fn apply(body: &[u8], record: Record, now: Timestamp) -> Result<Record, Refused> {
        let body: Body = serde_json::from_slice(body).map_err(Refused::Malformed)?;
        let changes = validate(body).map_err(Refused::Invalid)?;
        Ok(plain::merge(record, changes, now))
    }

    fn outcome(result: &Result<Record, Refused>) -> Option<Outcome> {
        match result {
            Ok(record) => plain::merged(record),
            Err(Refused::Invalid(mistakes)) => Some(plain::refused(mistakes)),
            Err(Refused::Malformed(_)) => None,
        }
    }
}

fn validate(body: Body) -> Result<Changes, Vec<Mistake>> {
    let mut mistakes = Mistakes::default();
    let changes = Changes {
        customer: mistakes.required("customer", body.customer, |text| {
            plain::keep(text, plain::name)
        }),
        email: mistakes.required("email", body.email, |text| plain::keep(text, plain::email)),
        main_phone: mistakes.nullable("mainPhone", body.main_phone, plain::phone),
        website: mistakes.nullable("website", body.website, plain::website),
        status: mistakes.required("status", body.status, |text| plain::status(&text)),
        billing_address: mistakes.address(&BILLING, body.billing_address),
        shipping_address: mistakes.address(&SHIPPING, body.shipping_address),
    };
    if mistakes.0.is_empty() {
        Ok(changes)
    } else {
        Err(mistakes.0)
    }
}

#[derive(Default)]
struct Mistakes(Vec<Mistake>);

/// The paths of an address: its own, and those of its parts.
struct Paths {
    address: &'static str,
    street: &'static str,
    city: &'static str,
    state: &'static str,
    zip_code: &'static str,
    country: &'static str,
}

const BILLING: Paths = Paths {
    address: "billingAddress",
    street: "billingAddress.street",
    city: "billingAddress.city",
    state: "billingAddress.state",
    zip_code: "billingAddress.zipCode",
    country: "billingAddress.country",
};

const SHIPPING: Paths = Paths {
    address: "shippingAddress",
    street: "shippingAddress.street",
    city: "shippingAddress.city",
    state: "shippingAddress.state",
    zip_code: "shippingAddress.zipCode",
    country: "shippingAddress.country",
};

impl Mistakes {
    fn note<T>(&mut self, field: &'static str, result: Result<T, Code>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(code) => {
                self.0.push(Mistake { field, code });
                None
            }
        }
    }

    fn required<T>(
        &mut self,
        field: &'static str,
        sent: Option<Option<String>>,
        rule: impl FnOnce(String) -> Result<T, Code>,
    ) -> Option<T> {
        let value = sent?.ok_or(Code::NullNotAllowed).and_then(rule);
        self.note(field, value)
    }

    fn nullable(
        &mut self,
        field: &'static str,
        sent: Option<Option<String>>,
        rule: fn(&str) -> Result<Option<&str>, Code>,
    ) -> Option<Option<String>> {
        match sent? {
            Some(text) => self.note(field, plain::keep_optional(text, rule)),
            None => Some(None),
        }
    }

    fn part(
        &mut self,
        field: &'static str,
        sent: Option<String>,
        rule: fn(&str) -> Result<Option<&str>, Code>,
    ) -> Option<String> {
        self.note(field, plain::keep_optional(sent?, rule))
            .flatten()
    }

    fn address(
        &mut self,
        paths: &'static Paths,
        sent: Option<Option<AddressBody>>,
    ) -> Option<Option<Address>> {
        let Some(body) = sent? else {
            return Some(None);
        };
        let before = self.0.len();
        let address = Address {
            street: self.part(paths.street, body.street, plain::street),
            city: self.part(paths.city, body.city, plain::part),
            state: self.part(paths.state, body.state, plain::part),
            zip_code: self.part(paths.zip_code, body.zip_code, plain::part),
            country: self.part(paths.country, body.country, plain::part),
        };
        if address == Address::default() && self.0.len() == before {
            return self.note(paths.address, Err(Code::EmptyAddress));
        }
        Some(Some(address))
    }
}
