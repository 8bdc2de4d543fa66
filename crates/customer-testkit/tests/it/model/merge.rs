//! M1–M4: the resulting record.

use customer_testkit::model::{INVALID_CASE, UnknownFields, Verdict, update};
use serde_json::json;

use crate::model::{NOW, accepted, pairs, patch, record};

/// `updatedAt` after a change at `now` of a record that was last changed at `old`.
fn updated_at(old: &str, now: &str) -> String {
    let mut record = record();
    record["updatedAt"] = json!(old);
    let (data, changed, _) = accepted(update(
        &record,
        now,
        br#"{"status":"inactive"}"#,
        UnknownFields::Reject,
    ));
    assert_eq!(changed, ["status"]);
    data["updatedAt"].as_str().expect("a string").to_owned()
}

#[test]
fn m2_only_different_values_are_changes() {
    for body in [
        "{}",
        r#"{"customer":" Acme Corporation\t"}"#,
        r#"{"email":"billing@acme.example","status":"active","shippingAddress":null}"#,
        r#"{"billingAddress":{"country":"USA","zipCode":"94105","state":"CA","city":"San Francisco ","street":"123 Main St"}}"#,
    ] {
        assert_eq!(accepted(patch(body)), (record(), vec![], vec![]), "{body}");
    }
    let (data, changed, _) = accepted(patch(
        r#"{"status":"inactive","email":"Billing@acme.example","customer":"B"}"#,
    ));
    assert_eq!(changed, ["customer", "email", "status"]);
    assert_eq!(data["email"], "Billing@acme.example");
    assert_eq!(data["updatedAt"], NOW);
}

#[test]
fn m2_a_warning_does_not_require_a_change() {
    let mut record = record();
    record["mainPhone"] = json!("1");
    let (data, changed, warnings) = accepted(update(
        &record,
        NOW,
        br#"{"mainPhone":"1"}"#,
        UnknownFields::Reject,
    ));
    assert_eq!((data, changed), (record, vec![]));
    assert_eq!(warnings, pairs(&[("mainPhone", "PHONE_NOT_INTERNATIONAL")]));
}

#[test]
fn m3_updated_at_strictly_increases() {
    let old = "2026-02-01T08:30:00Z";
    assert_eq!(
        updated_at(old, "2026-02-01T08:30:00.000001Z"),
        "2026-02-01T08:30:00.000001Z"
    );
    assert_eq!(updated_at(old, old), "2026-02-01T08:30:00.000001Z");
    assert_eq!(
        updated_at(old, "2020-01-01T00:00:00Z"),
        "2026-02-01T08:30:00.000001Z"
    );
    assert_eq!(
        updated_at(old, "2026-02-01T08:30:00.000000999Z"),
        "2026-02-01T08:30:00.000001Z"
    );
    assert_eq!(
        updated_at(old, "2026-02-01T08:30:00.000002999Z"),
        "2026-02-01T08:30:00.000002Z"
    );
    assert_eq!(
        updated_at(old, "2026-02-01T09:30:00.5+01:00"),
        "2026-02-01T08:30:00.5Z"
    );
    assert_eq!(
        updated_at("1950-01-01T00:00:00Z", "1960-01-01T00:00:00.0000015Z"),
        "1960-01-01T00:00:00.000001Z"
    );
}

#[test]
fn m4_immutable_fields_never_change() {
    let (data, _, _) = accepted(patch(r#"{"customer":"B"}"#));
    for field in ["uuid", "createdAt", "contacts"] {
        assert_eq!(data[field], record()[field]);
    }
}

#[test]
fn an_invalid_case_has_its_own_code() {
    for (record, now) in [(json!([]), NOW), (record(), "yesterday"), (json!({}), NOW)] {
        let Verdict::Rejected { code, .. } = update(&record, now, b"{}", UnknownFields::Reject)
        else {
            panic!("accepted");
        };
        assert_eq!(code, INVALID_CASE);
    }
}
