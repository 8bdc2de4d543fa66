//! S3: an update is atomic. Concurrent updates are tested in [`races`](super::races).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use customer_domain::{
    Applied, Change, Clock, Contacts, Customer, CustomerPatch, CustomerStore, FnClock, InsertError,
    NullableUpdate, Precondition, Timestamp, Update, UpdateError, update_customer,
};

use super::check::{accepted, add, ensure, ensure_rejected, free, same, stored};
use super::failure::CaseResult;
use super::samples::{
    customer, full_customer, in_team, micros, noon, team, value, version, with_email,
};
use crate::ids::fresh_id;

/// The time of [`later`].
pub(super) fn later_time() -> Timestamp {
    value("2026-11-23T12:30:00Z")
}

/// A clock with a constant time after the creation of the samples.
pub(super) fn later() -> Arc<dyn Clock> {
    Arc::new(FnClock(later_time))
}

pub(super) fn phone(number: &str) -> CustomerPatch {
    CustomerPatch::new().with_main_phone(NullableUpdate::Set(value(number)))
}

pub(super) fn email(address: &str) -> CustomerPatch {
    CustomerPatch::new().with_email(Update::Set(value(address)))
}

/// A clock that advances by [`TICK`](Self::TICK) with each reading.
#[derive(Default)]
pub(super) struct TickingClock(AtomicI64);

impl TickingClock {
    /// Longer than the microsecond that M3 adds to a time that is not later.
    pub(super) const TICK: i64 = 1_000;

    pub(super) fn readings(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Clock for TickingClock {
    fn now(&self) -> Timestamp {
        let reading = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        micros(noon().as_micros() + reading * Self::TICK)
    }
}

/// Updates a record at [`later_time`].
pub(super) async fn update<S: CustomerStore>(
    store: &S,
    customer: &Customer,
    change: impl Into<Change>,
    precondition: Precondition,
) -> Result<Applied, UpdateError> {
    let (team, id, change) = (customer.team(), customer.id(), change.into());
    store.update(team, id, change, precondition, later()).await
}

/// Checks that the update is the merge of the change into that record.
fn is_the_merge(applied: &Applied, previous: &Customer, change: &Change) -> CaseResult {
    let expected = previous.clone().apply_change(change, later_time());
    let rule = "S3: an update returns the record before it";
    same(Some(&applied.previous()), previous, "the update", rule)?;
    let rule = "S3: an update returns the record after it";
    let after = Some(applied.customer());
    same(after, expected.customer(), "the update", rule)?;
    let (changed, expected) = (applied.changed().names(), expected.changed().names());
    ensure!(
        changed == expected,
        "M2: an update returns the changed fields; they are {changed:?}, expected is {expected:?}"
    );
    Ok(())
}

/// S3: an update returns the record before and after it and the changed fields, and
/// stores the new record.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_an_update_stores_the_merge_and_returns_it<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let mut latest = full_customer(team(), "a@acme.example");
    add(&*store, &[&latest]).await?;
    let several = email("B@acme.example").with_website(NullableUpdate::Clear);
    let contacts = latest.contacts().clone();
    for change in [
        Change::from(phone("+9")),
        several.into(),
        email("b@acme.example").into(),
        Contacts::NONE.into(),
        contacts.into(),
        CustomerPatch::new()
            .with_name(Update::Set(value("Acme Ltd")))
            .into(),
    ] {
        let applied = update(&*store, &latest, change.clone(), Precondition::Any).await;
        let applied = accepted(applied, "S3: an update without a conflict succeeds")?;
        is_the_merge(&applied, &latest, &change)?;
        latest = applied.into_customer();
        stored(&*store, &latest, "S3: an update is stored").await?;
    }
    Ok(())
}

/// S3: an update with an expected version changes only a record of that version.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_an_update_honours_its_precondition<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let first = full_customer(team(), "a@acme.example");
    add(&*store, &[&first]).await?;
    let only = Precondition::Version(first.version());
    let second = update(&*store, &first, phone("+2"), only).await;
    let second = accepted(second, "S3: an update of the expected version succeeds")?;
    let second = second.into_customer();

    for wrong in [1, 3, u64::from(u32::MAX) + 3, i64::MAX as u64] {
        let wrong = Precondition::Version(version(wrong));
        let same = CustomerPatch::new();
        for patch in [phone("+3"), email("b@acme.example"), same] {
            ensure_rejected!(
                update(&*store, &first, patch, wrong).await,
                UpdateError::VersionConflict,
                "S3: an update of another version is rejected"
            );
        }
        stored(&*store, &second, "S3: a rejected update changes nothing").await?;
    }
    let rule = "S5: a rejected update takes no address";
    free(&*store, first.team(), &value("b@acme.example"), rule).await
}

/// M3: an update that changes no field writes nothing.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_an_update_without_a_change_writes_nothing<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let first = full_customer(team(), "a@acme.example");
    add(&*store, &[&first]).await?;
    let every_field = customer(first.team(), "b@acme.example").diff(&first);
    for change in [
        Change::from(CustomerPatch::new()),
        every_field.into(),
        first.contacts().clone().into(),
    ] {
        for precondition in [Precondition::Any, Precondition::Version(first.version())] {
            let applied = update(&*store, &first, change.clone(), precondition).await;
            let applied = accepted(applied, "M3: an update without a change succeeds")?;
            is_the_merge(&applied, &first, &change)?;
            stored(
                &*store,
                &first,
                "M3: an update without a change writes nothing",
            )
            .await?;
        }
    }
    Ok(())
}

/// S3: an update without concurrent writers reads the clock once; an update that finds no
/// record to change does not read it.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_an_update_reads_the_clock_once<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let first = full_customer(team(), "a@acme.example");
    add(&*store, &[&first]).await?;
    let (team, id) = (first.team(), first.id());
    let clock = Arc::new(TickingClock::default());
    for number in 1..=3 {
        let change = phone(&format!("+{number}")).into();
        let applied = store.update(team, id, change, Precondition::Any, clock.clone());
        let applied = accepted(applied.await, "S3: an update without a conflict succeeds")?;
        let expected = micros(noon().as_micros() + number * TickingClock::TICK);
        let (readings, updated_at) = (clock.readings(), applied.customer().updated_at());
        ensure!(
            readings == number && updated_at == expected,
            "S3: an update reads the clock once; there were {readings} readings for {number} updates, updatedAt is {updated_at}, expected is {expected}"
        );
    }

    let readings = clock.readings();
    let wrong = Precondition::Version(version(9));
    ensure_rejected!(
        store
            .update(
                team,
                fresh_id(),
                phone("+9").into(),
                Precondition::Any,
                clock.clone()
            )
            .await,
        UpdateError::NotFound,
        "S1: an update of an unknown customer is rejected"
    );
    ensure_rejected!(
        store
            .update(team, id, phone("+9").into(), wrong, clock.clone())
            .await,
        UpdateError::VersionConflict,
        "S3: an update of another version is rejected"
    );
    ensure!(
        clock.readings() == readings,
        "S3: an update reads the clock after the record; a rejected update read it"
    );
    Ok(())
}

/// S2: an update that sets another address frees the old one and takes the new one. It is
/// rejected if another customer has the new one.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_an_update_moves_the_email<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let (team, any) = (team(), Precondition::Any);
    let owner = customer(team, "owner@acme.example");
    let first = full_customer(team, "old@acme.example");
    add(&*store, &[&owner, &first]).await?;
    ensure_rejected!(
        update(&*store, &first, email("OWNER@acme.example"), any).await,
        UpdateError::EmailTaken(id) if id == owner.id(),
        "S2: an update cannot take the address of another customer"
    );
    stored(&*store, &first, "S5: a rejected update changes nothing").await?;
    stored(&*store, &owner, "S5: a rejected update changes nothing").await?;

    for address in ["OLD@acme.example", "new@acme.example"] {
        let moved = update(&*store, &first, email(address), any).await;
        let moved = accepted(moved, "S2: an update can take a free address, or its own")?;
        stored(
            &*store,
            moved.customer(),
            "S2: the new address finds the record",
        )
        .await?;
    }
    free(&*store, team, first.email(), "S2: the old address is free").await?;
    add(&*store, &[&customer(team, "old@acme.example")]).await?;
    ensure_rejected!(
        store.insert(&customer(team, "NEW@acme.example")).await,
        InsertError::EmailTaken(id) if id == first.id(),
        "S2: an address taken by an update is taken"
    );
    Ok(())
}

/// S1: an update in another team finds no record and changes nothing.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s1_another_team_does_not_update_it<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let ours = full_customer(team(), "a@acme.example");
    add(&*store, &[&ours]).await?;
    let elsewhere = in_team(&ours, team());
    for precondition in [Precondition::Any, Precondition::Version(ours.version())] {
        ensure_rejected!(
            update(&*store, &elsewhere, phone("+1"), precondition).await,
            UpdateError::NotFound,
            "S1: an update in another team finds no record"
        );
    }
    stored(
        &*store,
        &ours,
        "S1: an update in another team changes nothing",
    )
    .await?;

    let theirs = in_team(&with_email(&ours, "b@acme.example"), elsewhere.team());
    add(&*store, &[&theirs]).await?;
    let moved = update(&*store, &theirs, email("a@acme.example"), Precondition::Any).await;
    let moved = accepted(
        moved,
        "S2: an address of another team is free for an update",
    )?;
    stored(
        &*store,
        moved.customer(),
        "S1: one id in two teams is two customers",
    )
    .await?;
    stored(
        &*store,
        &ours,
        "S1: an update in another team changes nothing",
    )
    .await
}

/// S3: the errors of an update have the precedence of RULES, Responses.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_an_update_returns_the_first_error_that_applies<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let owner = customer(team(), "owner@acme.example");
    let taker = customer(owner.team(), "taker@acme.example");
    add(&*store, &[&owner, &taker]).await?;
    let (team, taking) = (owner.team(), email("OWNER@acme.example"));
    let (any, wrong) = (Precondition::Any, Precondition::Version(version(9)));

    ensure_rejected!(
        update_customer(&*store, later(), team, fresh_id(), &taking, wrong).await,
        UpdateError::NotFound,
        "S1: not found takes precedence"
    );
    ensure_rejected!(
        update_customer(&*store, later(), team, taker.id(), &taking, wrong).await,
        UpdateError::VersionConflict,
        "S3: the precondition takes precedence over the address"
    );
    ensure_rejected!(
        update_customer(&*store, later(), team, taker.id(), &taking, any).await,
        UpdateError::EmailTaken(id) if id == owner.id(),
        "S2: an update cannot take the address of another customer"
    );
    stored(&*store, &taker, "S5: a rejected update changes nothing").await
}
