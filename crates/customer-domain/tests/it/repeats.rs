//! P8: a repeated name replaces the violations of its first occurrence. P11: the limits
//! on reported violations.

use customer_domain::{
    Accepted, BodyError, CustomerPatch, MAX_PATH_CHARS, MAX_VIOLATIONS, NewCustomer, ReadOptions,
    UnknownFields, Violations,
};

use crate::errors;

/// Members with unknown names.
fn unknown(names: usize) -> String {
    let members: Vec<_> = (0..names).map(|n| format!(r#""k{n}":0"#)).collect();
    members.join(",")
}

fn update(body: &str) -> Vec<String> {
    errors(CustomerPatch::from_json(body.as_bytes()))
}

/// The violations of a new customer with these contacts, and more members.
fn create(contacts: &str, more: &str) -> Vec<String> {
    let body = format!(r#"{{"customer":"A","email":"a@b.co","contacts":{contacts}{more}}}"#);
    errors(NewCustomer::from_json(body.as_bytes()))
}

fn violations(body: &str) -> Violations {
    match CustomerPatch::from_json(body.as_bytes()) {
        Err(BodyError::Invalid(violations)) => violations,
        other => panic!("not invalid: {other:?}"),
    }
}

fn ignoring(body: &str) -> Accepted<NewCustomer> {
    let options = ReadOptions::new().with_unknown_fields(UnknownFields::Ignore);
    let body = format!(r#"{{"customer":"A","email":"a@b.co",{body}}}"#);
    NewCustomer::read_json(body.as_bytes(), options).unwrap()
}

#[test]
fn p8_a_repeated_address_replaces_the_violations_of_the_first() {
    let many = unknown(101);
    let body = format!(r#"{{"billingAddress":{{{many}}},"u1":1,"billingAddress":null}}"#);
    assert_eq!(
        update(&body),
        ["billingAddress DUPLICATE_FIELD", "u1 UNKNOWN_FIELD"]
    );
    assert_eq!(violations(&body).omitted(), 0);
}

#[test]
fn p8_a_repeated_field_replaces_its_violation_and_no_other() {
    for (body, expected) in [
        (
            r#"{"status":1,"email":2,"u":1,"email":"a@b.co","website":3}"#,
            &[
                "status WRONG_TYPE",
                "email DUPLICATE_FIELD",
                "u UNKNOWN_FIELD",
                "website WRONG_TYPE",
            ][..],
        ),
        (
            r#"{"billingAddress":{},"email":1,"billingAddress":{},"shippingAddress":{}}"#,
            &[
                "billingAddress DUPLICATE_FIELD",
                "email WRONG_TYPE",
                "shippingAddress EMPTY_ADDRESS",
            ],
        ),
        (
            r#"{"email":"a@b.co","status":1,"email":"a@b.co","email":"a@b.co"}"#,
            &["email DUPLICATE_FIELD", "status WRONG_TYPE"],
        ),
        (
            r#"{"contacts":[],"version":1,"contacts":[],"version":1,"u":1,"u":1,"u":1}"#,
            &[
                "contacts DUPLICATE_FIELD",
                "version DUPLICATE_FIELD",
                "u UNKNOWN_FIELD",
            ],
        ),
        (
            r#"{"email":1,"status":1,"status":2,"email":2}"#,
            &["email DUPLICATE_FIELD", "status DUPLICATE_FIELD"],
        ),
    ] {
        assert_eq!(update(body), expected, "{body}");
    }
}

#[test]
fn p8_a_repeated_field_of_an_address_replaces_only_its_own_violation() {
    assert_eq!(
        update(
            r#"{"u":1,"billingAddress":{"city":1,"zip":1,"city":2,"state":3,"zip":2,"city":3},
                "shippingAddress":{"city":1,"city":"x"},"status":1}"#
        ),
        [
            "u UNKNOWN_FIELD",
            "billingAddress.city DUPLICATE_FIELD",
            "billingAddress.zip UNKNOWN_FIELD",
            "billingAddress.state WRONG_TYPE",
            "shippingAddress.city DUPLICATE_FIELD",
            "status WRONG_TYPE",
        ]
    );
    let both = r#"{"billingAddress":{"city":1,"city":2},"status":1,"billingAddress":{}}"#;
    assert_eq!(
        update(both),
        ["billingAddress DUPLICATE_FIELD", "status WRONG_TYPE"]
    );
}

#[test]
fn p8_repeated_contacts_replace_the_violations_of_the_first() {
    let two = r#"[{"name":"A","isPrimary":true},{"name":1,"isPrimary":true,"x":1},7]"#;
    assert_eq!(
        create(two, r#","u":1,"contacts":[],"status":1"#),
        [
            "contacts DUPLICATE_FIELD",
            "u UNKNOWN_FIELD",
            "status WRONG_TYPE"
        ]
    );
    let many = vec!["7"; 300].join(",");
    let once = create(&format!("[{many}]"), r#","contacts":1"#);
    assert_eq!(once, ["contacts DUPLICATE_FIELD"]);
}

#[test]
fn p8_a_repeated_field_of_a_contact_replaces_only_its_own_violation() {
    assert_eq!(
        create(
            r#"[{"email":1,"name":1,"name":2,"name":3},{"name":"B","phone":1,"phone":"+1"},
                {"phone":2}]"#,
            r#","u":1"#
        ),
        [
            "contacts[0].email WRONG_TYPE",
            "contacts[0].name DUPLICATE_FIELD",
            "contacts[1].phone DUPLICATE_FIELD",
            "contacts[2].phone WRONG_TYPE",
            "contacts[2].name REQUIRED",
            "u UNKNOWN_FIELD",
        ]
    );
    // A repeated `isPrimary` has no value, so only one contact is primary.
    let primary =
        r#"[{"name":"A","isPrimary":true,"isPrimary":true},{"name":"B","isPrimary":true}]"#;
    assert_eq!(
        create(primary, ""),
        ["contacts[0].isPrimary DUPLICATE_FIELD"]
    );
}

#[test]
fn p8_a_violation_of_the_whole_list_is_reported_before_those_of_its_contacts() {
    let contacts = r#"[{"name":"A","isPrimary":true},{"name":1,"isPrimary":true}]"#;
    assert_eq!(
        create(contacts, r#","status":1"#),
        [
            "contacts MULTIPLE_PRIMARY_CONTACTS",
            "contacts[1].name WRONG_TYPE",
            "status WRONG_TYPE"
        ]
    );
}

#[test]
fn p13_warnings_are_in_body_order() {
    let accepted = ignoring(
        r#""a":1,"billingAddress":{"b":1,"city":"Paris","b":2},"mainPhone":"555","a":2,
            "contacts":[{"name":"A","c":1,"phone":"555"}],"website":"acme.example""#,
    );
    let warnings: Vec<_> = accepted
        .warnings
        .iter()
        .map(|w| w.field().as_str())
        .collect();
    let expected = [
        "a",
        "billingAddress.b",
        "mainPhone",
        "contacts[0].c",
        "contacts[0].phone",
        "website",
    ];
    assert_eq!(warnings, expected);
}

#[test]
fn p13_at_most_100_warnings_are_reported_wherever_they_are() {
    let contact = |n| format!(r#"{{"name":"A","phone":"555","x{n}":1}}"#);
    let contacts: Vec<_> = (0..120).map(contact).collect();
    let contacts = format!(r#""contacts":[{}]"#, contacts.join(","));
    let address = format!(r#""billingAddress":{{"city":"A",{}}}"#, unknown(120));
    for body in [unknown(120), contacts, address] {
        assert_eq!(ignoring(&body).warnings.len(), MAX_VIOLATIONS, "{body:.40}");
    }
}

#[test]
fn p11_violations_beyond_100_are_counted_wherever_they_are() {
    let (many, few) = (unknown(150), unknown(60));
    for (body, omitted) in [
        (format!("{{{}}}", unknown(100)), 0),
        (format!("{{{}}}", unknown(101)), 1),
        (format!(r#"{{{},"status":1}}"#, unknown(100)), 1),
        (format!(r#"{{"status":1,{}}}"#, unknown(100)), 1),
        (format!(r#"{{"billingAddress":{{{many}}}}}"#), 50),
        (
            format!(r#"{{"billingAddress":{{{few}}},"shippingAddress":{{{few}}}}}"#),
            20,
        ),
        (format!(r#"{{"billingAddress":{{{many}}},{many}}}"#), 200),
        (
            format!(r#"{{{many},"billingAddress":{{{many},"city":1}},"status":1}}"#),
            202,
        ),
        // The first address is replaced by one violation.
        (
            format!(r#"{{"billingAddress":{{{many}}},{many},"billingAddress":1}}"#),
            51,
        ),
    ] {
        let violations = violations(&body);
        let counts = (violations.len(), violations.omitted());
        assert_eq!(counts, (MAX_VIOLATIONS, omitted), "{body:.40}");
    }
    let contacts = vec![r#"{"x":1}"#; 300].join(",");
    let body = format!(r#"{{"contacts":[{contacts}]}}"#);
    let Err(BodyError::Invalid(violations)) = NewCustomer::from_json(body.as_bytes()) else {
        panic!("unknown names are accepted")
    };
    // Two for each contact, and the required name and email.
    assert_eq!(violations.omitted(), 602 - MAX_VIOLATIONS);
}

#[test]
fn p11_a_path_is_reported_once_at_its_first_position() {
    for (body, expected) in [
        (
            r#"{"billingAddress":{"zip":1},"status":1,"billingAddress.zip":1}"#,
            &["billingAddress.zip UNKNOWN_FIELD", "status WRONG_TYPE"][..],
        ),
        (
            r#"{"billingAddress.zip":1,"status":1,"billingAddress":{"zip":1,"city":1}}"#,
            &[
                "billingAddress.zip UNKNOWN_FIELD",
                "status WRONG_TYPE",
                "billingAddress.city WRONG_TYPE",
            ],
        ),
    ] {
        assert_eq!(update(body), expected, "{body}");
        assert_eq!(violations(body).omitted(), 0);
    }
}

#[test]
fn p11_a_path_that_was_reported_is_not_counted_as_omitted() {
    let each = |name: fn(usize) -> String| (0..MAX_VIOLATIONS).map(name).collect::<Vec<_>>();
    let outside = each(|n| format!(r#""billingAddress.u{n}":1"#)).join(",");
    let inside = each(|n| format!(r#""u{n}":1"#)).join(",");
    for (body, omitted) in [
        (
            format!(
                r#"{{"billingAddress.zip":1,{},"billingAddress":{{"zip":1}}}}"#,
                unknown(99)
            ),
            0,
        ),
        (format!(r#"{{"billingAddress":{{{inside}}},{outside}}}"#), 0),
        (
            format!(r#"{{"billingAddress":{{{inside}}},{outside},"status":1}}"#),
            1,
        ),
    ] {
        let violations = violations(&body);
        let counts = (violations.len(), violations.omitted());
        assert_eq!(counts, (MAX_VIOLATIONS, omitted), "{body:.40}");
    }
}

#[test]
fn p11_a_path_is_cut_after_100_characters() {
    let name = "é".repeat(MAX_PATH_CHARS);
    let nested = "é".repeat(MAX_PATH_CHARS - "billingAddress.".len());
    let body =
        format!(r#"{{"{name}":1,"{name}é":1,"billingAddress":{{"{nested}":1,"{nested}é":1}}}}"#);
    assert_eq!(
        update(&body),
        [
            format!("{name} UNKNOWN_FIELD"),
            format!("{name}… UNKNOWN_FIELD"),
            format!("billingAddress.{nested} UNKNOWN_FIELD"),
            format!("billingAddress.{nested}… UNKNOWN_FIELD"),
        ]
    );
}
