//! The store from outside, on a server of the tests' own.

mod abandoned;
mod changes;
mod database;
mod encryption;
mod engines;
mod fields;
mod follow;
mod keys;
mod kill;
mod many;
mod outcomes;
mod privacy;
mod round_trips;
mod stored_values;
mod writes;

use customer_domain::{BoxFuture, Customer, CustomerId, NewCustomer, TeamId, Timestamp};
use customer_postgres::{PostgresConfig, PostgresStore};
use customer_testkit::conformance::PlantedValue;
use customer_testkit::postgres;
use tokio::sync::OnceCell;
use uuid::Uuid;

customer_testkit::conformance!(
    postgres_store,
    open,
    only_if = postgres::is_there,
    plant = plant,
    reopen = reopen
);

/// A store on the server that the tests share. Each test works in teams of its
/// own.
async fn open() -> PostgresStore {
    static IS_DISTRIBUTED: OnceCell<()> = OnceCell::const_new();
    IS_DISTRIBUTED
        .get_or_init(|| async {
            drop(PostgresStore::connect(&config()).await.unwrap());
            postgres::shared().unwrap().distribute("postgres").unwrap();
        })
        .await;
    PostgresStore::connect(&config()).await.unwrap()
}

/// Closes the connections of the store and connects again.
fn reopen(store: PostgresStore) -> BoxFuture<'static, PostgresStore> {
    drop(store);
    Box::pin(open())
}

/// Writes a value into a row with a connection of its own.
fn plant(_: &PostgresStore, planted: PlantedValue) -> BoxFuture<'_, ()> {
    plant_into("postgres", &planted);
    Box::pin(async {})
}

fn plant_into(database: &str, planted: &PlantedValue) {
    let PlantedValue {
        team,
        id,
        column,
        value,
        ..
    } = planted;
    let sql = format!(
        "UPDATE customer SET {column} = '{value}' WHERE team_id = '{team}' AND uuid = '{id}'"
    );
    postgres::shared().unwrap().execute(database, &sql).unwrap();
}

fn config() -> PostgresConfig {
    postgres::shared().unwrap().url().parse().unwrap()
}

/// A team that no other test uses.
fn new_team() -> TeamId {
    TeamId::from(Uuid::new_v4())
}

fn id(number: u128) -> CustomerId {
    CustomerId::from(Uuid::from_u128(number))
}

fn noon() -> Timestamp {
    Timestamp::parse("2026-11-23T12:00:00Z").unwrap()
}

/// A customer with an email address of its own.
fn customer(team: TeamId, number: u128) -> Customer {
    let email = format!("c{number}@acme.example").parse().unwrap();
    NewCustomer::new("Acme".parse().unwrap(), email).into_customer(id(number), team, noon())
}
