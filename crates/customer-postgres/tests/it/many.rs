//! What many clients see at once.

use customer_domain::{CustomerId, CustomerStore, TeamId};
use customer_postgres::PostgresStore;
use customer_testkit::linearizability::{Workload, check_histories, histories};
use customer_testkit::postgres;
use uuid::Uuid;

use crate::{config, open};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn histories_are_linearizable() {
    if !postgres::is_there() {
        return;
    }
    check_histories(open, Workload::default(), histories())
        .await
        .unwrap();
}

#[tokio::test]
async fn the_status_of_the_pool_counts_open_idle_and_waiting() {
    if !postgres::is_there() {
        return;
    }
    let config = config().max_connections(1);
    let store = PostgresStore::connect(&config).await.unwrap();
    let status = store.pool_status();
    assert_eq!((status.max, status.open, status.idle), (1, 1, 1));
    assert_eq!(status.waiting, 0);
    let team = TeamId::from(Uuid::nil());
    let get = || store.get(team, CustomerId::from(Uuid::nil()));
    // The first operation uses the only connection, and the second one waits for it.
    let seen = async { store.pool_status() };
    let (first, second, seen) = tokio::join!(get(), get(), seen);
    assert_eq!((first.unwrap(), second.unwrap()), (None, None));
    assert_eq!((seen.open, seen.idle, seen.waiting), (1, 0, 1));
    assert_eq!(store.pool_status(), status);
}
