//! C2: the body that replaces the contacts of a customer.

use customer_domain::{BodyError, Contact, Contacts, ReadOptions, UnknownFields};

use crate::errors;

#[test]
fn c2_the_body_has_the_whole_list() {
    let ann = Contact::new("Ann Lee".parse().unwrap())
        .with_email("ann@acme.example".parse().unwrap())
        .with_primary();
    let bob = Contact::new("Bob Ray".parse().unwrap()).with_phone("0555".parse().unwrap());
    let body = br#"{"contacts": [
        {"name": "Ann Lee", "email": "ann@acme.example", "isPrimary": true},
        {"name": " Bob Ray ", "phone": "0555", "email": null}
    ]}"#;
    let read = Contacts::read_json(body, ReadOptions::new()).unwrap();
    assert_eq!(read.value, Contacts::new(vec![ann, bob]).unwrap());
    let warnings: Vec<_> = read.warnings.iter().map(|w| w.field().as_str()).collect();
    assert_eq!(warnings, ["contacts[1].phone"]);
    assert_eq!(
        Contacts::from_json(br#"{"contacts": []}"#).unwrap(),
        Contacts::NONE
    );
}

#[test]
fn c2_every_violation_has_its_code() {
    for (body, expected) in [
        ("{}", &["contacts REQUIRED"][..]),
        (r#"{"contacts": null}"#, &["contacts NULL_NOT_ALLOWED"]),
        (r#"{"contacts": ""}"#, &["contacts WRONG_TYPE"]),
        (r#"{"contacts": {}}"#, &["contacts WRONG_TYPE"]),
        (r#"{"contacts": [1]}"#, &["contacts[0] WRONG_TYPE"]),
        (r#"{"contacts": [{}]}"#, &["contacts[0].name REQUIRED"]),
        (
            r#"{"contacts": [{"name": "A", "email": "a"}, {"name": null}]}"#,
            &[
                "contacts[0].email INVALID_EMAIL",
                "contacts[1].name NULL_NOT_ALLOWED",
            ],
        ),
        (
            r#"{"contacts": [{"name": "A", "isPrimary": true}, {"name": "B", "isPrimary": true}]}"#,
            &["contacts MULTIPLE_PRIMARY_CONTACTS"],
        ),
        (
            r#"{"contacts": [], "contacts": []}"#,
            &["contacts DUPLICATE_FIELD"],
        ),
        (
            r#"{"contacts": [], "email": null, "uuid": 1}"#,
            &["email UNKNOWN_FIELD", "uuid UNKNOWN_FIELD"],
        ),
        ("[]", &[" WRONG_TYPE"]),
        ("{", &["MALFORMED_JSON"]),
    ] {
        assert_eq!(
            errors(Contacts::from_json(body.as_bytes())),
            expected,
            "{body}"
        );
    }
}

#[test]
fn p13_unknown_members_can_be_ignored() {
    let options = ReadOptions::new().with_unknown_fields(UnknownFields::Ignore);
    let body = br#"{"contacts": [{"name": "A", "title": "Dr"}], "note": 1}"#;
    let read = Contacts::read_json(body, options).unwrap();
    let warnings: Vec<_> = read.warnings.iter().map(|w| w.field().as_str()).collect();
    assert_eq!(
        (read.value.len(), &*warnings),
        (1, &["contacts[0].title", "note"][..])
    );
}

#[test]
fn p7_a_misspelled_contacts_member_has_a_suggestion() {
    let Err(BodyError::Invalid(violations)) = Contacts::from_json(br#"{"contact": []}"#) else {
        panic!("the body is invalid");
    };
    let suggestions: Vec<_> = violations.iter().map(|v| v.suggestion()).collect();
    assert_eq!(suggestions, [Some("contacts"), None]);
}
