//! Every field is generated and known to the model. A failure names the missing field.

use std::collections::HashSet;

use customer_domain::{
    AddressField, ContactField, CustomerPatch, Field, FieldValue, NullableUpdate, Timestamp,
};
use customer_testkit::differential::sample_record;
use customer_testkit::model::{self, UnknownFields, Verdict};
use customer_testkit::strategies;
use serde_json::{Value, json};

use crate::samples;

const NOW: &str = "2026-11-23T12:00:00Z";

fn fields(of: fn(Field) -> bool) -> impl Iterator<Item = Field> {
    Field::ALL.iter().copied().filter(move |field| of(*field))
}

fn json_of(value: FieldValue<'_>) -> Value {
    serde_json::to_value(value).unwrap()
}

fn model_update(body: &Value) -> Verdict {
    let record = serde_json::to_value(sample_record()).unwrap();
    let body = body.to_string();
    model::update(&record, NOW, body.as_bytes(), UnknownFields::Reject)
}

#[test]
fn every_patchable_field_is_generated() {
    let patches = samples(&strategies::patch(), 400);
    for field in fields(Field::is_patchable) {
        let updates = || patches.iter().map(|patch| patch.value(field));
        let null = json!({field.as_str(): null}).to_string();
        let is_nullable = CustomerPatch::from_json(null.as_bytes()).is_ok();

        assert!(
            updates().any(|update| update.is_set()),
            "no patch sets {field}"
        );
        assert!(
            updates().any(|update| update.is_keep()),
            "every patch sets {field}"
        );
        let clears = updates().any(|update| update == NullableUpdate::Clear);
        assert_eq!(
            clears, is_nullable,
            "a patch clears {field} exactly if it is nullable"
        );
    }
}

#[test]
fn every_field_of_a_record_is_generated() {
    let customers = samples(&strategies::customer(), 400);
    for field in Field::ALL {
        let values = customers
            .iter()
            .map(|c| json_of(c.value(*field)).to_string());
        let values: HashSet<_> = values.collect();
        assert!(values.len() > 1, "{field} always has the same value");
    }
    let records: Vec<Value> = customers
        .iter()
        .map(|c| serde_json::to_value(c).unwrap())
        .collect();
    for field in AddressField::ALL {
        let is_set = |record: &Value| record["billingAddress"][field.as_str()].is_string();
        assert!(records.iter().any(is_set), "no address has a {field}");
    }
    for field in ContactField::ALL {
        let is_set = |contact: &Value| !contact[field.as_str()].is_null();
        let mut contacts = records
            .iter()
            .flat_map(|record| record["contacts"].as_array().unwrap());
        assert!(contacts.any(is_set), "no contact has a {field}");
    }
}

#[test]
fn the_sample_record_has_a_value_in_every_field_but_the_shipping_address() {
    let record = sample_record();
    for field in Field::ALL {
        let is_null = record.value(*field) == FieldValue::Null;
        assert_eq!(is_null, *field == Field::ShippingAddress, "{field}");
    }
}

#[test]
fn every_patchable_field_is_known_to_the_model() {
    let patches = samples(&strategies::patch(), 400);
    let record = sample_record();
    let now = Timestamp::parse(NOW).unwrap();
    for field in fields(Field::is_patchable) {
        let new = patches.iter().find_map(|patch| match patch.value(field) {
            NullableUpdate::Set(new) if new != record.value(field) => Some(json_of(new)),
            NullableUpdate::Set(_) | NullableUpdate::Clear | NullableUpdate::Keep => None,
        });
        let body = json!({field.as_str(): new.expect("the generators set every field")});

        let Verdict::Accepted { data, changed, .. } = model_update(&body) else {
            panic!("the model rejects {field}");
        };
        assert_eq!(changed, [field.as_str()]);

        let patch = CustomerPatch::from_json(body.to_string().as_bytes()).unwrap();
        let applied = record.clone().apply(&patch, now);
        let expected = json_of(applied.customer().value(field));
        assert_eq!(data[field.as_str()], expected, "{field}");
        assert_eq!(applied.changed().names(), changed, "{field}");
    }
}

#[test]
fn every_other_field_is_rejected_by_the_model() {
    for field in fields(|field| !field.is_patchable()) {
        let code = match field {
            Field::Contacts => "CONTACTS_NOT_UPDATABLE",
            _ => "READ_ONLY",
        };
        let Verdict::Rejected { errors, .. } = model_update(&json!({field.as_str(): null})) else {
            panic!("the model accepts {field}");
        };
        assert_eq!(errors, [(field.as_str().to_owned(), code.to_owned())]);
    }
}

#[test]
fn a_created_record_of_the_model_has_every_field_of_a_record() {
    let body = br#"{"customer":"Acme","email":"a@acme.example"}"#;
    let uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let verdict = model::create(uuid, NOW, body, UnknownFields::Reject);
    let Verdict::Accepted { data, .. } = verdict else {
        panic!("the model rejects a valid create");
    };
    let names: HashSet<_> = data
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected: HashSet<_> = fields(Field::is_in_record).map(Field::as_str).collect();
    assert_eq!(names, expected);
}
