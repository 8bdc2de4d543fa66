//! The store from outside.

mod fields;

use customer_domain::{Customer, NewCustomer, TeamId, Timestamp};
use customer_memory::MemoryStore;
use uuid::Uuid;

customer_testkit::conformance!(memory, || async { MemoryStore::new() });

fn noon() -> Timestamp {
    Timestamp::parse("2026-11-23T12:00:00Z").unwrap()
}

/// A customer with an email address of its own.
fn customer(number: u128) -> Customer {
    let email = format!("c{number}@acme.example").parse().unwrap();
    let (id, team) = (Uuid::from_u128(number).into(), TeamId::from(Uuid::nil()));
    NewCustomer::new("Acme".parse().unwrap(), email).into_customer(id, team, noon())
}
