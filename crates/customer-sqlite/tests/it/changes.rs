//! S9: the change log and the file.

use std::sync::Arc;

use customer_domain::{
    ChangeKind, ChangesError, CustomerPatch, CustomerStore, FnClock, LogPosition, NullableUpdate,
    Precondition, ReadFrom, update_customer,
};
use customer_sqlite::SqliteStore;

use crate::{customer, id, noon, team};

/// Changes the phone of the first customer.
async fn change(store: &SqliteStore, phone: &str) {
    let patch = CustomerPatch::new().with_main_phone(NullableUpdate::Set(phone.parse().unwrap()));
    let clock = Arc::new(FnClock(noon));
    let any = Precondition::Any;
    let applied = update_customer(store, clock, team(), id(1), patch, any)
        .await
        .unwrap();
    assert!(!applied.changed().is_empty());
}

/// The versions after a position, and the next position.
async fn versions(store: &SqliteStore, from: ReadFrom) -> (Vec<u64>, LogPosition) {
    let page = store.changes(team(), from, 100).await.unwrap();
    let versions = page.changes.iter().map(|change| change.version.get());
    (versions.collect(), page.next)
}

#[tokio::test]
async fn s9_a_position_is_valid_after_the_file_was_reopened() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let store = SqliteStore::open(&path).unwrap();
    store.insert(&customer(1)).await.unwrap();
    let (first, position) = versions(&store, ReadFrom::Oldest).await;
    change(&store, "+1").await;
    drop(store);

    let store = SqliteStore::open(&path).unwrap();
    change(&store, "+2").await;
    let (later, _) = versions(&store, ReadFrom::Position(position)).await;
    assert_eq!((first, later), (vec![1], vec![2, 3]));
}

/// A copy has the numbers of the original: without an id of its own, a reader of the
/// original would miss what is written to the copy.
#[tokio::test]
async fn s9_positions_expire_in_a_backup_and_after_a_renewal() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("customers.db")).unwrap();
    store.insert(&customer(1)).await.unwrap();
    let copy = directory.path().join("copy.db");
    store.backup_to(&copy).await.unwrap();
    change(&store, "+1").await;
    let (_, position) = versions(&store, ReadFrom::Oldest).await;

    let restored = SqliteStore::open(&copy).unwrap();
    change(&restored, "+2").await;
    let from = ReadFrom::Position(position.clone());
    let expired = restored.changes(team(), from, 100).await;
    assert!(matches!(expired, Err(ChangesError::Expired)));
    assert_eq!(versions(&restored, ReadFrom::Oldest).await.0, [1, 2]);

    let from = || ReadFrom::Position(position.clone());
    assert_eq!(versions(&store, from()).await.0, [0; 0]);
    store.renew_change_log().await.unwrap();
    let expired = store.changes(team(), from(), 100).await;
    assert!(matches!(expired, Err(ChangesError::Expired)));
}

#[tokio::test]
async fn s9_the_numbers_of_pruned_entries_are_not_used_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let store = SqliteStore::open(&path).unwrap();
    store.insert(&customer(1)).await.unwrap();
    change(&store, "+1").await;
    let (_, position) = versions(&store, ReadFrom::Oldest).await;
    let all = customer_domain::Timestamp::MAX;
    assert_eq!(store.prune_changes(team(), all).await.unwrap(), 2);
    drop(store);

    let store = SqliteStore::open(&path).unwrap();
    change(&store, "+2").await;
    let (later, _) = versions(&store, ReadFrom::Position(position)).await;
    assert_eq!(later, [3], "the entry has a number after the pruned ones");
}

#[tokio::test]
async fn s9_a_replace_over_a_corrupt_row_has_an_entry() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let store = SqliteStore::open(&path).unwrap();
    let first = customer(1);
    store.insert(&first).await.unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute("UPDATE customer SET status = 'gone'", [])
        .unwrap();
    let patch = CustomerPatch::from_json(br#"{"mainPhone": "+1"}"#).unwrap();
    let second = first.clone().apply(&patch, noon()).into_customer();
    store.replace(&second, first.version()).await.unwrap();
    store
        .delete(team(), id(1), Precondition::Any)
        .await
        .unwrap();
    let page = store.changes(team(), ReadFrom::Oldest, 100).await.unwrap();
    let kinds: Vec<_> = page.changes.iter().map(|change| change.kind).collect();
    assert_eq!(
        kinds,
        [
            ChangeKind::Created,
            ChangeKind::Updated,
            ChangeKind::Deleted
        ]
    );
}
