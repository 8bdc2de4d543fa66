//! Tests the model against the published vectors and rule by rule.

mod create;
mod json;
mod merge;
mod patch;
mod value;
mod vectors;

use customer_testkit::model::{UnknownFields, Verdict, update};
use serde_json::{Value, json};

const NOW: &str = "2026-11-23T12:00:00Z";

/// A valid record with every value present.
fn record() -> Value {
    json!({
        "uuid": "67e55044-10b1-426f-9247-bb680e5fe0c8",
        "customer": "Acme Corporation",
        "email": "billing@acme.example",
        "mainPhone": "+14155550100",
        "website": "https://acme.example",
        "status": "active",
        "billingAddress": {
            "street": "123 Main St", "city": "San Francisco", "state": "CA", "zipCode": "94105",
            "country": "USA"
        },
        "shippingAddress": null,
        "contacts": [
            {"name": "Ann Lee", "email": "ann@acme.example", "phone": null, "isPrimary": true}
        ],
        "createdAt": "2026-01-05T10:00:00Z",
        "updatedAt": "2026-02-01T08:30:00Z"
    })
}

/// [field, code] pairs as in a verdict.
fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|&(field, code)| (field.to_owned(), code.to_owned()))
        .collect()
}

fn rejected(errors: &[(&str, &str)]) -> Verdict {
    Verdict::Rejected {
        code: "VALIDATION_FAILED".to_owned(),
        errors: pairs(errors),
        omitted: 0,
    }
}

fn malformed() -> Verdict {
    Verdict::Rejected {
        code: "MALFORMED_JSON".to_owned(),
        errors: Vec::new(),
        omitted: 0,
    }
}

/// An update of the record above that rejects unknown fields.
fn patch(body: &str) -> Verdict {
    update(&record(), NOW, body.as_bytes(), UnknownFields::Reject)
}

/// Data, changed fields and warnings of a verdict that must be accepted.
fn accepted(verdict: Verdict) -> (Value, Vec<String>, Vec<(String, String)>) {
    match verdict {
        Verdict::Accepted {
            data,
            changed,
            warnings,
        } => (data, changed, warnings),
        Verdict::Rejected { .. } => panic!("not accepted: {verdict:?}"),
    }
}

#[test]
fn the_model_does_not_depend_on_the_core() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/model");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let source = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!source.contains("customer_domain"));
        let outside = |line: &&str| line.starts_with("use crate::") && !line.contains("::model");
        assert_eq!(source.lines().find(outside), None);
        files += 1;
    }
    assert_eq!(files, 7);
}
