//! S1: a customer of another team is not found, is not changed, and does not conflict.

use std::sync::Arc;

use customer_domain::{CustomerStore, DeleteError, Precondition, ReplaceError};

use super::check::{accepted, add, ensure_rejected, find, get, none, stored};
use super::failure::CaseResult;
use super::samples::{customer, full_customer, in_team, team, with, with_phone};

/// S1: a get in another team finds nothing.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s1_another_team_does_not_get_it<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let ours = customer(team(), "a@acme.example");
    add(&*store, &[&ours]).await?;

    let seen = get(&*store, &in_team(&ours, team())).await?;
    none(
        seen.as_ref(),
        "get",
        "S1: a get in another team returns no record",
    )
}

/// S1: a search by email in another team finds nothing.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s1_another_team_does_not_find_it<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let ours = customer(team(), "a@acme.example");
    add(&*store, &[&ours]).await?;

    let seen = find(&*store, team(), ours.email()).await?;
    none(
        seen.as_ref(),
        "find_by_email",
        "S1: a find in another team returns no record",
    )
}

/// S1: a replace in another team finds nothing and changes nothing.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s1_another_team_does_not_replace_it<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let ours = customer(team(), "a@acme.example");
    add(&*store, &[&ours]).await?;
    let theirs = in_team(&with_phone(&ours, "+1"), team());

    ensure_rejected!(
        store.replace(&theirs, ours.version()).await,
        ReplaceError::NotFound,
        "S1: a replace in another team finds nothing"
    );
    stored(
        &*store,
        &ours,
        "S1: a replace in another team changes nothing",
    )
    .await
}

/// S1: a delete in another team finds nothing and removes nothing.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s1_another_team_does_not_delete_it<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let ours = customer(team(), "a@acme.example");
    add(&*store, &[&ours]).await?;

    for precondition in [Precondition::Any, Precondition::Version(ours.version())] {
        ensure_rejected!(
            store.delete(team(), ours.id(), precondition).await,
            DeleteError::NotFound,
            "S1: a delete in another team finds nothing"
        );
    }
    stored(
        &*store,
        &ours,
        "S1: a delete in another team removes nothing",
    )
    .await
}

/// S1: the same id in two teams is two customers, and each is written independently.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s1_one_id_in_two_teams_is_two_customers<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let ours = customer(team(), "a@acme.example");
    let theirs = with(&full_customer(team(), "b@acme.example"), |record| {
        record.id = ours.id();
    });
    add(&*store, &[&ours]).await?;
    accepted(
        store.insert(&theirs).await,
        "S1: an id of another team does not conflict",
    )?;
    stored(
        &*store,
        &ours,
        "S1: an insert in another team changes nothing",
    )
    .await?;
    stored(&*store, &theirs, "S1: one id in two teams is two customers").await?;

    let changed = with_phone(&ours, "+1");
    accepted(
        store.replace(&changed, ours.version()).await,
        "S1: an id of another team does not conflict",
    )?;
    stored(
        &*store,
        &theirs,
        "S1: a replace in another team changes nothing",
    )
    .await?;

    accepted(
        store
            .delete(ours.team(), ours.id(), Precondition::Any)
            .await,
        "S1: an id of another team does not conflict",
    )?;
    stored(
        &*store,
        &theirs,
        "S1: a delete in another team removes nothing",
    )
    .await
}
