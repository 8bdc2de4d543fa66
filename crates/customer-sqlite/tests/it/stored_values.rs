//! S8: rows that were written by an earlier edition of the rules, or by SQL.

use std::sync::Arc;

use customer_domain::{
    CustomerPatch, CustomerStore, DeleteError, FnClock, InsertError, ListQuery, Precondition,
    ReplaceError, StoreErrorKind, Version, WebsiteUrl, update_customer,
};
use customer_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::{customer, id, noon, open, team};

fn execute(store: &SqliteStore, sql: &str) {
    let connection = Connection::open(store.path()).unwrap();
    assert_eq!(connection.execute(sql, []), Ok(1), "{sql}");
}

#[tokio::test]
async fn s8_values_that_the_rules_reject_today_are_kept_by_an_update() {
    let guarded = open().await;
    let store = guarded.store();
    store.insert(&customer(1)).await.unwrap();
    execute(
        store,
        "UPDATE customer SET website = '$$$.!!!', email = 'a@b/c.com', email_key = 'a@b/c.com'",
    );

    let old = store.get(team(), id(1)).await.unwrap().unwrap();
    assert_eq!(old.email().as_str(), "a@b/c.com");
    assert_eq!(old.website().map(WebsiteUrl::as_str), Some("$$$.!!!"));
    let found = store.find_by_email(team(), &old.email().key()).await;
    assert_eq!(found.unwrap().as_ref(), Some(&old));
    let page = store.list(team(), &ListQuery::new()).await.unwrap();
    assert_eq!(page.records, std::slice::from_ref(&old));

    let (clock, any) = (Arc::new(FnClock(noon)), Precondition::Any);
    let patch = CustomerPatch::from_json(br#"{"mainPhone": "+1"}"#).unwrap();
    let applied = update_customer(store, clock.clone(), team(), id(1), &patch, any).await;
    assert_eq!(applied.unwrap().changed().names(), ["mainPhone"]);
    let updated = store.get(team(), id(1)).await.unwrap().unwrap();
    assert_eq!(
        (updated.email(), updated.website()),
        (old.email(), old.website())
    );

    for sent_again in [r#"{"website": "$$$.!!!"}"#, r#"{"email": "a@b/c.com"}"#] {
        assert!(CustomerPatch::from_json(sent_again.as_bytes()).is_err());
    }
}

#[tokio::test]
async fn s8_a_row_without_a_readable_version_is_deleted_without_a_precondition_alone() {
    let guarded = open().await;
    let store = guarded.store();
    let stored = customer(1);
    store.insert(&stored).await.unwrap();
    execute(store, "UPDATE customer SET version = 0");

    let error = store.replace(&stored, Version::FIRST).await.unwrap_err();
    let ReplaceError::Store(error) = error else {
        panic!("{error}")
    };
    assert_eq!(error.record(), Some(id(1)));
    let first = Precondition::Version(Version::FIRST);
    let error = store.delete(team(), id(1), first).await.unwrap_err();
    let DeleteError::Store(error) = error else {
        panic!("{error}")
    };
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert_eq!(error.record(), Some(id(1)));
    let again = store.insert(&stored).await;
    assert!(matches!(again, Err(InsertError::IdTaken)), "{again:?}");

    store
        .delete(team(), id(1), Precondition::Any)
        .await
        .unwrap();
    assert_eq!(store.get(team(), id(1)).await.unwrap(), None);
    store.insert(&stored).await.unwrap();
}

#[tokio::test]
async fn s8_a_row_whose_id_is_not_a_uuid_is_skipped_without_an_id() {
    let guarded = open().await;
    let store = guarded.store();
    store.insert(&customer(1)).await.unwrap();
    store.insert(&customer(2)).await.unwrap();
    execute(
        store,
        "UPDATE customer SET uuid = x'00' WHERE email LIKE 'c1@%'",
    );

    let page = store.list(team(), &ListQuery::new()).await.unwrap();
    assert_eq!(page.records, [customer(2)]);
    assert_eq!((page.corrupt, page.total), (vec![], Some(2)));
    let key = customer(1).email().key();
    let error = store.find_by_email(team(), &key).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.record()),
        (StoreErrorKind::Corrupt, None)
    );
}
