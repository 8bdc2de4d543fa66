//! S3, S10: updates and batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use customer_domain::{
    Change, Clock, Contacts, Customer, CustomerPatch, CustomerStore, DeleteError, Field, FnClock,
    InsertError, MatchBy, NullableUpdate, Precondition, StoreError, StoreErrorKind, Timestamp,
    Update, UpdateError, Upsert, UpsertError, Upserted, Version, Write, WriteResult,
    update_customer,
};
use customer_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::{customer, id, noon, open, team};

fn clock() -> Arc<dyn Clock> {
    Arc::new(FnClock(noon))
}

fn phone(phone: &str) -> Change {
    let phone = NullableUpdate::Set(phone.parse().unwrap());
    CustomerPatch::new().with_main_phone(phone).into()
}

fn email(email: &str) -> Change {
    let email = Update::Set(email.parse().unwrap());
    CustomerPatch::new().with_email(email).into()
}

/// Each sees the versions of the others, and none is rejected.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_64_unconditional_writers_of_one_record_all_succeed() {
    const WRITERS: u64 = 64;
    const UPDATES: u64 = 100;
    let guarded = open().await;
    guarded.store().insert(&customer(1)).await.unwrap();
    let guarded = Arc::new(guarded);
    let tasks: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let guarded = Arc::clone(&guarded);
            tokio::spawn(async move {
                let mut versions = Vec::new();
                for number in 0..UPDATES {
                    let change = phone(&format!("+{writer}-{number}"));
                    let any = Precondition::Any;
                    let store = guarded.store();
                    let applied = store.update(team(), id(1), change, any, clock()).await;
                    versions.push(applied.unwrap().customer().version().get());
                }
                versions
            })
        })
        .collect();
    let mut versions = Vec::new();
    for task in tasks {
        versions.extend(task.await.unwrap());
    }
    versions.sort_unstable();
    let expected: Vec<_> = (2..=WRITERS * UPDATES + 1).collect();
    assert_eq!(versions, expected);
}

/// Also if `updatedAt` does not follow from M3 alone: the clock jumps back.
#[tokio::test]
async fn s3_the_times_of_a_record_are_in_the_order_of_its_updates() {
    let guarded = open().await;
    let store = guarded.store();
    store.insert(&customer(1)).await.unwrap();
    let next = Arc::new(AtomicI64::new(0));
    let clock = FnClock(move || {
        let step = next.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_micros(noon().as_micros() + 10 * step).unwrap()
    });
    let clock: Arc<dyn Clock> = Arc::new(clock);
    let update = |text| {
        let (change, clock) = (phone(text), Arc::clone(&clock));
        store.update(team(), id(1), change, Precondition::Any, clock)
    };
    let (one, two, three) = tokio::join!(update("+1"), update("+2"), update("+3"));
    let mut applied = [one.unwrap(), two.unwrap(), three.unwrap()];
    applied.sort_by_key(|applied| applied.customer().version());
    let times = applied.map(|applied| applied.customer().updated_at());
    assert!(times.is_sorted(), "{times:?}");
}

/// An update writes the columns that changed; the others are those that were inserted.
#[tokio::test]
async fn s6_an_update_of_each_field_is_stored_with_its_keys() {
    let guarded = open().await;
    let store = guarded.store();
    store.insert(&customer(1)).await.unwrap();
    let changes = [
        r#"{"customer": "Zebra"}"#,
        r#"{"email": "Zoe@acme.example"}"#,
        r#"{"email": "zoe@acme.example"}"#,
        r#"{"mainPhone": "+1"}"#,
        r#"{"website": "https://acme.example"}"#,
        r#"{"status": "inactive"}"#,
        r#"{"billingAddress": {"city": "Rome"}}"#,
        r#"{"billingAddress": {"street": "a", "zipCode": "1"}}"#,
        r#"{"shippingAddress": {"state": "IL", "country": "US"}}"#,
        r#"{"billingAddress": null, "mainPhone": null, "customer": "Acme"}"#,
    ];
    for change in changes {
        let patch = CustomerPatch::from_json(change.as_bytes()).unwrap();
        let applied =
            update_customer(store, clock(), team(), id(1), patch, Precondition::Any).await;
        let applied = applied.unwrap();
        stored_with_its_keys(store, applied.customer()).await;
    }
    let contacts = Contacts::new(vec![customer_domain::Contact::new("Ann".parse().unwrap())]);
    let change = Change::from(contacts.unwrap());
    let applied = store.update(team(), id(1), change, Precondition::Any, clock());
    let applied = applied.await.unwrap();
    assert!(applied.changed().contains(Field::Contacts));
    stored_with_its_keys(store, applied.customer()).await;
}

async fn stored_with_its_keys(store: &SqliteStore, customer: &Customer) {
    let stored = store.get(team(), id(1)).await.unwrap();
    assert_eq!(stored.as_ref(), Some(customer));
    let keys: [String; 2] = Connection::open(store.path())
        .unwrap()
        .query_row("SELECT email_key, search_key FROM customer", [], |row| {
            row.try_into().map(|(email, search)| [email, search])
        })
        .unwrap();
    let (email, search) = (customer.email().key(), customer.search_key());
    assert_eq!(keys, [email.as_str(), search.as_str()]);
}

#[tokio::test]
async fn s3_an_update_reports_the_first_error_that_applies() {
    let guarded = open().await;
    let store = guarded.store();
    for number in [1, 2] {
        store.insert(&customer(number)).await.unwrap();
    }
    let second = Precondition::Version(Version::from_stored(2).unwrap());
    let first = Precondition::Version(Version::FIRST);
    let update = |number, change, precondition| {
        store.update(team(), id(number), change, precondition, clock())
    };
    let missing = update(3, email("c1@acme.example"), second).await;
    assert!(matches!(missing, Err(UpdateError::NotFound)), "{missing:?}");
    let unmet = update(2, email("c1@acme.example"), second).await;
    assert!(
        matches!(unmet, Err(UpdateError::VersionConflict)),
        "{unmet:?}"
    );
    let taken = update(2, email("C1@acme.example"), first).await;
    assert!(matches!(taken, Err(UpdateError::EmailTaken(holder)) if holder == id(1)));
    let unchanged = update(2, email("c2@acme.example"), first).await.unwrap();
    assert!(unchanged.changed().is_empty());
    assert_eq!(store.get(team(), id(2)).await.unwrap(), Some(customer(2)));
}

fn execute(store: &SqliteStore, sql: &str) {
    let connection = Connection::open(store.path()).unwrap();
    connection.execute_batch(sql).unwrap();
}

/// Inserts a record, unless its email address is stored.
fn upsert_of(record: &Customer) -> Upsert {
    let patch = CustomerPatch::new()
        .with_name(Update::Set(record.name().clone()))
        .with_email(Update::Set(record.email().clone()));
    Upsert {
        by: MatchBy::Email,
        id: record.id(),
        change: patch.into(),
    }
}

#[tokio::test]
async fn s10_a_rejected_row_of_a_batch_rejects_only_itself() {
    let guarded = open().await;
    let store = guarded.store();
    for number in 1..=4 {
        store.insert(&customer(number)).await.unwrap();
    }
    execute(
        store,
        "UPDATE customer SET status = 'old', version = 0 WHERE email = 'c4@acme.example'",
    );
    let any = Precondition::Any;
    let first = Precondition::Version(Version::FIRST);
    let last = Version::from_stored(u64::MAX).unwrap();
    let endless = customer(9).into_record().into_customer(team(), last);
    let results = store
        .write_batch(
            team(),
            vec![
                Write::Upsert(upsert_of(&customer(5))),
                Write::Insert(Box::new(customer(5))),
                Write::Update(id(5), phone("+5"), any),
                Write::Update(id(1), email("c5@acme.example"), any),
                Write::Delete(id(2), first),
                Write::Update(id(2), phone("+2"), any),
                Write::Update(id(3), email("c2@acme.example"), first),
                Write::Update(id(4), phone("+4"), any),
                Write::Delete(id(4), first),
                Write::Insert(Box::new(endless)),
                Write::Delete(id(4), any),
            ],
            clock(),
        )
        .await;

    use WriteResult::{Delete, Insert, Update as Updated};
    let corrupt = |kind| kind == StoreErrorKind::Corrupt;
    assert!(
        matches!(&results[0], WriteResult::Upsert(Ok(Upserted::Created(new))) if **new == customer(5))
    );
    assert!(matches!(results[1], Insert(Err(InsertError::IdTaken))));
    assert!(matches!(&results[2], Updated(Ok(applied)) if applied.customer().version().get() == 2));
    assert!(matches!(results[3], Updated(Err(UpdateError::EmailTaken(holder))) if holder == id(5)));
    assert!(matches!(results[4], Delete(Ok(()))));
    assert!(matches!(results[5], Updated(Err(UpdateError::NotFound))));
    assert!(matches!(results[6], Updated(Ok(_))));
    assert!(matches!(&results[7], Updated(Err(UpdateError::Store(e))) if corrupt(e.kind())));
    assert!(matches!(&results[8], Delete(Err(DeleteError::Store(e))) if corrupt(e.kind())));
    assert!(matches!(&results[9], Insert(Err(InsertError::Store(_)))));
    assert!(matches!(results[10], Delete(Ok(()))));
    assert_eq!(results.len(), 11);
    let scan = store.scan(team(), None, 10).await.unwrap();
    let ids: Vec<_> = scan.records.iter().map(Customer::id).collect();
    assert_eq!(ids, [id(1), id(3), id(5)]);
}

#[tokio::test]
async fn s3_an_upsert_changes_the_record_that_matches_or_inserts_one() {
    let guarded = open().await;
    let store = guarded.store();
    store.insert(&customer(1)).await.unwrap();
    let upsert = |by, number, change: &str| {
        let patch = CustomerPatch::from_json(change.as_bytes()).unwrap();
        let (id, change) = (id(number), patch.into());
        store.upsert(team(), Upsert { by, id, change }, clock())
    };

    let updated = upsert(
        MatchBy::Email,
        2,
        r#"{"email": "C1@acme.example", "mainPhone": "+1"}"#,
    );
    let updated = updated.await.unwrap();
    assert!(matches!(&updated, Upserted::Updated(applied) if applied.customer().id() == id(1)));
    let updated = upsert(MatchBy::Id, 1, r#"{"customer": "Zebra"}"#).await;
    let updated = updated.unwrap().customer().clone();
    stored_with_its_keys(store, &updated).await;

    let both = r#"{"customer": "Acme", "email": "c2@acme.example"}"#;
    let taken = upsert(MatchBy::Email, 1, both).await;
    assert!(matches!(taken, Err(UpsertError::IdTaken)), "{taken:?}");
    let created = upsert(MatchBy::Email, 2, both).await.unwrap();
    assert!(matches!(&created, Upserted::Created(new) if **new == customer(2)));
    let taken = upsert(MatchBy::Id, 3, both).await;
    assert!(matches!(taken, Err(UpsertError::EmailTaken(holder)) if holder == id(2)));
    let taken = upsert(MatchBy::Id, 2, r#"{"email": "c1@acme.example"}"#).await;
    assert!(matches!(taken, Err(UpsertError::EmailTaken(holder)) if holder == id(1)));
    let invalid = upsert(MatchBy::Id, 3, r#"{"customer": "Acme"}"#).await;
    assert!(
        matches!(invalid, Err(UpsertError::Invalid(_))),
        "{invalid:?}"
    );
    let invalid = upsert(MatchBy::Email, 1, r#"{"customer": "Acme"}"#).await;
    assert!(
        matches!(invalid, Err(UpsertError::Invalid(_))),
        "{invalid:?}"
    );
}

#[tokio::test]
async fn s10_a_batch_is_written_as_a_whole_or_not_at_all() {
    let guarded = open().await;
    let store = guarded.store();
    execute(
        store,
        "CREATE TRIGGER fail BEFORE INSERT ON customer WHEN NEW.email = 'c2@acme.example'
        BEGIN SELECT RAISE(ABORT, 'injected'); END",
    );
    let inserts = |numbers: [u128; 3]| {
        let insert = |number| Write::Insert(Box::new(customer(number)));
        store.write_batch(team(), numbers.map(insert).to_vec(), clock())
    };
    let single = customer(7);
    let (failed, written, inserted) = tokio::join!(
        inserts([1, 2, 3]),
        inserts([4, 5, 6]),
        store.insert(&single)
    );
    assert_eq!(failed.len(), 3);
    for result in failed {
        assert!(matches!(
            result,
            WriteResult::Insert(Err(InsertError::Store(_)))
        ));
    }
    for result in written {
        assert!(matches!(result, WriteResult::Insert(Ok(()))));
    }
    inserted.unwrap();
    let scan = store.scan(team(), None, 10).await.unwrap();
    let ids: Vec<_> = scan.records.iter().map(Customer::id).collect();
    assert_eq!(ids, [id(4), id(5), id(6), id(7)]);
    assert_eq!(
        store.write_batch(team(), Vec::new(), clock()).await.len(),
        0
    );
}

#[tokio::test]
async fn s5_a_batch_that_is_not_started_is_unavailable_as_a_whole() {
    let guarded = open().await;
    let store = SqliteStore::builder(guarded.store().path())
        .write_deadline(std::time::Duration::from_millis(50))
        .open()
        .unwrap();
    let other = Connection::open(store.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writes = vec![
        Write::Insert(Box::new(customer(1))),
        Write::Update(id(1), phone("+1"), Precondition::Any),
        Write::Delete(id(1), Precondition::Any),
        Write::Upsert(upsert_of(&customer(1))),
    ];
    let results = store.write_batch(team(), writes, clock()).await;
    let [
        WriteResult::Insert(Err(InsertError::Store(one))),
        WriteResult::Update(Err(UpdateError::Store(two))),
        WriteResult::Delete(Err(DeleteError::Store(three))),
        WriteResult::Upsert(Err(UpsertError::Store(four))),
    ] = &results[..]
    else {
        panic!("{results:?}")
    };
    let kinds = [one, two, three, four].map(StoreError::kind);
    assert_eq!(kinds, [StoreErrorKind::Unavailable; 4]);
}
