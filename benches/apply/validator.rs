//! `validator`: serde, then a derived validation, then the merge.
//!
//! The rules are custom functions, because the built-in ones accept other values: a blank
//! name, an email address with one label, any scheme.

use std::collections::BTreeSet;

use customer_domain::{Customer, Timestamp};
use serde::Deserialize;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use super::plain::{self, Address, Changes, Code, Record};
use super::{Outcome, Row};

/// `validator`, with custom rules.
pub(crate) struct Validator;

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    #[serde(default, deserialize_with = "plain::double_option")]
    #[validate(custom(function = "check_name"))]
    customer: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    #[validate(custom(function = "check_email"))]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    #[validate(custom(function = "check_phone"))]
    main_phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    #[validate(custom(function = "check_website"))]
    website: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    #[validate(custom(function = "check_status"))]
    status: Option<Option<String>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    #[validate(nested)]
    billing_address: Option<Option<AddressBody>>,
    #[serde(default, deserialize_with = "plain::double_option")]
    #[validate(nested)]
    shipping_address: Option<Option<AddressBody>>,
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddressBody {
    #[validate(custom(function = "check_street"))]
    street: Option<String>,
    #[validate(custom(function = "check_part"))]
    city: Option<String>,
    #[validate(custom(function = "check_part"))]
    state: Option<String>,
    #[validate(custom(function = "check_part"))]
    zip_code: Option<String>,
    #[validate(custom(function = "check_part"))]
    country: Option<String>,
}

fn check_name(text: &str) -> Result<(), ValidationError> {
    plain::name(text).map(drop).map_err(reject)
}

fn check_email(text: &str) -> Result<(), ValidationError> {
    plain::email(text).map(drop).map_err(reject)
}

fn check_phone(text: &str) -> Result<(), ValidationError> {
    plain::phone(text).map(drop).map_err(reject)
}

fn check_website(text: &str) -> Result<(), ValidationError> {
    plain::website(text).map(drop).map_err(reject)
}

fn check_status(text: &str) -> Result<(), ValidationError> {
    plain::status(text).map(drop).map_err(reject)
}

fn check_street(text: &str) -> Result<(), ValidationError> {
    plain::street(text).map(drop).map_err(reject)
}

fn check_part(text: &str) -> Result<(), ValidationError> {
    plain::part(text).map(drop).map_err(reject)
}

fn reject(code: Code) -> ValidationError {
    ValidationError::new(code.as_str())
}

/// The error for an invalid body.
pub(crate) enum Rejected {
    /// Not JSON, or JSON of another form.
    Malformed(#[expect(dead_code, reason = "no case produces it")] serde_json::Error),
    Invalid(ValidationErrors),
}

impl Row for Validator {
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
            Err(Rejected::Invalid(errors)) => {
                let mut violations = BTreeSet::new();
                collect(errors, "", &mut violations);
                Some(Outcome::Rejected(violations))
            }
            Err(Rejected::Malformed(_)) => None,
        }
    }
}

fn collect(errors: &ValidationErrors, parent: &str, violations: &mut BTreeSet<(String, String)>) {
    for (name, kind) in errors.errors() {
        let path = format!("{parent}{}", plain::wire_name(name));
        match kind {
            ValidationErrorsKind::Field(errors) => {
                violations.extend(errors.iter().map(|e| (path.clone(), e.code.to_string())));
            }
            ValidationErrorsKind::Struct(errors) => {
                collect(errors, &format!("{path}."), violations);
            }
            ValidationErrorsKind::List(_) => {}
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
