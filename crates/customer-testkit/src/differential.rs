//! Compares the core with the [`model`].

use std::collections::BTreeSet;
use std::fmt;

use arbitrary::Unstructured;
use customer_domain::{
    Accepted, BodyError, BulkUpdate, Customer, CustomerId, CustomerPatch, NewCustomer, ReadOptions,
    RowUpdate, TeamId, Timestamp, UnknownFields, Version, Violations, Warning,
};
use serde_json::Value;
use uuid::Uuid;

use crate::generate;
use crate::model::json::Document;
use crate::model::{self, Verdict};
use crate::random::Random;

/// The bytes that a numbered body is generated from.
const BYTES: usize = 1_024;

/// The outcome of a body, in a form that both implementations have. Timestamps are
/// instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The body is valid.
    Accepted {
        /// The resulting record.
        data: Value,
        /// The JSON names of the fields that changed.
        changed: BTreeSet<String>,
        /// Field and code of each warning, in the order of the body.
        warnings: Vec<(String, String)>,
    },
    /// The body is not JSON.
    Malformed,
    /// The body is invalid.
    Invalid {
        /// Field and code of each violation, in the order of the body (P11).
        errors: Vec<(String, String)>,
        /// The number of violations that are not reported.
        omitted: usize,
    },
}

/// The core and the model disagree on a body, or on the rows of a bulk request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The body.
    pub body: Vec<u8>,
    /// The outcomes of the core: one, or one per row.
    pub core: Vec<Outcome>,
    /// The outcomes of the model.
    pub model: Vec<Outcome>,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        let Self { core, model, .. } = self;
        write!(f, "{body}\ncore: {core:?}\nmodel: {model:?}")
    }
}

impl std::error::Error for Disagreement {}

/// Compares both implementations on a generated body: an update, a create, or the rows
/// of a bulk update.
///
/// # Errors
///
/// Errors of the source of bytes; running out of bytes is not an error.
pub fn generated(u: &mut Unstructured<'_>) -> arbitrary::Result<Result<(), Box<Disagreement>>> {
    let unknown_fields = *u.choose(&[UnknownFields::Reject, UnknownFields::Ignore])?;
    let record = sample_record();
    // Close to the last change of the sample (M3).
    let micros = record.updated_at().as_micros() + u.int_in_range(-2..=2)?;
    let now = Timestamp::from_micros(micros).unwrap_or(Timestamp::MIN);
    Ok(match u.int_in_range(0..=3)? {
        0 | 1 => update(&record, &generate::body(u)?, now, unknown_fields),
        2 => create(&generate::body(u)?, now, unknown_fields),
        _ => {
            let count = u.int_in_range(1..=3)?;
            let bodies = (0..count)
                .map(|_| generate::row(u))
                .collect::<Result<Vec<_>, _>>()?;
            rows(&record, &bodies, now, unknown_fields)
        }
    })
}

/// Compares both implementations on the generated body with that number. A number gives
/// the same body on every machine.
///
/// # Errors
///
/// [`Disagreement`]
pub fn numbered(number: u64) -> Result<(), Box<Disagreement>> {
    let mut random = Random::new(number, 0);
    let bytes: Vec<u8> = (0..BYTES / 8)
        .flat_map(|_| random.next().to_le_bytes())
        .collect();
    // `Unstructured` over random bytes fails only for an empty choice, and none is empty.
    generated(&mut Unstructured::new(&bytes)).unwrap_or(Ok(()))
}

/// Compares both implementations on a body as an update of the sample record.
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
    let core = CustomerPatch::read_json(body, options).map_or_else(
        |error| error_outcome(&error),
        |accepted| applied_outcome(record.clone(), &accepted.value, now, &accepted.warnings),
    );
    let unknown = of_model(unknown_fields);
    let verdict = model::update(&json(record), &now.to_string(), body, unknown);
    agree(body, vec![core], vec![model_outcome(&verdict)])
}

/// Compares both implementations on a body as a create.
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
    let core = NewCustomer::read_json(body, options).map_or_else(
        |error| error_outcome(&error),
        |accepted| {
            let customer = accepted.value.into_customer(id, team, now);
            accepted_outcome(&customer, &[], &accepted.warnings)
        },
    );
    let unknown = of_model(unknown_fields);
    let verdict = model::create(&id.to_string(), &now.to_string(), body, unknown);
    agree(body, vec![core], vec![model_outcome(&verdict)])
}

/// Compares both implementations on bodies as the rows of one bulk update (B1).
///
/// # Errors
///
/// [`Disagreement`]
pub fn rows(
    record: &Customer,
    bodies: &[Vec<u8>],
    now: Timestamp,
    unknown_fields: UnknownFields,
) -> Result<(), Box<Disagreement>> {
    let body = [br#"{"customers":["#, &*bodies.join(&b","[..]), b"]}"].concat();
    let is_json = |body: &Vec<u8>| Document::read(body).is_some();
    let model = if bodies.iter().all(is_json) {
        let (record, now, unknown) = (json(record), now.to_string(), of_model(unknown_fields));
        let verdict = |body: &Vec<u8>| model_outcome(&model::row(&record, &now, body, unknown));
        limited(bodies.iter().map(verdict).collect())
    } else if is_json(&body) {
        // For example `1,2`: two rows, but not JSON by itself.
        return Ok(());
    } else {
        vec![Outcome::Malformed]
    };
    let options = ReadOptions::new().with_unknown_fields(unknown_fields);
    let core = match BulkUpdate::read_json(&body, options) {
        Ok(bulk) => bulk
            .value
            .into_rows()
            .into_iter()
            .map(|row| {
                let of_customer = |Accepted { value, warnings }: Accepted<RowUpdate>| {
                    let mut named = record.record().clone();
                    named.id = value.id;
                    let named = named.into_customer(record.team(), record.version());
                    applied_outcome(named, &value.patch, now, &warnings)
                };
                row.map_or_else(|violations| invalid_outcome(&violations), of_customer)
            })
            .collect(),
        Err(error) => vec![error_outcome(&error)],
    };
    agree(&body, core, model)
}

/// B3: the response reports the first violation of each row, then the earliest remaining
/// ones, 100 in total, and at most 100 warnings.
fn limited(mut rows: Vec<Outcome>) -> Vec<Outcome> {
    let is_invalid = |row: &&Outcome| matches!(row, Outcome::Invalid { .. });
    let mut further = 100 - rows.iter().filter(is_invalid).count();
    let mut further_warnings = 100;
    for row in &mut rows {
        match row {
            Outcome::Accepted { warnings, .. } => {
                warnings.truncate(further_warnings);
                further_warnings -= warnings.len();
            }
            Outcome::Malformed => {}
            Outcome::Invalid { errors, omitted } => {
                let kept = errors.len().min(further + 1);
                *omitted += errors.len() - kept;
                errors.truncate(kept);
                further -= kept - 1;
            }
        }
    }
    rows
}

/// The record that the bodies of a differential test are applied to. Every field has a
/// value, except the shipping address.
///
/// # Panics
///
/// If the core cannot read it, which is a bug in the core.
#[must_use]
pub fn sample_record() -> Customer {
    const RECORD: &str = r#"{
        "uuid": "67e55044-10b1-426f-9247-bb680e5fe0c8", "customer": "Acme",
        "email": "billing@acme.example", "mainPhone": "(415) 555-0100",
        "website": "https://acme.example", "status": "active",
        "billingAddress": {"street": "123 Main St", "city": "San Francisco", "state": "CA",
            "zipCode": "94105", "country": "USA"},
        "contacts": [{"name": "Ann Lee", "email": "ann@acme.example", "isPrimary": true}],
        "createdAt": "2026-01-05T10:00:00Z", "updatedAt": "2026-02-01T08:30:00Z"
    }"#;
    match Customer::from_json(RECORD.as_bytes(), TeamId::from(Uuid::nil()), Version::FIRST) {
        Ok(record) => record,
        Err(error) => panic!("the sample is not a valid record: {error}"),
    }
}

fn agree(body: &[u8], core: Vec<Outcome>, model: Vec<Outcome>) -> Result<(), Box<Disagreement>> {
    if core == model {
        Ok(())
    } else {
        let body = body.to_vec();
        Err(Box::new(Disagreement { body, core, model }))
    }
}

fn error_outcome(error: &BodyError) -> Outcome {
    match error {
        BodyError::Malformed(_) => Outcome::Malformed,
        BodyError::Invalid(violations) => invalid_outcome(violations),
    }
}

fn applied_outcome(
    record: Customer,
    patch: &CustomerPatch,
    now: Timestamp,
    warnings: &[Warning],
) -> Outcome {
    let applied = record.apply(patch, now);
    accepted_outcome(applied.customer(), &applied.changed().names(), warnings)
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
        Verdict::Rejected { code, .. } if code == "MALFORMED_JSON" => Outcome::Malformed,
        Verdict::Rejected {
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
        Err(error) => panic!("a record cannot be serialized: {error}"),
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

#[cfg(test)]
mod tests {
    use customer_domain::Field;

    use super::*;
    use crate::conformance::samples::{full_customer, team};

    /// The record with one field replaced by its value in another record.
    fn with_value_of(record: &Customer, other: &Customer, field: Field) -> Customer {
        let (mut record, name) = (json(record), field.as_str());
        record[name] = json(other)[name].clone();
        let team = TeamId::from(Uuid::nil());
        Customer::from_json(record.to_string().as_bytes(), team, Version::FIRST).unwrap()
    }

    #[test]
    fn every_field_of_the_record_is_compared() {
        let (record, other) = (sample_record(), full_customer(team(), "a@acme.example"));
        for field in Field::ALL.iter().filter(|field| field.is_in_record()) {
            let changed = with_value_of(&record, &other, *field);
            assert_ne!(changed, record, "{field} is not compared by Customer");
            let outcome = |customer| accepted_outcome(customer, &[], &[]);
            assert_ne!(
                outcome(&changed),
                outcome(&record),
                "{field} is not compared"
            );
        }
    }
}
