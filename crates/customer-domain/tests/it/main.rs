//! The behaviour of the crate, through its public API.

mod auto_traits;
mod bulk;
mod change;
mod change_log;
mod contacts;
mod conversions;
mod create;
mod envelope;
mod field_table;
mod fields;
mod formats;
mod generate;
#[cfg(feature = "schemars")]
mod json_schema;
mod laws;
mod list;
mod merge;
mod patch;
mod privacy;
mod record;
mod repeats;
mod responses;
mod use_cases;
mod vectors;

use customer_domain::{BodyError, Customer, CustomerId, TeamId, Timestamp, Version};

/// A record with a value in every field except the shipping address.
const ACME: &str = r#"{
    "uuid": "67e55044-10b1-426f-9247-bb680e5fe0c8",
    "customer": "Acme Corporation",
    "email": "billing@acme.example",
    "mainPhone": "+14155550100",
    "website": "https://acme.example",
    "status": "inactive",
    "billingAddress": {
        "street": "123 Main St", "city": "San Francisco", "state": "CA",
        "zipCode": "94105", "country": "USA"
    },
    "shippingAddress": null,
    "contacts": [{"name": "Ann Lee", "email": "ann@acme.example", "phone": null, "isPrimary": true}],
    "createdAt": "2026-01-05T10:00:00Z",
    "updatedAt": "2026-02-01T08:30:00Z"
}"#;

fn team() -> TeamId {
    TeamId::parse("00000000-0000-0000-0000-000000000001").unwrap()
}

fn id() -> CustomerId {
    CustomerId::parse("67e55044-10b1-426f-9247-bb680e5fe0c8").unwrap()
}

fn acme() -> Customer {
    Customer::from_json(ACME.as_bytes(), team(), Version::FIRST).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn noon() -> Timestamp {
    at("2026-11-23T12:00:00Z")
}

/// The violations of a body, as `path CODE`. A body that is not JSON has the code
/// alone.
fn errors<T>(result: Result<T, BodyError>) -> Vec<String> {
    match result {
        Ok(_) => Vec::new(),
        Err(BodyError::Malformed(_)) => vec!["MALFORMED_JSON".to_owned()],
        Err(BodyError::Invalid(violations)) => violations
            .iter()
            .map(|v| format!("{} {}", v.field().as_str(), v.code()))
            .collect(),
    }
}
