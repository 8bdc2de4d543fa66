//! P1–P13, V6, V7: the body of a patch.

use customer_testkit::model::{UnknownFields, Verdict, row, update};
use serde_json::json;

use crate::model::{NOW, accepted, pairs, patch, record, rejected};

fn lenient(body: &str) -> Verdict {
    update(&record(), NOW, body.as_bytes(), UnknownFields::Ignore)
}

/// Invalid bodies, each with all its violations in order.
fn all_rejected(cases: &[(&str, &[(&str, &str)])]) {
    for (body, errors) in cases {
        assert_eq!(patch(body), rejected(errors), "{body}");
    }
}

#[test]
fn p2_null_empty_and_blank_values_remove_a_field() {
    for field in ["mainPhone", "website"] {
        for value in ["null", "\"\"", "\" \\n\"", "\"\\u200b\"", "\"\\u0000\""] {
            let (data, changed, warnings) = accepted(patch(&format!("{{\"{field}\":{value}}}")));
            assert!(data[field].is_null(), "{field} {value}");
            assert_eq!(changed, [field]);
            assert_eq!(warnings, []);
        }
    }
}

#[test]
fn p3_v7_addresses() {
    all_rejected(&[
        (
            r#"{"billingAddress":""}"#,
            &[("billingAddress", "WRONG_TYPE")],
        ),
        (
            r#"{"billingAddress":[]}"#,
            &[("billingAddress", "WRONG_TYPE")],
        ),
        (
            r#"{"billingAddress":{}}"#,
            &[("billingAddress", "EMPTY_ADDRESS")],
        ),
        (
            r#"{"shippingAddress":{"street":null,"city":"","state":" ","zipCode":"\u200b"}}"#,
            &[("shippingAddress", "EMPTY_ADDRESS")],
        ),
        (
            r#"{"billingAddress":{"zip":null}}"#,
            &[("billingAddress.zip", "UNKNOWN_FIELD")],
        ),
        (
            r#"{"billingAddress":{"city":1}}"#,
            &[("billingAddress.city", "WRONG_TYPE")],
        ),
        (
            r#"{"billingAddress":{"city":"","city":""}}"#,
            &[("billingAddress.city", "DUPLICATE_FIELD")],
        ),
        (
            r#"{"billingAddress":{"city":"a\nb","street":"a\r\nb"}}"#,
            &[
                ("billingAddress.city", "CONTROL_CHARACTER"),
                ("billingAddress.street", "CONTROL_CHARACTER"),
            ],
        ),
    ]);
    let long = format!(
        "{{\"billingAddress\":{{\"state\":\"{}\"}}}}",
        "s".repeat(256)
    );
    assert_eq!(
        patch(&long),
        rejected(&[("billingAddress.state", "TOO_LONG")])
    );

    let (data, changed, _) = accepted(patch(
        r#"{"billingAddress":{"street":" 1 St\n2nd floor\n","city":""}}"#,
    ));
    let address = json!({"street": "1 St\n2nd floor", "city": null, "state": null, "zipCode": null, "country": null});
    assert_eq!(data["billingAddress"], address);
    assert_eq!(changed, ["billingAddress"]);
}

#[test]
fn p4_p9_null_and_wrong_types() {
    all_rejected(&[
        (
            r#"{"customer":null,"email":null,"status":null}"#,
            &[
                ("customer", "NULL_NOT_ALLOWED"),
                ("email", "NULL_NOT_ALLOWED"),
                ("status", "NULL_NOT_ALLOWED"),
            ],
        ),
        (
            r#"{"status":true,"website":{},"mainPhone":[],"email":0,"customer":false}"#,
            &[
                ("status", "WRONG_TYPE"),
                ("website", "WRONG_TYPE"),
                ("mainPhone", "WRONG_TYPE"),
                ("email", "WRONG_TYPE"),
                ("customer", "WRONG_TYPE"),
            ],
        ),
        (
            r#"{"customer":"","email":" "}"#,
            &[("customer", "BLANK"), ("email", "BLANK")],
        ),
        (r#"{"status":""}"#, &[("status", "INVALID_CHOICE")]),
        (r#"{"status":" active"}"#, &[("status", "INVALID_CHOICE")]),
    ]);
}

#[test]
fn p5_p6_read_only_fields_and_contacts_are_rejected() {
    for value in ["null", "[]", "1", "[{\"name\":1,\"x\":2}]", "\"\""] {
        let body = format!("{{\"contacts\":{value},\"version\":{value},\"teamId\":{value}}}");
        let errors = [
            ("contacts", "CONTACTS_NOT_UPDATABLE"),
            ("version", "READ_ONLY"),
            ("teamId", "READ_ONLY"),
        ];
        assert_eq!(patch(&body), rejected(&errors));
    }
    all_rejected(&[(
        r#"{"createdAt":1,"updatedAt":1,"uuid":1}"#,
        &[
            ("createdAt", "READ_ONLY"),
            ("updatedAt", "READ_ONLY"),
            ("uuid", "READ_ONLY"),
        ],
    )]);
}

#[test]
fn p7_unknown_fields() {
    all_rejected(&[
        (
            r#"{"Email":1,"":2,"billing_address":{"zip":1}}"#,
            &[
                ("Email", "UNKNOWN_FIELD"),
                ("", "UNKNOWN_FIELD"),
                ("billing_address", "UNKNOWN_FIELD"),
            ],
        ),
        (
            r#"{"billingAddress":{"isPrimary":true,"city":"x"}}"#,
            &[("billingAddress.isPrimary", "UNKNOWN_FIELD")],
        ),
    ]);
}

#[test]
fn p8_duplicates() {
    all_rejected(&[
        (
            r#"{"email":"nope","customer":null,"email":1}"#,
            &[
                ("email", "DUPLICATE_FIELD"),
                ("customer", "NULL_NOT_ALLOWED"),
            ],
        ),
        (
            r#"{"contacts":[],"contacts":[]}"#,
            &[("contacts", "DUPLICATE_FIELD")],
        ),
        (
            r#"{"uuid":1,"uuid":1,"uuid":1}"#,
            &[("uuid", "DUPLICATE_FIELD")],
        ),
        (
            r#"{"x":1,"email":1,"x":2}"#,
            &[("x", "UNKNOWN_FIELD"), ("email", "WRONG_TYPE")],
        ),
        (
            r#"{"emai\u006c":"a@b.co","email":"a@b.co"}"#,
            &[("email", "DUPLICATE_FIELD")],
        ),
        (
            r#"{"billingAddress":{"zip":1},"billingAddress":{}}"#,
            &[("billingAddress", "DUPLICATE_FIELD")],
        ),
        (
            r#"{"status":"active","billingAddress":{"city":1,"city":2,"zip":1,"zip":1}}"#,
            &[
                ("billingAddress.city", "DUPLICATE_FIELD"),
                ("billingAddress.zip", "UNKNOWN_FIELD"),
            ],
        ),
    ]);
}

#[test]
fn p11_one_violation_per_path_in_the_order_of_the_body() {
    all_rejected(&[
        (
            r#"{"billingAddress.zip":1,"status":"x","billingAddress":{"zip":1}}"#,
            &[
                ("billingAddress.zip", "UNKNOWN_FIELD"),
                ("status", "INVALID_CHOICE"),
            ],
        ),
        (
            r#"{"billingAddress.city":1,"billingAddress":{"city":1}}"#,
            &[("billingAddress.city", "UNKNOWN_FIELD")],
        ),
    ]);
}

#[test]
fn p11_at_most_100_violations() {
    for count in [99, 100, 101, 250] {
        let fields: Vec<String> = (0..count)
            .map(|i| format!("\"x{i}\":1,\"x{i}\":2"))
            .collect();
        let Verdict::Rejected {
            errors, omitted, ..
        } = patch(&format!("{{{}}}", fields.join(",")))
        else {
            panic!("accepted");
        };
        let named: Vec<String> = (0..count.min(100)).map(|i| format!("x{i}")).collect();
        let fields: Vec<String> = errors.into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, named);
        assert_eq!(omitted, count - named.len());
    }
}

#[test]
fn p11_at_most_100_warnings() {
    for count in [99, 100, 250] {
        let fields: String = (0..count).map(|i| format!("\"x{i}\":1,")).collect();
        let body = format!(r#"{{{fields}"mainPhone":"1"}}"#);
        let (_, changed, warnings) = accepted(lenient(&body));
        assert_eq!(changed, ["mainPhone"]);
        assert_eq!(warnings.len(), 100);
        assert_eq!(warnings[99].0 == "mainPhone", count == 99);
    }
}

#[test]
fn p11_long_paths_are_truncated() {
    let path = |length: usize| patch(&format!("{{\"{}\":1}}", "é".repeat(length)));
    let cut = format!("{}…", "é".repeat(100));
    assert_eq!(path(100), rejected(&[(&"é".repeat(100), "UNKNOWN_FIELD")]));
    assert_eq!(path(101), rejected(&[(&cut, "UNKNOWN_FIELD")]));
    // Two paths that are equal after truncation are reported once.
    let body = format!("{{\"{0}a\":1,\"{0}b\":1}}", "é".repeat(100));
    assert_eq!(patch(&body), rejected(&[(&cut, "UNKNOWN_FIELD")]));
    let body = format!("{{\"billingAddress\":{{\"{}\":1}}}}", "z".repeat(86));
    let cut = format!("billingAddress.{}…", "z".repeat(85));
    assert_eq!(patch(&body), rejected(&[(&cut, "UNKNOWN_FIELD")]));
}

#[test]
fn p13_unknown_fields_are_ignored_with_a_warning() {
    let (data, changed, warnings) = accepted(lenient(
        r#"{"x":1,"mainPhone":"1","x":2,"billingAddress":{"zip":{},"city":"Paris"},"website":"a.b"}"#,
    ));
    assert_eq!(data["billingAddress"]["city"], "Paris");
    assert_eq!(changed, ["billingAddress", "mainPhone", "website"]);
    let expected = pairs(&[
        ("x", "UNKNOWN_FIELD_IGNORED"),
        ("mainPhone", "PHONE_NOT_INTERNATIONAL"),
        ("billingAddress.zip", "UNKNOWN_FIELD_IGNORED"),
        ("website", "WEBSITE_WITHOUT_PROTOCOL"),
    ]);
    assert_eq!(warnings, expected);
    // An unknown field does not make an address non-empty, and a known field is never
    // ignored.
    assert_eq!(
        lenient(r#"{"billingAddress":{"zip":"1"}}"#),
        rejected(&[("billingAddress", "EMPTY_ADDRESS")])
    );
    assert_eq!(
        lenient(r#"{"x":1,"uuid":1,"contacts":1}"#),
        rejected(&[
            ("uuid", "READ_ONLY"),
            ("contacts", "CONTACTS_NOT_UPDATABLE")
        ])
    );
}

#[test]
fn b1_a_row_is_an_update_that_names_its_customer() {
    let read = |body: &str| row(&record(), NOW, body.as_bytes(), UnknownFields::Reject);
    let id = "67E55044-10B1-426F-9247-BB680E5FE0C8";
    let (data, changed, _) = accepted(read(&format!(r#"{{"uuid":"{id}","status":"inactive"}}"#)));
    assert_eq!(data["uuid"], id.to_ascii_lowercase());
    assert_eq!(changed, ["status"]);
    for (body, code) in [
        ("{}", "REQUIRED"),
        (r#"{"uuid":null}"#, "WRONG_TYPE"),
        (r#"{"uuid":7}"#, "WRONG_TYPE"),
        (r#"{"uuid":""}"#, "INVALID_UUID"),
        (
            r#"{"uuid":"67e5504410b1426f9247bb680e5fe0c8"}"#,
            "INVALID_UUID",
        ),
        (r#"{"uuid":1,"uuid":1}"#, "DUPLICATE_FIELD"),
    ] {
        assert_eq!(read(body), rejected(&[("uuid", code)]), "{body}");
    }
}
