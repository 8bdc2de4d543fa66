//! S7: a traversal by id returns every record once.

use std::sync::Arc;

use customer_domain::{Customer, CustomerId, CustomerStore, Precondition, Scan, TeamId};

use super::check::{accepted, add, ensure, stored};
use super::describe::{named, page_difference};
use super::failure::{CaseFailure, CaseResult};
use super::plant::{Plant, PlantedValue};
use super::samples::{customer, full_customer, team};
use super::updates::{email, update};
use crate::ids::{fresh_id, fresh_team};

/// Limits around the number of records of the cases; 0 is treated as 1.
const LIMITS: &[u32] = &[0, 1, 2, 3, 6, 7, 8, 1_000];

/// S7: a traversal returns every record of the team exactly once, in the order of the
/// ids, and no record of another team.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_a_traversal_returns_every_record_once<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let (team, all) = seven_records();
    let other = customer(fresh_team(), "a@acme.example");
    let mut inserted: Vec<_> = all.iter().collect();
    inserted.reverse();
    inserted.push(&other);
    add(&*store, &inserted).await?;

    for limit in LIMITS.iter().copied() {
        let mut after = None;
        for number in 0..=all.len() {
            let expected = Scan::of(&all, after, limit);
            let rule = format!("S7: step {number} of a traversal by {limit}");
            after = step(&*store, team, after, limit, &expected, &rule).await?;
            if after.is_none() {
                break;
            }
        }
    }
    let (one, none) = (Scan::of([&other], None, 1), Scan::default());
    let rule = "S1: a traversal returns only records of its team";
    step(&*store, other.team(), None, 1, &one, rule).await?;
    let rule = "S7: a traversal of a team without records is empty";
    step(&*store, fresh_team(), None, 1, &none, rule).await?;
    Ok(())
}

/// S7: a traversal continues after any id, even if there is no such record.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_a_traversal_continues_after_any_id<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let (team, all) = seven_records();
    add(&*store, &all.iter().collect::<Vec<_>>()).await?;
    let ends = [uuid::Uuid::nil(), uuid::Uuid::max()].map(CustomerId::from);
    let unknown = (0..9).map(|_| fresh_id()).chain(ends);
    for after in all.iter().map(Customer::id).chain(unknown) {
        for limit in [1, 2, 1_000] {
            let expected = Scan::of(&all, Some(after), limit);
            let rule = format!("S7: a traversal continues after the id {after}");
            step(&*store, team, Some(after), limit, &expected, &rule).await?;
        }
    }
    Ok(())
}

/// S7: a record that exists throughout a traversal is returned exactly once,
/// independently of inserts, updates and deletes between the steps.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_a_traversal_returns_every_record_that_exists_throughout<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let new = |name: String| customer(team, &format!("{name}@acme.example"));
    let fixed: Vec<_> = (0..12).map(|n| new(format!("fixed{n}"))).collect();
    let mut deleted: Vec<_> = (0..12).map(|n| new(format!("deleted{n}"))).collect();
    deleted.sort_by_key(Customer::id);
    add(&*store, &fixed.iter().chain(&deleted).collect::<Vec<_>>()).await?;
    let mut deleted = deleted.iter();

    let (mut after, mut found) = (None, Vec::new());
    for number in 0.. {
        let scan = accepted(store.scan(team, after, 2).await, "S7: a traversal succeeds")?;
        found.extend(scan.records);
        ensure!(
            scan.next.is_none() || scan.next > after,
            "S7: a traversal advances; the step after {after:?} ends with {:?}",
            scan.next
        );
        after = scan.next;
        if after.is_none() {
            break;
        }
        // These records have already been returned.
        if let Some(gone) = deleted.next() {
            accepted(
                store.delete(team, gone.id(), Precondition::Any).await,
                "S1: a customer of the team can be deleted",
            )?;
        }
        // A bounded number of inserts, so that the traversal ends.
        if number < 6 {
            add(&*store, &[&new(format!("inserted{number}"))]).await?;
        }
        let moved = &fixed[number % fixed.len()];
        let address = format!("a{number}@acme.example");
        let moved = update(&*store, moved, email(&address), Precondition::Any).await;
        let moved = accepted(moved, "S3: an update without a conflict succeeds")?;
        stored(&*store, moved.customer(), "S3: an update is stored").await?;
    }
    for record in &fixed {
        let times = found.iter().filter(|c| c.id() == record.id()).count();
        ensure!(
            times == 1,
            "S7: a traversal returns a record that exists throughout once; it returned this one {times} times: {}",
            named(record)
        );
    }
    ensure!(
        found.is_sorted_by_key(Customer::id),
        "S7: a traversal is in the order of the ids"
    );
    Ok(())
}

/// S8: a traversal returns the ids of corrupt rows, and all other records.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s8_a_traversal_returns_the_ids_of_corrupt_rows<S: CustomerStore>(
    store: Arc<S>,
    plant: Plant<S>,
) -> CaseResult {
    let (team, all) = seven_records();
    add(&*store, &all.iter().collect::<Vec<_>>()).await?;
    let corrupt = [0, 3, 4, 6].map(|place: usize| all[place].id());
    for id in corrupt {
        let planted = PlantedValue {
            team,
            id,
            column: "status",
            value: "ACTIVE",
        };
        plant(&*store, planted).await;
    }
    for limit in LIMITS.iter().copied() {
        let mut after = None;
        for number in 0..=all.len() {
            let rows = all
                .iter()
                .filter(|c| after.is_none_or(|after| c.id() > after));
            let rows = rows.map(|c| match corrupt.contains(&c.id()) {
                true => Err(c.id()),
                false => Ok(c.clone()),
            });
            let expected = Scan::from_rows(rows, limit);
            let rule = format!("S8: step {number} of a traversal by {limit} with corrupt rows");
            after = step(&*store, team, after, limit, &expected, &rule).await?;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(())
}

/// Seven records of one team, in the order of their ids.
fn seven_records() -> (TeamId, Vec<Customer>) {
    let team = team();
    let mut records: Vec<_> = (0..7)
        .map(|n| full_customer(team, &format!("c{n}@acme.example")))
        .collect();
    records.sort_by_key(Customer::id);
    (team, records)
}

/// Checks one step of a traversal; returns where the next one begins.
async fn step<S: CustomerStore>(
    store: &S,
    team: TeamId,
    after: Option<CustomerId>,
    limit: u32,
    expected: &Scan,
    rule: &str,
) -> Result<Option<CustomerId>, CaseFailure> {
    let found = accepted(store.scan(team, after, limit).await, rule)?;
    let records: Vec<_> = expected.records.iter().collect();
    if let Some(difference) = page_difference(&found.records, &records) {
        return Err(CaseFailure::new(format!("{rule}; {difference}")));
    }
    ensure!(
        found.corrupt == expected.corrupt,
        "{rule}; the ids of corrupt rows are {:?}, expected is {:?}",
        found.corrupt,
        expected.corrupt
    );
    ensure!(
        found.next == expected.next,
        "{rule}; the next step begins after {:?}, expected is {:?}",
        found.next,
        expected.next
    );
    Ok(found.next)
}
