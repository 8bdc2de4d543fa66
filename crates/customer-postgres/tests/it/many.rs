//! What many clients see at once.

use customer_testkit::linearizability::{Workload, check_histories, histories};
use customer_testkit::postgres;

use crate::open;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn histories_are_linearizable() {
    if !postgres::is_there() {
        return;
    }
    check_histories(open, Workload::default(), histories())
        .await
        .unwrap();
}
