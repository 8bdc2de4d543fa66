//! S8: rows that were written by an earlier edition of the rules, or by SQL.

use std::sync::Arc;

use customer_domain::{
    CustomerPatch, CustomerStore, DeleteError, FnClock, InsertError, ListQuery, Precondition,
    ReplaceError, StoreErrorKind, TeamId, Version, WebsiteUrl, update_customer,
};
use customer_testkit::postgres;

use crate::{customer, id, new_team, noon, open};

/// Changes the rows of a team.
fn update(team: TeamId, assignments: &str) {
    let server = postgres::shared().unwrap();
    let sql = format!("UPDATE customer SET {assignments} WHERE team_id = '{team}'");
    server.execute("postgres", &sql).unwrap();
}

#[tokio::test]
async fn s8_values_that_the_rules_reject_today_are_kept_by_an_update() {
    if !postgres::is_there() {
        return;
    }
    let (store, team) = (open().await, new_team());
    store.insert(&customer(team, 1)).await.unwrap();
    update(
        team,
        "website = '$$$.!!!', email = 'a@b/c.com', email_key = 'a@b/c.com'",
    );

    let old = store.get(team, id(1)).await.unwrap().unwrap();
    assert_eq!(old.email().as_str(), "a@b/c.com");
    assert_eq!(old.website().map(WebsiteUrl::as_str), Some("$$$.!!!"));
    let found = store.find_by_email(team, &old.email().key()).await;
    assert_eq!(found.unwrap().as_ref(), Some(&old));
    let page = store.list(team, &ListQuery::new()).await.unwrap();
    assert_eq!(page.records, std::slice::from_ref(&old));

    let (clock, any) = (Arc::new(FnClock(noon)), Precondition::Any);
    let patch = CustomerPatch::from_json(br#"{"mainPhone": "+1"}"#).unwrap();
    let applied = update_customer(&store, clock.clone(), team, id(1), &patch, any).await;
    assert_eq!(applied.unwrap().changed().names(), ["mainPhone"]);
    let updated = store.get(team, id(1)).await.unwrap().unwrap();
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
    if !postgres::is_there() {
        return;
    }
    let (store, team) = (open().await, new_team());
    let stored = customer(team, 1);
    store.insert(&stored).await.unwrap();
    update(team, "version = 0");

    let error = store.replace(&stored, Version::FIRST).await.unwrap_err();
    let ReplaceError::Store(error) = error else {
        panic!("{error}")
    };
    assert_eq!(error.record(), Some(id(1)));
    let first = Precondition::Version(Version::FIRST);
    let error = store.delete(team, id(1), first).await.unwrap_err();
    let DeleteError::Store(error) = error else {
        panic!("{error}")
    };
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert_eq!(error.record(), Some(id(1)));
    let again = store.insert(&stored).await;
    assert!(matches!(again, Err(InsertError::IdTaken)), "{again:?}");

    store.delete(team, id(1), Precondition::Any).await.unwrap();
    assert_eq!(store.get(team, id(1)).await.unwrap(), None);
    store.insert(&stored).await.unwrap();
}
