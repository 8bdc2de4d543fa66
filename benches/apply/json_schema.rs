//! `jsonschema`, then the merge of `json-patch` (RFC 7396), both on `serde_json::Value`.
//!
//! RFC 7396 merges an address with the old one, which P3 forbids; the bodies contain
//! complete addresses. Values are checked with custom formats, because the built-in ones
//! accept other values.

use std::sync::Arc;

use customer_domain::{Customer, Timestamp};
use jsonschema::{ValidationError, Validator};
use serde_json::{Value, json};

use super::plain::{self, Code};
use super::{Outcome, Row};

/// `jsonschema` and `json-patch`.
pub(crate) struct JsonSchema;

/// The schema, compiled once, and the record.
#[derive(Clone)]
pub(crate) struct Prepared {
    schema: Arc<Validator>,
    record: Value,
}

/// The error for an invalid body.
pub(crate) enum Rejected {
    /// Not JSON.
    Malformed(#[expect(dead_code, reason = "no case produces it")] serde_json::Error),
    Invalid(Vec<ValidationError<'static>>),
}

impl Row for JsonSchema {
    type Record = Prepared;
    type Merged = Value;
    type Rejected = Rejected;

    fn record(customer: &Customer) -> Prepared {
        Prepared {
            schema: Arc::new(schema()),
            record: serde_json::to_value(customer).expect("a record is JSON"),
        }
    }

    fn apply(body: &[u8], prepared: Prepared, now: Timestamp) -> Result<Value, Rejected> {
        let Prepared { schema, record } = prepared;
        let patch: Value = serde_json::from_slice(body).map_err(Rejected::Malformed)?;
        if !schema.is_valid(&patch) {
            let errors = schema.iter_errors(&patch).map(ValidationError::to_owned);
            return Err(Rejected::Invalid(errors.collect()));
        }
        let mut merged = record.clone();
        json_patch::merge(&mut merged, &patch);
        if merged != record {
            merged["updatedAt"] = Value::String(now.to_string());
        }
        Ok(merged)
    }

    fn outcome(result: &Result<Value, Rejected>) -> Option<Outcome> {
        match result {
            Ok(record) => Some(Outcome::Merged(record.clone())),
            Err(Rejected::Invalid(errors)) => {
                Some(Outcome::Rejected(errors.iter().map(violation).collect()))
            }
            Err(Rejected::Malformed(_)) => None,
        }
    }
}

/// The field and the code of a violation. The error of a format does not have the reason, so
/// the rule is checked again.
fn violation(error: &ValidationError<'_>) -> (String, String) {
    let field = error
        .instance_path()
        .as_str()
        .trim_start_matches('/')
        .replace('/', ".");
    let text = error.instance().as_str().unwrap_or_default();
    let code = match field.as_str() {
        "customer" => plain::name(text).err(),
        "email" => plain::email(text).err(),
        "mainPhone" => plain::phone(text).err(),
        "website" => plain::website(text).err(),
        "status" => plain::status(text).err(),
        _ => None,
    };
    (field, code.map_or("", Code::as_str).to_owned())
}

fn schema() -> Validator {
    let part = json!({"type": ["string", "null"], "format": "part"});
    let address = json!({
        "type": ["object", "null"],
        "properties": {
            "street": {"type": ["string", "null"], "format": "street"},
            "city": part,
            "state": part,
            "zipCode": part,
            "country": part,
        },
        "additionalProperties": false,
        "minProperties": 1,
    });
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "customer": {"type": "string", "format": "name"},
            "email": {"type": "string", "format": "address"},
            "mainPhone": {"type": ["string", "null"], "format": "phone"},
            "website": {"type": ["string", "null"], "format": "website"},
            "status": {"enum": ["active", "inactive"]},
            "billingAddress": address,
            "shippingAddress": address,
        },
        "additionalProperties": false,
    });
    jsonschema::options()
        .with_format("name", |text: &str| plain::name(text).is_ok())
        .with_format("address", |text: &str| plain::email(text).is_ok())
        .with_format("phone", |text: &str| plain::phone(text).is_ok())
        .with_format("website", |text: &str| plain::website(text).is_ok())
        .with_format("street", |text: &str| plain::street(text).is_ok())
        .with_format("part", |text: &str| plain::part(text).is_ok())
        .should_validate_formats(true)
        .build(&schema)
        .expect("a schema")
}
