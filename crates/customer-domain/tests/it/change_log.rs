//! S9: entries and positions of the change log.

use customer_domain::{
    Change, ChangeEntry, ChangeKind, ChangePage, ChangesError, Contacts, Failure, Field, FieldSet,
    LogPosition, Version,
};

use crate::{acme, at, noon};

fn fields(fields: &[Field]) -> FieldSet {
    fields.iter().copied().collect()
}

#[test]
fn s9_a_new_record_has_an_entry_with_the_fields_that_have_a_value() {
    let entry = ChangeEntry::created(&acme());
    let expected = [
        Field::Name,
        Field::Email,
        Field::MainPhone,
        Field::Website,
        Field::Status,
        Field::BillingAddress,
        Field::Contacts,
    ];
    assert_eq!(entry.fields, fields(&expected));
    assert_eq!((entry.id, entry.version), (acme().id(), acme().version()));
    assert_eq!(
        (entry.kind, entry.time),
        (ChangeKind::Created, acme().updated_at())
    );

    let no_contacts = acme()
        .replace_contacts(Contacts::NONE, noon())
        .into_customer();
    let entry = ChangeEntry::created(&no_contacts);
    assert!(
        !entry.fields.contains(Field::Contacts),
        "an empty list is no value"
    );
}

#[test]
fn s9_an_update_and_a_delete_have_their_entries() {
    let change = Change::from(Contacts::NONE);
    let applied = acme().apply_change(&change, at("2026-11-23T12:30:00Z"));
    let entry = ChangeEntry::updated(applied.customer(), applied.changed());
    assert_eq!(entry.fields, fields(&[Field::Contacts]));
    assert_eq!(entry.time, at("2026-11-23T12:30:00Z"));
    assert_eq!(acme().differing_fields(applied.customer()), entry.fields);
    assert_eq!(acme().differing_fields(&acme()), FieldSet::EMPTY);

    let deleted = ChangeEntry::deleted(acme().id(), entry.version, noon());
    assert_eq!(deleted.version.get(), entry.version.get() + 1);
    assert_eq!(
        (deleted.kind, deleted.fields),
        (ChangeKind::Deleted, FieldSet::EMPTY)
    );
    assert_eq!(deleted.time, noon());
}

#[test]
fn s9_a_page_has_names_of_fields_and_no_values() {
    let page = ChangePage {
        changes: vec![ChangeEntry::new(
            acme().id(),
            Version::FIRST,
            ChangeKind::Updated,
            fields(&[Field::MainPhone, Field::Email]),
            noon(),
        )],
        next: LogPosition::parse("log.1").unwrap(),
    };
    let json = r#"{"changes":[{"uuid":"67e55044-10b1-426f-9247-bb680e5fe0c8","version":1,"kind":"updated","fields":["email","mainPhone"],"time":"2026-11-23T12:00:00Z"}],"next":"log.1"}"#;
    assert_eq!(serde_json::to_string(&page).unwrap(), json);
    assert_eq!(serde_json::from_str::<ChangePage>(json).unwrap(), page);
}

#[test]
fn s9_a_position_has_1_to_200_letters_digits_and_marks() {
    let longest = "x".repeat(LogPosition::MAX_CHARS);
    for valid in ["a", "Z", "0", "a-b_c.d", &longest] {
        let position: LogPosition = valid.parse().unwrap();
        assert_eq!(
            (position.as_str(), position.to_string()),
            (valid, valid.to_owned())
        );
        assert_eq!(String::from(position), valid);
    }
    for invalid in ["", " ", "a b", "a+b", "a%20", "ä", &format!("{longest}x")] {
        let error = LogPosition::parse(invalid).unwrap_err();
        assert_eq!(error.code(), "INVALID_POSITION", "{invalid}");
        assert!(LogPosition::try_from(invalid.to_owned()).is_err());
    }
}

#[test]
fn s9_kinds_and_fields_are_read_back_from_a_store() {
    for kind in [
        ChangeKind::Created,
        ChangeKind::Updated,
        ChangeKind::Deleted,
    ] {
        assert_eq!(ChangeKind::from_stored(kind.as_str()), Some(kind));
        let json = serde_json::to_value(kind).unwrap();
        assert_eq!(json, kind.as_str());
    }
    assert_eq!(ChangeKind::from_stored("Created"), None);
    let set = fields(&[Field::Website, Field::Email]);
    for set in [set, FieldSet::EMPTY] {
        assert_eq!(FieldSet::from_stored(&set.to_string()), Some(set));
    }
    assert_eq!(FieldSet::from_stored("email, nothing"), None);
}

#[test]
fn s9_an_error_of_the_change_log_has_its_code() {
    for (error, code) in [
        (ChangesError::Unsupported, "INTERNAL_ERROR"),
        (ChangesError::InvalidPosition, "VALIDATION_FAILED"),
        (ChangesError::Expired, "CURSOR_EXPIRED"),
    ] {
        assert_eq!(error.code().as_str(), code);
        let failure = Failure::from(error);
        assert_eq!(failure.code().as_str(), code);
        let fields = failure.violations().map(|v| v[0].field().to_string());
        assert_eq!(
            fields.as_deref(),
            (code == "VALIDATION_FAILED").then_some("position")
        );
    }
}
