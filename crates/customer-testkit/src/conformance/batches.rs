//! S10: the writes of a batch have the same results as one after the other.

use std::sync::Arc;

use customer_domain::{
    Change, Contacts, Customer, CustomerId, CustomerPatch, CustomerStore, MatchBy, Precondition,
    Upsert, Write, WriteResult,
};

use super::batch_model::as_one_after_the_other;
use super::check::{accepted, ensure, get, stored};
use super::failure::{CaseFailure, CaseResult};
use super::races::{TASKS, at_once, rounds};
use super::samples::{customer, full_customer, in_team, team, value, version, with};
use super::updates::{TickingClock, email, later, phone};
use super::upserts::complete;
use crate::ids::fresh_id;

const ANY: Precondition = Precondition::Any;

fn insert(customer: &Customer) -> Write {
    Write::Insert(Box::new(customer.clone()))
}

fn update(id: CustomerId, change: impl Into<Change>) -> Write {
    Write::Update(id, change.into(), ANY)
}

fn update_if(id: CustomerId, number: u64, change: impl Into<Change>) -> Write {
    let precondition = Precondition::Version(version(number));
    Write::Update(id, change.into(), precondition)
}

fn upsert(by: MatchBy, id: CustomerId, change: impl Into<Change>) -> Write {
    let change = change.into();
    Write::Upsert(Upsert { by, id, change })
}

fn delete(id: CustomerId) -> Write {
    Write::Delete(id, ANY)
}

fn delete_if(id: CustomerId, number: u64) -> Write {
    Write::Delete(id, Precondition::Version(version(number)))
}

/// S10: an empty batch has no results, and a batch of one write has one result.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s10_a_batch_may_have_no_write_or_one<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let team = team();
    let rule = "S10: an empty batch has no results";
    as_one_after_the_other(&*store, team, &[], Vec::new(), rule).await?;
    let new = full_customer(team, "a@acme.example");
    let rule = "S10: a batch of one write has its result";
    as_one_after_the_other(&*store, team, &[], vec![insert(&new)], rule).await?;
    let other = full_customer(team, "b@acme.example");
    let writes = vec![update(other.id(), phone("+1"))];
    as_one_after_the_other(&*store, team, &[&other], writes, rule).await?;
    let last = full_customer(team, "c@acme.example");
    let writes = vec![delete(last.id())];
    as_one_after_the_other(&*store, team, &[&last], writes, rule).await
}

/// S10: the writes to one record in a batch are executed in order: each sees the ones
/// before it.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s10_the_writes_of_one_record_are_in_order<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let first = full_customer(team, "a@acme.example");
    let again = with(&customer(team, "b@acme.example"), |record| {
        record.id = first.id();
    });
    let id = first.id();
    let writes = vec![
        update(id, phone("+1")),
        delete(id),
        insert(&first),
        insert(&first),
        update(id, phone("+2")),
        update_if(id, 2, phone("+3")),
        update_if(id, 2, phone("+4")),
        update(id, CustomerPatch::new()),
        update(id, Contacts::NONE),
        update_if(id, 4, email("c@acme.example")),
        delete_if(id, 4),
        delete_if(id, 5),
        delete(id),
        update(id, phone("+5")),
        insert(&again),
        update(id, phone("+6")),
        upsert(MatchBy::Id, id, phone("+7")),
        upsert(MatchBy::Email, fresh_id(), complete("B@acme.example", "+8")),
        delete(id),
        upsert(MatchBy::Id, id, phone("+9")),
        upsert(MatchBy::Id, id, complete("d@acme.example", "+9")),
        upsert(MatchBy::Email, id, complete("e@acme.example", "+9")),
        update_if(id, 1, phone("+10")),
    ];
    let rule = "S10: the writes to one record are executed in order";
    for length in 1..=writes.len() {
        // Each prefix runs in its own team, so that every intermediate state is checked.
        let team = super::samples::team();
        let moved = |write: &Write| match write {
            Write::Insert(customer) => insert(&in_team(customer, team)),
            other => other.clone(),
        };
        let writes = writes.iter().take(length).map(moved).collect();
        as_one_after_the_other(&*store, team, &[], writes, rule).await?;
    }
    Ok(())
}

/// S2, S10: the writes of a batch see the addresses that earlier writes took and freed.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s10_an_address_passes_from_write_to_write<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let new = |address: &str| customer(team, address);
    let [ann, bob, eve, kim] = ["ann", "bob", "eve", "kim"].map(|n| new(&format!("{n}@b.example")));
    let [a, b, c, d] = [
        "ANN@b.example",
        "x@b.example",
        "X@b.example",
        "kim@B.example",
    ]
    .map(new);
    let writes = vec![
        // Taken until the delete.
        insert(&a),
        delete(ann.id()),
        insert(&a),
        // Two inserts of one address: the second is rejected.
        insert(&b),
        insert(&c),
        // Bob and Eve exchange their addresses by way of a third address.
        update(bob.id(), email("eve@b.example")),
        update(bob.id(), email("parked@b.example")),
        update(eve.id(), email("bob@b.example")),
        update(bob.id(), email("eve@b.example")),
        // An address is free after its record has changed it.
        insert(&d),
        update(kim.id(), email("kim2@b.example")),
        insert(&d),
        update(kim.id(), email("Kim@b.example")),
        update(kim.id(), email("KIM2@b.example")),
    ];
    let rule = "S10: a write sees the addresses taken and freed by earlier writes";
    as_one_after_the_other(&*store, team, &[&ann, &bob, &eve, &kim], writes, rule).await
}

/// S10: a rejected write does not affect the other writes.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s10_a_rejected_write_rejects_only_itself<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let [one, two] = ["one", "two"].map(|n| full_customer(team, &format!("{n}@b.example")));
    let elsewhere = full_customer(super::samples::team(), "elsewhere@b.example");
    super::check::add(&*store, &[&elsewhere]).await?;
    let new = |name: &str| customer(team, &format!("{name}@b.example"));
    let (a, b, c) = (new("a"), new("b"), new("elsewhere"));
    let rejected = [
        update(fresh_id(), phone("+1")),
        delete(fresh_id()),
        insert(&one),
        insert(&new("ONE")),
        update_if(one.id(), 9, phone("+1")),
        delete_if(one.id(), 9),
        update(one.id(), email("TWO@b.example")),
        upsert(MatchBy::Id, fresh_id(), phone("+1")),
        upsert(MatchBy::Id, fresh_id(), complete("TWO@b.example", "+1")),
        upsert(MatchBy::Email, two.id(), complete("new@b.example", "+1")),
        // S1: records of another team are invisible.
        update(elsewhere.id(), phone("+1")),
        delete(elsewhere.id()),
    ];
    let accepted = [
        insert(&a),
        update(one.id(), phone("+2")),
        insert(&b),
        update(two.id(), phone("+3")),
        update(one.id(), phone("+4")),
        insert(&c),
        delete(a.id()),
        update(b.id(), email("b2@b.example")),
        update(two.id(), phone("+5")),
        update(one.id(), phone("+6")),
        upsert(MatchBy::Email, fresh_id(), complete("TWO@b.example", "+7")),
        delete(two.id()),
    ];
    let writes = rejected.into_iter().zip(accepted);
    let writes = writes.flat_map(|(rejected, accepted)| [rejected, accepted]);
    let rule = "S10: a rejected write does not affect the others";
    as_one_after_the_other(&*store, team, &[&one, &two], writes.collect(), rule).await?;
    let rule = "S1: a batch changes only records of its team";
    stored(&*store, &elsewhere, rule).await
}

/// S10: the results are in the order of the writes, independently of the ids.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s10_the_results_are_in_the_order_of_the_writes<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let mut old: Vec<_> = (0..40)
        .map(|n| full_customer(team, &format!("old{n}@b.example")))
        .collect();
    old.sort_by_key(Customer::id);
    old.reverse();
    let writes = (0..100_usize).map(|n| {
        let record = &old[n * 7 % old.len()];
        match n % 5 {
            0 => insert(&customer(team, &format!("new{}@b.example", n / 10))),
            1 => update(record.id(), phone(&format!("+{n}"))),
            2 => update(record.id(), email(&format!("old{}@b.example", n % 50))),
            3 => delete_if(record.id(), 1 + (n % 2) as u64),
            _ => update_if(record.id(), 1, CustomerPatch::new()),
        }
    });
    let rule = "S10: the results of 100 writes are in the order of the writes";
    let before: Vec<_> = old.iter().collect();
    as_one_after_the_other(&*store, team, &before, writes.collect(), rule).await
}

/// S3, S10: concurrent batches on the same records in different orders all succeed, and
/// no update is lost.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s10_concurrent_batches_of_the_same_records_all_succeed<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let records: Vec<_> = (0..10)
        .map(|n| customer(team, &format!("c{n}@b.example")))
        .collect();
    super::check::add(&*store, &records.iter().collect::<Vec<_>>()).await?;
    let ids: Vec<_> = records.iter().map(Customer::id).collect();
    let (batches, rounds) = (TASKS / 8, rounds().div_ceil(4));
    for round in 0..rounds {
        at_once(0..batches, |task| {
            let (store, mut ids) = (Arc::clone(&store), ids.clone());
            ids.rotate_left(task);
            if task % 2 == 1 {
                ids.reverse();
            }
            async move {
                let number = format!("+{round}555{task}");
                let patch = phone(&number);
                let writes = ids.iter().map(|id| update(*id, patch.clone())).collect();
                for result in store.write_batch(team, writes, later()).await {
                    let WriteResult::Update(result) = result else {
                        let rule = "S10: the result of an update is an update result";
                        return Err(CaseFailure::new(rule));
                    };
                    let applied = accepted(result, "S10: a concurrent batch succeeds")?;
                    ensure!(
                        applied.customer().main_phone() == Some(&value(&number)),
                        "S10: an update in a concurrent batch returns the updated record"
                    );
                }
                Ok(())
            }
        })
        .await?;
    }
    for record in &records {
        let found = get(&*store, record).await?;
        let (found, expected) = (found.map(|c| c.version().get()), 1 + batches * rounds);
        ensure!(
            found == Some(expected as u64),
            "S3: no update of a concurrent batch is lost; the version of customer {} is {found:?}, expected is {expected}",
            record.id()
        );
    }
    Ok(())
}

/// S3, S10: the clock is read once for each update that finds its record.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s10_the_clock_is_read_for_each_update<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let team = team();
    let first = customer(team, "a@b.example");
    let writes = vec![
        insert(&first),
        update(fresh_id(), phone("+1")),
        update(first.id(), phone("+2")),
        update(first.id(), phone("+3")),
    ];
    let clock = Arc::new(TickingClock::default());
    let results = store.write_batch(team, writes, clock.clone()).await;
    let last = results.into_iter().next_back();
    let Some(WriteResult::Update(Ok(applied))) = last else {
        return Err(CaseFailure::new(format!(
            "S10: an update after an insert succeeds; the result was {last:?}"
        )));
    };
    let (before, after) = (applied.previous(), applied.into_customer());
    let apart = after.updated_at().as_micros() - before.updated_at().as_micros();
    ensure!(
        clock.readings() == 2 && apart == TickingClock::TICK,
        "S3: the clock is read once for each update that finds its record; there were {} readings for 2 updates, and they are {apart} µs apart, expected is {}",
        clock.readings(),
        TickingClock::TICK
    );
    stored(&*store, &after, "S10: a batch is stored").await
}
