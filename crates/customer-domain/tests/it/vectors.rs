//! The shared test vectors, one per line.

use std::collections::BTreeSet;

use customer_domain::{BodyError, Customer, CustomerPatch, ReadOptions, Timestamp, Version};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{at, team};

const CASES: &str = include_str!("../vectors/core.ndjson");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case<'a> {
    id: &'a str,
    #[serde(borrow)]
    customer: &'a RawValue,
    now: &'a str,
    // Raw, because reading it as a value would lose repeated keys.
    #[serde(borrow)]
    patch: Option<&'a RawValue>,
    patch_text: Option<String>,
    expect: Expect,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase", tag = "status")]
enum Expect {
    Success {
        data: Value,
        changed: BTreeSet<String>,
        warnings: BTreeSet<(String, String)>,
    },
    Error {
        code: String,
        #[serde(default)]
        errors: BTreeSet<(String, String)>,
    },
}

/// Timestamps are compared as instants.
fn with_instants(mut record: Value) -> Value {
    for field in ["createdAt", "updatedAt"] {
        let text = record[field].as_str().map(str::to_owned).unwrap();
        record[field] = at(&text).as_micros().into();
    }
    record
}

fn outcome(case: &Case<'_>) -> Expect {
    let customer =
        Customer::from_json(case.customer.get().as_bytes(), team(), Version::FIRST).unwrap();
    let body = case.patch_text.as_deref().or(case.patch.map(RawValue::get));
    let read = CustomerPatch::read_json(body.unwrap().as_bytes(), ReadOptions::new());
    match read {
        Ok(accepted) => {
            let applied = customer.apply(&accepted.value, Timestamp::parse(case.now).unwrap());
            Expect::Success {
                data: with_instants(serde_json::to_value(applied.customer()).unwrap()),
                changed: applied
                    .changed()
                    .names()
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
                warnings: accepted
                    .warnings
                    .iter()
                    .map(|w| (w.field().as_str().to_owned(), w.code().to_owned()))
                    .collect(),
            }
        }
        Err(BodyError::Malformed(_)) => Expect::Error {
            code: "MALFORMED_JSON".to_owned(),
            errors: BTreeSet::new(),
        },
        Err(BodyError::Invalid(violations)) => Expect::Error {
            code: "VALIDATION_FAILED".to_owned(),
            errors: violations
                .iter()
                .map(|v| (v.field().as_str().to_owned(), v.code().to_owned()))
                .collect(),
        },
    }
}

#[test]
fn every_vector_has_its_expected_outcome() {
    for line in CASES.lines() {
        let mut case: Case<'_> = serde_json::from_str(line).unwrap();
        if let Expect::Success { data, .. } = &mut case.expect {
            *data = with_instants(data.take());
        }
        assert_eq!(outcome(&case), case.expect, "{}", case.id);
    }
}
