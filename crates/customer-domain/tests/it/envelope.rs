//! The JSON of responses (RULES, Responses), as snapshots.

use std::error::Error;

use customer_domain::{
    CustomerPatch, DeleteError, ErrorCode, Failure, InsertError, NewCustomer, ReadOptions,
    StoreError, StoreErrorKind, Success, UnknownFields, UpdateError,
};

use crate::{acme, id, noon};

fn failure(body: &str) -> String {
    let error = CustomerPatch::from_json(body.as_bytes()).unwrap_err();
    serde_json::to_string_pretty(&Failure::from(error)).unwrap()
}

#[test]
fn success_without_warnings() {
    let patch = CustomerPatch::from_json(br#"{"status":"active"}"#).unwrap();
    let applied = acme().apply(&patch, noon());
    let response = Success::updated(applied.customer());
    insta::assert_snapshot!(serde_json::to_string_pretty(&response).unwrap());
}

#[test]
fn success_with_warnings() {
    let body = br#"{"mainPhone":"555","website":"acme.example","colour":"red"}"#;
    let options = ReadOptions::new().with_unknown_fields(UnknownFields::Ignore);
    let accepted = CustomerPatch::read_json(body, options).unwrap();
    let response = Success::updated(()).with_warnings(accepted.warnings);
    insta::assert_snapshot!(serde_json::to_string_pretty(&response).unwrap());
}

#[test]
fn malformed_json() {
    insta::assert_snapshot!(failure("{\n  \"status\": \"inactive\""));
}

#[test]
fn validation_failed_with_every_code_of_an_update() {
    let name = "n".repeat(256);
    insta::assert_snapshot!(failure(&format!(
        r#"{{
            "customer": "{name}",
            "email": null,
            "mainPhone": "1\u0000",
            "website": "javascript:alert(1)",
            "status": "ACTIVE",
            "billingAddress": {{"zip": 1, "city": 2}},
            "shippingAddress": {{}},
            "contacts": [],
            "uuid": 1,
            "version": 1, "version": 2,
            "billing_address": 1,
            "colour": 1
        }}"#
    )));
    insta::assert_snapshot!(
        "blank_and_email",
        failure(r#"{"customer":" ","email":"nope"}"#)
    );
}

#[test]
fn validation_failed_with_the_codes_of_a_create() {
    let body = br#"{"contacts":[{"name":"A","isPrimary":true},{"name":"B","isPrimary":true}]}"#;
    let error = NewCustomer::from_json(body).unwrap_err();
    insta::assert_snapshot!(serde_json::to_string_pretty(&Failure::from(error)).unwrap());
}

#[test]
fn validation_failed_with_omitted_violations() {
    let names: Vec<_> = (0..103).map(|i| format!(r#""k{i}":0"#)).collect();
    let error =
        CustomerPatch::from_json(format!("{{{}}}", names.join(",")).as_bytes()).unwrap_err();
    let json = serde_json::to_value(Failure::from(error)).unwrap();
    assert_eq!(json["details"], serde_json::json!({"omitted": 3}));
    assert_eq!(json["message"], "k0 is not a known field; 102 more");
    assert_eq!(json["errors"].as_array().map(Vec::len), Some(100));
}

#[test]
fn the_message_of_validation_failed_names_the_first_field_and_the_number_of_others() {
    for (body, message) in [
        (r#"{"email":null}"#, "email must not be null"),
        (
            r#"{"email":null,"billingAddress":{"city":1},"contacts":[]}"#,
            "email must not be null; 2 more",
        ),
        ("[]", "the body must be an object"),
        (
            r#"{"a\n\u202eb":"secret"}"#,
            "a\\u{a}\\u{202e}b is not a known field",
        ),
    ] {
        let failure = Failure::from(CustomerPatch::from_json(body.as_bytes()).unwrap_err());
        assert_eq!(failure.message(), message);
    }
}

#[test]
fn s2_a_taken_email_has_the_id_of_its_customer() {
    for failure in [
        Failure::from(InsertError::EmailTaken(id())),
        Failure::from(UpdateError::EmailTaken(id())),
    ] {
        assert_eq!(
            failure.details().and_then(|details| details.uuid),
            Some(id())
        );
        let json = serde_json::to_value(&failure).unwrap();
        assert_eq!(json["details"], serde_json::json!({"uuid": id()}));
        let read: Failure = serde_json::from_value(json).unwrap();
        assert_eq!(read.details(), failure.details());
    }
    for failure in [
        Failure::from(InsertError::IdTaken),
        Failure::from(UpdateError::NotFound),
    ] {
        assert_eq!(failure.details(), None);
    }
}

#[test]
fn s8_an_error_of_a_corrupt_row_names_the_record() {
    let error = StoreError::new(StoreErrorKind::Corrupt).with_record(id());
    assert_eq!(error.record(), Some(id()));
    assert_eq!(
        error.to_string(),
        format!("stored data cannot be decoded: customer {}", id())
    );
    assert_eq!(StoreError::new(StoreErrorKind::Corrupt).record(), None);
}

#[test]
fn every_code_has_its_status_and_its_response() {
    let table: Vec<_> = ErrorCode::ALL
        .iter()
        .map(|code| {
            let json = serde_json::to_string(&Failure::new(code.clone())).unwrap();
            format!("{} {json}", code.http_status())
        })
        .collect();
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn s5_the_cause_of_a_failure_is_its_source_and_not_in_the_response() {
    let cause = std::io::Error::other("disk /dev/sda1 is full");
    let store = StoreError::new(StoreErrorKind::Unavailable).with_source(cause);
    let failure = Failure::from(UpdateError::from(store));
    assert_eq!(*failure.code(), ErrorCode::StoreUnavailable);
    assert!(!serde_json::to_string(&failure).unwrap().contains("sda1"));

    let mut chain = Vec::new();
    let mut error: Option<&dyn Error> = Some(&failure);
    while let Some(cause) = error {
        chain.push(cause.to_string());
        error = cause.source();
    }
    assert_eq!(
        chain,
        [
            "STORE_UNAVAILABLE",
            "the store is unavailable",
            "disk /dev/sda1 is full"
        ]
    );
}

#[test]
fn every_error_of_a_use_case_has_its_code() {
    let store = |kind| StoreError::new(kind);
    for (error, code) in [
        (UpdateError::NotFound, "CUSTOMER_NOT_FOUND"),
        (UpdateError::VersionConflict, "PRECONDITION_FAILED"),
        (UpdateError::EmailTaken(id()), "EMAIL_ALREADY_EXISTS"),
        (UpdateError::ConcurrentUpdate, "CONCURRENT_UPDATE"),
        (
            store(StoreErrorKind::Unavailable).into(),
            "STORE_UNAVAILABLE",
        ),
        (
            store(StoreErrorKind::OutcomeUnknown).into(),
            "OUTCOME_UNKNOWN",
        ),
        (store(StoreErrorKind::Corrupt).into(), "INTERNAL_ERROR"),
        (store(StoreErrorKind::Internal).into(), "INTERNAL_ERROR"),
    ] {
        assert_eq!(error.code().as_str(), code);
        assert_eq!(Failure::from(error).code().as_str(), code);
    }
    for (error, code) in [
        (DeleteError::NotFound, "CUSTOMER_NOT_FOUND"),
        (DeleteError::VersionConflict, "PRECONDITION_FAILED"),
        (
            store(StoreErrorKind::Unavailable).into(),
            "STORE_UNAVAILABLE",
        ),
    ] {
        assert_eq!(error.code().as_str(), code);
        assert_eq!(Failure::from(error).code().as_str(), code);
    }
    let corrupt = Failure::from(store(StoreErrorKind::Corrupt));
    assert_eq!(*corrupt.code(), ErrorCode::InternalError);
    assert_eq!(
        InsertError::EmailTaken(id()).code(),
        ErrorCode::EmailAlreadyExists
    );
    assert_eq!(InsertError::IdTaken.code(), ErrorCode::InternalError);
}
