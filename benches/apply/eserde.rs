//! `eserde`: validating value types; if there is an error, the body is read again to find
//! all of them.

use customer_domain::{Customer, Timestamp};
use serde::Deserialize;

use super::plain::{self, Address, Changes, Record};
use super::values::{Choice, Email, Name, Nullable, Part, Phone, Required, Street, Website};
use super::{Outcome, Row};

/// `eserde`, with validating value types.
pub(crate) struct Eserde;

#[derive(eserde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    #[eserde(compat)]
    #[serde(default)]
    customer: Required<Name>,
    #[eserde(compat)]
    #[serde(default)]
    email: Required<Email>,
    #[eserde(compat)]
    #[serde(default)]
    main_phone: Nullable<Phone>,
    #[eserde(compat)]
    #[serde(default)]
    website: Nullable<Website>,
    #[eserde(compat)]
    #[serde(default)]
    status: Required<Choice>,
    #[eserde(compat)]
    #[serde(default)]
    billing_address: Nullable<AddressBody>,
    #[eserde(compat)]
    #[serde(default)]
    shipping_address: Nullable<AddressBody>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddressBody {
    street: Option<Street>,
    city: Option<Part>,
    state: Option<Part>,
    zip_code: Option<Part>,
    country: Option<Part>,
}

impl Row for Eserde {
    type Record = Record;
    type Merged = Record;
    type Rejected = eserde::DeserializationErrors;

    fn record(customer: &Customer) -> Record {
        plain::record(customer)
    }

    fn apply(
        body: &[u8],
        record: Record,
        now: Timestamp,
    ) -> Result<Record, eserde::DeserializationErrors> {
        let body: Body = eserde::json::from_slice(body)?;
        Ok(plain::merge(record, body.into(), now))
    }

    /// An error is a string that begins with the code.
    fn outcome(result: &Result<Record, eserde::DeserializationErrors>) -> Option<Outcome> {
        match result {
            Ok(record) => plain::merged(record),
            Err(errors) => {
                let violations = errors.iter().map(|error| {
                    let path = error.path().map(ToString::to_string);
                    let code = error.message().split(' ').next();
                    (
                        path.unwrap_or_default(),
                        code.unwrap_or_default().to_owned(),
                    )
                });
                Some(Outcome::Rejected(violations.collect()))
            }
        }
    }
}

impl From<Body> for Changes {
    fn from(body: Body) -> Self {
        Self {
            customer: body.customer.0.map(|Name(name)| name),
            email: body.email.0.map(|Email(email)| email),
            main_phone: body
                .main_phone
                .0
                .map(|input| input.and_then(|Phone(phone)| phone)),
            website: body
                .website
                .0
                .map(|input| input.and_then(|Website(website)| website)),
            status: body.status.0.map(|Choice(status)| status),
            billing_address: body.billing_address.0.map(|input| input.map(Address::from)),
            shipping_address: body
                .shipping_address
                .0
                .map(|input| input.map(Address::from)),
        }
    }
}

impl From<AddressBody> for Address {
    fn from(body: AddressBody) -> Self {
        let part = |input: Option<Part>| input.and_then(|Part(part)| part);
        Self {
            street: body.street.and_then(|Street(street)| street),
            city: part(body.city),
            state: part(body.state),
            zip_code: part(body.zip_code),
            country: part(body.country),
        }
    }
}
