//! `garde`: serde, then a derived validation, then the merge.
//!
//! The rules are functions of our own, because its built-in ones take other
//! values: a blank name, an email address of one label, any scheme.

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
    #[serde(default, deserialize_with = "plain::sent")]
    #[garde(custom(required(|text| plain::name(text).map(drop))))]
    customer: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::sent")]
    #[garde(custom(required(|text| plain::email(text).map(drop))))]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::sent")]
    #[garde(custom(nullable(|text| plain::phone(text).map(drop))))]
    main_phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::sent")]
    #[garde(custom(nullable(|text| plain::website(text).map(drop))))]
    website: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::sent")]
    #[garde(custom(required(|text| plain::status(text).map(drop))))]
    status: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::sent")]
    #[garde(dive)]
    billing_address: Option<Option<AddressBody>>,
    #[serde(default, deserialize_with = "plain::sent")]
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

type Sent = Option<Option<String>>;

fn required(
    rule: impl FnOnce(&str) -> Result<(), Code>,
) -> impl FnOnce(&Sent, &()) -> garde::Result {
    move |sent, ()| match sent {
        None => Ok(()),
        Some(None) => refuse(Code::NullNotAllowed),
        Some(Some(text)) => rule(text).or_else(refuse),
    }
}

fn nullable(
    rule: impl FnOnce(&str) -> Result<(), Code>,
) -> impl FnOnce(&Sent, &()) -> garde::Result {
    move |sent, ()| match sent {
        None | Some(None) => Ok(()),
        Some(Some(text)) => rule(text).or_else(refuse),
    }
}

fn part(
    rule: impl FnOnce(&str) -> Result<(), Code>,
) -> impl FnOnce(&Option<String>, &()) -> garde::Result {
    move |sent, ()| match sent {
        None => Ok(()),
        Some(text) => rule(text).or_else(refuse),
    }
}

fn refuse(code: Code) -> garde::Result {
    Err(garde::Error::new(code.as_str()))
}

/// Why a body is refused.
pub(crate) enum Refused {
    /// It is not JSON of that form.
    Malformed(#[expect(dead_code, reason = "no case has it")] serde_json::Error),
    Invalid(garde::Report),
}

impl Row for Garde {
    type Record = Record;
    type Merged = Record;
    type Refused = Refused;

    fn record(customer: &Customer) -> Record {
        plain::record(customer)
    }

    fn apply(body: &[u8], record: Record, now: Timestamp) -> Result<Record, Refused> {
        let body: Body = serde_json::from_slice(body).map_err(Refused::Malformed)?;
        body.validate().map_err(Refused::Invalid)?;
        Ok(plain::merge(record, body.into(), now))
    }

    fn outcome(result: &Result<Record, Refused>) -> Option<Outcome> {
        match result {
            Ok(record) => plain::merged(record),
            Err(Refused::Invalid(report)) => {
                let mistakes = report
                    .iter()
                    .map(|(path, error)| (plain::wire_name(&path.to_string()), error.to_string()));
                Some(Outcome::Refused(mistakes.collect()))
            }
            Err(Refused::Malformed(_)) => None,
        }
    }
}

impl From<Body> for Changes {
    fn from(body: Body) -> Self {
        Self {
            customer: body.customer.flatten().and_then(plain::trimmed),
            email: body.email.flatten().and_then(plain::trimmed),
            main_phone: body.main_phone.map(|sent| sent.and_then(plain::trimmed)),
            website: body.website.map(|sent| sent.and_then(plain::trimmed)),
            status: body
                .status
                .flatten()
                .and_then(|text| plain::status(&text).ok()),
            billing_address: body.billing_address.map(|sent| sent.map(Address::from)),
            shipping_address: body.shipping_address.map(|sent| sent.map(Address::from)),
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
