//! Holds the core against the [`model`].

use std::collections::BTreeSet;
use std::fmt;

use customer_domain::{
    BodyError, Customer, CustomerId, CustomerPatch, NewCustomer, ReadOptions, TeamId, Timestamp,
    UnknownFields, Version, Violations, Warning,
};
use serde_json::Value;
use uuid::Uuid;

use crate::model::{self, Verdict};

/// What came of a body, in a form that both sides have. Timestamps are instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was accepted.
    Accepted {
        /// The record that came of it.
        data: Value,
        /// The wire names of the fields that changed.
        changed: BTreeSet<String>,
        /// Field and code of each warning, in the order of the body.
        warnings: Vec<(String, String)>,
    },
    /// It is not JSON.
    Malformed,
    /// It breaks rules.
    Invalid {
        /// Field and code of each violation, in the order of the body (P11).
        errors: Vec<(String, String)>,
        /// How many more there are.
        omitted: usize,
    },
}

/// The core and the model do not agree on a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// What the core says.
    pub core: Outcome,
    /// What the model says.
    pub model: Outcome,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the core: {:?}\nthe model: {:?}", self.core, self.model)
    }
}

impl std::error::Error for Disagreement {}

/// Compares both implementations on a body as an update of a record.
///
/// # Errors
///
/// [`Disagreement`]
pub fn update(
    record: &Customer,
    body: &[u8],
    now: Timestamp,
    unknown_fields: UnknownFields,
) -> Result<(), Box<Disagreement>> {
    let options = ReadOptions::new().with_unknown_fields(unknown_fields);
    let verdict = model::update(
        &json(record),
        &now.to_string(),
        body,
        of_model(unknown_fields),
    );
    let read = CustomerPatch::read_json(body, options).map(|accepted| {
        let applied = record.clone().apply(&accepted.value, now);
        let changed = applied.changed().names();
        accepted_outcome(applied.customer(), &changed, &accepted.warnings)
    });
    agree(read, &verdict)
}

/// Tries a body as the creation of a customer.
///
/// # Errors
///
/// [`Disagreement`]
pub fn create(
    body: &[u8],
    now: Timestamp,
    unknown_fields: UnknownFields,
) -> Result<(), Box<Disagreement>> {
    let options = ReadOptions::new().with_unknown_fields(unknown_fields);
    let (id, team) = (CustomerId::from(Uuid::nil()), TeamId::from(Uuid::nil()));
    let read = NewCustomer::read_json(body, options).map(|accepted| {
        let customer = accepted.value.into_customer(id, team, now);
        accepted_outcome(&customer, &[], &accepted.warnings)
    });
    let verdict = model::create(
        &id.to_string(),
        &now.to_string(),
        body,
        of_model(unknown_fields),
    );
    agree(read, &verdict)
}

/// The record the bodies of a differential test are applied to: a value in every
/// field but the shipping address.
///
/// # Panics
///
/// When the core cannot read it, which is a failure of what is tested.
#[must_use]
pub fn sample_record() -> Customer {
    const RECORD: &str = r#"{
        "uuid": "67e55044-10b1-426f-9247-bb680e5fe0c8", "customer": "Acme Corporation",
        "email": "billing@acme.example", "mainPhone": "+14155550100",
        "website": "https://acme.example", "status": "active",
        "billingAddress": {"street": "123 Main St", "city": "San Francisco", "state": "CA",
            "zipCode": "94105", "country": "USA"},
        "contacts": [{"name": "Ann Lee", "email": "ann@acme.example", "isPrimary": true}],
        "createdAt": "2026-01-05T10:00:00Z", "updatedAt": "2026-02-01T08:30:00Z"
    }"#;
    match Customer::from_json(RECORD.as_bytes(), TeamId::from(Uuid::nil()), Version::FIRST) {
        Ok(record) => record,
        Err(error) => panic!("the sample is no record: {error}"),
    }
}

fn agree(read: Result<Outcome, BodyError>, verdict: &Verdict) -> Result<(), Box<Disagreement>> {
    let core = read.unwrap_or_else(|error| match error {
        BodyError::Malformed(_) => Outcome::Malformed,
        BodyError::Invalid(violations) => invalid_outcome(&violations),
    });
    let model = model_outcome(verdict);
    if core == model {
        Ok(())
    } else {
        Err(Box::new(Disagreement { core, model }))
    }
}

fn accepted_outcome(customer: &Customer, changed: &[&str], warnings: &[Warning]) -> Outcome {
    Outcome::Accepted {
        data: with_instants(json(customer)),
        changed: changed.iter().map(|name| (*name).to_owned()).collect(),
        warnings: warnings
            .iter()
            .map(|a| (a.field().as_str().to_owned(), a.code().to_owned()))
            .collect(),
    }
}

fn invalid_outcome(violations: &Violations) -> Outcome {
    Outcome::Invalid {
        errors: violations
            .iter()
            .map(|v| (v.field().as_str().to_owned(), v.code().to_owned()))
            .collect(),
        omitted: violations.omitted(),
    }
}

fn model_outcome(verdict: &Verdict) -> Outcome {
    match verdict {
        Verdict::Accepted {
            data,
            changed,
            warnings,
        } => Outcome::Accepted {
            data: with_instants(data.clone()),
            changed: changed.iter().cloned().collect(),
            warnings: warnings.clone(),
        },
        Verdict::Refused { code, .. } if code == "MALFORMED_JSON" => Outcome::Malformed,
        Verdict::Refused {
            errors, omitted, ..
        } => Outcome::Invalid {
            errors: errors.clone(),
            omitted: *omitted,
        },
    }
}

const fn of_model(unknown_fields: UnknownFields) -> model::UnknownFields {
    match unknown_fields {
        UnknownFields::Reject => model::UnknownFields::Reject,
        UnknownFields::Ignore => model::UnknownFields::Ignore,
    }
}

fn json(customer: &Customer) -> Value {
    match serde_json::to_value(customer) {
        Ok(json) => json,
        Err(error) => panic!("a record cannot be written: {error}"),
    }
}

fn with_instants(mut record: Value) -> Value {
    for field in ["createdAt", "updatedAt"] {
        if let Some(text) = record.get(field).and_then(Value::as_str)
            && let Ok(instant) = Timestamp::parse(text)
        {
            record[field] = instant.as_micros().into();
        }
    }
    record
}
