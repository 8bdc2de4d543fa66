//! C1, S3 and S10: changes of contacts, and batches over a simple store.

use std::sync::Arc;

use customer_domain::{
    Change, Contact, Contacts, CustomerId, CustomerPatch, CustomerStore, DeleteError, Field,
    FieldSet, FieldValue, FnClock, InsertError, MatchBy, NewCustomer, NullableUpdate, Precondition,
    StoreError, StoreErrorKind, Update, UpdateError, Upsert, UpsertError, Upserted, Version, Write,
    WriteResult, upsert_customer,
};

use crate::use_cases::{OneRecord, ready};
use crate::{acme, at, id, noon, team};

fn contacts(name: &str) -> Contacts {
    Contacts::new(vec![Contact::new(name.parse().unwrap())]).unwrap()
}

fn phone(number: &str) -> CustomerPatch {
    CustomerPatch::new().with_main_phone(NullableUpdate::Set(number.parse().unwrap()))
}

#[test]
fn c1_contacts_are_replaced_as_a_whole_list() {
    let later = at("2026-11-23T12:30:00Z");
    let old = acme();
    let applied = old.clone().apply_change(&contacts("Zoe").into(), later);
    assert_eq!(applied.changed(), FieldSet::from_iter([Field::Contacts]));
    assert_eq!(applied.customer().contacts(), &contacts("Zoe"));
    assert_eq!(applied.customer().updated_at(), later);
    assert_eq!(
        applied.customer().version(),
        Version::from_stored(old.version().get() + 1).unwrap()
    );
    assert_eq!(applied.previous(), old);

    let change = applied.changes().next().unwrap();
    assert_eq!(change.old, FieldValue::Contacts(old.contacts()));
    assert_eq!(change.new, FieldValue::Contacts(&contacts("Zoe")));
    assert_eq!(applied.changes().count(), 1);
}

#[test]
fn c1_a_change_has_a_list_of_contacts_if_it_replaces_them() {
    assert_eq!(Change::from(phone("+1")).contacts(), None);
    let change = Change::from(phone("+1")).with_contacts(contacts("Zoe"));
    assert_eq!(change.contacts(), Some(&contacts("Zoe")));
}

#[test]
fn m2_the_same_contacts_are_no_change() {
    let old = acme();
    let applied = old
        .clone()
        .replace_contacts(old.contacts().clone(), at("2026-11-23T12:30:00Z"));
    assert!(applied.changed().is_empty());
    assert_eq!(applied.previous(), old);
    assert_eq!(applied.into_customer(), old);
}

#[test]
fn m3_updated_at_increases_when_the_clock_goes_back() {
    let old = acme();
    let applied = old.clone().replace_contacts(contacts("Zoe"), noon());
    assert!(applied.customer().updated_at() > old.updated_at());
}

#[test]
fn s10_the_default_batch_executes_its_writes_in_their_order() {
    let store = OneRecord::default();
    let any = Precondition::Any;
    let first = Precondition::Version(Version::FIRST);
    let writes = vec![
        Write::Update(id(), phone("+1").into(), any),
        Write::Insert(Box::new(acme())),
        Write::Insert(Box::new(acme())),
        Write::Update(id(), phone("+1").into(), any),
        Write::Update(id(), Contacts::NONE.into(), first),
        Write::Delete(id(), first),
        Write::Delete(id(), any),
        Write::Delete(id(), any),
    ];
    let results = ready(store.write_batch(team(), writes, Arc::new(FnClock(noon))));
    assert!(matches!(
        results.as_slice(),
        [
            WriteResult::Update(Err(UpdateError::NotFound)),
            WriteResult::Insert(Ok(())),
            WriteResult::Insert(Err(InsertError::IdTaken)),
            WriteResult::Update(Ok(applied)),
            WriteResult::Update(Err(UpdateError::VersionConflict)),
            WriteResult::Delete(Err(DeleteError::VersionConflict)),
            WriteResult::Delete(Ok(())),
            WriteResult::Delete(Err(DeleteError::NotFound)),
        ] if applied.changed().names() == ["mainPhone"]
    ));
    assert_eq!(store.stored(), None);
}

#[test]
fn s10_a_write_that_was_not_executed_has_a_result_of_its_kind() {
    let upsert = Upsert {
        by: MatchBy::Id,
        id: id(),
        change: phone("+1").into(),
    };
    let writes = [
        Write::Insert(Box::new(acme())),
        Write::Update(id(), phone("+1").into(), Precondition::Any),
        Write::Upsert(upsert),
        Write::Delete(id(), Precondition::Any),
    ];
    let failed = writes.map(|write| write.failed(StoreError::new(StoreErrorKind::OutcomeUnknown)));
    let is_unknown = |error: &StoreError| error.kind() == StoreErrorKind::OutcomeUnknown;
    assert!(matches!(
        failed,
        [
            WriteResult::Insert(Err(InsertError::Store(insert))),
            WriteResult::Update(Err(UpdateError::Store(update))),
            WriteResult::Upsert(Err(UpsertError::Store(upsert))),
            WriteResult::Delete(Err(DeleteError::Store(delete))),
        ] if [&insert, &update, &upsert, &delete].into_iter().all(is_unknown)
    ));
}

#[test]
fn s3_a_patch_and_contacts_are_one_new_version() {
    let later = at("2026-11-23T12:30:00Z");
    let no_phone = CustomerPatch::new().with_main_phone(NullableUpdate::Clear);
    let old = acme().apply(&no_phone, noon()).into_customer();
    let website = NullableUpdate::Set("https://acme.example/new".parse().unwrap());
    let patch = phone("+1").with_website(website);
    let change = Change::from(patch).with_contacts(contacts("Zoe"));
    let applied = old.clone().apply_change(&change, later);
    assert_eq!(
        applied.changed().names(),
        ["contacts", "mainPhone", "website"]
    );
    assert_eq!(applied.customer().version().get(), old.version().get() + 1);
    assert_eq!(applied.previous(), old);
    for change in applied.changes() {
        assert_eq!(change.old, old.value(change.field), "{:?}", change.field);
        let new = applied.customer().value(change.field);
        assert_eq!(change.new, new, "{:?}", change.field);
    }
}

#[test]
fn a_new_customer_needs_a_name_and_an_email_address() {
    let errors = Change::from(phone("+1")).to_new().unwrap_err();
    let errors: Vec<_> = errors
        .iter()
        .map(|v| (v.field().to_string(), v.code()))
        .collect();
    assert_eq!(
        errors,
        [
            ("customer".to_owned(), "REQUIRED"),
            ("email".to_owned(), "REQUIRED")
        ]
    );
    let patch = phone("+1").with_name(Update::Set("Acme".parse().unwrap()));
    assert_eq!(Change::from(&patch).to_new().unwrap_err().len(), 1);
    let patch = patch.with_email(Update::Set("a@acme.example".parse().unwrap()));
    let new = Change::from(patch)
        .with_contacts(contacts("Zoe"))
        .to_new()
        .unwrap();
    let expected = NewCustomer::new("Acme".parse().unwrap(), "a@acme.example".parse().unwrap())
        .with_main_phone("+1".parse().unwrap())
        .with_contacts(contacts("Zoe"));
    assert_eq!(new, expected);
}

#[test]
fn an_upsert_creates_a_customer_and_then_updates_it() {
    let store = OneRecord::default();
    let clock = Arc::new(FnClock(noon));
    let patch = phone("+1")
        .with_name(Update::Set("Acme".parse().unwrap()))
        .with_email(Update::Set("Ann@acme.example".parse().unwrap()));
    let created = ready(upsert_customer(&store, clock.clone(), team(), id(), &patch)).unwrap();
    assert!(
        matches!(&created, Upserted::Created(customer) if Some(&**customer) == store.stored().as_ref())
    );

    let other = CustomerId::from(uuid::Uuid::nil());
    let email = Update::Set("ANN@acme.example".parse().unwrap());
    let patch = phone("+2").with_email(email);
    let updated = ready(upsert_customer(
        &store,
        clock.clone(),
        team(),
        other,
        &patch,
    ))
    .unwrap();
    let Upserted::Updated(applied) = &updated else {
        panic!("the record was created again");
    };
    assert_eq!(applied.changed().names(), ["email", "mainPhone"]);
    assert_eq!(
        (updated.customer().id(), Some(updated.customer())),
        (id(), store.stored().as_ref())
    );

    let again = ready(upsert_customer(
        &store,
        clock.clone(),
        team(),
        other,
        &patch,
    ))
    .unwrap();
    assert!(matches!(again, Upserted::Updated(applied) if applied.changed().is_empty()));
    assert_eq!(
        store.writes(),
        1,
        "an upsert that changes nothing writes nothing"
    );

    let incomplete = ready(upsert_customer(&store, clock, team(), other, phone("+3")));
    assert!(matches!(incomplete, Err(UpsertError::Invalid(violations)) if violations.len() == 2));
}

#[test]
fn an_upsert_by_id_changes_the_email_address() {
    let store = OneRecord::holding(acme()).with_other_writes(1);
    let email = Update::Set("new@acme.example".parse().unwrap());
    let change = Change::from(CustomerPatch::new().with_email(email));
    let by = MatchBy::Id;
    let upsert = Upsert {
        by,
        id: id(),
        change,
    };
    let upserted = ready(store.upsert(team(), upsert, Arc::new(FnClock(noon)))).unwrap();
    assert_eq!(upserted.customer().email().as_str(), "new@acme.example");
    assert_eq!(
        upserted.customer().main_phone().unwrap().as_str(),
        "+1",
        "the other write is kept"
    );
    assert_eq!(store.stored().as_ref(), Some(upserted.customer()));
}
