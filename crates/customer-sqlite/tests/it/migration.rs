//! A file of an earlier schema is brought up to date when it is opened.

use std::path::Path;

use customer_domain::{CustomerStore, InsertError, ListQuery, SearchText};
use customer_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::{customer, id, team};

/// Makes a file of today's schema one of schema 1.
fn go_back_to_schema_1(path: &Path) {
    Connection::open(path)
        .unwrap()
        .execute_batch(
            "ALTER TABLE customer RENAME COLUMN team_id TO team;
            DROP INDEX customer_search;
            ALTER TABLE customer DROP COLUMN search_key;
            DROP TABLE customer_keys;
            PRAGMA user_version = 1;",
        )
        .unwrap();
}

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

/// The record `customer(1)`.
const INSERT: &str = "
    INSERT INTO customer (team, uuid, version, customer, email, email_key, status, contacts,
        created_at, updated_at, search_key)
    VALUES (x'00000000000000000000000000000001', x'00000000000000000000000000000001', 1, 'Acme',
        'c1@acme.example', 'c1@acme.example', 'active', '[]',
        1795435200000000, 1795435200000000, 'acme' || char(10) || 'c1@acme.example' || char(10));";

fn search(text: &str) -> ListQuery {
    ListQuery::new().with_search(SearchText::parse(text).unwrap())
}

#[tokio::test]
async fn s7_records_of_schema_1_are_found_by_a_search() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let store = SqliteStore::open(&path).unwrap();
    for number in 0..50 {
        store.insert(&customer(number)).await.unwrap();
    }
    drop(store);
    go_back_to_schema_1(&path);

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
    let store = SqliteStore::open(&path).unwrap();
    for number in 0..2 {
        store.insert(&customer(number)).await.unwrap();
    }
    drop(store);
    go_back_to_schema_1(&path);
    Connection::open(&path)
        .unwrap()
        .execute(
            "UPDATE customer SET customer = '' WHERE email LIKE 'c0%'",
            [],
        )
        .unwrap();

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
    let old = Connection::open(&path).unwrap();
    old.execute_batch(SCHEMA_2).unwrap();
    old.execute_batch(INSERT).unwrap();
    drop(old);

    let store = SqliteStore::open(&path).unwrap();
    let stored = customer(1);
    assert_eq!(
        store.get(team(), id(1)).await.unwrap().as_ref(),
        Some(&stored)
    );
    let found = store.find_by_email(team(), &stored.email().key()).await;
    assert_eq!(found.unwrap().as_ref(), Some(&stored));
    let page = store.list(team(), &search("acme")).await.unwrap();
    assert_eq!(page.records, [stored]);
    let taken = store.insert(&customer(1)).await;
    assert!(matches!(taken, Err(InsertError::IdTaken)), "{taken:?}");
    store.insert(&customer(2)).await.unwrap();
}
