//! S4: what was acknowledged survives the crash of the server at any point.

use std::collections::BTreeMap;
use std::env;
use std::sync::Arc;
use std::time::Duration;

use customer_domain::{
    CustomerPatch, CustomerStore, FnClock, InsertError, NullableUpdate, Precondition,
    StoreErrorKind, TeamId, UpdateError, update_customer,
};
use customer_postgres::PostgresStore;
use customer_testkit::postgres::{self, TemporaryPgBouncer, TemporaryPostgres};
use tokio::task::JoinSet;

use crate::database::connect;
use crate::engines::{partitioned, pooled_url, pooler_is_there, restored};
use crate::{customer, id, new_team, noon};

/// How often to crash the server; a longer run sets it.
const KILLS: &str = "CUSTOMER_KILLS";

const WRITERS: u128 = 8;

/// The version of each customer that was acknowledged last.
type Acknowledged = BTreeMap<u128, u64>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s4_what_was_acknowledged_survives_a_crash_of_the_server() {
    if !postgres::is_own() {
        return;
    }
    let server = TemporaryPostgres::start().unwrap();
    check_crashes(&server, "postgres", &server.url(), 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s4_what_was_acknowledged_survives_a_crash_with_a_partitioned_table() {
    if !postgres::is_own() {
        return;
    }
    let server = TemporaryPostgres::start().unwrap();
    let url = partitioned(&server, "partitioned").await;
    check_crashes(&server, "partitioned", &url, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s4_what_was_acknowledged_survives_a_crash_of_the_server_behind_a_pooler() {
    if !pooler_is_there() {
        return;
    }
    let server = TemporaryPostgres::start().unwrap();
    let pooler = TemporaryPgBouncer::start(&server).unwrap();
    let url = pooled_url(&pooler, "postgres");
    check_crashes(&server, "postgres", &url, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s4_what_was_acknowledged_survives_a_crash_with_a_restored_dump() {
    if !postgres::is_own() {
        return;
    }
    let server = TemporaryPostgres::start().unwrap();
    let url = restored(&server, "dumped", "restored").await;
    check_crashes(&server, "restored", &url, 1).await;
}

/// Crashes the server while tasks write into a database, as often as the variable says.
async fn check_crashes(server: &TemporaryPostgres, database: &str, url: &str, kills: u64) {
    let store = connect(url).await.unwrap();
    let (team, mut acknowledged) = (new_team(), Acknowledged::new());
    let kills = env::var(KILLS).map_or(kills, |kills| kills.parse().unwrap());
    for round in 0..kills {
        let mut writers = JoinSet::new();
        for number in 0..WRITERS {
            writers.spawn(write(store.clone(), team, number));
        }
        tokio::time::sleep(Duration::from_micros(pause(round))).await;
        server.kill().unwrap();
        while let Some(written) = writers.join_next().await {
            let (number, version) = written.unwrap();
            let last = acknowledged.entry(number).or_insert(0);
            *last = version.max(*last);
        }
        server.start_again().unwrap();
        wait_until_available(&store, team).await;
        check(server, database, &store, team, &acknowledged).await;
    }
    assert_eq!(acknowledged.len(), WRITERS as usize);
    assert!(
        acknowledged.values().all(|version| *version > 0),
        "{acknowledged:?}"
    );
}

/// Between 50 and 300 ms after the writers began, in an order that repeats.
fn pause(round: u64) -> u64 {
    50_000 + round.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 250_000
}

/// Writes until the server is gone; returns the version that was acknowledged
/// last, 0 if none was.
async fn write(store: PostgresStore, team: TeamId, number: u128) -> (u128, u64) {
    let clock = Arc::new(FnClock(noon));
    let mut last = match store.insert(&customer(team, number)).await {
        Ok(()) => 1,
        Err(InsertError::IdTaken) => 0,
        Err(InsertError::Store(error)) => return (number, gone(error.kind(), 0)),
        Err(error) => panic!("{error}"),
    };
    loop {
        let stored = match store.get(team, id(number)).await {
            Ok(stored) => stored.unwrap(),
            Err(error) => return (number, gone(error.kind(), last)),
        };
        // The phone number has the version that it was written with.
        let phone = format!("+{}", stored.version().get() + 1).parse().unwrap();
        let patch = CustomerPatch::new().with_main_phone(NullableUpdate::Set(phone));
        let any = Precondition::Any;
        match update_customer(&store, clock.clone(), team, id(number), &patch, any).await {
            Ok(applied) => last = applied.customer().version().get(),
            Err(UpdateError::Store(error)) => return (number, gone(error.kind(), last)),
            Err(error) => panic!("{error}"),
        }
    }
}

/// A server that is gone is nothing worse than that.
fn gone(kind: StoreErrorKind, last: u64) -> u64 {
    let is_gone = matches!(
        kind,
        StoreErrorKind::Unavailable | StoreErrorKind::OutcomeUnknown
    );
    assert!(is_gone, "{kind:?}");
    last
}

/// A pooler reconnects at the second attempt, after a pause.
async fn wait_until_available(store: &PostgresStore, team: TeamId) {
    for _ in 0..100 {
        match store.get(team, id(0)).await {
            Ok(_) => return,
            Err(error) => assert_eq!(error.kind(), StoreErrorKind::Unavailable),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn check(
    server: &TemporaryPostgres,
    database: &str,
    store: &PostgresStore,
    team: TeamId,
    acknowledged: &Acknowledged,
) {
    // Every page of the tables and of their indexes, and that they agree.
    for sql in [
        "CREATE EXTENSION IF NOT EXISTS amcheck",
        "SELECT bt_index_check(indexes.oid, true)
            FROM pg_class AS indexes JOIN pg_am ON pg_am.oid = relam
            WHERE amname = 'btree' AND relkind = 'i' AND relnamespace = 'public'::regnamespace",
    ] {
        server.execute(database, sql).unwrap();
    }
    let damaged = "SELECT count(*) FROM pg_class AS tables
        CROSS JOIN LATERAL verify_heapam(tables.oid) AS damage
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
    assert_eq!(server.execute(database, damaged).unwrap(), "0");

    for (number, version) in acknowledged {
        let stored = store.get(team, id(*number)).await.unwrap();
        let Some(stored) = stored else {
            assert_eq!(*version, 0, "customer {number} is lost");
            continue;
        };
        let found = stored.version().get();
        assert!(found >= *version, "an update of {number} is lost");
        // Nothing is half written: the phone number is that of the version.
        let phone = (found > 1).then(|| format!("+{found}"));
        assert_eq!(stored.main_phone().map(ToString::to_string), phone);
        let by_email = store.find_by_email(team, &stored.email().key()).await;
        assert_eq!(by_email.unwrap(), Some(stored));
    }
}
