//! S7: a page and its total are from one snapshot, even during writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use customer_domain::{
    Customer, CustomerPage, CustomerStore, Direction, ListQuery, OrderBy, Precondition,
};
use tokio::task::JoinSet;

use super::check::{accepted, add, ensure};
use super::describe::named;
use super::failure::{CaseFailure, CaseResult};
use super::listing::paged;
use super::races::rounds;
use super::samples::{at_version, customer, team, version, with_email};

/// The number of records that are inserted and deleted, or moved, during the lists.
const WRITTEN: usize = 3;

/// The number of lists in a round.
const LISTS: usize = 20;

/// S7: while records are inserted, deleted and moved to the other end, each list has as
/// many records as its total, has every record that exists throughout exactly once, and
/// is in order.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_a_page_and_its_total_are_of_one_snapshot<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let fixed: Vec<_> = (0..20)
        .map(|n| customer(team, &format!("m{n}@acme.example")))
        .collect();
    let moved: Vec<_> = (0..WRITTEN)
        .map(|n| customer(team, &format!("a{n}@acme.example")))
        .collect();
    let always: Vec<Customer> = fixed.into_iter().chain(moved.iter().cloned()).collect();
    add(&*store, &always.iter().collect::<Vec<_>>()).await?;

    let done = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for (number, moved) in moved.into_iter().enumerate() {
        let inserted = customer(team, &format!("b{number}@acme.example"));
        writers.spawn(insert_and_delete(
            Arc::clone(&store),
            inserted,
            Arc::clone(&done),
        ));
        writers.spawn(move_back_and_forth(
            Arc::clone(&store),
            moved,
            Arc::clone(&done),
        ));
    }
    let mut outcome = Ok(());
    for _ in 0..rounds() * LISTS {
        outcome = list_once(&*store, &always).await;
        if outcome.is_err() {
            break;
        }
    }
    done.store(true, Ordering::SeqCst);
    while let Some(writer) = writers.join_next().await {
        let panicked = |panic| CaseFailure::new(format!("S5: the store panicked: {panic}"));
        outcome = outcome.and(writer.map_err(panicked)?);
    }
    outcome
}

async fn insert_and_delete<S: CustomerStore>(
    store: Arc<S>,
    customer: Customer,
    done: Arc<AtomicBool>,
) -> CaseResult {
    while !done.load(Ordering::SeqCst) {
        add(&*store, &[&customer]).await?;
        tokio::task::yield_now().await;
        let (team, id) = (customer.team(), customer.id());
        accepted(
            store.delete(team, id, Precondition::Any).await,
            "S1: a customer of the team can be deleted",
        )?;
        tokio::task::yield_now().await;
    }
    Ok(())
}

async fn move_back_and_forth<S: CustomerStore>(
    store: Arc<S>,
    customer: Customer,
    done: Arc<AtomicBool>,
) -> CaseResult {
    let forms = [
        with_email(&customer, &format!("z-{}", customer.email().as_str())),
        customer.clone(),
    ];
    let mut read = customer.version();
    for form in forms.iter().cycle() {
        if done.load(Ordering::SeqCst) {
            break;
        }
        let next = version(read.get() + 1);
        accepted(
            store.replace(&at_version(form, next), read).await,
            "S3: a replace of the version read is written",
        )?;
        read = next;
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// A list of all records, which fit on one page.
async fn list_once<S: CustomerStore>(store: &S, always: &[Customer]) -> CaseResult {
    let Some(first) = always.first() else {
        return Ok(());
    };
    let query = ListQuery::new().with_order(OrderBy::Email, Direction::Ascending);
    let query = paged(query, 1, ListQuery::MAX_LIMIT)?;
    let page = accepted(
        store.list(first.team(), &query).await,
        "S7: a list succeeds",
    )?;
    let CustomerPage { records, total, .. } = &page;
    ensure!(
        Some(records.len() as u64) == *total,
        "S7: the page and its total are from one snapshot; the only page has {} records, its total is {total:?}",
        records.len()
    );
    for customer in always {
        let times = records.iter().filter(|c| c.id() == customer.id()).count();
        ensure!(
            times == 1,
            "S7: a page is from one snapshot; it has a record that exists throughout {times} times: {}",
            named(customer)
        );
    }
    ensure!(
        records.is_sorted_by_key(|customer| customer.email().key()),
        "S7: a page is from one snapshot; its records have addresses out of order"
    );
    Ok(())
}
