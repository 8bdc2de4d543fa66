//! S5: every operation has a deadline.

use std::time::Duration;

use customer_domain::{CustomerStore, InsertError, StoreErrorKind};
use customer_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::{customer, id, team};

fn kind(result: Result<(), InsertError>) -> Option<StoreErrorKind> {
    match result {
        Err(InsertError::Store(error)) => Some(error.kind()),
        Ok(()) | Err(_) => None,
    }
}

#[tokio::test]
async fn s5_a_write_that_was_not_started_before_its_deadline_is_not_executed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let store = SqliteStore::builder(&path)
        .write_deadline(Duration::from_millis(50))
        .open()
        .unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let late = store.insert(&customer(1)).await;
    assert_eq!(kind(late), Some(StoreErrorKind::Unavailable));
    other.execute_batch("ROLLBACK").unwrap();

    // Of the writes that wait for this one, it is the first that is executed.
    let patient = SqliteStore::open(&path).unwrap();
    patient.insert(&customer(2)).await.unwrap();
    drop(store);
    assert_eq!(patient.get(team(), id(1)).await.unwrap(), None);
}

#[tokio::test]
async fn s5_the_outcome_of_a_write_that_takes_longer_than_its_deadline_is_unknown() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let store = SqliteStore::builder(&path)
        .write_deadline(Duration::from_millis(50))
        .open()
        .unwrap();
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "CREATE TRIGGER slow BEFORE INSERT ON customer BEGIN
                SELECT count(*) FROM sqlite_schema a, sqlite_schema b, sqlite_schema c,
                    sqlite_schema d, sqlite_schema e, sqlite_schema f, sqlite_schema g;
            END",
        )
        .unwrap();
    let late = store.insert(&customer(1)).await;
    assert_eq!(kind(late), Some(StoreErrorKind::OutcomeUnknown));
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    let found = store.get(team(), id(1)).await.unwrap();
    assert_eq!(found, Some(customer(1)), "here it was executed");
}
