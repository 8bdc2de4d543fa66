//! The order of the errors if several apply.

use std::sync::Arc;

use customer_domain::{CustomerStore, DeleteError, InsertError, Precondition, ReplaceError};

use super::check::{add, ensure_rejected, stored};
use super::failure::CaseResult;
use super::samples::{customer, team, version, with, with_email};

/// S2: an insert whose id and address are both taken returns the error for the id.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_an_insert_names_the_id_before_the_email<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let ann = customer(team, "ann@acme.example");
    let bob = customer(team, "bob@acme.example");
    add(&*store, &[&ann, &bob]).await?;

    let both_of_one = ann.clone();
    let of_two = with(&bob, |record| record.id = ann.id());
    for taken in [both_of_one, of_two] {
        ensure_rejected!(
            store.insert(&taken).await,
            InsertError::IdTaken,
            "S2: an insert checks the id before the email"
        );
    }
    stored(&*store, &ann, "S5: a rejected insert changes nothing").await?;
    stored(&*store, &bob, "S5: a rejected insert changes nothing").await
}

/// S3: a replace of an unknown customer returns not found, even if the address is taken.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_not_found_comes_before_the_email<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let owner = customer(team(), "owner@acme.example");
    add(&*store, &[&owner]).await?;
    let unknown = customer(owner.team(), "OWNER@acme.example");

    for read in [unknown.version(), version(9)] {
        ensure_rejected!(
            store.replace(&unknown, read).await,
            ReplaceError::NotFound,
            "S3: not found takes precedence over the email"
        );
    }
    stored(&*store, &owner, "S5: a rejected replace changes nothing").await
}

/// S3: a replace of another version that also takes the address of another customer
/// returns the version conflict.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_the_version_comes_before_the_email<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let team = team();
    let owner = customer(team, "owner@acme.example");
    let late = customer(team, "late@acme.example");
    add(&*store, &[&owner, &late]).await?;

    ensure_rejected!(
        store
            .replace(&with_email(&late, "owner@acme.example"), version(2))
            .await,
        ReplaceError::VersionConflict,
        "S3: a version conflict takes precedence over the email"
    );
    stored(&*store, &owner, "S5: a rejected replace changes nothing").await?;
    stored(&*store, &late, "S5: a rejected replace changes nothing").await
}

/// S3: a delete of an unknown customer returns not found, even with an expected version.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_a_delete_names_not_found_before_the_version<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let unknown = customer(team(), "a@acme.example");
    ensure_rejected!(
        store
            .delete(
                unknown.team(),
                unknown.id(),
                Precondition::Version(version(9))
            )
            .await,
        DeleteError::NotFound,
        "S3: for a delete, not found takes precedence over the version"
    );
    Ok(())
}
