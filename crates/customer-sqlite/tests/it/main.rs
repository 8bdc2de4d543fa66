//! The store from outside.

mod fields;
mod file;
mod keys;
mod kill;
mod many;
mod migration;

use customer_domain::{Customer, CustomerId, NewCustomer, TeamId, Timestamp};
use customer_sqlite::SqliteStore;
use customer_testkit::Guarded;
use tempfile::TempDir;
use uuid::Uuid;

customer_testkit::conformance!(sqlite, open);

/// A store in a directory of its own.
async fn open() -> Guarded<SqliteStore, TempDir> {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("customers.db")).unwrap();
    Guarded::new(store, directory)
}

fn team() -> TeamId {
    TeamId::from(Uuid::from_u128(1))
}

fn id(number: u128) -> CustomerId {
    CustomerId::from(Uuid::from_u128(number))
}

fn noon() -> Timestamp {
    Timestamp::parse("2026-11-23T12:00:00Z").unwrap()
}

/// A customer with an email address of its own.
fn customer(number: u128) -> Customer {
    let email = format!("c{number}@acme.example").parse().unwrap();
    NewCustomer::new("Acme".parse().unwrap(), email).into_customer(id(number), team(), noon())
}
