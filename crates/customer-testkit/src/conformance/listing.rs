//! S7: a list returns the records that contain the search text, page by page.

use std::sync::Arc;

use customer_domain::{
    Customer, CustomerPage, CustomerStore, Direction, ListQuery, OrderBy, Precondition, SearchText,
    TeamId,
};

use super::check::{accepted, add, ensure};
use super::describe::page_difference;
use super::failure::{CaseFailure, CaseResult};
use super::samples::{customer, full_customer, micros, team, value, with, with_email};

/// Names whose order or case folding differs between engines.
const NAMES: &[&str] = &[
    "a",
    "A",
    "B",
    "b",
    "Z",
    "z",
    "Ä",
    "ä",
    "É",
    "e\u{301}",
    "ß",
    "SS",
    "İ",
    "ı",
    "i",
    "ΟΔΟΣ",
    "οδος",
    "1",
    "10",
    "2",
    "-",
    "_",
    "%",
    "a b",
    "a-b",
    "a\u{A0}b",
    "ab",
    "\u{FB01}n",
    "日本",
    "😀",
    "\u{FFFD}",
    "\u{E000}",
    "co\u{AD}op",
    "coop",
];

/// S7: a list without a search text has every record of the team, and no others.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_a_list_has_every_record_of_the_team<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let (ours, theirs) = (team(), team());
    let first = customer(ours, "b@acme.example");
    let second = full_customer(ours, "a@acme.example");
    let other = customer(theirs, "a@acme.example");
    add(&*store, &[&first, &second, &other]).await?;

    let all = ListQuery::new();
    expect(
        &*store,
        ours,
        &all,
        &[&first, &second],
        2,
        "S7: a list has every record of the team",
    )
    .await?;
    expect(
        &*store,
        theirs,
        &all,
        &[&other],
        1,
        "S1: a list has only records of its team",
    )
    .await?;
    let empty = "S1: a list of a team without records is empty";
    expect(&*store, team(), &all, &[], 0, empty).await
}

/// S7: a list has the current records, and no deleted ones.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_a_list_has_what_was_written_last<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let kept = customer(team(), "a@acme.example");
    let gone = customer(kept.team(), "b@acme.example");
    add(&*store, &[&kept, &gone]).await?;
    let now = with_email(&kept, "new@acme.example");
    accepted(
        store.replace(&now, kept.version()).await,
        "S3: a replace of the version read is written",
    )?;
    accepted(
        store
            .delete(gone.team(), gone.id(), Precondition::Any)
            .await,
        "S1: a delete of a record that is there succeeds",
    )?;

    let rule = "S7: a list has the current records";
    expect(&*store, kept.team(), &ListQuery::new(), &[&now], 1, rule).await?;
    expect(&*store, kept.team(), &search("NEW@"), &[&now], 1, rule).await?;
    let rule = "S7: a search does not find replaced values";
    expect(&*store, kept.team(), &search("a@acme"), &[], 0, rule).await
}

/// S7: a search looks in the name, the email address and the phone number, and in no
/// other field.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_a_search_looks_at_name_email_and_phone<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let full = full_customer(team(), "ann@acme.example");
    add(
        &*store,
        &[&full, &customer(full.team(), "b@nobody.example")],
    )
    .await?;

    for text in [
        "corporation",
        "ME CORP",
        "ann@",
        "ANN@ACME",
        "+14155550100",
        "5550100",
    ] {
        let rule = format!("S7: {text:?} is found in a name, an email or a phone");
        expect(&*store, full.team(), &search(text), &[&full], 1, &rule).await?;
    }
    for text in [
        "shop",
        "inactive",
        "Springfield",
        "Ann Lee",
        "+14155550101",
        "corporationann",
    ] {
        let rule = format!("S7: {text:?} is not searched in other fields or across two fields");
        expect(&*store, full.team(), &search(text), &[], 0, &rule).await?;
    }
    Ok(())
}

/// S7: a search text is not a pattern: every character matches only itself.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_a_search_is_literal<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let signs = [
        "%", "_", "\\", "*", "?", "[a]", "'", "\"", ".", "^", "$1", ":x", "''",
    ];
    let team = team();
    let mut all = vec![with_name(
        &customer(team, "plain@acme.example"),
        "plain x a 1",
    )];
    for (number, sign) in signs.iter().enumerate() {
        let email = format!("c{number}@acme.example");
        all.push(with_name(&customer(team, &email), &format!("<{sign}>")));
    }
    add(&*store, &all.iter().collect::<Vec<_>>()).await?;

    for (record, sign) in all.iter().skip(1).zip(signs) {
        let rule = format!("S7: {sign} in a search text matches only itself");
        let text = format!("<{sign}>");
        expect(&*store, team, &search(&text), &[record], 1, &rule).await?;
    }
    Ok(())
}

/// S7: a search uses the case folding of the core.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_a_search_folds_case_as_the_core_does<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let (team, all) = named_records();
    add(&*store, &all.iter().collect::<Vec<_>>()).await?;

    for name in NAMES {
        let query = search(name);
        let rule = format!("S7: a search for {name:?} folds case as the core does");
        same_as_the_core(&*store, team, &query, &all, &rule).await?;
    }
    Ok(())
}

/// S7: every page has as many records as its limit, except the last one; a page after the
/// last is empty. The total counts all records.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_a_page_has_its_part_and_the_total_of_all<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let all: Vec<_> = (0..5)
        .map(|n| customer(team, &format!("c{n}@acme.example")))
        .collect();
    add(&*store, &all.iter().collect::<Vec<_>>()).await?;

    for (page, limit, from, to) in [
        (1, 2, 0, 2),
        (2, 2, 2, 4),
        (3, 2, 4, 5),
        (4, 2, 5, 5),
        (1, 5, 0, 5),
        (1, 100, 0, 5),
        (2, 5, 5, 5),
        (u32::MAX, 100, 5, 5),
    ] {
        let query = ListQuery::new().with_order(OrderBy::Email, Direction::Ascending);
        let query = paged(query.with_search(text("ACME.example")), page, limit)?;
        let expected: Vec<_> = all[from..to].iter().collect();
        let rule = format!(
            "S7: page {page} with limit {limit} has its records and the total of all pages"
        );
        expect(&*store, team, &query, &expected, 5, &rule).await?;
    }
    Ok(())
}

/// S7: a page with the maximum limit has that number of records.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_a_page_of_the_greatest_limit_is_full<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let limit = ListQuery::MAX_LIMIT;
    let all: Vec<_> = (0..=limit)
        .map(|n| customer(team, &format!("c{n:03}@acme.example")))
        .collect();
    let all: Vec<_> = all.iter().collect();
    add(&*store, &all).await?;

    let by_email = ListQuery::new().with_order(OrderBy::Email, Direction::Ascending);
    let (first, last) = all.split_at(limit as usize);
    let total = all.len() as u64;
    for query in [by_email.clone(), by_email.with_search(text("c"))] {
        for (page, expected) in [(1, first), (2, last)] {
            let query = paged(query.clone(), page, limit)?;
            let rule = format!("S7: page {page} of {limit} records each");
            expect(&*store, team, &query, expected, total, &rule).await?;
        }
    }
    Ok(())
}

/// S7: a query without a total returns the same page without a total.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s7_a_page_without_its_total_is_the_same_page<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let (team, all) = named_records();
    add(&*store, &all.iter().collect::<Vec<_>>()).await?;
    for query in [ListQuery::new(), search("a"), search("no match")] {
        for by in OrderBy::ALL {
            for page in [1, 2, 3, u32::MAX] {
                let query = query.clone().with_order(*by, Direction::Descending);
                let query = paged(query, page, 13)?.without_total();
                let rule = format!("S7: page {page} by {} without its total", by.as_str());
                same_as_the_core(&*store, team, &query, &all, &rule).await?;
            }
        }
    }
    Ok(())
}

/// Records with these names. Their addresses, times and ids are in other orders.
pub(super) fn named_records() -> (TeamId, Vec<Customer>) {
    let team = team();
    let mut records = Vec::new();
    for (number, name) in (0_i64..).zip(NAMES) {
        let email = format!("{}X{number}@Acme.example", number * 7 % 31);
        let record = with_name(&customer(team, &email), name);
        records.push(with(&record, |record| {
            record.created_at = micros(number * 13 % 17 - 8);
            record.updated_at = micros(1_000_000 - number);
        }));
    }
    (team, records)
}

fn with_name(customer: &Customer, name: &str) -> Customer {
    with(customer, |record| record.content.name = value(name))
}

fn text(text: &str) -> SearchText {
    SearchText::parse(text)
        .unwrap_or_else(|error| panic!("a search text of the test kit is not valid: {error}"))
}

fn search(searched: &str) -> ListQuery {
    ListQuery::new().with_search(text(searched))
}

pub(super) fn paged(query: ListQuery, page: u32, limit: u32) -> Result<ListQuery, CaseFailure> {
    let query = query
        .with_page(page)
        .and_then(|query| query.with_limit(limit));
    accepted(query, "the page number and limit of the test kit are valid")
}

pub(super) async fn listed<S: CustomerStore>(
    store: &S,
    team: TeamId,
    query: &ListQuery,
    rule: &str,
) -> Result<CustomerPage, CaseFailure> {
    accepted(store.list(team, query).await, rule)
}

/// Checks that the page has exactly these records, in this order, and this total.
pub(super) async fn expect<S: CustomerStore>(
    store: &S,
    team: TeamId,
    query: &ListQuery,
    records: &[&Customer],
    total: u64,
    rule: &str,
) -> CaseResult {
    let page = listed(store, team, query, rule).await?;
    if let Some(difference) = page_difference(&page.records, records) {
        return Err(CaseFailure::new(format!("{rule}; {difference}")));
    }
    let total = query.has_total().then_some(total);
    ensure!(
        page.total == total,
        "{rule}; the total is {:?}, expected is {total:?}",
        page.total
    );
    Ok(())
}

/// Checks that the page is the one that the core selects from all records of the team.
pub(super) async fn same_as_the_core<S: CustomerStore>(
    store: &S,
    team: TeamId,
    query: &ListQuery,
    all: &[Customer],
    rule: &str,
) -> CaseResult {
    let page = query.page_of(all);
    let records: Vec<_> = page.records.iter().collect();
    let total = page.total.unwrap_or_default();
    expect(store, team, query, &records, total, rule).await
}
