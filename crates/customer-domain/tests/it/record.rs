//! A record as JSON.

use customer_domain::{Customer, CustomerId, Field, NewCustomer, TeamId, Timestamp, Version};
use serde_json::Value;
use uuid::Uuid;

use crate::{ACME, acme, errors, team};

fn read(body: &str) -> Vec<String> {
    errors(Customer::from_json(body.as_bytes(), team(), Version::FIRST))
}

#[test]
fn a_record_is_written_with_every_field_in_the_order_of_the_table() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&acme()).unwrap());
    let names: Vec<_> = Field::ALL.iter().take(11).map(|f| f.as_str()).collect();
    let json = serde_json::to_string(&acme()).unwrap();
    let mut from = 0;
    for name in names {
        from += json[from..].find(&format!("\"{name}\":")).unwrap();
    }
}

#[test]
fn s6_a_record_reads_back_as_it_was_written() {
    let json = serde_json::to_vec(&acme()).unwrap();
    let read = Customer::from_json(&json, team(), Version::FIRST);
    assert_eq!(read, Ok(acme()));
}

#[test]
fn an_id_is_read_in_either_case_and_written_in_lower() {
    let upper = ACME.replace("67e55044-10b1-426f", "67E55044-10B1-426F");
    let read = Customer::from_json(upper.as_bytes(), team(), Version::FIRST);
    assert_eq!(read, Ok(acme()));
}

#[test]
fn a_record_that_breaks_rules_is_refused_with_all_of_them() {
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
fn what_a_new_customer_may_leave_empty_a_record_may_not() {
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
fn each_part_of_a_record_is_read_where_it_stands() {
    let acme = acme();
    let parts = acme.clone().into_parts();
    assert_eq!(acme.team(), parts.team);
    assert_eq!(acme.version(), parts.version);
    assert_eq!(acme.id(), parts.uuid);
    assert_eq!(acme.name(), &parts.customer);
    assert_eq!(acme.email(), &parts.email);
    assert_eq!(acme.main_phone(), parts.main_phone.as_ref());
    assert_eq!(acme.website(), parts.website.as_ref());
    assert_eq!(acme.status(), parts.status);
    assert_eq!(acme.billing_address(), parts.billing_address.as_ref());
    assert_eq!(acme.shipping_address(), parts.shipping_address.as_ref());
    assert_eq!(acme.contacts(), &parts.contacts);
    assert_eq!(acme.created_at(), parts.created_at);
    assert_eq!(acme.updated_at(), parts.updated_at);
    // And what stands there is what was sent.
    assert_eq!(acme.main_phone().map(AsRef::as_ref), Some("+14155550100"));
    assert_eq!(
        acme.website().map(AsRef::as_ref),
        Some("https://acme.example")
    );
    assert_eq!(
        acme.billing_address().and_then(|a| a.city()),
        Some("San Francisco")
    );
    assert_eq!(acme.shipping_address(), None);
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
