//! A file of an earlier schema is brought up to date when it is opened.

use std::path::Path;

use customer_domain::{CustomerStore, ListQuery, SearchText, StoreErrorKind};
use customer_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::{customer, team};

/// Makes a file of today's schema one of schema 1.
fn go_back_to_schema_1(path: &Path) {
    Connection::open(path)
        .unwrap()
        .execute_batch(
            "DROP INDEX customer_search;
            ALTER TABLE customer DROP COLUMN search_key;
            PRAGMA user_version = 1;",
        )
        .unwrap();
}

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
    assert_eq!((page.records, page.total), (vec![customer(49)], 1));
    store.insert(&customer(50)).await.unwrap();
    let page = store.list(team(), &search("acme")).await.unwrap();
    assert_eq!((page.records.len(), page.total), (20, 51));
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
    let error = store.list(team(), &ListQuery::new()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
}
