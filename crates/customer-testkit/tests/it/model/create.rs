//! The body of a create (RULES, Create).

use customer_testkit::model::{UnknownFields, Verdict, create};
use serde_json::{Value, json};

use crate::model::{accepted, malformed, pairs, rejected};

const UUID: &str = "67E55044-10B1-426F-9247-BB680E5FE0C8";
const NOW: &str = "2026-11-23T12:00:00.0000019Z";

fn new(body: &str) -> Verdict {
    create(UUID, NOW, body.as_bytes(), UnknownFields::Reject)
}

/// A create with the two required fields and `more`.
fn with(more: &str) -> Verdict {
    new(&format!(
        "{{\"customer\":\"Acme\",\"email\":\"a@b.co\",{more}}}"
    ))
}

/// The record created from only the two required fields.
fn smallest() -> Value {
    json!({
        "uuid": "67e55044-10b1-426f-9247-bb680e5fe0c8", "customer": "Acme", "email": "a@b.co",
        "mainPhone": null, "website": null, "status": "active", "billingAddress": null,
        "shippingAddress": null, "contacts": [],
        "createdAt": "2026-11-23T12:00:00.000001Z", "updatedAt": "2026-11-23T12:00:00.000001Z"
    })
}

#[test]
fn required_fields() {
    let cases: [(&str, &[(&str, &str)]); 5] = [
        ("{}", &[("customer", "REQUIRED"), ("email", "REQUIRED")]),
        (
            r#"{"x":1}"#,
            &[
                ("x", "UNKNOWN_FIELD"),
                ("customer", "REQUIRED"),
                ("email", "REQUIRED"),
            ],
        ),
        (
            r#"{"email":null,"customer":""}"#,
            &[("email", "NULL_NOT_ALLOWED"), ("customer", "BLANK")],
        ),
        (
            r#"{"email":"a@b.co","email":"a@b.co"}"#,
            &[("email", "DUPLICATE_FIELD"), ("customer", "REQUIRED")],
        ),
        ("[]", &[("", "WRONG_TYPE")]),
    ];
    for (body, errors) in cases {
        assert_eq!(new(body), rejected(errors), "{body}");
    }
    assert_eq!(new("{"), malformed());
}

#[test]
fn null_or_an_empty_string_means_absent() {
    let (data, changed, warnings) = accepted(new(r#"{"email":" a@b.co","customer":"Acme "}"#));
    assert_eq!((data, changed, warnings), (smallest(), vec![], vec![]));
    for field in [
        "mainPhone",
        "website",
        "billingAddress",
        "shippingAddress",
        "contacts",
    ] {
        for value in ["null", "\"\""] {
            let (data, _, _) = accepted(with(&format!("\"{field}\":{value}")));
            assert_eq!(data, smallest(), "{field} {value}");
        }
    }
    assert_eq!(
        accepted(with(r#""status":null,"mainPhone":" ""#)).0,
        smallest()
    );
    assert_eq!(
        with(r#""status":"""#),
        rejected(&[("status", "INVALID_CHOICE")])
    );
    assert_eq!(
        with(r#""billingAddress":" ""#),
        rejected(&[("billingAddress", "WRONG_TYPE")])
    );
    assert_eq!(
        with(r#""billingAddress":{}"#),
        rejected(&[("billingAddress", "EMPTY_ADDRESS")])
    );
    assert_eq!(with(r#""uuid":"""#), rejected(&[("uuid", "READ_ONLY")]));
}

#[test]
fn contacts() {
    let (data, _, warnings) = accepted(with(
        r#""status":"inactive","contacts":[{"name":" Ann "},{"isPrimary":true,"phone":"1","email":"","name":"Bob"},{"name":"C","isPrimary":null}]"#,
    ));
    let expected = json!([
        {"name": "Ann", "email": null, "phone": null, "isPrimary": false},
        {"name": "Bob", "email": null, "phone": "1", "isPrimary": true},
        {"name": "C", "email": null, "phone": null, "isPrimary": false}
    ]);
    assert_eq!(data["contacts"], expected);
    assert_eq!(data["status"], "inactive");
    assert_eq!(
        warnings,
        pairs(&[("contacts[1].phone", "PHONE_NOT_INTERNATIONAL")])
    );
}

#[test]
fn invalid_contacts_are_rejected() {
    let cases: [(&str, &[(&str, &str)]); 10] = [
        ("{}", &[("contacts", "WRONG_TYPE")]),
        (
            "[null,1]",
            &[("contacts[0]", "WRONG_TYPE"), ("contacts[1]", "WRONG_TYPE")],
        ),
        ("[{}]", &[("contacts[0].name", "REQUIRED")]),
        (
            r#"[{"name":null},{"name":" "}]"#,
            &[
                ("contacts[0].name", "NULL_NOT_ALLOWED"),
                ("contacts[1].name", "BLANK"),
            ],
        ),
        (
            r#"[{"name":"a"},{"email":"x","name":"b"}]"#,
            &[("contacts[1].email", "INVALID_EMAIL")],
        ),
        (
            r#"[{"name":"a","title":1}]"#,
            &[("contacts[0].title", "UNKNOWN_FIELD")],
        ),
        (
            r#"[{"name":"a","name":"a","phone":1}]"#,
            &[
                ("contacts[0].name", "DUPLICATE_FIELD"),
                ("contacts[0].phone", "WRONG_TYPE"),
            ],
        ),
        (
            r#"[{"name":"a","isPrimary":"yes"}]"#,
            &[("contacts[0].isPrimary", "WRONG_TYPE")],
        ),
        (
            r#"[{"name":"a","isPrimary":true},{"name":"b","isPrimary":true}]"#,
            &[("contacts", "MULTIPLE_PRIMARY_CONTACTS")],
        ),
        (
            r#"[{"isPrimary":true},{"name":"b","isPrimary":true}]"#,
            &[
                ("contacts", "MULTIPLE_PRIMARY_CONTACTS"),
                ("contacts[0].name", "REQUIRED"),
            ],
        ),
    ];
    for (contacts, errors) in cases {
        assert_eq!(
            with(&format!("\"contacts\":{contacts}")),
            rejected(errors),
            "{contacts}"
        );
    }
}

#[test]
fn p13_unknown_fields_are_ignored_with_a_warning() {
    let body = br#"{"customer":"Acme","email":"a@b.co","contacts":[{"name":"A","title":1}]}"#;
    let (_, _, warnings) = accepted(create(UUID, NOW, body, UnknownFields::Ignore));
    assert_eq!(
        warnings,
        pairs(&[("contacts[0].title", "UNKNOWN_FIELD_IGNORED")])
    );
}
