//! This project: the core.

use customer_domain::{
    Accepted, Applied, BodyError, Customer, CustomerPatch, ReadOptions, Timestamp, Violations,
};

use super::cases::{Case, now};
use super::{Outcome, Row};

/// Reads a body and merges it into a record.
pub(crate) struct Ours;

impl Row for Ours {
    type Record = Customer;
    type Merged = Accepted<Applied>;
    type Rejected = BodyError;

    fn record(customer: &Customer) -> Customer {
        customer.clone()
    }

    fn apply(
        body: &[u8],
        record: Customer,
        now: Timestamp,
    ) -> Result<Accepted<Applied>, BodyError> {
        let accepted = CustomerPatch::read_json(body, ReadOptions::new())?;
        Ok(Accepted {
            value: record.apply(&accepted.value, now),
            warnings: accepted.warnings,
        })
    }

    fn outcome(result: &Result<Accepted<Applied>, BodyError>) -> Option<Outcome> {
        match result {
            Ok(accepted) => merged(&accepted.value),
            Err(BodyError::Invalid(violations)) => Some(rejected(violations)),
            Err(BodyError::Malformed(_)) => None,
        }
    }
}

/// The outcome that every row must have for a case.
///
/// # Panics
///
/// If the body of the case is not JSON.
pub(crate) fn expected(case: Case) -> Outcome {
    let result = Ours::apply(case.body(), case.record(), now());
    Ours::outcome(&result).expect("the bodies of all cases are JSON")
}

pub(crate) fn merged(applied: &Applied) -> Option<Outcome> {
    let record = serde_json::to_value(applied.customer()).ok()?;
    Some(Outcome::Merged(record))
}

fn rejected(violations: &Violations) -> Outcome {
    let field_and_code = violations
        .iter()
        .map(|violation| (violation.field().to_string(), violation.code().to_owned()));
    Outcome::Rejected(field_and_code.collect())
}
