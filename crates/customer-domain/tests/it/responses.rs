//! Clients write requests and read responses with the types of this crate: every type
//! of both round-trips, and so does the response of a newer server.

use std::fmt::Debug;

use customer_domain::{
    BulkUpdate, Contact, Contacts, CustomerPatch, CustomerRecord, ErrorCode, Expected, Failure,
    Field, FieldPath, FieldSet, NewCustomer, ReadOptions, Reason, RowUpdate, Status, Success,
    UnknownFields, Violation, Violations, Warning,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::acme;

#[track_caller]
fn round_trips<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
}

/// A failure is not comparable: its source is not part of the response.
#[track_caller]
fn failure_round_trips(failure: &Failure) {
    let json = serde_json::to_string(failure).unwrap();
    let read: Failure = serde_json::from_str(&json).unwrap();
    assert_eq!(read.code(), failure.code(), "{json}");
    assert_eq!(read.message(), failure.message());
    assert_eq!(read.details(), failure.details());
    assert_eq!(read.violations(), failure.violations());
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
}

/// One of every kind of reason.
fn every_reason() -> Vec<Reason> {
    let reasons = vec![
        Reason::Required,
        Reason::NullNotAllowed,
        Reason::WrongType {
            expected: Expected::ObjectOrNull,
        },
        Reason::Blank,
        Reason::TooLong {
            max: 50,
            actual: 51,
        },
        Reason::ControlCharacter,
        Reason::InvalidEmail,
        Reason::InvalidUrl,
        Reason::InvalidChoice {
            allowed: &["active", "inactive"],
        },
        Reason::EmptyAddress,
        Reason::ContactsNotUpdatable,
        Reason::ReadOnly,
        Reason::UnknownField,
        Reason::DuplicateField,
        Reason::MultiplePrimaryContacts,
        Reason::OutOfRange { min: 1, max: 100 },
        Reason::TooMany {
            max: 100,
            actual: 101,
        },
        Reason::InvalidUuid,
        Reason::InvalidTimestamp,
        Reason::InvalidPosition,
    ];
    let codes: Vec<_> = reasons.iter().map(Reason::code).collect();
    assert_eq!(codes, Reason::CODES, "every code has a reason");
    reasons
}

fn failure_of(body: &str) -> Failure {
    Failure::from(CustomerPatch::from_json(body.as_bytes()).unwrap_err())
}

#[test]
fn the_parts_of_a_record_round_trip() {
    let acme = acme();
    round_trips(acme.contacts());
    round_trips(&acme.contacts()[0]);
    round_trips(acme.billing_address().unwrap());
    let fields: FieldSet = Field::ALL.iter().copied().collect();
    for fields in [FieldSet::EMPTY, fields] {
        round_trips(&fields);
    }
}

#[test]
fn a_record_is_read_from_what_a_customer_writes() {
    let json = serde_json::to_string(&acme()).unwrap();
    let record: CustomerRecord = serde_json::from_str(&json).unwrap();
    assert_eq!(&record, acme().record());
    let customer = record.into_customer(acme().team(), acme().version());
    assert_eq!(customer, acme());
}

#[test]
fn a_record_of_a_newer_server_is_read_without_its_new_fields() {
    let mut json = serde_json::to_value(acme()).unwrap();
    json["taxNumber"] = json!({"country": "FR"});
    let record: CustomerRecord = serde_json::from_value(json).unwrap();
    assert_eq!(&record, acme().record());
}

#[test]
fn a_success_is_read_with_its_record_and_warnings() {
    let body = br#"{"mainPhone":"555","website":"acme.example","colour":"red"}"#;
    let options = ReadOptions::new().with_unknown_fields(UnknownFields::Ignore);
    let warnings = CustomerPatch::read_json(body, options).unwrap().warnings;
    assert_eq!(warnings.len(), 3);
    for warnings in [Vec::new(), warnings] {
        let response = Success::updated(acme()).with_warnings(warnings.clone());
        let json = serde_json::to_string(&response).unwrap();
        let read: Success<CustomerRecord> = serde_json::from_str(&json).unwrap();
        assert_eq!(read.message(), response.message());
        assert_eq!(read.data(), acme().record());
        assert_eq!(read.warnings(), warnings);
    }
    round_trips(&Success::deleted());
}

#[test]
fn a_failure_of_every_code_round_trips() {
    let other = ErrorCode::Other("REQUEST_TIMEOUT".into());
    for code in ErrorCode::ALL.iter().chain([&other]) {
        failure_round_trips(&Failure::new(code.clone()));
        failure_round_trips(&Failure::new(code.clone()).with_message("Another message."));
    }
}

#[test]
fn a_failure_round_trips_with_its_details() {
    failure_round_trips(&failure_of("{\n "));
    let names: Vec<_> = (0..103).map(|n| format!(r#""k{n}":0"#)).collect();
    let failure = failure_of(&format!("{{{}}}", names.join(",")));
    assert_eq!(
        failure.details().and_then(|details| details.omitted),
        Some(3)
    );
    failure_round_trips(&failure);
}

#[test]
fn a_violation_of_every_kind_round_trips_with_its_parameters() {
    for reason in every_reason() {
        let violation = Violation::new(FieldPath::named("billingAddress.city"), reason);
        round_trips(&violation);
        failure_round_trips(&Failure::from(Violations::from(violation)));
    }
    let failure = failure_of(r#"{"Email":1,"billingAddress":{"zip":1},"\n":1,"status":""}"#);
    let violations = failure.violations().unwrap();
    assert_eq!(violations[0].suggestion(), Some("email"));
    violations.iter().for_each(round_trips);
    failure_round_trips(&failure);
    failure_round_trips(&failure_of("[]"));
}

#[test]
fn the_parameters_of_a_violation_are_members() {
    let members = |reason| serde_json::to_value(Violation::new(FieldPath::BODY, reason)).unwrap();
    let too_long = members(Reason::TooLong {
        max: 50,
        actual: 51,
    });
    assert_eq!(
        (&too_long["max"], &too_long["actual"]),
        (&json!(50), &json!(51))
    );
    let range = members(Reason::OutOfRange { min: 1, max: 100 });
    assert_eq!((&range["min"], &range["max"]), (&json!(1), &json!(100)));
    let choice = members(Reason::InvalidChoice {
        allowed: &["a", "b"],
    });
    assert_eq!(choice["allowed"], json!(["a", "b"]));
    let expected = Expected::StringOrNull;
    assert_eq!(
        members(Reason::WrongType { expected })["expected"],
        "string or null"
    );
    assert_eq!(
        members(Reason::Blank),
        json!({"field": "", "code": "BLANK", "message": "must not be blank"})
    );
}

#[test]
fn codes_of_a_newer_server_are_kept() {
    let json = json!({
        "status": "error",
        "message": "The quota is used up.",
        "code": "QUOTA_EXCEEDED",
        "details": {"quota": 7, "omitted": 2},
        "errors": [
            {"field": "taxNumber", "code": "INVALID_TAX_NUMBER", "message": "is invalid", "country": "FR"},
        ],
    });
    let failure: Failure = serde_json::from_value(json).unwrap();
    assert_eq!(*failure.code(), ErrorCode::Other("QUOTA_EXCEEDED".into()));
    assert_eq!(failure.message(), "The quota is used up.");
    assert_eq!(
        failure.details().and_then(|details| details.omitted),
        Some(2)
    );
    let violations = failure.violations().unwrap();
    assert_eq!(violations.omitted(), 2);
    assert_eq!(violations[0].code(), "INVALID_TAX_NUMBER");
    assert_eq!(violations[0].field(), &FieldPath::named("taxNumber"));
    failure_round_trips(&failure);

    let warning =
        json!({"field": "mainPhone", "code": "PHONE_UNREACHABLE", "message": "is unreachable"});
    let warning: Warning = serde_json::from_value(warning).unwrap();
    assert_eq!(warning.code(), "PHONE_UNREACHABLE");
    round_trips(&warning);
}

#[test]
fn a_response_of_the_other_kind_is_rejected() {
    let success = serde_json::to_string(&Success::updated(acme())).unwrap();
    assert!(serde_json::from_str::<Failure>(&success).is_err());
    let failure = serde_json::to_string(&Failure::new(ErrorCode::CustomerNotFound)).unwrap();
    assert!(serde_json::from_str::<Success<CustomerRecord>>(&failure).is_err());
    let no_fields = serde_json::from_str::<FieldSet>(r#"["email","colour"]"#);
    assert!(no_fields.is_err(), "a name is not known");
}

#[test]
fn a_new_customer_is_written_as_the_body_of_a_create() {
    let bare = NewCustomer::new("Acme".parse().unwrap(), "a@b.co".parse().unwrap());
    let json = r#"{"customer":"Acme","email":"a@b.co","status":"active","contacts":[]}"#;
    assert_eq!(serde_json::to_string(&bare).unwrap(), json);
    let contact = Contact::new("Ann".parse().unwrap()).with_primary();
    let full = acme().into_record().content;
    let full = full
        .with_status(Status::Inactive)
        .with_contacts(Contacts::new(vec![contact]).unwrap());
    for new in [bare, full] {
        round_trips(&new);
    }
}

#[test]
fn a_row_is_written_as_the_element_of_a_bulk_update() {
    let id = acme().id();
    let patch = CustomerPatch::from_json(br#"{"website":null,"status":"inactive"}"#).unwrap();
    for patch in [CustomerPatch::new(), patch] {
        let row = RowUpdate::new(id, patch);
        let body = json!({"customers": [row]}).to_string();
        let rows = BulkUpdate::from_json(body.as_bytes()).unwrap().into_rows();
        assert_eq!(rows[0].as_ref().unwrap().value, row);
    }
}

#[test]
fn a_record_is_written_like_its_customer() {
    let customer = acme();
    round_trips(customer.record());
    assert_eq!(
        serde_json::to_string(customer.record()).unwrap(),
        serde_json::to_string(&customer).unwrap()
    );
}
