//! A correct store passes.

use customer_memory::MemoryStore;
use customer_testkit::Guarded;
use customer_testkit::conformance::run_all;

customer_testkit::conformance!(memory, || async { MemoryStore::new() });
customer_testkit::conformance!(guarded, || async { Guarded::new(MemoryStore::new(), ()) });

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correct_store_passes_every_case() {
    let reports = run_all(|| async { MemoryStore::new() }).await;
    let failed: Vec<_> = reports.iter().filter(|r| r.outcome.is_err()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(reports.len() > 40);
}
