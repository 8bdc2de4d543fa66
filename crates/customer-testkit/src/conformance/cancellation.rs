//! S5: the write of a dropped future is complete or did not happen, and the store works
//! afterwards.

use std::sync::Arc;
use std::time::Duration;

use customer_domain::{Customer, CustomerStore, InsertError, Precondition, ReplaceError, Write};

use super::check::{absent, accepted, add, find, free, get, none, stored};
use super::failure::{CaseFailure, CaseResult};
use super::samples::{customer, full_customer, team, with_email, with_phone};
use super::updates::{email, later, later_time, update};
use crate::cancel::poll_times;

/// When a future is dropped: after a number of polls, or after a time, for a store that
/// waits for a disk or a server.
#[derive(Clone, Copy)]
enum Patience {
    Polls(usize),
    Time(Duration),
}

const ALL: [Patience; 10] = [
    Patience::Polls(0),
    Patience::Polls(1),
    Patience::Polls(2),
    Patience::Polls(3),
    Patience::Polls(5),
    Patience::Polls(8),
    Patience::Time(Duration::from_micros(50)),
    Patience::Time(Duration::from_micros(200)),
    Patience::Time(Duration::from_millis(1)),
    Patience::Time(Duration::from_millis(4)),
];

/// The number of reads until the effect of a dropped write must be visible.
const LOOKS: usize = 400;

async fn dropped<F: Future>(future: F, patience: Patience) -> Option<F::Output> {
    match patience {
        Patience::Polls(polls) => poll_times(future, polls).await,
        Patience::Time(time) => tokio::time::timeout(time, future).await.ok(),
    }
}

/// S5: a dropped insert wrote the record and its address, or neither.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s5_a_dropped_insert_wrote_all_or_nothing<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    for patience in ALL {
        let new = full_customer(team(), "a@acme.example");
        let outcome = dropped(store.insert(&new), patience).await;
        let seen = settled(&*store, &[&new]).await?;
        match outcome {
            Some(outcome) => {
                accepted(outcome, "S5: an insert without a conflict succeeds")?;
                stored(&*store, &new, "S6: an inserted record is stored").await?;
            }
            None => match (store.insert(&new).await, seen) {
                (Ok(()), None) | (Err(InsertError::IdTaken), _) => {
                    stored(&*store, &new, "S5: a dropped insert wrote all or nothing").await?;
                }
                (other, _) => {
                    return Err(CaseFailure::new(format!(
                        "S5: a dropped insert wrote all or nothing; the result of the next insert was {other:?}"
                    )));
                }
            },
        }
    }
    Ok(())
}

/// S5: a dropped replace wrote the record and its address, or neither.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s5_a_dropped_replace_wrote_all_or_nothing<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    for patience in ALL {
        let old = full_customer(team(), "old@acme.example");
        let new = with_email(&old, "new@acme.example");
        add(&*store, &[&old]).await?;
        let outcome = dropped(store.replace(&new, old.version()), patience).await;
        settled(&*store, &[&old, &new]).await?;
        if let Some(outcome) = outcome {
            accepted(outcome, "S3: a replace of the version read is written")?;
            stored(&*store, &new, "S6: a replaced record is stored").await?;
        }
        the_record_can_be_written(&*store, &old).await?;
    }
    Ok(())
}

/// S5: a dropped update wrote the record and its address, or neither.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s5_a_dropped_update_wrote_all_or_nothing<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    for patience in ALL {
        let old = full_customer(team(), "old@acme.example");
        add(&*store, &[&old]).await?;
        let patch = email("new@acme.example");
        let new = old.clone().apply(&patch, later_time()).into_customer();
        let outcome = dropped(update(&*store, &old, patch, Precondition::Any), patience).await;
        settled(&*store, &[&old, &new]).await?;
        if let Some(outcome) = outcome {
            let applied = accepted(outcome, "S3: an update without a conflict succeeds")?;
            stored(&*store, applied.customer(), "S3: an update is stored").await?;
        }
        the_record_can_be_written(&*store, &old).await?;
    }
    Ok(())
}

/// S5: each write of a dropped batch wrote the record and its address, or neither, and
/// the store works afterwards.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s5_a_dropped_batch_wrote_each_record_or_not<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    for patience in ALL {
        let team = team();
        let new = full_customer(team, "new@acme.example");
        let old = full_customer(team, "old@acme.example");
        let gone = full_customer(team, "gone@acme.example");
        add(&*store, &[&old, &gone]).await?;
        let patch = email("moved@acme.example");
        let moved = old.clone().apply(&patch, later_time()).into_customer();
        let writes = vec![
            Write::Insert(Box::new(new.clone())),
            Write::Update(old.id(), patch.into(), Precondition::Any),
            Write::Delete(gone.id(), Precondition::Any),
        ];
        let outcome = dropped(store.write_batch(team, writes, later()), patience).await;
        settled(&*store, &[&new]).await?;
        settled(&*store, &[&old, &moved]).await?;
        settled(&*store, &[&gone]).await?;
        if outcome.is_some() {
            let rule = "S10: a batch is stored";
            stored(&*store, &new, rule).await?;
            stored(&*store, &moved, rule).await?;
            absent(&*store, &gone, rule).await?;
        }
        the_record_can_be_written(&*store, &old).await?;
    }
    Ok(())
}

/// S5: a dropped delete removed the record and its address, or neither.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s5_a_dropped_delete_removed_all_or_nothing<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    for patience in ALL {
        let gone = full_customer(team(), "a@acme.example");
        let (team, id) = (gone.team(), gone.id());
        add(&*store, &[&gone]).await?;
        let outcome = dropped(store.delete(team, id, Precondition::Any), patience).await;
        let seen = settled(&*store, &[&gone]).await?;
        if let Some(outcome) = outcome {
            accepted(outcome, "S1: a customer of the team can be deleted")?;
            none(seen.as_ref(), "get", "S1: a deleted customer is not found")?;
        }
        // Independently of the result, a second delete leaves the address free.
        match store.delete(team, id, Precondition::Any).await {
            Ok(()) | Err(customer_domain::DeleteError::NotFound) => {}
            Err(error) => {
                return Err(CaseFailure::new(format!(
                    "S5: the store works after a dropped delete; the result was {error:?}"
                )));
            }
        }
        free(
            &*store,
            team,
            gone.email(),
            "S5: a delete frees the address",
        )
        .await?;
        add(&*store, &[&customer(team, "A@acme.example")]).await?;
    }
    Ok(())
}

/// Waits until the record with the id is found by its own address and not by the others.
/// A dropped write may still be executed.
async fn settled<S: CustomerStore>(
    store: &S,
    forms: &[&Customer],
) -> Result<Option<Customer>, CaseFailure> {
    let Some(any) = forms.first() else {
        return Ok(None);
    };
    for _ in 0..LOOKS {
        let by_id = get(store, any).await?;
        let mut agree = by_id.as_ref().is_none_or(|seen| forms.contains(&seen));
        for form in forms {
            let expected = by_id.as_ref().filter(|seen| seen.email() == form.email());
            let by_email = find(store, form.team(), form.email()).await?;
            agree &= by_email.as_ref() == expected;
        }
        if agree {
            return Ok(by_id);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Err(CaseFailure::new(
        "S5: after a dropped write the record is found by its address",
    ))
}

/// Checks that the record can be replaced in the version it has.
async fn the_record_can_be_written<S: CustomerStore>(store: &S, any: &Customer) -> CaseResult {
    for _ in 0..LOOKS {
        let seen = get(store, any).await?;
        let seen = seen.ok_or_else(|| CaseFailure::new("S5: a replace removes no record"))?;
        let next = with_phone(&seen, "+1 after the drop");
        match store.replace(&next, seen.version()).await {
            Ok(()) => {
                return stored(store, &next, "S3: a replaced record is stored").await;
            }
            // The dropped write was executed in between.
            Err(ReplaceError::VersionConflict) => {}
            Err(error) => {
                return Err(CaseFailure::new(format!(
                    "S5: the store works after a dropped replace; the result was {error:?}"
                )));
            }
        }
    }
    Err(CaseFailure::new(
        "S5: the store works after a dropped replace",
    ))
}
