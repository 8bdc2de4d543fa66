//! What the strategies make is valid, is the same each time, and reaches what it
//! is for.

use std::collections::HashSet;

use customer_domain::{
    Customer, CustomerPatch, CustomerStore, EmailAddress, Precondition, update_customer,
};
use customer_memory::MemoryStore;
use customer_testkit::ManualClock;
use customer_testkit::strategies;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

fn samples<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

#[test]
fn they_are_the_same_each_time() {
    let customers = || samples(&strategies::customer(), 50);
    assert_eq!(customers(), customers());
    let bodies = || samples(&strategies::body(), 50);
    assert_eq!(bodies(), bodies());
}

#[test]
fn addresses_meet_and_are_spelt_in_several_ways() {
    let emails = samples(&strategies::email(), 400);
    let spellings: HashSet<_> = emails.iter().map(EmailAddress::as_str).collect();
    let keys: HashSet<_> = emails.iter().map(EmailAddress::key).collect();
    assert!(
        keys.len() < spellings.len(),
        "{} {}",
        keys.len(),
        spellings.len()
    );
    assert!(spellings.len() < emails.len());
}

#[test]
fn patches_keep_set_and_clear_every_field() {
    let patches = samples(&strategies::patch(), 400);
    let has = |what: fn(&CustomerPatch) -> bool| patches.iter().any(what);
    assert!(has(|p| p.main_phone().is_keep() && p.website().is_keep()));
    assert!(has(
        |p| *p == p.clone().with_main_phone(NullableUpdate::Clear)
    ));
    assert!(has(
        |p| *p == p.clone().with_billing_address(NullableUpdate::Clear)
    ));
    assert!(patches.iter().collect::<HashSet<_>>().len() > 300);
}

#[test]
fn bodies_are_valid_and_invalid() {
    let bodies = samples(&strategies::body(), 400);
    let read = |body: &Vec<u8>| CustomerPatch::from_json(body).is_ok();
    let valid = bodies.iter().filter(|body| read(body)).count();
    assert!((1..400).contains(&valid), "{valid}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_record_is_valid_by_its_own_json(customer in strategies::customer()) {
        let json = serde_json::to_vec(&customer).unwrap();
        let read = Customer::from_json(&json, customer.team(), customer.version());
        prop_assert_eq!(read.unwrap(), customer);
    }

    #[test]
    fn s6_any_record_comes_back(customer in strategies::customer()) {
        let (team, id) = (customer.team(), customer.id());
        let store = MemoryStore::new();
        block_on(store.insert(&customer)).unwrap();
        let found = block_on(store.find_by_email(team, &customer.email().key())).unwrap();
        prop_assert_eq!(found.as_ref(), Some(&customer));
        prop_assert_eq!(block_on(store.get(team, id)).unwrap(), Some(customer));
    }

    #[test]
    fn m3_an_update_of_a_store_is_the_merge(
        customer in strategies::customer(),
        patch in strategies::patch(),
        now in strategies::timestamp(),
    ) {
        let clock = ManualClock::new(now);
        let (team, id) = (customer.team(), customer.id());
        let store = MemoryStore::new();
        block_on(store.insert(&customer)).unwrap();
        let update = update_customer(&store, &clock, team, id, &patch, Precondition::Any);
        let applied = block_on(update).unwrap();
        prop_assert_eq!(&applied, &customer.apply(&patch, now));
        prop_assert_eq!(block_on(store.get(team, id)).unwrap(), Some(applied.customer));
    }
}
