//! A record as JSON.

use customer_domain::{
    AddressField, Customer, CustomerId, NewCustomer, TeamId, Timestamp, Version,
};
use serde_json::Value;
use uuid::Uuid;

use crate::{ACME, acme, errors, team};

fn read(body: &str) -> Vec<String> {
    errors(Customer::from_json(body.as_bytes(), team(), Version::FIRST))
}

#[test]
fn a_record_is_written_with_every_field_in_the_order_of_the_table() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&acme()).unwrap());
}

#[test]
fn s6_a_record_is_read_back_as_it_was_written() {
    let json = serde_json::to_vec(&acme()).unwrap();
    let read = Customer::from_json(&json, team(), Version::FIRST);
    assert_eq!(read, Ok(acme()));
}

#[test]
fn an_id_is_read_in_any_case_and_written_in_lower_case() {
    let upper = ACME.replace("67e55044-10b1-426f", "67E55044-10B1-426F");
    let read = Customer::from_json(upper.as_bytes(), team(), Version::FIRST);
    assert_eq!(read, Ok(acme()));
}

#[test]
fn an_invalid_record_is_rejected_with_all_violations() {
    assert_eq!(
        read(r#"{"uuid":"x","updatedAt":"yesterday","createdAt":7,"version":1,"status":null}"#),
        [
            "uuid INVALID_UUID",
            "updatedAt INVALID_TIMESTAMP",
            "createdAt WRONG_TYPE",
            "version READ_ONLY",
            "status NULL_NOT_ALLOWED",
            "customer REQUIRED",
            "email REQUIRED"
        ]
    );
}

#[test]
fn every_required_field_of_a_record_is_required() {
    let record: Value = serde_json::from_str(ACME).unwrap();
    for field in [
        "uuid",
        "customer",
        "email",
        "status",
        "createdAt",
        "updatedAt",
    ] {
        let mut without = record.clone();
        without.as_object_mut().unwrap().remove(field);
        assert_eq!(read(&without.to_string()), [format!("{field} REQUIRED")]);
    }
    for field in [
        "mainPhone",
        "website",
        "billingAddress",
        "shippingAddress",
        "contacts",
    ] {
        let mut without = record.clone();
        without.as_object_mut().unwrap().remove(field);
        assert_eq!(read(&without.to_string()), Vec::<String>::new(), "{field}");
    }
}

#[test]
fn an_empty_string_means_null_in_a_request_and_is_invalid_in_a_record() {
    for (field, path) in [
        ("contacts", "contacts"),
        ("billingAddress", "billingAddress"),
    ] {
        let mut record: Value = serde_json::from_str(ACME).unwrap();
        record[field] = "".into();
        assert_eq!(read(&record.to_string()), [format!("{path} WRONG_TYPE")]);
    }
    let primary = ACME.replace(r#""isPrimary": true"#, r#""isPrimary": """#);
    assert_eq!(read(&primary), ["contacts[0].isPrimary WRONG_TYPE"]);
}

#[test]
fn each_accessor_returns_its_field() {
    let shipping = r#""shippingAddress": {"city": "Oakland"}"#;
    let json = ACME.replace(r#""shippingAddress": null"#, shipping);
    let acme = Customer::from_json(json.as_bytes(), team(), Version::FIRST).unwrap();
    let record = acme.record();
    assert_eq!((acme.team(), acme.version()), (team(), Version::FIRST));
    assert_eq!(acme.id(), record.id);
    assert_eq!(acme.name(), &record.content.name);
    assert_eq!(acme.email(), &record.content.email);
    assert_eq!(acme.main_phone(), record.content.main_phone.as_ref());
    assert_eq!(acme.website(), record.content.website.as_ref());
    assert_eq!(acme.status(), record.content.status);
    assert_eq!(
        acme.billing_address(),
        record.content.billing_address.as_ref()
    );
    assert_eq!(
        acme.shipping_address(),
        record.content.shipping_address.as_ref()
    );
    assert_eq!(acme.contacts(), &record.content.contacts);
    assert_eq!(acme.created_at(), record.created_at);
    assert_eq!(acme.updated_at(), record.updated_at);
    assert_eq!(acme.main_phone().map(AsRef::as_ref), Some("+14155550100"));
    assert_eq!(
        acme.website().map(AsRef::as_ref),
        Some("https://acme.example")
    );
    assert_eq!(
        acme.billing_address()
            .and_then(|a| a.get(AddressField::City)),
        Some("San Francisco")
    );
    assert_eq!(
        acme.shipping_address()
            .and_then(|a| a.get(AddressField::City)),
        Some("Oakland")
    );
}

#[test]
fn s6_quotes_backslashes_and_line_feeds_are_escaped() {
    let body = r#"{"customer":"\\\"A\"\\","email":"a@b.co","billingAddress":{"street":"\n1\\2\n\"3\" é","city":"\""},
        "contacts":[{"name":"\"\"","isPrimary":true},{"name":"b","phone":"\\"}]}"#;
    let acme = NewCustomer::from_json(body.as_bytes())
        .unwrap()
        .into_customer(
            CustomerId::from(Uuid::nil()),
            TeamId::from(Uuid::nil()),
            Timestamp::MIN,
        );
    let mut json = Vec::new();
    acme.write_json(&mut json);
    assert_eq!(json, serde_json::to_vec(&acme).unwrap());
}
