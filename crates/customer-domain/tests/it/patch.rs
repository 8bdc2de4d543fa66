//! P1 to P13: reading the body of an update.

use customer_domain::{
    Accepted, Address, AddressField, BodyError, CustomerPatch, MAX_VIOLATIONS, NullableUpdate,
    ReadOptions, Status, UnknownFields, Update,
};

use crate::{acme, errors, noon};

fn read(body: &str) -> Vec<String> {
    errors(CustomerPatch::from_json(body.as_bytes()))
}

fn ignoring(body: &str) -> Result<Accepted<CustomerPatch>, BodyError> {
    let options = ReadOptions::new().with_unknown_fields(UnknownFields::Ignore);
    CustomerPatch::read_json(body.as_bytes(), options)
}

#[test]
fn p1_a_missing_field_is_left_unchanged() {
    let patch = CustomerPatch::from_json(br#"{"customer":"Acme Ltd"}"#).unwrap();
    assert_eq!(patch.status, Update::Keep);
    let applied = acme().apply(&patch, noon());
    assert_eq!(applied.changed().names(), ["customer"]);
    assert_eq!(
        applied.into_customer().status(),
        Status::Inactive,
        "not reset to active"
    );
}

#[test]
fn p2_null_empty_and_blank_clear_a_phone_and_a_website() {
    for value in ["null", r#""""#, r#"" \t""#, r#""\u200b\u0000""#] {
        let body = format!(r#"{{"mainPhone":{value},"website":{value}}}"#);
        let patch = CustomerPatch::from_json(body.as_bytes()).unwrap();
        assert_eq!(patch.main_phone, NullableUpdate::Clear, "{value}");
        assert_eq!(patch.website, NullableUpdate::Clear, "{value}");
        let after = acme().apply(&patch, noon()).into_customer();
        assert_eq!((after.main_phone(), after.website()), (None, None));
    }
}

#[test]
fn p3_an_address_is_replaced_as_a_whole() {
    for field in ["billingAddress", "shippingAddress"] {
        let patch = |address: &str| {
            let body = format!(r#"{{"{field}":{address}}}"#);
            CustomerPatch::from_json(body.as_bytes()).unwrap()
        };
        let old = patch(r#"{"street":"1 High St","city":"Oslo","zipCode":"1"}"#);
        let new = patch(r#"{"city":"Paris","country":null}"#);
        let before = acme().apply(&old, noon()).into_customer();
        let after = before.apply(&new, noon()).into_customer();
        let expected = serde_json::json!({
            "street": null, "city": "Paris", "state": null, "zipCode": null, "country": null
        });
        assert_eq!(serde_json::to_value(after).unwrap()[field], expected);
    }
}

#[test]
fn p3_the_same_string_in_another_field_is_another_address() {
    let address = |field: &str| {
        let body = format!(r#"{{"billingAddress":{{"{field}":"Paris"}}}}"#);
        CustomerPatch::from_json(body.as_bytes()).unwrap()
    };
    let before = acme().apply(&address("street"), noon()).into_customer();
    let applied = before.apply(&address("city"), noon());
    let paris = applied.customer().billing_address().unwrap();
    assert_eq!(
        (
            paris.get(AddressField::Street),
            paris.get(AddressField::City)
        ),
        (None, Some("Paris"))
    );
    assert_eq!(applied.changed().names(), ["billingAddress"]);
}

#[test]
fn p3_only_null_clears_an_address() {
    let patch = CustomerPatch::from_json(br#"{"billingAddress":null}"#).unwrap();
    let after = acme().apply(&patch, noon()).into_customer();
    assert_eq!(after.billing_address(), None);
    for value in [r#""""#, r#""x""#, "[]", "0", "false"] {
        let body = format!(r#"{{"billingAddress":{value}}}"#);
        assert_eq!(read(&body), ["billingAddress WRONG_TYPE"], "{value}");
    }
    for value in ["{}", r#"{"street":null}"#, r#"{"street":"","city":" "}"#] {
        let body = format!(r#"{{"billingAddress":{value}}}"#);
        assert_eq!(read(&body), ["billingAddress EMPTY_ADDRESS"], "{value}");
    }
}

#[test]
fn p4_null_is_not_allowed_for_a_field_that_cannot_be_cleared() {
    assert_eq!(
        read(r#"{"customer":null,"email":null,"status":null}"#),
        [
            "customer NULL_NOT_ALLOWED",
            "email NULL_NOT_ALLOWED",
            "status NULL_NOT_ALLOWED"
        ]
    );
}

#[test]
fn p5_contacts_cannot_be_updated_with_any_value() {
    for value in ["null", "[]", "{}", "1", r#"[{"name":"Bob"}]"#] {
        let body = format!(r#"{{"contacts":{value}}}"#);
        assert_eq!(read(&body), ["contacts CONTACTS_NOT_UPDATABLE"], "{value}");
    }
}

#[test]
fn p6_a_read_only_field_is_rejected_with_any_value() {
    for field in ["uuid", "teamId", "createdAt", "updatedAt", "version"] {
        for value in ["null", "1", r#""x""#] {
            let body = format!(r#"{{"{field}":{value}}}"#);
            assert_eq!(read(&body), [format!("{field} READ_ONLY")]);
        }
    }
}

#[test]
fn p7_an_unknown_field_is_rejected_at_the_top_level_and_in_an_address() {
    assert_eq!(
        read(r#"{"Email":1,"billingAddress":{"zip":"1","street":"x"},"":null}"#),
        [
            "Email UNKNOWN_FIELD",
            "billingAddress.zip UNKNOWN_FIELD",
            " UNKNOWN_FIELD"
        ]
    );
}

#[test]
fn p8_a_repeated_field_is_one_duplicate_whatever_its_values() {
    for (body, error) in [
        (r#"{"email":"a@b.co","email":"c@d.co"}"#, "email"),
        (r#"{"email":1,"status":"active","email":null}"#, "email"),
        (
            r#"{"em\u0061il":"a@b.co","email":"a@b.co","email":"a@b.co"}"#,
            "email",
        ),
        (r#"{"contacts":1,"contacts":1}"#, "contacts"),
        (r#"{"uuid":1,"uuid":1}"#, "uuid"),
        (
            r#"{"billingAddress":{"zip":1,"street":2,"street":3},"billingAddress":7}"#,
            "billingAddress",
        ),
        (
            r#"{"billingAddress":{"street":"a","street":5,"city":"b"}}"#,
            "billingAddress.street",
        ),
    ] {
        assert_eq!(read(body), [format!("{error} DUPLICATE_FIELD")], "{body}");
    }
}

#[test]
fn p8_a_duplicate_is_reported_at_the_position_of_the_first() {
    assert_eq!(
        read(r#"{"email":1,"status":2,"email":3}"#),
        ["email DUPLICATE_FIELD", "status WRONG_TYPE"]
    );
}

#[test]
fn p8_a_repeated_unknown_field_is_one_unknown_field() {
    assert_eq!(read(r#"{"x":1,"\u0078":2,"x":3}"#), ["x UNKNOWN_FIELD"]);
}

#[test]
fn p9_reading_continues_after_a_wrong_type() {
    for wrong in [
        "1",
        "-1.5e3",
        "1e999",
        "true",
        "[]",
        r#"["a"]"#,
        "{}",
        r#"{"a":{"b":1}}"#,
    ] {
        let body = format!(
            r#"{{"customer":{wrong},"email":{wrong},"mainPhone":{wrong},"website":{wrong},
                "status":{wrong},"shippingAddress":{{"city":{wrong}}},"nope":{wrong}}}"#
        );
        assert_eq!(
            read(&body),
            [
                "customer WRONG_TYPE",
                "email WRONG_TYPE",
                "mainPhone WRONG_TYPE",
                "website WRONG_TYPE",
                "status WRONG_TYPE",
                "shippingAddress.city WRONG_TYPE",
                "nope UNKNOWN_FIELD"
            ],
            "{wrong}"
        );
    }
}

#[test]
fn p10_the_body_is_one_object() {
    for body in [
        "[]",
        "null",
        "1",
        "1e999",
        r#""x""#,
        "true",
        "[{}]",
        "[\n{}\n] ",
    ] {
        assert_eq!(read(body), [" WRONG_TYPE"], "{body}");
    }
}

#[test]
fn p10_malformed_json_is_one_error_at_any_position() {
    for body in [
        "",
        " ",
        "{",
        "}",
        "{}x",
        "{} {}",
        r#"{"status":"inactive""#,
        r#"{"customer":null,"zz":[1,{"a":tru}]}"#,
        r#"{"zz":"\x"}"#,
        r#"{"zz":.5}"#,
        r#"{"contacts":[1,]}"#,
        r#"{"status":"active",}"#,
        "{\"status\":\"acti\nve\"}",
        "\u{FEFF}{}",
        "[1",
        "nul",
    ] {
        assert_eq!(read(body), ["MALFORMED_JSON"], "{body}");
    }
    let not_utf8 = CustomerPatch::from_json(b"{\"zz\":\"\xFF\"}");
    assert_eq!(errors(not_utf8), ["MALFORMED_JSON"]);
}

#[test]
fn p11_all_violations_are_reported_in_body_order() {
    let phone = "1".repeat(51);
    let body = format!(
        r#"{{"contacts":[],"billingAddress":{{"zip":1,"city":2}},"customer":"","email":"nope",
            "mainPhone":"{phone}","website":"ftp://x.example","status":"ACTIVE"}}"#
    );
    assert_eq!(
        read(&body),
        [
            "contacts CONTACTS_NOT_UPDATABLE",
            "billingAddress.zip UNKNOWN_FIELD",
            "billingAddress.city WRONG_TYPE",
            "customer BLANK",
            "email INVALID_EMAIL",
            "mainPhone TOO_LONG",
            "website INVALID_URL",
            "status INVALID_CHOICE"
        ]
    );
}

#[test]
fn p11_a_path_is_reported_once_with_the_first_rule_that_fails() {
    // Blank before control characters before length before the rule of the value.
    assert_eq!(read("{\"email\":\"\\u0000\"}"), ["email BLANK"]);
    let long = "x".repeat(300);
    assert_eq!(
        read(&format!(r#"{{"email":"a\u0001{long}"}}"#)),
        ["email CONTROL_CHARACTER"]
    );
    assert_eq!(
        read(&format!(r#"{{"email":"{long}"}}"#)),
        ["email TOO_LONG"]
    );
    // An unknown name that is written like the path of an address field.
    assert_eq!(
        read(r#"{"billingAddress":{"zip":1},"billingAddress.zip":1}"#),
        ["billingAddress.zip UNKNOWN_FIELD"]
    );
    assert_eq!(
        read(r#"{"billingAddress.city":1,"billingAddress":{"city":1}}"#),
        ["billingAddress.city UNKNOWN_FIELD"]
    );
}

#[test]
fn p11_at_most_100_violations_are_reported_and_the_rest_counted() {
    let names = |n: usize| {
        let names: Vec<_> = (0..n).map(|i| format!(r#""k{i}":0"#)).collect();
        names.join(",")
    };
    for (count, omitted) in [(99, 0), (100, 1), (5_000, 4_901)] {
        let body = format!(r#"{{{},"status":1}}"#, names(count));
        let Err(BodyError::Invalid(violations)) = CustomerPatch::from_json(body.as_bytes()) else {
            panic!("{count}");
        };
        assert_eq!(violations.len(), MAX_VIOLATIONS);
        assert_eq!(violations.omitted(), omitted, "{count}");
    }
    let body = format!(
        r#"{{"billingAddress":{{{}}},"shippingAddress":{{{}}}}}"#,
        names(150),
        names(60)
    );
    let Err(BodyError::Invalid(violations)) = CustomerPatch::from_json(body.as_bytes()) else {
        panic!();
    };
    assert_eq!((violations.len(), violations.omitted()), (100, 110));
}

#[test]
fn p11_names_that_are_cut_to_the_same_path_are_one_violation() {
    let long = "k".repeat(100);
    let body = format!(r#"{{"{long}a":0,"{long}b":0}}"#);
    assert_eq!(read(&body), [format!("{long}… UNKNOWN_FIELD")]);
}

#[test]
fn p12_an_empty_patch_is_valid_and_changes_nothing() {
    let patch = CustomerPatch::from_json(b" { } \n").unwrap();
    assert!(patch.is_empty());
    let applied = acme().apply(&patch, noon());
    assert!(applied.changed().is_empty());
    assert_eq!(applied.into_customer(), acme());
}

#[test]
fn p13_a_service_can_ignore_unknown_fields() {
    let body = r#"{"x":1,"billingAddress":{"zip":1,"city":"Paris"},"x":{"y":[]}}"#;
    let accepted = ignoring(body).unwrap();
    let warnings: Vec<_> = accepted.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "x is not a known field and was ignored",
            "billingAddress.zip is not a known field and was ignored"
        ]
    );
    let NullableUpdate::Set(address) = accepted.value.billing_address else {
        panic!()
    };
    assert_eq!(address.get(AddressField::City), Some("Paris"));
}

#[test]
fn p13_ignoring_unknown_fields_ignores_nothing_else() {
    assert_eq!(
        errors(ignoring(
            r#"{"x":1,"uuid":1,"email":1,"email":2,"status":"x"}"#
        )),
        [
            "uuid READ_ONLY",
            "email DUPLICATE_FIELD",
            "status INVALID_CHOICE"
        ]
    );
    assert_eq!(
        errors(ignoring(r#"{"billingAddress":{"zip":"1"}}"#)),
        ["billingAddress EMPTY_ADDRESS"]
    );
    assert_eq!(errors(ignoring(r#"{"x":"\ud800"}"#)), ["MALFORMED_JSON"]);
}

#[test]
fn p13_at_most_100_warnings_are_reported() {
    let names: Vec<_> = (0..5_000).map(|i| format!(r#""k{i}":0"#)).collect();
    let accepted = ignoring(&format!("{{{}}}", names.join(","))).unwrap();
    assert_eq!(accepted.warnings.len(), MAX_VIOLATIONS);
    let names = names[..60].join(",");
    let body = format!(r#"{{{names},"billingAddress":{{"city":"Paris",{names}}}}}"#);
    let accepted = ignoring(&body).unwrap();
    assert_eq!(accepted.warnings.len(), MAX_VIOLATIONS, "in all");
}

#[test]
fn v4_and_v5_produce_warnings() {
    let body = br#"{"mainPhone":"(415) 555-0100","website":"acme.example"}"#;
    let accepted = CustomerPatch::read_json(body, ReadOptions::new()).unwrap();
    let codes: Vec<_> = accepted
        .warnings
        .iter()
        .map(|w| (w.field().as_str(), w.code()))
        .collect();
    assert_eq!(
        codes,
        [
            ("mainPhone", "PHONE_NOT_INTERNATIONAL"),
            ("website", "WEBSITE_WITHOUT_PROTOCOL")
        ]
    );
}

#[test]
fn a_patch_is_read_from_any_serde_format() {
    let body = serde_json::json!({"email": "a@b.co", "website": null, "shippingAddress": {"city": "Paris"}});
    let from_value: CustomerPatch = serde_json::from_value(body.clone()).unwrap();
    let from_text = CustomerPatch::from_json(body.to_string().as_bytes()).unwrap();
    assert_eq!(from_value, from_text);
    let from_reader: CustomerPatch = serde_json::from_reader(body.to_string().as_bytes()).unwrap();
    assert_eq!(from_reader, from_text);

    let invalid = serde_json::json!({"email": 7, "zip": "x", "status": "on"});
    let error = serde_json::from_value::<CustomerPatch>(invalid).unwrap_err();
    assert_eq!(
        error.to_string(),
        "email must be a string; status must be one of: active, inactive; zip is not a known field"
    );
    assert!(
        serde_json::from_str::<CustomerPatch>("[]").is_err(),
        "a derived struct accepts an array"
    );
}

#[test]
fn each_setter_sets_its_field_and_no_other() {
    let paris = || Address::new([(AddressField::City, "Paris")]).unwrap();
    let new = CustomerPatch::new;
    for (patch, json) in [
        (
            new().with_name(Update::Set("A".parse().unwrap())),
            r#"{"customer":"A"}"#,
        ),
        (
            new().with_email(Update::Set("a@b.co".parse().unwrap())),
            r#"{"email":"a@b.co"}"#,
        ),
        (
            new().with_main_phone(NullableUpdate::Set("+1".parse().unwrap())),
            r#"{"mainPhone":"+1"}"#,
        ),
        (
            new().with_main_phone(NullableUpdate::Clear),
            r#"{"mainPhone":null}"#,
        ),
        (
            new().with_website(NullableUpdate::Set("a.b".parse().unwrap())),
            r#"{"website":"a.b"}"#,
        ),
        (
            new().with_website(NullableUpdate::Clear),
            r#"{"website":null}"#,
        ),
        (
            new().with_status(Update::Set(Status::Active)),
            r#"{"status":"active"}"#,
        ),
        (
            new().with_billing_address(NullableUpdate::Set(paris())),
            r#"{"billingAddress":{"street":null,"city":"Paris","state":null,"zipCode":null,"country":null}}"#,
        ),
        (
            new().with_billing_address(NullableUpdate::Clear),
            r#"{"billingAddress":null}"#,
        ),
        (
            new().with_shipping_address(NullableUpdate::Set(paris())),
            r#"{"shippingAddress":{"street":null,"city":"Paris","state":null,"zipCode":null,"country":null}}"#,
        ),
        (
            new().with_shipping_address(NullableUpdate::Clear),
            r#"{"shippingAddress":null}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&patch).unwrap(), json);
        assert_eq!(CustomerPatch::from_json(json.as_bytes()), Ok(patch.clone()));
        assert_eq!(patch.fields().len(), 1, "{json}");
    }
}

#[test]
fn p11_names_that_are_cut_to_the_same_path_do_not_use_up_the_limit() {
    let long = "n".repeat(100);
    let alike: Vec<_> = (0..150).map(|n| format!(r#""{long}{n}":{n}"#)).collect();
    let alike = alike.join(",");
    for (body, parent) in [
        (format!(r#"{{{alike},"é":1}}"#), ""),
        (
            format!(r#"{{"billingAddress":{{{alike},"é":1}}}}"#),
            "billingAddress.",
        ),
    ] {
        let Err(BodyError::Invalid(violations)) = CustomerPatch::from_json(body.as_bytes()) else {
            panic!("unknown names are accepted");
        };
        let fields: Vec<_> = violations.iter().map(|v| v.field().as_str()).collect();
        let shown = &long[parent.len()..];
        assert_eq!(fields, [format!("{parent}{shown}…"), format!("{parent}é")]);
        assert_eq!(violations.omitted(), 0);
    }
}

#[test]
fn v4_and_v5_recommended_formats_produce_no_warnings() {
    let recommended = r#"{"mainPhone":"+14155550100","website":"https://acme.example"}"#;
    assert_eq!(ignoring(recommended).unwrap().warnings, []);
    let neither = r#"{"mainPhone":"555","website":"acme.example"}"#;
    assert_eq!(ignoring(neither).unwrap().warnings.len(), 2);
}
