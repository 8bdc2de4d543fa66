//! Every value type has the same conversions, so that users can guess them.

use std::fmt::{Debug, Display};
use std::str::FromStr;
use std::sync::Arc;

use customer_domain::{
    Clock, Contact, ContactName, Contacts, CustomerId, CustomerName, CustomerPatch, EmailAddress,
    ErrorCode, Failure, Field, FnClock, ListQuery, PhoneNumber, Status, StoreError, StoreErrorKind,
    Success, TeamId, Timestamp, ValueError, Version, Violation, WebsiteUrl,
};
use uuid::Uuid;

use crate::{acme, at, id};

fn converts<T>(text: &str, invalid: &str)
where
    T: FromStr<Err = ValueError>
        + for<'t> TryFrom<&'t str, Error = ValueError>
        + AsRef<str>
        + Display
        + Debug
        + PartialEq,
{
    let value: T = text.parse().unwrap();
    assert_eq!(T::try_from(text).as_ref(), Ok(&value));
    assert_eq!(value.as_ref(), text);
    assert_eq!(value.to_string(), text);
    let width = text.chars().count() + 2;
    assert_eq!(format!("{value:>width$}"), format!("  {text}"));
    assert!(T::from_str(invalid).is_err() && T::try_from(invalid).is_err());
}

fn converts_owned<T>(text: &str, invalid: &str)
where
    T: TryFrom<String, Error = ValueError> + Into<String>,
{
    let value = T::try_from(text.to_owned()).ok().unwrap();
    assert_eq!(value.into(), text);
    assert!(T::try_from(invalid.to_owned()).is_err());
}

#[test]
fn all_string_types_have_the_same_conversions() {
    converts::<CustomerName>("Acme", " ");
    converts_owned::<CustomerName>("Acme", " ");
    converts::<ContactName>("Ann", " ");
    converts_owned::<ContactName>("Ann", " ");
    converts::<EmailAddress>("ann@acme.example", "ann");
    converts_owned::<EmailAddress>("ann@acme.example", "ann");
    converts::<PhoneNumber>("+1", "");
    converts_owned::<PhoneNumber>("+1", "");
    converts::<WebsiteUrl>("acme.example", "javascript:x");
    converts_owned::<WebsiteUrl>("acme.example", "javascript:x");
    converts::<Status>("inactive", "INACTIVE");
}

#[test]
fn an_email_address_has_a_local_part_and_a_domain() {
    let email = EmailAddress::parse("Ann@Acme.example").unwrap();
    assert_eq!(
        (email.local_part(), email.domain()),
        ("Ann", "Acme.example")
    );
    assert_eq!(AsRef::<str>::as_ref(&email.key()), "ann@acme.example");
    assert_eq!(format!("{:?}", email.key()), "EmailKey([redacted])");
}

#[test]
fn a_search_key_is_a_string() {
    let key = acme().search_key();
    assert_eq!(AsRef::<str>::as_ref(&key), key.as_str());
    assert_eq!(format!("{key:?}"), "SearchKey([redacted])");
    assert_eq!(ListQuery::default(), ListQuery::new());
}

#[test]
fn contacts_are_iterated_in_order() {
    let (ann, bob) = ("Ann".parse().unwrap(), "Bob".parse().unwrap());
    let contacts =
        Contacts::new(vec![Contact::new(ann), Contact::new(bob).with_primary()]).unwrap();
    let names: Vec<_> = contacts.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["Ann", "Bob"]);
    let primary = contacts.primary().map(|contact| contact.name.as_str());
    assert_eq!(primary, Some("Bob"));
    assert_eq!(Contacts::NONE.primary(), None);
}

#[test]
fn all_ids_have_the_same_conversions() {
    let uuid = Uuid::from_u128(7);
    let text = uuid.to_string();
    let (customer, team) = (CustomerId::from(uuid), TeamId::from(uuid));
    assert_eq!((*customer.as_uuid(), *team.as_uuid()), (uuid, uuid));
    assert_eq!((Uuid::from(customer), Uuid::from(team)), (uuid, uuid));
    assert_eq!(text.parse(), Ok(customer));
    assert_eq!(CustomerId::try_from(text.as_str()), Ok(customer));
    assert_eq!(text.parse(), Ok(team));
    assert_eq!(TeamId::try_from(text.as_str()), Ok(team));
    assert!("7".parse::<CustomerId>().is_err() && TeamId::try_from("7").is_err());
}

#[test]
fn a_timestamp_converts_from_std() {
    let text = "2026-11-23T12:00:00.000001Z";
    let instant = at(text);
    assert_eq!(text.parse(), Ok(instant));
    assert_eq!(Timestamp::try_from(text), Ok(instant));
    assert!("noon".parse::<Timestamp>().is_err() && Timestamp::try_from("noon").is_err());
    let micros = u64::try_from(instant.as_micros()).unwrap();
    let system = std::time::UNIX_EPOCH + std::time::Duration::from_micros(micros);
    assert_eq!(Timestamp::try_from(system), Ok(instant));
}

#[test]
fn versions_count_from_one() {
    assert_eq!(Version::from_stored(0), None);
    let seventh = Version::from_stored(7).unwrap();
    assert_eq!((seventh.get(), seventh.to_string().as_str()), (7, "7"));
}

#[test]
fn a_clock_can_be_a_closure_a_reference_or_a_pointer() {
    fn read<C: Clock>(clock: C) -> Timestamp {
        clock.now()
    }
    let noon = at("2026-11-23T12:00:00Z");
    let clock = FnClock(|| noon);
    assert_eq!(read::<&dyn Clock>(&clock), noon);
    assert_eq!(read(Box::new(clock)), noon);
    assert_eq!(read(Arc::new(clock) as Arc<dyn Clock>), noon);
    assert_eq!(read(clock), noon);
}

#[test]
fn each_operation_has_its_own_message() {
    let acme = acme();
    let responses = [
        Success::created(&acme),
        Success::updated(&acme),
        Success::found(&acme),
    ];
    let messages = responses.each_ref().map(Success::message);
    assert_eq!(
        messages,
        ["Customer created.", "Customer updated.", "Customer found."]
    );
    for response in responses {
        let json = serde_json::to_value(&response).unwrap();
        assert_eq!(json["message"], response.message());
        assert_eq!(json["data"]["uuid"], id().to_string());
        assert_eq!(response.into_data(), &acme);
    }
}

#[test]
fn a_failure_has_the_violations_and_their_paths() {
    let error = CustomerPatch::from_json(br#"{"status":"on","mainPhone":7}"#).unwrap_err();
    let failure = Failure::from(error);
    assert_eq!(*failure.code(), ErrorCode::ValidationFailed);
    assert_eq!(failure.details(), None);
    let violations = failure.violations().unwrap();
    let found: Vec<_> = violations
        .iter()
        .map(|violation| (violation.field().as_field(), violation.code()))
        .collect();
    assert_eq!(
        found,
        [
            (Some(Field::Status), "INVALID_CHOICE"),
            (Some(Field::MainPhone), "WRONG_TYPE")
        ]
    );
    assert_eq!(violations.to_string().matches("; ").count(), 1);
    let rate_limit = Failure::from(ErrorCode::RateLimitExceeded);
    assert!(rate_limit.violations().is_none());
}

#[test]
fn an_unknown_name_is_escaped_in_messages_and_not_in_the_response() {
    let body = br#"{"nmae\n":1,"billingAddress":{"x":1}}"#;
    let failure = Failure::from(CustomerPatch::from_json(body).unwrap_err());
    let paths = failure.violations().unwrap().iter().map(Violation::field);
    let paths: Vec<_> = paths
        .map(|p| (p.as_field(), p.as_str(), p.to_string()))
        .collect();
    let escaped = r"nmae\u{a}".to_owned();
    let nested = "billingAddress.x";
    assert_eq!(
        paths,
        [(None, "nmae\n", escaped), (None, nested, nested.to_owned())]
    );
}

#[test]
fn p10_a_failure_has_the_position_of_the_syntax_error() {
    let failure = Failure::from(CustomerPatch::from_json(b"{\n!").unwrap_err());
    let details = failure.details().unwrap();
    assert_eq!(
        (details.line, details.column, details.omitted),
        (Some(2), Some(1), None)
    );
}

#[test]
fn p11_a_failure_has_the_number_of_omitted_violations() {
    let fields: Vec<_> = (0..150).map(|n| format!(r#""field{n}":1"#)).collect();
    let body = format!("{{{}}}", fields.join(","));
    let failure = Failure::from(CustomerPatch::from_json(body.as_bytes()).unwrap_err());
    let details = failure.details().unwrap();
    assert_eq!(
        (details.line, details.column, details.omitted),
        (None, None, Some(50))
    );
    let message = failure.violations().unwrap().to_string();
    assert!(message.ends_with("; and 50 more"), "{message}");
}

/// S5: the error of the engine is the source and not part of the message.
#[test]
fn s5_a_store_error_has_a_code_and_a_message() {
    for (kind, code) in [
        (StoreErrorKind::Unavailable, ErrorCode::StoreUnavailable),
        (StoreErrorKind::OutcomeUnknown, ErrorCode::OutcomeUnknown),
        (StoreErrorKind::Corrupt, ErrorCode::InternalError),
        (StoreErrorKind::Internal, ErrorCode::InternalError),
    ] {
        let error = StoreError::new(kind).with_source(std::io::Error::other("secret"));
        assert_eq!((error.kind(), error.code()), (kind, code));
        assert!(!error.to_string().is_empty());
        assert!(!error.to_string().contains("secret"));
    }
}
