//! The results of `customer apply`.

use customer_domain::Field;
use serde_json::json;

use crate::{ACME, answer, answers, line, pairs, run, values};

#[test]
fn m2_the_result_has_the_sorted_names_of_the_changed_fields() {
    let answer = answer(line(
        r#"{"status":"inactive","email":"a@b.co","customer":"Acme Corporation"}"#,
    ));
    assert_eq!(answer["message"], "Customer updated.");
    assert_eq!(answer["changed"], json!(["email", "status"]));
    assert_eq!(answer["data"]["updatedAt"], "2026-11-23T12:00:00Z");
    assert_eq!(answer.get("warnings"), None, "no value has a warning");
}

#[test]
fn m2_changed_contains_each_patchable_field_that_a_patch_sets() {
    let values = json!({
        "customer": "Umbra",
        "email": "bob@umbra.example",
        "mainPhone": "+14155550100",
        "website": "https://umbra.example",
        "status": "inactive",
        "billingAddress": {"city": "Paris"},
        "shippingAddress": {"city": "Lyon"},
    });
    for field in Field::ALL.iter().filter(|field| field.is_patchable()) {
        let name = field.as_str();
        let value = &values[name];
        assert!(!value.is_null(), "{name} needs a value here");
        let answer = answer(line(&json!({name: value}).to_string()));
        assert_eq!(answer["changed"], json!([name]));
    }
}

#[test]
fn v5_a_website_without_protocol_produces_a_warning() {
    let answer = answer(line(r#"{"website":"acme.example"}"#));
    assert_eq!(answer["status"], "success");
    let warnings = [("website", "WEBSITE_WITHOUT_PROTOCOL")];
    assert_eq!(pairs(&answer["warnings"]), warnings);
}

#[test]
fn p8_duplicate_keys_in_a_patch_are_detected() {
    for patch in [
        r#"{"email":"a@b.co","email":"c@d.co"}"#,
        r#"{"email":"a@b.co","\u0065mail":"a@b.co"}"#,
    ] {
        let answer = answer(line(patch));
        assert_eq!(pairs(&answer["errors"]), [("email", "DUPLICATE_FIELD")]);
    }
    let answer = answer(line(r#"{"billingAddress":{"city":"Rome","city":"Rome"}}"#));
    let errors = [("billingAddress.city", "DUPLICATE_FIELD")];
    assert_eq!(pairs(&answer["errors"]), errors);
}

#[test]
fn p11_errors_are_in_the_order_of_the_patch() {
    let answer = answer(line(r#"{"website":7,"status":"","customer":null,"a":1}"#));
    let errors = [
        ("website", "WRONG_TYPE"),
        ("status", "INVALID_CHOICE"),
        ("customer", "NULL_NOT_ALLOWED"),
        ("a", "UNKNOWN_FIELD"),
    ];
    assert_eq!(pairs(&answer["errors"]), errors);
}

#[test]
fn p10_a_patch_that_is_not_an_object_has_the_wrong_type() {
    for patch in ["null", "[]", "7", "true", r#""{}""#, "1e999"] {
        let answer = answer(line(patch));
        assert_eq!(answer["code"], "VALIDATION_FAILED", "{patch}");
        assert_eq!(pairs(&answer["errors"]), [("", "WRONG_TYPE")], "{patch}");
    }
}

#[test]
fn p10_patch_text_is_a_request_body_as_received() {
    let answer = |text: &str| {
        let text = serde_json::to_string(text).unwrap();
        answer(format!(r#"{{"customer":{ACME},"patchText":{text}}}"#))
    };
    for (text, line, column) in [
        ("", 1, 0),
        ("{", 1, 1),
        ("{}\n x", 2, 2),
        ("\u{FEFF}{}", 1, 1),
        ("{\"email\":\"a@b.co\",\n}", 2, 1),
    ] {
        let answer = answer(text);
        assert_eq!(answer["code"], "MALFORMED_JSON", "{text}");
        let place = json!({"line": line, "column": column});
        assert_eq!(answer["details"], place, "{text}");
    }
    let answer = answer(" {\"website\": \"https://acme.example/\\u00e9\"}\n");
    assert_eq!(answer["data"]["website"], "https://acme.example/é");
}

#[test]
fn p10_an_escape_that_is_not_a_character_makes_the_patch_malformed() {
    let answer = answer(line(r#"{"customer":"\ud800"}"#));
    assert_eq!(answer["code"], "MALFORMED_JSON");
}

#[test]
fn p13_the_option_ignores_unknown_fields() {
    let input = line(r#"{"colour":"red","status":"inactive"}"#);

    let rejected = answer(&input);
    assert_eq!(pairs(&rejected["errors"]), [("colour", "UNKNOWN_FIELD")]);

    let ended = run(&["apply", "--ignore-unknown"], &input);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let answers = values(&ended.stdout);
    assert_eq!(answers[0]["changed"], json!(["status"]));
    let warnings = [("colour", "UNKNOWN_FIELD_IGNORED")];
    assert_eq!(pairs(&answers[0]["warnings"]), warnings);
}

#[test]
fn other_members_are_ignored_in_any_order() {
    let answer = answer(format!(
        r#" {{"id":"x","patch":{{}},"id":[{{}}],"expect":{{"a":1e999}},"customer":{ACME}}} "#
    ));
    assert_eq!(answer["changed"], json!([]));
    assert_eq!(answer["data"]["updatedAt"], "2026-02-01T08:30:00Z");
}

#[test]
fn every_line_has_one_result_in_its_position() {
    let input = [
        line(r#"{"status":"inactive"}"#),
        "nonsense\n".to_owned(),
        line(r#"{"status":null}"#),
        line("{}"),
    ];
    let answers = answers(input.concat());
    let codes: Vec<_> = answers.iter().map(|a| a["code"].as_str()).collect();
    assert_eq!(
        codes,
        [
            None,
            Some("UNREADABLE_LINE"),
            Some("VALIDATION_FAILED"),
            None
        ]
    );
}

#[test]
fn p0_a_record_keeps_values_that_the_rules_reject_today() {
    let old = |patch: &str| {
        line(patch)
            .replace("billing@acme.example", "a@b/c.com")
            .replace(r#""website":null"#, r#""website":"$$$.!!!""#)
    };
    let kept = answer(old(r#"{"mainPhone":"+14155550100"}"#));
    assert_eq!(kept["status"], "success");
    assert_eq!(kept["changed"], json!(["mainPhone"]));
    assert_eq!(kept["data"]["email"], "a@b/c.com");
    assert_eq!(kept["data"]["website"], "$$$.!!!");

    let sent_again = answer(old(r#"{"email":"a@b/c.com","website":"$$$.!!!"}"#));
    let errors = [("email", "INVALID_EMAIL"), ("website", "INVALID_URL")];
    assert_eq!(pairs(&sent_again["errors"]), errors);
    let message = "email must be an email address such as name@company.example; 1 more";
    assert_eq!(sent_again["message"], message);
}
