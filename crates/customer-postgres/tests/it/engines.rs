//! The same contract behind a pooler, on a partitioned table and after a restored dump.

use std::sync::OnceLock;

use customer_domain::{BoxFuture, CustomerStore};
use customer_postgres::PostgresStore;
use customer_testkit::conformance::PlantedValue;
use customer_testkit::linearizability::{Workload, check_histories, histories};
use customer_testkit::postgres::{self, TemporaryPgBouncer, TemporaryPostgres};
use tokio::sync::OnceCell;

use crate::database::{connect, server};
use crate::plant_into;

customer_testkit::conformance!(
    partitioned,
    open_partitioned,
    only_if = postgres::is_own,
    plant = plant_partitioned,
    reopen = |store| {
        drop(store);
        Box::pin(open_partitioned())
    }
);

customer_testkit::conformance!(
    pooled,
    open_pooled,
    only_if = pooler_is_there,
    plant = crate::plant,
    reopen = |store| {
        drop(store);
        Box::pin(open_pooled())
    }
);

customer_testkit::conformance!(
    restored_dump,
    open_restored,
    only_if = postgres::is_own,
    plant = plant_restored,
    reopen = |store| {
        drop(store);
        Box::pin(open_restored())
    }
);

fn plant_restored(_: &PostgresStore, planted: PlantedValue) -> BoxFuture<'_, ()> {
    plant_into("restored", &planted);
    Box::pin(async {})
}

fn plant_partitioned(_: &PostgresStore, planted: PlantedValue) -> BoxFuture<'_, ()> {
    plant_into("partitioned", &planted);
    Box::pin(async {})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s2_histories_on_a_partitioned_table_are_linearizable() {
    if postgres::is_own() {
        check_histories(open_partitioned, Workload::default(), histories())
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s2_histories_behind_a_pooler_are_linearizable() {
    if pooler_is_there() {
        check_histories(open_pooled, Workload::default(), histories())
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s2_histories_on_a_restored_dump_are_linearizable() {
    if postgres::is_own() {
        check_histories(open_restored, Workload::default(), histories())
            .await
            .unwrap();
    }
}

/// A store on a table with 16 partitions by team.
async fn open_partitioned() -> PostgresStore {
    static DATABASE: OnceCell<String> = OnceCell::const_new();
    let url = DATABASE.get_or_init(|| partitioned(server().unwrap(), "partitioned"));
    connect(url.await).await.unwrap()
}

/// A database with 16 partitions by team, whose constraints have names of their own.
pub(crate) async fn partitioned(server: &TemporaryPostgres, database: &str) -> String {
    let url = server.create_database(database).unwrap();
    drop(connect(&url).await.unwrap());
    let mut sql = "ALTER TABLE customer RENAME TO template;
        CREATE TABLE customer (LIKE template INCLUDING ALL) PARTITION BY HASH (team_id);
        DROP TABLE template;"
        .to_owned();
    for part in 0..16 {
        sql.push_str(&format!(
            "CREATE TABLE customer_{part} PARTITION OF customer
                FOR VALUES WITH (MODULUS 16, REMAINDER {part});"
        ));
    }
    server.execute(database, &sql).unwrap();
    url
}

/// A store on a restored dump.
async fn open_restored() -> PostgresStore {
    static DATABASE: OnceCell<String> = OnceCell::const_new();
    let url = DATABASE.get_or_init(|| restored(server().unwrap(), "dumped", "restored"));
    connect(url.await).await.unwrap()
}

/// A restored dump: `pg_dump` creates the constraint of the email address before that of
/// the id.
pub(crate) async fn restored(server: &TemporaryPostgres, dumped: &str, database: &str) -> String {
    let url = server.create_database(dumped).unwrap();
    drop(connect(&url).await.unwrap());
    server.restore_dump(dumped, database).unwrap()
}

pub(crate) fn pooler_is_there() -> bool {
    postgres::is_own() && postgres::pgbouncer_is_installed("pooled")
}

/// The environment variable with the options of the URL behind PgBouncer. It is empty for
/// a version that supports prepared statements.
const OPTIONS: &str = "CUSTOMER_TEST_PGBOUNCER_OPTIONS";

fn options() -> String {
    std::env::var(OPTIONS).unwrap_or_else(|_| "prepared_statements=false".to_owned())
}

/// A store behind PgBouncer.
async fn open_pooled() -> PostgresStore {
    static POOLER: OnceLock<TemporaryPgBouncer> = OnceLock::new();
    let pooler = POOLER.get_or_init(|| TemporaryPgBouncer::start(server().unwrap()).unwrap());
    connect(&pooled_url(pooler, "postgres")).await.unwrap()
}

pub(crate) fn pooled_url(pooler: &TemporaryPgBouncer, database: &str) -> String {
    format!("{}?{}", pooler.url(database), options())
}

/// The setting of a session is that of another client in a pooler (S4).
#[tokio::test]
async fn s4_a_commit_behind_a_pooler_is_on_the_disk() {
    if !pooler_is_there() {
        return;
    }
    let server = server().unwrap();
    server.create_database("lax_pool").unwrap();
    let pooler = TemporaryPgBouncer::start(server).unwrap();
    let store = connect(&pooled_url(&pooler, "lax_pool")).await.unwrap();
    crate::database::watch_commits(server, "lax_pool");
    let team = crate::new_team();
    let inserts: Vec<_> = (0..64)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.insert(&crate::customer(team, number)).await })
        })
        .collect();
    for insert in inserts {
        insert.await.unwrap().unwrap();
    }
    let seen = "SELECT string_agg(DISTINCT setting, ',') || count(*) FROM seen";
    assert_eq!(server.execute("lax_pool", seen).unwrap(), "on64");
}
