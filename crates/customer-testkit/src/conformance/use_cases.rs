//! The use cases over the store: what they write, how often they try.

use std::sync::Arc;

use customer_domain::{
    Clock, CustomerPatch, CustomerStore, FnClock, InsertError, MAX_ATTEMPTS, NewCustomer,
    NullableUpdate, Precondition, ReplaceError, Update, UpdateError, create_customer,
    update_customer,
};

use super::CaseResult;
use super::check::{absent, accepted, add, ensure, ensure_refused, get, stored};
use super::rivalled::{Rivalled, rival_phone};
use super::samples::{changed, customer, full_customer, noon, team, value, version, with_phone};
use crate::ids::fresh_id;

/// A clock that is stopped after the time at which the samples were created.
pub(super) fn later() -> Arc<dyn Clock> {
    Arc::new(FnClock(|| value("2026-11-23T12:30:00Z")))
}

pub(super) fn phone(number: &str) -> CustomerPatch {
    CustomerPatch::new().with_main_phone(NullableUpdate::Set(value(number)))
}

/// S2: a customer that is created is stored; one whose address is taken is not.
///
/// # Errors
///
/// What the store did against the contract.
pub async fn s2_create_stores_the_customer_or_says_why<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let (team, id) = (team(), fresh_id());
    let new = |email: &str| NewCustomer::new(value("Acme"), value(email));

    let created = create_customer(&*store, &FnClock(noon), team, id, new("a@acme.example")).await;
    let created = accepted(created, "S2: a customer of a free address is created")?;
    stored(&*store, &created, "S6: what was created is stored").await?;

    let other = fresh_id();
    ensure_refused!(
        create_customer(&*store, &FnClock(noon), team, other, new("A@acme.example")).await,
        InsertError::EmailTaken(holder) if holder == id,
        "S2: a customer of a taken address is not created"
    );
    ensure_refused!(
        create_customer(&*store, &FnClock(noon), team, id, new("b@acme.example")).await,
        InsertError::IdTaken,
        "S2: a customer of a taken id is not created"
    );
    stored(&*store, &created, "S5: a refused creation changes nothing").await
}

/// S3: an update is stored as it was answered.
///
/// # Errors
///
/// What the store did against the contract.
pub async fn s3_update_stores_what_it_answers<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let first = full_customer(team(), "a@acme.example");
    add(&*store, &[&first]).await?;
    for (patch, precondition) in [
        (phone("+9"), Precondition::Any),
        (phone("+8"), Precondition::Version(version(2))),
        (
            CustomerPatch::new().with_website(NullableUpdate::Clear),
            Precondition::Any,
        ),
        (
            CustomerPatch::new().with_email(Update::Set(value("B@acme.example"))),
            Precondition::Any,
        ),
    ] {
        let (team, id) = (first.team(), first.id());
        let applied = update_customer(&*store, later(), team, id, &patch, precondition).await;
        let applied = accepted(
            applied,
            "S3: an update that nothing is in the way of is done",
        )?;
        stored(
            &*store,
            applied.customer(),
            "S3: an update is stored as answered",
        )
        .await?;
    }
    Ok(())
}

/// M3: an update that changes nothing writes nothing.
///
/// # Errors
///
/// What the store did against the contract.
pub async fn s3_update_writes_nothing_when_nothing_changed<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let first = full_customer(team(), "a@acme.example");
    add(&*store, &[&first]).await?;
    let watched = Rivalled::new(&*store, 0);
    let same = CustomerPatch::new().with_name(Update::Set(first.name().clone()));
    for patch in [CustomerPatch::new(), same] {
        let (team, id) = (first.team(), first.id());
        let applied = update_customer(&watched, later(), team, id, &patch, Precondition::Any).await;
        let applied = accepted(applied, "S3: an update that changes nothing is done")?;
        ensure!(
            *applied.customer() == first,
            "S3: an update that changes nothing changed something"
        );
    }
    ensure!(
        watched.replaces() == 0,
        "S3: an update that changes nothing writes nothing"
    );
    stored(
        &*store,
        &first,
        "S3: an update that changes nothing changes nothing",
    )
    .await
}

/// S3: an update that others come before is applied to what they wrote.
///
/// # Errors
///
/// What the store did against the contract.
pub async fn s3_update_is_applied_again_after_a_conflict<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    for rivals in [1, 2, MAX_ATTEMPTS - 1] {
        let first = full_customer(team(), "a@acme.example");
        add(&*store, &[&first]).await?;
        let contended = Rivalled::new(&*store, rivals);
        let (team, id) = (first.team(), first.id());
        let patch = CustomerPatch::new().with_name(Update::Set(value("Acme Ltd")));

        let applied =
            update_customer(&contended, later(), team, id, &patch, Precondition::Any).await;
        let applied = accepted(applied, "S3: an update is applied again after a conflict")?;
        stored(
            &*store,
            applied.customer(),
            "S3: an update is stored as answered",
        )
        .await?;
        ensure!(
            applied.customer().version().get() == 2 + rivals as u64
                && applied.customer().main_phone() == Some(&value(&rival_phone(rivals))),
            "S3: no update of a rival is lost"
        );
    }
    Ok(())
}

/// S3: an update gives up after so many conflicts, and has written nothing.
///
/// # Errors
///
/// What the store did against the contract.
pub async fn s3_update_gives_up_after_so_many_conflicts<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let first = full_customer(team(), "a@acme.example");
    add(&*store, &[&first]).await?;
    let contended = Rivalled::new(&*store, usize::MAX);
    let (team, id) = (first.team(), first.id());
    let patch = CustomerPatch::new().with_name(Update::Set(value("Acme Ltd")));

    ensure_refused!(
        update_customer(&contended, later(), team, id, &patch, Precondition::Any).await,
        UpdateError::ConcurrentUpdate,
        "S3: an update gives up at last"
    );
    let tried = contended.replaces();
    ensure!(
        tried == MAX_ATTEMPTS,
        "S3: an update is tried {MAX_ATTEMPTS} times, and was {tried}"
    );
    let left = get(&*store, &first).await?;
    ensure!(
        left.is_some_and(|left| left.name() == first.name()),
        "S3: an update that was given up has written nothing"
    );
    Ok(())
}

/// S3: a caller who fixed the version is told at the first conflict.
///
/// # Errors
///
/// What the store did against the contract.
pub async fn s3_update_never_tries_a_precondition_again<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let first = full_customer(team(), "a@acme.example");
    add(&*store, &[&first]).await?;
    let contended = Rivalled::new(&*store, 1);
    let (team, id, precondition) = (
        first.team(),
        first.id(),
        Precondition::Version(first.version()),
    );

    for replaces in [1, 1] {
        // The first is beaten by the rival, the second is late from the start.
        ensure_refused!(
            update_customer(&contended, later(), team, id, &phone("+9"), precondition).await,
            UpdateError::VersionConflict,
            "S3: an update of a fixed version is refused when it is not the stored one"
        );
        ensure!(
            contended.replaces() == replaces,
            "S3: an update of a fixed version is tried once"
        );
    }
    let beaten = with_phone(&first, &rival_phone(1));
    stored(&*store, &beaten, "S3: the update of the rival stands").await
}

/// The outcomes of an update come in the order of SPEC §7.
///
/// # Errors
///
/// What the store did against the contract.
pub async fn s3_update_names_the_first_outcome_that_applies<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let owner = customer(team(), "owner@acme.example");
    let taker = customer(owner.team(), "taker@acme.example");
    add(&*store, &[&owner, &taker]).await?;
    let taking = CustomerPatch::new().with_email(Update::Set(value("OWNER@acme.example")));
    let team = owner.team();
    let wrong = Precondition::Version(version(9));

    ensure_refused!(
        update_customer(&*store, later(), team, fresh_id(), &taking, wrong).await,
        UpdateError::NotFound,
        "S1: not found comes first"
    );
    ensure_refused!(
        update_customer(
            &*store,
            later(),
            super::samples::team(),
            taker.id(),
            &taking,
            wrong
        )
        .await,
        UpdateError::NotFound,
        "S1: a customer of another team is not found"
    );
    ensure_refused!(
        update_customer(&*store, later(), team, taker.id(), &taking, wrong).await,
        UpdateError::VersionConflict,
        "S3: the precondition comes before the email"
    );
    ensure_refused!(
        update_customer(
            &*store,
            later(),
            team,
            taker.id(),
            &taking,
            Precondition::Any
        )
        .await,
        UpdateError::EmailTaken(id) if id == owner.id(),
        "S2: an update cannot take the address of another"
    );
    stored(&*store, &taker, "S5: a refused update changes nothing").await
}

/// S1: an update whose customer is deleted before the write finds nothing.
///
/// # Errors
///
/// What the store did against the contract.
pub async fn s1_update_of_a_customer_deleted_meanwhile_is_not_found<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let first = full_customer(team(), "a@acme.example");
    add(&*store, &[&first]).await?;
    let next = changed(&first, &phone("+9"));
    accepted(
        store
            .delete(first.team(), first.id(), Precondition::Any)
            .await,
        "S1: a customer of the team can be removed",
    )?;
    ensure_refused!(
        store.replace(&next, first.version()).await,
        ReplaceError::NotFound,
        "S1: a write over a deleted customer finds nothing"
    );
    absent(&*store, &next, "S1: a write does not bring a customer back").await
}
