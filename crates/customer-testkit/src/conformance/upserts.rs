//! S3: an upsert changes the matching record or inserts a new one, atomically.

use std::sync::Arc;

use customer_domain::{
    Change, Customer, CustomerId, CustomerPatch, CustomerStore, MatchBy, NullableUpdate, Update,
    Upsert, UpsertError, Upserted,
};

use super::check::{accepted, add, ensure_rejected, same, stored};
use super::failure::{CaseFailure, CaseResult};
use super::races::{TASKS, at_once, rounds};
use super::samples::{full_customer, team, value};
use super::updates::{later, later_time, phone};
use crate::ids::fresh_id;

/// The values of a new customer.
pub(super) fn complete(email: &str, phone: &str) -> CustomerPatch {
    CustomerPatch::new()
        .with_name(Update::Set(value("Acme Ltd")))
        .with_email(Update::Set(value(email)))
        .with_main_phone(NullableUpdate::Set(value(phone)))
}

fn upsert(by: MatchBy, id: CustomerId, change: impl Into<Change>) -> Upsert {
    let change = change.into();
    Upsert { by, id, change }
}

/// Checks that the upsert created exactly this record.
async fn is_created<S: CustomerStore>(
    store: &S,
    result: Result<Upserted, UpsertError>,
    expected: &Customer,
) -> CaseResult {
    let rule = "S3: an upsert without a match inserts a record";
    match accepted(result, rule)? {
        Upserted::Created(created) => same(Some(&created), expected, "the upsert", rule)?,
        Upserted::Updated(_) => {
            return Err(CaseFailure::new(format!("{rule}; it updated one")));
        }
    }
    stored(store, expected, rule).await
}

/// Checks that the upsert changed this record.
async fn is_updated<S: CustomerStore>(
    store: &S,
    result: Result<Upserted, UpsertError>,
    previous: &Customer,
    change: &Change,
) -> Result<Customer, CaseFailure> {
    let rule = "S3: an upsert changes the record that it matches";
    let Upserted::Updated(applied) = accepted(result, rule)? else {
        return Err(CaseFailure::new(format!("{rule}; it inserted one")));
    };
    let expected = previous.clone().apply_change(change, later_time());
    same(Some(&applied.previous()), previous, "the upsert", rule)?;
    same(
        Some(applied.customer()),
        expected.customer(),
        "the upsert",
        rule,
    )?;
    stored(store, expected.customer(), rule).await?;
    Ok(expected.into_customer())
}

/// S3: an upsert by email or by id inserts a record, changes it when repeated, and writes
/// nothing if no field changes.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_an_upsert_inserts_or_changes_a_record<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    for by in [MatchBy::Email, MatchBy::Id] {
        let (team, id) = (team(), fresh_id());
        let change = Change::from(complete("Ann@acme.example", "+1"));
        let new = accepted(
            change.to_new(),
            "the sample change has every value of a new record",
        )?;
        let new = new.into_customer(id, team, later_time());
        let created = store
            .upsert(team, upsert(by, id, change.clone()), later())
            .await;
        is_created(&*store, created, &new).await?;

        // An upsert by email uses its id only for a new record.
        let next_id = match by {
            MatchBy::Email => fresh_id(),
            MatchBy::Id => id,
        };
        let mut latest = new;
        for change in [
            change,
            complete("ANN@acme.example", "+2").into(),
            complete("ANN@acme.example", "+2").into(),
            Change::from(complete("ann@acme.example", "+3"))
                .with_contacts(full_customer(team, "a@b.example").contacts().clone()),
        ] {
            let next = upsert(by, next_id, change.clone());
            let result = store.upsert(team, next, later()).await;
            latest = is_updated(&*store, result, &latest, &change).await?;
        }
    }
    Ok(())
}

/// S3: an upsert by id changes only the given fields of the record, and can change its
/// address.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_an_upsert_by_id_needs_no_name<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let first = full_customer(team(), "a@acme.example");
    add(&*store, &[&first]).await?;
    let (team, id) = (first.team(), first.id());
    let mut latest = first;
    for patch in [phone("+9"), super::updates::email("b@acme.example")] {
        let change = Change::from(patch);
        let by_id = upsert(MatchBy::Id, id, change.clone());
        let result = store.upsert(team, by_id, later()).await;
        latest = is_updated(&*store, result, &latest, &change).await?;
    }
    Ok(())
}

/// S2, S3: an upsert without a match is rejected if it does not have the values of a new
/// record. An upsert is rejected if another record has its address or its new id. Records
/// of other teams do not match.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_an_upsert_is_rejected_without_a_change<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let ann = full_customer(team, "ann@acme.example");
    let bob = full_customer(team, "bob@acme.example");
    add(&*store, &[&ann, &bob]).await?;
    let run = |by, id, patch: CustomerPatch| store.upsert(team, upsert(by, id, patch), later());

    for by in [MatchBy::Email, MatchBy::Id] {
        ensure_rejected!(
            run(by, fresh_id(), phone("+1")).await,
            UpsertError::Invalid(_),
            "S3: an upsert without a match needs the values of a new record"
        );
    }
    ensure_rejected!(
        run(MatchBy::Email, ann.id(), complete("new@acme.example", "+1")).await,
        UpsertError::IdTaken,
        "S3: an upsert by email does not insert an id that exists"
    );
    for id in [bob.id(), fresh_id()] {
        ensure_rejected!(
            run(MatchBy::Id, id, complete("ANN@acme.example", "+1")).await,
            UpsertError::EmailTaken(holder) if holder == ann.id(),
            "S2: an upsert by id cannot take the address of another customer"
        );
    }
    for record in [&ann, &bob] {
        stored(&*store, record, "S5: a rejected upsert changes nothing").await?;
    }

    let other = super::samples::team();
    for (by, id) in [(MatchBy::Email, fresh_id()), (MatchBy::Id, bob.id())] {
        let email = format!(
            "{}@acme.example",
            if by == MatchBy::Id { "bob" } else { "ann" }
        );
        let change = Change::from(complete(&email, "+1"));
        let new = accepted(
            change.to_new(),
            "the sample change has every value of a new record",
        )?;
        let new = new.into_customer(id, other, later_time());
        let created = store.upsert(other, upsert(by, id, change), later()).await;
        is_created(&*store, created, &new).await?;
    }
    for record in [&ann, &bob] {
        stored(
            &*store,
            record,
            "S1: an upsert in another team changes nothing",
        )
        .await?;
    }
    Ok(())
}

/// S2, S3: of 64 upserts of one new address, one inserts the record, and the others
/// change it one after the other.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_one_of_64_upserts_inserts_the_record<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> CaseResult {
    for _ in 0..rounds().div_ceil(10) {
        let team = team();
        let mut upserted = at_once(0..TASKS, |task| {
            let store = Arc::clone(&store);
            async move {
                let change = complete("a@acme.example", &format!("+1415{task}"));
                let upsert = upsert(MatchBy::Email, fresh_id(), change);
                let result = store.upsert(team, upsert, later()).await;
                accepted(result, "S3: no concurrent upsert is rejected")
            }
        })
        .await?;
        upserted.sort_by_key(|upserted| upserted.customer().version());
        let mut upserted = upserted.into_iter();
        let Some(Upserted::Created(first)) = upserted.next() else {
            return Err(CaseFailure::new(
                "S3: one concurrent upsert inserts the record",
            ));
        };
        let mut latest = *first;
        for next in upserted {
            let Upserted::Updated(applied) = next else {
                let rule = "S2: one concurrent upsert inserts the record; two did";
                return Err(CaseFailure::new(rule));
            };
            let rule = "S3: an upsert changes the record that the one before it wrote";
            same(Some(&applied.previous()), &latest, "an upsert", rule)?;
            latest = applied.into_customer();
        }
        stored(&*store, &latest, "S3: the last upsert is stored").await?;
    }
    Ok(())
}
