//! The store through its public API.

mod changes;
mod deadline;
mod erasure;
mod faults;
mod fields;
mod file;
mod keys;
mod kill;
mod many;
mod migration;
mod stored_values;
mod updates;

use customer_domain::{BoxFuture, Customer, CustomerId, NewCustomer, TeamId, Timestamp};
use customer_sqlite::SqliteStore;
use customer_testkit::Guarded;
use customer_testkit::conformance::PlantedValue;
use rusqlite::Connection;
use tempfile::TempDir;
use uuid::Uuid;

customer_testkit::conformance!(sqlite, open, plant = plant, reopen = reopen);

/// A store in a directory of its own.
async fn open() -> Guarded<SqliteStore, TempDir> {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("customers.db")).unwrap();
    Guarded::new(store, directory)
}

/// Closes the store and opens its file again.
fn reopen(
    store: Guarded<SqliteStore, TempDir>,
) -> BoxFuture<'static, Guarded<SqliteStore, TempDir>> {
    let (store, directory) = store.into_parts();
    let path = store.path().to_owned();
    drop(store);
    let store = SqliteStore::open(path).unwrap();
    Box::pin(async { Guarded::new(store, directory) })
}

/// Writes a value into a row with a connection of its own.
fn plant(store: &Guarded<SqliteStore, TempDir>, planted: PlantedValue) -> BoxFuture<'_, ()> {
    let sql = format!(
        "UPDATE customer SET {} = ?1 WHERE team_id = ?2 AND uuid = ?3",
        planted.column
    );
    let key = (
        planted.team.as_uuid().as_bytes(),
        planted.id.as_uuid().as_bytes(),
    );
    let connection = Connection::open(store.store().path()).unwrap();
    let changed = connection.execute(&sql, (planted.value, key.0, key.1));
    assert_eq!(changed, Ok(1), "{planted:?}");
    Box::pin(async {})
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
