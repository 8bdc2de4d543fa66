//! S3: a replace writes only if the stored record has the version that was read.

use std::sync::Arc;

use customer_domain::{CustomerStore, DeleteError, InsertError, Precondition, ReplaceError};

use super::check::{accepted, add, ensure_rejected, free, stored};
use super::failure::CaseResult;
use super::samples::{at_version, customer, full_customer, team, version, with_email, with_phone};

/// S3: a replace of the version that was read is written.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_a_replace_of_the_version_read_is_written<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let mut latest = full_customer(team(), "a@acme.example");
    add(&*store, &[&latest]).await?;
    for phone in ["+1", "+2", "+3"] {
        let next = with_phone(&latest, phone);
        accepted(
            store.replace(&next, latest.version()).await,
            "S3: a replace of the version read is written",
        )?;
        stored(&*store, &next, "S3: a replaced record is stored").await?;
        latest = next;
    }
    Ok(())
}

/// S3: a replace of an older version is rejected and changes nothing, whichever fields
/// differ.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_a_replace_of_an_older_version_is_rejected<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let first = customer(team(), "a@acme.example");
    let second = with_phone(&first, "+2");
    add(&*store, &[&first]).await?;
    accepted(
        store.replace(&second, first.version()).await,
        "S3: a replace of the version read is written",
    )?;

    for late in [
        with_phone(&first, "+9"),
        with_email(&first, "b@acme.example"),
        second.clone(),
    ] {
        ensure_rejected!(
            store.replace(&late, first.version()).await,
            ReplaceError::VersionConflict,
            "S3: a replace of an older version is rejected"
        );
        stored(&*store, &second, "S3: a rejected replace changes nothing").await?;
    }
    let team = first.team();
    let late = with_email(&first, "b@acme.example");
    free(
        &*store,
        team,
        late.email(),
        "S5: a rejected replace takes no address",
    )
    .await?;
    accepted(
        store.insert(&customer(team, "b@acme.example")).await,
        "S5: a rejected replace takes no address",
    )?;
    ensure_rejected!(
        store.insert(&customer(team, "a@acme.example")).await,
        InsertError::EmailTaken(id) if id == first.id(),
        "S5: a rejected replace keeps the old address"
    );
    Ok(())
}

/// S3: a replace of a version that does not exist yet is rejected.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_a_replace_of_a_later_version_is_rejected<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let first = customer(team(), "a@acme.example");
    add(&*store, &[&first]).await?;
    let next = with_phone(&first, "+9");

    for ahead in [2, 3, u64::from(u32::MAX) + 2, i64::MAX as u64] {
        ensure_rejected!(
            store.replace(&next, version(ahead)).await,
            ReplaceError::VersionConflict,
            "S3: a replace of a version that does not exist is rejected"
        );
    }
    stored(&*store, &first, "S3: a rejected replace changes nothing").await
}

/// S3: a replace compares the version that was read, not the version it writes.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_the_version_read_decides_and_not_the_one_written<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let first = customer(team(), "a@acme.example");
    add(&*store, &[&first]).await?;

    let far = at_version(&first, version(7));
    accepted(
        store.replace(&far, first.version()).await,
        "S3: a replace of the version read is written",
    )?;
    stored(&*store, &far, "S3: the version is stored as given").await?;
    ensure_rejected!(
        store
            .replace(&with_phone(&first, "+1"), first.version())
            .await,
        ReplaceError::VersionConflict,
        "S3: a replace of an older version is rejected"
    );
    let next = with_phone(&far, "+8");
    accepted(
        store.replace(&next, far.version()).await,
        "S3: a replace of the version read is written",
    )?;
    stored(&*store, &next, "S3: a replaced record is stored").await
}

/// S3: a delete with an expected version removes only a record with that version.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_a_delete_honours_its_precondition<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let first = customer(team(), "a@acme.example");
    let second = with_phone(&first, "+2");
    add(&*store, &[&first]).await?;
    accepted(
        store.replace(&second, first.version()).await,
        "S3: a replace of the version read is written",
    )?;

    let (team, id) = (first.team(), first.id());
    for other in [first.version(), version(3)] {
        ensure_rejected!(
            store.delete(team, id, Precondition::Version(other)).await,
            DeleteError::VersionConflict,
            "S3: a delete of another version is rejected"
        );
        stored(&*store, &second, "S3: a rejected delete changes nothing").await?;
    }
    accepted(
        store
            .delete(team, id, Precondition::Version(second.version()))
            .await,
        "S3: a delete of the stored version succeeds",
    )
}
