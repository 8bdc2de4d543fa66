//! `garde`: serde, then a derived validation, then the merge.
//!
//! The rules are custom functions, because the built-in ones accept other values: a blank
//! name, an email address with one label, any scheme.

use customer_domain::{Customer, Timestamp};
use garde::Validate;
use serde::Deserialize;

use super::plain::{self, Address, Changes, Code, Record};
use super::{Outcome, Row};

/// `garde`, with custom rules.
pub(crate) struct Garde;

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    #[serde(default, deserialize_with = "plain::double_option")]
    #[garde(custom(required(|text| plain::name(text).map(drop))))]
    customer: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    #[garde(custom(required(|text| plain::email(text).map(drop))))]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    #[garde(custom(nullable(|text| plain::phone(text).map(drop))))]
    main_phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    #[garde(custom(nullable(|text| plain::website(text).map(drop))))]
    website: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    #[garde(custom(required(|text| plain::status(text).map(drop))))]
    status: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    #[garde(dive)]
    billing_address: Option<Option<AddressBody>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    #[garde(dive)]
    shipping_address: Option<Option<AddressBody>>,
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddressBody {
    #[garde(custom(part(|text| plain::street(text).map(drop))))]
    street: Option<String>,
    #[garde(custom(part(|text| plain::part(text).map(drop))))]
    city: Option<String>,
    #[garde(custom(part(|text| plain::part(text).map(drop))))]
    state: Option<String>,
    #[garde(custom(part(|text| plain::part(text).map(drop))))]
    zip_code: Option<String>,
    #[garde(custom(part(|text| plain::part(text).map(drop))))]
    country: Option<String>,
}

type Member = Option<Option<String>>;

fn required(
    rule: impl FnOnce(&str) -> Result<(), Code>,
) -> impl FnOnce(&Member, &()) -> garde::Result {
    move |input, ()| match input {
        None => Ok(()),
        Some(None) => reject(Code::NullNotAllowed),
        Some(Some(text)) => rule(text).or_else(reject),
    }
}

fn nullable(
    rule: impl FnOnce(&str) -> Result<(), Code>,
) -> impl FnOnce(&Member, &()) -> garde::Result {
    move |input, ()| match input {
        None | Some(None) => Ok(()),
        Some(Some(text)) => rule(text).or_else(reject),
    }
}

fn part(
    rule: impl FnOnce(&str) -> Result<(), Code>,
) -> impl FnOnce(&Option<String>, &()) -> garde::Result {
    move |input, ()| match input {
        None => Ok(()),
        Some(text) => rule(text).or_else(reject),
    }
}

fn reject(code: Code) -> garde::Result {
    Err(garde::Error::new(code.as_str()))
}

/// The error for an invalid body.
pub(crate) enum Rejected {
    /// Not JSON, or JSON of another form.
    Malformed(#[expect(dead_code, reason = "no case produces it")] serde_json::Error),
    Invalid(garde::Report),
}

impl Row for Garde {
    type Record = Record;
    type Merged = Record;
    type Rejected = Rejected;

    fn record(customer: &Customer) -> Record {
        plain::record(customer)
    }

    fn apply(body: &[u8], record: Record, now: Timestamp) -> Result<Record, Rejected> {
        let body: Body = serde_json::from_slice(body).map_err(Rejected::Malformed)?;
        body.validate().map_err(Rejected::Invalid)?;
        Ok(plain::merge(record, body.into(), now))
    }

    fn outcome(result: &Result<Record, Rejected>) -> Option<Outcome> {
        match result {
            Ok(record) => plain::merged(record),
            Err(Rejected::Invalid(report)) => {
                let violations = report
                    .iter()
                    .map(|(path, error)| (plain::wire_name(&path.to_string()), error.to_string()));
                Some(Outcome::Rejected(violations.collect()))
            }
            Err(Rejected::Malformed(_)) => None,
        }
    }
}

impl From<Body> for Changes {
    fn from(body: Body) -> Self {
        Self {
            customer: body.customer.flatten().and_then(plain::trimmed),
            email: body.email.flatten().and_then(plain::trimmed),
            main_phone: body.main_phone.map(|input| input.and_then(plain::trimmed)),
            website: body.website.map(|input| input.and_then(plain::trimmed)),
            status: body
                .status
                .flatten()
                .and_then(|text| plain::status(&text).ok()),
            billing_address: body.billing_address.map(|input| input.map(Address::from)),
            shipping_address: body.shipping_address.map(|input| input.map(Address::from)),
        }
    }
}

impl From<AddressBody> for Address {
    fn from(body: AddressBody) -> Self {
        Self {
            street: body.street.and_then(plain::trimmed),
            city: body.city.and_then(plain::trimmed),
            state: body.state.and_then(plain::trimmed),
            zip_code: body.zip_code.and_then(plain::trimmed),
            country: body.country.and_then(plain::trimmed),
        }
    }
}
