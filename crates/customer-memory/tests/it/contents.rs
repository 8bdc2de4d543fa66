//! What a store and its change log contain.

use customer_domain::{
    ChangesError, Customer, CustomerId, CustomerStore, NewCustomer, ReadFrom, TeamId, Timestamp,
};
use customer_memory::MemoryStore;
use uuid::Uuid;

fn team(number: u128) -> TeamId {
    TeamId::from(Uuid::from_u128(number))
}

fn id(number: u128) -> CustomerId {
    CustomerId::from(Uuid::from_u128(number))
}

fn customer(team: TeamId, number: u128) -> Customer {
    let email = format!("c{number}@acme.example").parse().unwrap();
    let new = NewCustomer::new("Acme".parse().unwrap(), email);
    new.into_customer(id(number), team, Timestamp::MIN)
}

#[tokio::test]
async fn len_counts_the_customers_of_all_teams() {
    let store = MemoryStore::new();
    assert!(store.is_empty());
    for number in 0..3 {
        store
            .insert(&customer(team(number % 2), number))
            .await
            .unwrap();
    }
    assert_eq!(store.len(), 3);
    assert!(!store.is_empty());
}

#[tokio::test]
async fn s9_a_change_log_keeps_the_last_entries_of_each_team() {
    let store = MemoryStore::with_change_log(2);
    let start = store.changes(team(1), ReadFrom::End, 1).await.unwrap().next;
    for number in 0..3 {
        store.insert(&customer(team(1), number)).await.unwrap();
    }
    store.insert(&customer(team(2), 3)).await.unwrap();

    let kept = store.changes(team(1), ReadFrom::Oldest, 9).await.unwrap();
    let kept: Vec<_> = kept.changes.iter().map(|change| change.id).collect();
    assert_eq!(kept, [id(1), id(2)]);
    let missed = store.changes(team(1), ReadFrom::Position(start), 9).await;
    assert!(matches!(missed, Err(ChangesError::Expired)), "{missed:?}");
}

#[tokio::test]
async fn s9_a_store_has_no_change_log_unless_it_is_created_with_one() {
    let changes = MemoryStore::new()
        .changes(team(1), ReadFrom::Oldest, 9)
        .await;
    assert!(
        matches!(changes, Err(ChangesError::Unsupported)),
        "{changes:?}"
    );
}
