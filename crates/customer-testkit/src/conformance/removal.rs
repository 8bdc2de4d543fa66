//! Deletes: a deleted record and its address are no longer found, and can be inserted
//! again.

use std::sync::Arc;

use customer_domain::{CustomerStore, DeleteError, Precondition, ReplaceError};

use super::check::{absent, accepted, add, ensure_rejected, stored};
use super::failure::CaseResult;
use super::samples::{customer, full_customer, team, with, with_email, with_phone};

/// S1: no operation finds a deleted record.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s1_a_deleted_customer_is_not_found<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let gone = full_customer(team(), "a@acme.example");
    let other = customer(gone.team(), "b@acme.example");
    add(&*store, &[&gone, &other]).await?;
    accepted(
        store
            .delete(gone.team(), gone.id(), Precondition::Any)
            .await,
        "S1: a customer of the team can be deleted",
    )?;

    absent(&*store, &gone, "S1: a deleted customer is not found").await?;
    ensure_rejected!(
        store
            .replace(&with_phone(&gone, "+1"), gone.version())
            .await,
        ReplaceError::NotFound,
        "S1: a deleted customer is not replaced"
    );
    absent(
        &*store,
        &gone,
        "S1: a replace does not restore a deleted customer",
    )
    .await?;
    for precondition in [Precondition::Any, Precondition::Version(gone.version())] {
        ensure_rejected!(
            store.delete(gone.team(), gone.id(), precondition).await,
            DeleteError::NotFound,
            "S1: a deleted customer is not deleted again"
        );
    }
    stored(&*store, &other, "S1: a delete removes one customer").await
}

/// S1: no operation finds a record that was never inserted.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s1_an_unknown_customer_is_not_found<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let unknown = customer(team(), "a@acme.example");
    absent(&*store, &unknown, "S1: an unknown customer is not found").await?;
    ensure_rejected!(
        store
            .replace(&with_phone(&unknown, "+1"), unknown.version())
            .await,
        ReplaceError::NotFound,
        "S1: an unknown customer is not replaced"
    );
    ensure_rejected!(
        store
            .delete(unknown.team(), unknown.id(), Precondition::Any)
            .await,
        DeleteError::NotFound,
        "S1: an unknown customer is not deleted"
    );
    absent(&*store, &unknown, "S1: a rejected replace inserts nothing").await
}

/// S2: the address of a deleted customer is free for an insert and for a replace.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_the_email_of_a_deleted_customer_is_free<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let (ann, bob) = (
        customer(team, "ann@acme.example"),
        customer(team, "bob@acme.example"),
    );
    let heir = customer(team, "heir@acme.example");
    add(&*store, &[&ann, &bob, &heir]).await?;
    for gone in [&ann, &bob] {
        accepted(
            store.delete(team, gone.id(), Precondition::Any).await,
            "S1: a customer of the team can be deleted",
        )?;
    }

    let second = customer(team, "ANN@acme.example");
    accepted(
        store.insert(&second).await,
        "S2: the address of a deleted customer is free for an insert",
    )?;
    let moved = with_email(&heir, "BOB@acme.example");
    accepted(
        store.replace(&moved, heir.version()).await,
        "S2: the address of a deleted customer is free for a replace",
    )?;
    stored(&*store, &second, "S2: the address finds its new customer").await?;
    stored(&*store, &moved, "S2: the address finds its new customer").await
}

/// S2: after a change of the address and a delete, neither address is taken.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_a_delete_frees_the_email_the_record_has_now<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let first = customer(team(), "old@acme.example");
    let moved = with_email(&first, "new@acme.example");
    add(&*store, &[&first]).await?;
    accepted(
        store.replace(&moved, first.version()).await,
        "S2: a free address can be taken by a replace",
    )?;
    accepted(
        store
            .delete(first.team(), first.id(), Precondition::Any)
            .await,
        "S1: a customer of the team can be deleted",
    )?;

    for gone in [&first, &moved] {
        absent(&*store, gone, "S2: a delete frees the address").await?;
    }
    for email in ["new@acme.example", "old@acme.example"] {
        let next = customer(first.team(), email);
        accepted(store.insert(&next).await, "S2: a delete frees the address")?;
    }
    Ok(())
}

/// S6: a deleted customer can be inserted again, as a different record with the same id
/// or as an identical one.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s6_a_deleted_customer_can_be_inserted_again<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let first = full_customer(team(), "a@acme.example");
    let other = with(&customer(first.team(), "b@acme.example"), |record| {
        record.id = first.id();
    });
    for record in [&first, &first, &other, &first] {
        accepted(
            store.insert(record).await,
            "S6: a deleted customer can be inserted again",
        )?;
        stored(
            &*store,
            record,
            "S6: no value of the deleted record remains",
        )
        .await?;
        accepted(
            store
                .delete(record.team(), record.id(), Precondition::Any)
                .await,
            "S1: a customer of the team can be deleted",
        )?;
    }
    absent(&*store, &other, "S1: a deleted customer is not found").await
}
