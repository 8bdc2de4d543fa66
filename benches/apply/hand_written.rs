//! What a careful engineer would write by hand: serde with a double option, each field
//! checked with existing crates, all violations collected, the record cloned and merged.

use customer_domain::{Customer, Timestamp};
use serde::Deserialize;

use super::plain::{self, Address, Changes, Code, Record, Violation};
use super::{Outcome, Row};

/// serde, `email_address`, `url` and clones.
pub(crate) struct HandWritten;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    #[serde(default, deserialize_with = "plain::double_option")]
    customer: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    main_phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    website: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    status: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    billing_address: Option<Option<AddressBody>>,
    #[serde(default, deserialize_with = "plain::double_option")]
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

/// The error for an invalid body.
pub(crate) enum Rejected {
    /// Not JSON, or JSON of another form.
    Malformed(#[expect(dead_code, reason = "no case produces it")] serde_json::Error),
    Invalid(Vec<Violation>),
}

impl Row for HandWritten {
    type Record = Record;
    type Merged = Record;
    type Rejected = Rejected;

    fn record(customer: &Customer) -> Record {
        plain::record(customer)
    }

    fn apply(body: &[u8], record: Record, now: Timestamp) -> Result<Record, Rejected> {
        let body: Body = serde_json::from_slice(body).map_err(Rejected::Malformed)?;
        let changes = validate(body).map_err(Rejected::Invalid)?;
        Ok(plain::merge(record, changes, now))
    }

    fn outcome(result: &Result<Record, Rejected>) -> Option<Outcome> {
        match result {
            Ok(record) => plain::merged(record),
            Err(Rejected::Invalid(violations)) => Some(plain::rejected(violations)),
            Err(Rejected::Malformed(_)) => None,
        }
    }
}

fn validate(body: Body) -> Result<Changes, Vec<Violation>> {
    let mut violations = Violations::default();
    let changes = Changes {
        customer: violations.required("customer", body.customer, |text| {
            plain::keep(text, plain::name)
        }),
        email: violations.required("email", body.email, |text| plain::keep(text, plain::email)),
        main_phone: violations.nullable("mainPhone", body.main_phone, plain::phone),
        website: violations.nullable("website", body.website, plain::website),
        status: violations.required("status", body.status, |text| plain::status(&text)),
        billing_address: violations.address(&BILLING, body.billing_address),
        shipping_address: violations.address(&SHIPPING, body.shipping_address),
    };
    if violations.0.is_empty() {
        Ok(changes)
    } else {
        Err(violations.0)
    }
}

#[derive(Default)]
struct Violations(Vec<Violation>);

/// The paths of an address and of its fields.
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

impl Violations {
    fn note<T>(&mut self, field: &'static str, result: Result<T, Code>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(code) => {
                self.0.push(Violation { field, code });
                None
            }
        }
    }

    fn required<T>(
        &mut self,
        field: &'static str,
        input: Option<Option<String>>,
        rule: impl FnOnce(String) -> Result<T, Code>,
    ) -> Option<T> {
        let value = input?.ok_or(Code::NullNotAllowed).and_then(rule);
        self.note(field, value)
    }

    fn nullable(
        &mut self,
        field: &'static str,
        input: Option<Option<String>>,
        rule: fn(&str) -> Result<Option<&str>, Code>,
    ) -> Option<Option<String>> {
        match input? {
            Some(text) => self.note(field, plain::keep_optional(text, rule)),
            None => Some(None),
        }
    }

    fn part(
        &mut self,
        field: &'static str,
        input: Option<String>,
        rule: fn(&str) -> Result<Option<&str>, Code>,
    ) -> Option<String> {
        self.note(field, plain::keep_optional(input?, rule))
            .flatten()
    }

    fn address(
        &mut self,
        paths: &'static Paths,
        input: Option<Option<AddressBody>>,
    ) -> Option<Option<Address>> {
        let Some(body) = input? else {
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
