use std::sync::{Arc, Mutex};

use customer_domain::{Customer, NewCustomer, Timestamp};
use tempfile::TempDir;
use tracing::field::{Field, Visit};
use tracing::span;
use uuid::Uuid;

use super::*;
use crate::connection::{create_private, open_writer};

/// The number of records. "zebra" finds more than [`FEW`] of them.
const MANY: u128 = 2_400;

fn team() -> TeamId {
    Uuid::from_u128(1).into()
}

/// Every third is found by "zebra", and every hundredth by "rare". All orders differ.
fn customer(number: u128) -> Customer {
    let mixed = number * 7_919 % MANY;
    let name = match number % 3 {
        0 => format!("Acme {mixed}"),
        _ if number % 100 == 1 => format!("Zebra rare {mixed}"),
        _ => format!("Zebra {mixed}"),
    };
    let email = format!("c{}@acme.example", mixed * 7 % MANY)
        .parse()
        .unwrap();
    let time = Timestamp::from_micros((mixed * 11 % 400) as i64).unwrap();
    let new = NewCustomer::new(name.parse().unwrap(), email);
    let mut record = new
        .into_customer(Uuid::from_u128(number).into(), team(), time)
        .into_record();
    record.updated_at = Timestamp::from_micros((mixed * 13 % 300) as i64).unwrap();
    record.into_customer(team(), customer_domain::Version::FIRST)
}

/// A file with the records.
fn filled() -> (TempDir, Connection, Vec<Customer>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    create_private(&path).unwrap();
    let connection = open_writer(&path).unwrap();
    let customers: Vec<_> = (0..MANY).map(customer).collect();
    connection.execute_batch("BEGIN").unwrap();
    for customer in &customers {
        let mut statement = connection.prepare_cached(&row::INSERT).unwrap();
        row::execute(&mut statement, customer).unwrap().unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    (directory, connection, customers)
}

#[test]
fn s7_every_strategy_finds_what_the_core_finds() {
    let (_directory, connection, customers) = filled();
    let found = |text: &str| SearchText::parse(text).unwrap();
    let searches = [
        None,
        Some(found("zebra")),
        Some(found("rare")),
        Some(found("quokka")),
    ];
    for search in searches {
        for by in [
            OrderBy::Name,
            OrderBy::Email,
            OrderBy::CreatedAt,
            OrderBy::UpdatedAt,
        ] {
            for direction in [Direction::Ascending, Direction::Descending] {
                for page_number in [1, 2, 54, 1_000] {
                    let mut query = ListQuery::new()
                        .with_order(by, direction)
                        .with_limit(30)
                        .and_then(|query| query.with_page(page_number))
                        .unwrap();
                    if let Some(search) = &search {
                        query = query.with_search(search.clone());
                    }
                    for query in [query.clone(), query.without_total()] {
                        let page = page(&connection, team(), &query).unwrap();
                        assert!(page == query.page_of(&customers), "{query:?}");
                    }
                }
            }
        }
    }
}

/// Counts the warnings with their number of rows.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<u64>>>);

impl Visit for Warnings {
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}

    fn record_u64(&mut self, _: &Field, rows: u64) {
        self.0.lock().unwrap().push(rows);
    }
}

impl tracing::Subscriber for Warnings {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[test]
fn s8_a_list_logs_the_number_of_corrupt_rows_if_there_are_any() {
    let (_directory, connection, _) = filled();
    let warnings = Warnings::default();
    let list = || {
        let query = ListQuery::new().with_search(SearchText::parse("rare").unwrap());
        tracing::subscriber::with_default(warnings.clone(), || {
            page(&connection, team(), &query).unwrap();
        });
    };
    list();
    assert_eq!(*warnings.0.lock().unwrap(), [0; 0]);
    let corrupt = "UPDATE customer SET status = 'old' WHERE customer IN
        (SELECT customer FROM customer WHERE customer LIKE 'Zebra rare%'
        ORDER BY search_key, uuid LIMIT 2)";
    let rows = connection.execute(corrupt, []).unwrap() as u64;
    list();
    assert_eq!(*warnings.0.lock().unwrap(), [rows]);
}
