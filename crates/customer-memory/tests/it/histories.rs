//! Histories of concurrent clients.

use std::sync::Arc;

use customer_memory::MemoryStore;
use customer_testkit::linearizability::{
    Answer, FirstVersion, Workload, audit, check, check_histories, histories, record,
};
use customer_testkit::{Fault, FaultPlan, FaultyStore};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_memory_store_is_linearizable() {
    for first_version in [FirstVersion::Distinct, FirstVersion::One] {
        let workload = Workload {
            first_version,
            ..Workload::default()
        };
        check_histories(|| async { MemoryStore::new() }, workload, histories())
            .await
            .unwrap();
    }
}

/// With unknown outcomes: lost results and dropped operations.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_memory_store_behind_faults_is_linearizable() {
    let mut unknown = 0;
    for seed in 0..histories() as u64 {
        let slow = FaultyStore::new(
            MemoryStore::new(),
            FaultPlan::new(!seed, &[Fault::Delay], 60),
        );
        let plan = FaultPlan::new(seed, Fault::CONCURRENT, 15);
        let store = Arc::new(FaultyStore::new(slow, plan));
        let workload = Workload {
            first_version: FirstVersion::One,
            seed,
            ..Workload::default()
        };
        let mut history = record(&store, workload).await;
        audit(store.inner().inner(), &mut history).await;
        check(&history).unwrap();
        let operations = history.operations();
        unknown += operations
            .iter()
            .filter(|o| o.answer == Answer::Unknown)
            .count();
    }
    assert!(unknown > histories(), "{unknown}");
}
