//! A file of an earlier schema is migrated when it is opened.

use std::path::Path;

use customer_domain::{CustomerStore, InsertError, ListQuery, SearchText, Status};
use customer_sqlite::{OpenError, SqliteStore};
use rusqlite::Connection;

use crate::keys::logged;
use crate::{customer, id, noon, team};

/// Schema 2 as it was published.
pub(crate) const SCHEMA_2: &str = "
    CREATE TABLE customer (
        team             BLOB    NOT NULL,
        uuid             BLOB    NOT NULL,
        version          INTEGER NOT NULL,
        customer         TEXT    NOT NULL,
        email            TEXT    NOT NULL,
        email_key        TEXT    NOT NULL,
        main_phone       TEXT,
        website          TEXT,
        status           TEXT    NOT NULL,
        billing_street   TEXT,
        billing_city     TEXT,
        billing_state    TEXT,
        billing_zip_code TEXT,
        billing_country  TEXT,
        shipping_street   TEXT,
        shipping_city     TEXT,
        shipping_state    TEXT,
        shipping_zip_code TEXT,
        shipping_country  TEXT,
        contacts         TEXT    NOT NULL,
        created_at       INTEGER NOT NULL,
        updated_at       INTEGER NOT NULL,
        search_key       TEXT    NOT NULL DEFAULT '',
        PRIMARY KEY (team, uuid)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX customer_email ON customer (team, email_key);
    CREATE INDEX customer_search ON customer (team, search_key);
    PRAGMA application_id = 1668641652; -- \"cust\" in ASCII
    PRAGMA user_version = 2;";

/// Schema 1: no search key.
const TO_SCHEMA_1: &str = "
    DROP INDEX customer_search;
    ALTER TABLE customer DROP COLUMN search_key;
    PRAGMA user_version = 1;";

/// A file of schema 2 with the records `customer(0)` and so on.
fn schema_2(path: &Path, records: u128) -> Connection {
    let file = Connection::open(path).unwrap();
    file.execute_batch(SCHEMA_2).unwrap();
    file.execute_batch("BEGIN").unwrap();
    for number in 0..records {
        file.prepare_cached(
            "INSERT INTO customer (team, uuid, version, customer, email, email_key, status,
                contacts, created_at, updated_at, search_key)
            VALUES (?1, ?2, 1, 'Acme', ?3, ?3, 'active', '[]', ?4, ?4,
                'acme' || char(10) || ?3 || char(10))",
        )
        .unwrap()
        .execute((
            team().as_uuid().as_bytes(),
            id(number).as_uuid().as_bytes(),
            format!("c{number}@acme.example"),
            noon().as_micros(),
        ))
        .unwrap();
    }
    file.execute_batch("COMMIT").unwrap();
    file
}

fn version(file: &Connection) -> i64 {
    file.query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap()
}

fn search(text: &str) -> ListQuery {
    ListQuery::new().with_search(SearchText::parse(text).unwrap())
}

#[tokio::test]
async fn s7_records_of_schema_1_are_found_by_a_search() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    schema_2(&path, 50).execute_batch(TO_SCHEMA_1).unwrap();

    let store = SqliteStore::open(&path).unwrap();
    let page = store.list(team(), &search("C49@ACME")).await.unwrap();
    assert_eq!((page.records, page.total), (vec![customer(49)], Some(1)));
    store.insert(&customer(50)).await.unwrap();
    let page = store.list(team(), &search("acme")).await.unwrap();
    assert_eq!((page.records.len(), page.total), (20, Some(51)));
}

#[tokio::test]
async fn s6_a_row_that_breaks_a_rule_does_not_keep_a_file_from_being_opened() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let file = schema_2(&path, 2);
    file.execute_batch(TO_SCHEMA_1).unwrap();
    file.execute(
        "UPDATE customer SET customer = '' WHERE email LIKE 'c0%'",
        [],
    )
    .unwrap();
    drop(file);

    let store = SqliteStore::open(&path).unwrap();
    let page = store.list(team(), &search("c1@")).await.unwrap();
    assert_eq!(page.records, [customer(1)]);
    let page = store.list(team(), &ListQuery::new()).await.unwrap();
    assert_eq!(page.records, [customer(1)]);
    assert_eq!((page.corrupt, page.total), (vec![id(0)], Some(2)));
}

#[tokio::test]
async fn a_file_of_schema_2_is_migrated() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    drop(schema_2(&path, 2));

    let store = SqliteStore::open(&path).unwrap();
    let stored = customer(1);
    assert_eq!(
        store.get(team(), id(1)).await.unwrap().as_ref(),
        Some(&stored)
    );
    let found = store.find_by_email(team(), &stored.email().key()).await;
    assert_eq!(found.unwrap().as_ref(), Some(&stored));
    let page = store.list(team(), &search("acme")).await.unwrap();
    assert_eq!(page.records, [customer(0), stored]);
    let taken = store.insert(&customer(1)).await;
    assert!(matches!(taken, Err(InsertError::IdTaken)), "{taken:?}");
    store.insert(&customer(2)).await.unwrap();
    assert_eq!(version(&Connection::open(&path).unwrap()), 6);
}

/// Interrupted in the third batch of moved records.
#[tokio::test]
async fn an_interrupted_move_of_the_records_continues_after_the_last_batch() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let file = schema_2(&path, 12_000);
    // The new table has no place for such a row.
    file.execute_batch(
        "PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, 'status           TEXT    NOT NULL',
            'status           TEXT') WHERE name = 'customer';
        PRAGMA writable_schema = RESET;
        UPDATE customer SET status = NULL WHERE email = 'c11000@acme.example';",
    )
    .unwrap();
    let failed = SqliteStore::open(&path);
    assert!(
        matches!(failed, Err(OpenError::CannotOpen(_))),
        "{failed:?}"
    );
    assert_eq!(version(&file), 5, "older releases cannot open the file");
    let moved: i64 = file
        .query_row("SELECT count(*) FROM customer", [], |row| row.get(0))
        .unwrap();
    assert_eq!(moved, 10_000);

    // The first batches are not repeated.
    file.execute_batch(
        "UPDATE customer_old SET status = 'inactive' WHERE status IS NULL OR email LIKE 'c7@%';",
    )
    .unwrap();
    drop(file);
    let store = SqliteStore::open(&path).unwrap();
    let status = async |number| {
        store
            .get(team(), id(number))
            .await
            .unwrap()
            .unwrap()
            .status()
    };
    assert_eq!(status(7).await, Status::Active);
    assert_eq!(status(11_000).await, Status::Inactive);
    let page = store.list(team(), &ListQuery::new()).await.unwrap();
    assert_eq!(page.total, Some(12_000));
    let file = Connection::open(&path).unwrap();
    assert_eq!(version(&file), 6);
    let integrity: String = file
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(integrity, "ok");
}

#[test]
fn the_progress_of_a_move_is_logged() {
    let lines = logged(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("customers.db");
        drop(SqliteStore::open(&path).unwrap());
        let old = directory.path().join("old.db");
        drop(schema_2(&old, 10_001));
        drop(SqliteStore::open(&old).unwrap());
    });
    let has = |text: &str| lines.iter().any(|line| line.starts_with(text));
    assert!(has("INFO 5000 customers are moved"));
    assert!(has("INFO 10001 customers are moved"));
    assert!(has("INFO index 4 of 10001 customers is created"));
    let mut moved = lines.iter().filter(|line| line.contains(" of 0 customers"));
    assert_eq!(moved.next(), None);
    let mut moved = lines
        .iter()
        .filter(|line| line.starts_with("INFO 0 customers are moved"));
    assert_eq!(moved.next(), None);
}

#[test]
fn several_processes_can_move_the_records_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    drop(schema_2(&path, 12_000));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| drop(SqliteStore::open(&path).unwrap()));
        }
    });
    let count = "SELECT count(*) FROM customer INDEXED BY customer_updated WHERE team_id = ?1";
    let count: i64 = Connection::open(&path)
        .unwrap()
        .query_row(count, [team().as_uuid().as_bytes()], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 12_000);
}

/// S11: earlier versions of this crate left deleted values in the file.
#[tokio::test]
async fn s11_a_file_of_the_first_edition_is_purged_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let file = schema_2(&path, 500);
    file.execute(
        "DELETE FROM customer WHERE email LIKE 'c%7@acme.example'",
        [],
    )
    .unwrap();
    drop(file);
    let holds = |text: &str| {
        let bytes = std::fs::read(&path).unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(holds("c207@acme"), "the deleted value is still in the file");

    drop(SqliteStore::open(&path).unwrap());
    assert!(holds("c208@acme"));
    assert!(!holds("c207@acme"));
}

/// A file that another process reads is not purged yet.
#[test]
fn s11_a_file_in_use_is_purged_at_a_later_opening() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let file = schema_2(&path, 1);
    file.execute_batch("PRAGMA journal_mode = WAL").unwrap();
    file.execute_batch("BEGIN; SELECT * FROM customer;")
        .unwrap();
    drop(SqliteStore::open(&path).unwrap());
    file.execute_batch("COMMIT").unwrap();
    assert_eq!(version(&file), 5);

    drop(SqliteStore::open(&path).unwrap());
    assert_eq!(version(&file), 6);
}
