//! The same conversions on every type of value, so that one guess is right.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use customer_domain::{
    Contact, ContactName, Contacts, CreateError, CustomerId, CustomerName, CustomerPatch,
    DeleteError, Details, EmailAddress, ErrorCode, Failure, Field, InsertError, ListQuery,
    NewCustomer, PhoneNumber, Reason, Status, StoreError, StoreErrorKind, Success, TeamId,
    Timestamp, ValueError, Version, WebsiteUrl,
};
use uuid::Uuid;

use crate::{acme, at, id, team};

fn converts<T>(text: &str, refused: &str)
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
    assert!(T::from_str(refused).is_err() && T::try_from(refused).is_err());
}

fn converts_owned<T>(text: &str, refused: &str)
where
    T: TryFrom<String, Error = ValueError> + Into<String>,
{
    let value = T::try_from(text.to_owned()).ok().unwrap();
    assert_eq!(value.into(), text);
    assert!(T::try_from(refused.to_owned()).is_err());
}

#[test]
fn texts_convert_alike() {
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
fn an_email_address_is_told_in_its_parts() {
    let email = EmailAddress::parse("Ann@Acme.example").unwrap();
    assert_eq!(
        (email.local_part(), email.domain()),
        ("Ann", "Acme.example")
    );
    let key: &str = &email.key().as_ref().to_owned();
    assert_eq!(key, "ann@acme.example");
    assert_eq!(format!("{:?}", email.key()), "EmailKey([redacted])");
}

#[test]
fn a_search_key_is_a_text() {
    let key = acme().search_key();
    assert_eq!(AsRef::<str>::as_ref(&key), key.as_str());
    assert_eq!(format!("{key:?}"), "SearchKey([redacted])");
    assert_eq!(ListQuery::default(), ListQuery::new());
}

#[test]
fn contacts_are_told_one_by_one() {
    let (ann, bob) = ("Ann".parse().unwrap(), "Bob".parse().unwrap());
    let contacts = Contacts::new(vec![Contact::new(ann), Contact::new(bob).primary()]).unwrap();
    let names: Vec<_> = (&contacts).into_iter().map(|c| c.name().as_str()).collect();
    assert_eq!(names, ["Ann", "Bob"]);
    let primary = contacts.primary().map(|contact| contact.name().as_str());
    assert_eq!(primary, Some("Bob"));
    assert_eq!(Contacts::NONE.primary(), None);
}

#[test]
fn ids_convert_alike() {
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
fn instants_convert() {
    let text = "2026-11-23T12:00:00.000001Z";
    let instant = at(text);
    assert_eq!(text.parse(), Ok(instant));
    assert_eq!(Timestamp::try_from(text), Ok(instant));
    assert!("noon".parse::<Timestamp>().is_err() && Timestamp::try_from("noon").is_err());
    let jiff = jiff::Timestamp::try_from(instant).unwrap();
    assert_eq!(jiff.as_microsecond(), instant.as_micros());
    assert_eq!(Timestamp::try_from(jiff), Ok(instant));
    assert!(jiff::Timestamp::try_from(Timestamp::MAX).is_err());
    let system = std::time::SystemTime::try_from(jiff).unwrap();
    assert_eq!(Timestamp::try_from(system), Ok(instant));
}

#[test]
fn versions_count_from_one() {
    assert_eq!(Version::from_stored(0), None);
    let seventh = Version::from_stored(7).unwrap();
    assert_eq!((seventh.get(), seventh.to_string().as_str()), (7, "7"));
}

#[test]
fn a_new_customer_tells_its_name_and_email() {
    let new = NewCustomer::new("Acme".parse().unwrap(), "a@acme.example".parse().unwrap());
    assert_eq!(new.name().as_str(), "Acme");
    assert_eq!(new.email().as_str(), "a@acme.example");
    let made = new.into_customer(id(), team(), at("2026-11-23T12:00:00Z"));
    let answer = serde_json::to_value(Success::created(&made)).unwrap();
    assert_eq!(answer["message"], "Customer created.");
    assert_eq!(answer["data"]["uuid"], id().to_string());
    let updated = serde_json::to_value(Success::updated(&acme())).unwrap();
    assert_ne!(updated["message"], answer["message"]);
}

#[test]
fn a_failure_tells_what_is_wrong() {
    let refused = CustomerPatch::from_json(br#"{"status":"on","mainPhone":7}"#).unwrap_err();
    let failure = Failure::from(refused);
    assert_eq!(failure.code(), ErrorCode::ValidationFailed);
    assert_eq!(failure.details(), None);
    let violations = failure.violations().unwrap();
    let found: Vec<_> = violations
        .into_iter()
        .map(|violation| (violation.field().as_field(), violation.reason()))
        .collect();
    assert!(matches!(
        found[0],
        (Some(Field::Status), Reason::InvalidChoice { .. })
    ));
    assert!(matches!(
        found[1],
        (Some(Field::MainPhone), Reason::WrongType { .. })
    ));
    assert_eq!(violations.to_string().matches("; ").count(), 1);

    let unknown = CustomerPatch::from_json(br#"{"nmae\n":1,"billingAddress":{"x":1}}"#);
    let failure = Failure::from(unknown.unwrap_err());
    let violations = failure.violations().unwrap();
    for violation in violations {
        assert_eq!(violation.field().as_field(), None);
        assert!(!violation.field().for_people().to_string().contains('\n'));
    }
    let plain = Failure::from(ErrorCode::RateLimitExceeded);
    assert!(plain.violations().is_none());
}

#[test]
fn a_failure_tells_where_a_body_is_no_json() {
    let failure = Failure::from(CustomerPatch::from_json(b"{\n!").unwrap_err());
    let place = Details::Position { line: 2, column: 1 };
    assert_eq!(failure.details(), Some(place));
}

#[test]
fn more_than_can_be_listed_is_counted() {
    let fields: Vec<_> = (0..150).map(|n| format!(r#""field{n}":1"#)).collect();
    let body = format!("{{{}}}", fields.join(","));
    let failure = Failure::from(CustomerPatch::from_json(body.as_bytes()).unwrap_err());
    assert_eq!(failure.details(), Some(Details::Omitted { omitted: 50 }));
    let shown = failure.violations().unwrap().to_string();
    assert!(shown.ends_with("; and 50 more"), "{shown}");
}

/// S5: what the engine failed with is the cause and never the text.
#[test]
fn s5_the_outcomes_of_a_store_have_their_codes() {
    let broken = || StoreError::new(StoreErrorKind::Unavailable);
    let code = |failure: Failure| failure.code();
    assert_eq!(code(broken().into()), ErrorCode::StoreUnavailable);
    assert_eq!(
        code(CreateError::from(InsertError::Store(broken())).into()),
        ErrorCode::StoreUnavailable
    );
    assert_eq!(
        code(CreateError::from(InsertError::IdTaken).into()),
        ErrorCode::InternalError
    );
    assert_eq!(
        code(CreateError::from(InsertError::EmailTaken).into()),
        ErrorCode::EmailAlreadyExists
    );
    assert_eq!(
        code(DeleteError::NotFound.into()),
        ErrorCode::CustomerNotFound
    );
    assert_eq!(
        code(DeleteError::VersionConflict.into()),
        ErrorCode::PreconditionFailed
    );
    assert_eq!(
        code(DeleteError::Store(broken()).into()),
        ErrorCode::StoreUnavailable
    );
    for (kind, code) in [
        (StoreErrorKind::OutcomeUnknown, ErrorCode::StoreUnavailable),
        (StoreErrorKind::Corrupt, ErrorCode::InternalError),
        (StoreErrorKind::Internal, ErrorCode::InternalError),
    ] {
        let error = StoreError::new(kind);
        assert_eq!((error.kind(), error.code()), (kind, code));
        assert!(!error.to_string().is_empty());
    }
}
