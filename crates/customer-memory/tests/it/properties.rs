//! Generated records, patches and calls.

use std::sync::Arc;

use customer_domain::{CustomerStore, Precondition, update_customer};
use customer_memory::MemoryStore;
use customer_testkit::{ManualClock, properties, strategies};
use proptest::collection::vec;
use proptest::prelude::*;

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn s6_any_record_is_read_back(customer in strategies::customer()) {
        let (team, id) = (customer.team(), customer.id());
        let store = MemoryStore::new();
        block_on(store.insert(&customer)).unwrap();
        let found = block_on(store.find_by_email(team, &customer.email().key())).unwrap();
        prop_assert_eq!(found.as_ref(), Some(&customer));
        prop_assert_eq!(block_on(store.get(team, id)).unwrap(), Some(customer));
    }

    #[test]
    fn s3_an_update_in_a_store_is_the_merge(
        customer in strategies::customer(),
        patch in strategies::patch(),
        now in strategies::timestamp(),
    ) {
        let clock = Arc::new(ManualClock::new(now));
        let (team, id) = (customer.team(), customer.id());
        let store = MemoryStore::new();
        block_on(store.insert(&customer)).unwrap();
        let update = update_customer(&store, clock.clone(), team, id, &patch, Precondition::Any);
        let applied = block_on(update).unwrap();
        prop_assert_eq!(&applied, &customer.apply(&patch, now));
        prop_assert_eq!(block_on(store.get(team, id)).unwrap(), Some(applied.into_customer()));
    }

    #[test]
    fn one_client_sees_the_results_of_a_store(bytes in vec(any::<u8>(), 0..600)) {
        properties::store_history(MemoryStore::new(), &bytes);
    }
}
