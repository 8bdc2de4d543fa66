//! C1, S3 and S10: changes of contacts, and batches over a simple store.

use std::sync::Arc;

use customer_domain::{
    Change, Contact, Contacts, CustomerPatch, CustomerStore, DeleteError, Field, FieldSet,
    FieldValue, FnClock, InsertError, NullableUpdate, Precondition, UpdateError, Version, Write,
    WriteResult,
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
        Write::Update(id(), Change::Contacts(Contacts::NONE), first),
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
