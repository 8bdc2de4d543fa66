//! S7: the order of a list: the key, the effect of writes, and equal keys.

use std::sync::Arc;

use customer_domain::{
    Customer, CustomerPatch, CustomerStore, Direction, ListQuery, OrderBy, Update,
};

use super::check::{accepted, add};
use super::failure::CaseResult;
use super::listing::{expect, named_records, paged, same_as_the_core};
use super::samples::{changed, customer, micros, team, value, with};

/// Email addresses whose keys have another order than the addresses themselves, the
/// addresses in lower case, and the addresses under a locale's collation.
const EMAILS: &[&str] = &[
    "a@bücher.example",
    "a@cat.example",
    "a@zoo.example",
    "STRAẞE@acme.example",
    "strasz@acme.example",
    "stRase@acme.example",
    "B@acme.example",
    "a@acme.example",
    "C@acme.example",
    "e\u{301}z@acme.example",
    "Éa@acme.example",
    "ez@acme.example",
    "a_b@acme.example",
    "a.b@acme.example",
    "A-b@acme.example",
    "ab@acme.example",
];

/// S7: each order compares the bytes of its key, in both directions.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_an_order_goes_by_the_bytes_of_its_key<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let (_, all) = named_records();
    add(&*store, &all.iter().collect::<Vec<_>>()).await?;
    in_every_order(&*store, &all, "compares the bytes of its key").await
}

/// S7: the order by email compares the keys of the addresses (V3), not the addresses in
/// lower case.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_the_order_by_email_goes_by_the_key_of_the_address<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let all: Vec<_> = EMAILS.iter().map(|email| customer(team, email)).collect();
    add(&*store, &all.iter().collect::<Vec<_>>()).await?;
    in_every_order(&*store, &all, "compares the key of the address").await
}

/// S7: each order uses the values of the last replace, not the inserted ones.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_an_order_follows_a_replace<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let team = team();
    let mut all: Vec<_> = (0..7)
        .map(|n| customer(team, &format!("old{n}@acme.example")))
        .collect();
    add(&*store, &all.iter().collect::<Vec<_>>()).await?;
    // Each write changes one key of one record and moves the record to the other end.
    for (number, turn) in (0_i64..).zip([3, 0, 6, 1, 5, 2, 4, 3]) {
        let old = &all[turn];
        let email = format!("new{}@acme.example", 9 - number);
        let name = format!("A{}", 9 - number);
        let patch = match number % 2 {
            0 => CustomerPatch::new().with_email(Update::Set(value(&email))),
            _ => CustomerPatch::new().with_name(Update::Set(value(&name))),
        };
        let new = with(&changed(old, &patch), |record| {
            let direction = if number % 3 == 0 { -1 } else { 1 };
            record.updated_at = micros(record.updated_at.as_micros() + direction * (1 + number));
        });
        accepted(
            store.replace(&new, old.version()).await,
            "S3: a replace of the version read is written",
        )?;
        all[turn] = new;
        in_every_order(&*store, &all, "follows a replace").await?;
    }
    Ok(())
}

/// S7: records with equal keys are ordered by id, so that every record is on exactly one
/// page.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_ties_are_broken_by_the_id<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let team = team();
    let mut all: Vec<_> = (0..7)
        .map(|n| customer(team, &format!("c{n}@acme.example")))
        .collect();
    add(&*store, &all.iter().collect::<Vec<_>>()).await?;
    all.sort_by_key(Customer::id);

    for (direction, reversed) in [(Direction::Ascending, false), (Direction::Descending, true)] {
        if reversed {
            all.reverse();
        }
        for by in [OrderBy::CreatedAt, OrderBy::UpdatedAt] {
            for (page, expected) in (1_u32..).zip(all.chunks(2)) {
                let query = ListQuery::new().with_order(by, direction);
                let query = paged(query, page, 2)?;
                let expected: Vec<_> = expected.iter().collect();
                let rule = format!("S7: records with equal {} are ordered by id", by.as_str());
                expect(&*store, team, &query, &expected, 7, &rule).await?;
            }
        }
    }
    Ok(())
}

/// Checks the list in every order. The records are all records of their team.
async fn in_every_order<S: CustomerStore>(store: &S, all: &[Customer], rule: &str) -> CaseResult {
    let Some(first) = all.first() else {
        return Ok(());
    };
    for by in OrderBy::ALL {
        for direction in Direction::ALL {
            let query = ListQuery::new().with_order(*by, *direction);
            let query = paged(query, 1, ListQuery::MAX_LIMIT)?;
            let (by, direction) = (by.as_str(), direction.as_str());
            let rule = format!("S7: the order {by} {direction} {rule}");
            same_as_the_core(store, first.team(), &query, all, &rule).await?;
        }
    }
    Ok(())
}
