//! S4: what was acknowledged survives the kill of the process at any point.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use customer_domain::{
    CustomerPatch, CustomerStore, FnClock, NullableUpdate, Precondition, update_customer,
};
use customer_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::{customer, id, noon, team};

/// Names the file to the child. The test that is the child does nothing without.
const FILE: &str = "CUSTOMER_KILL_TEST_FILE";

/// How often to kill; a longer run sets it.
const KILLS: &str = "CUSTOMER_KILLS";

const WRITERS: u128 = 8;

/// The child: writes until it is killed, and prints what was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_child_writes_until_it_is_killed() {
    let Ok(file) = env::var(FILE) else {
        return;
    };
    let store = Arc::new(SqliteStore::open(file).unwrap());
    let tasks: Vec<_> = (0..WRITERS)
        .map(|number| tokio::spawn(write(Arc::clone(&store), number)))
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

async fn write(store: Arc<SqliteStore>, number: u128) {
    let clock = Arc::new(FnClock(noon));
    if store.get(team(), id(number)).await.unwrap().is_none() {
        let new = customer(number);
        store.insert(&new).await.unwrap();
        acknowledge(number, 1);
    }
    loop {
        let stored = store.get(team(), id(number)).await.unwrap().unwrap();
        // The phone number tells the version it was written with.
        let phone = format!("+{}", stored.version().get() + 1).parse().unwrap();
        let patch = CustomerPatch::new().with_main_phone(NullableUpdate::Set(phone));
        let applied = update_customer(
            &*store,
            clock.clone(),
            team(),
            id(number),
            &patch,
            Precondition::Any,
        )
        .await
        .unwrap();
        acknowledge(number, applied.customer().version().get());
    }
}

/// One line in one write, so that the kill cannot cut it.
fn acknowledge(number: u128, version: u64) {
    let line = format!("\nack {number} {version}\n");
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}

#[test]
fn s4_what_was_acknowledged_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let kills = env::var(KILLS).map_or(12, |kills| kills.parse().unwrap());
    let mut acknowledged = BTreeMap::new();
    for round in 0..kills {
        kill_a_writer(
            &path,
            Duration::from_micros(pause(round)),
            &mut acknowledged,
        );
        check(&path, &acknowledged);
    }
    assert!(
        acknowledged.len() == WRITERS as usize,
        "the children wrote: {acknowledged:?}"
    );
}

/// Between 20 and 150 ms after the child began, in an order that repeats.
fn pause(round: u64) -> u64 {
    20_000 + round.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 130_000
}

fn kill_a_writer(path: &Path, pause: Duration, acknowledged: &mut BTreeMap<u128, u64>) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args([
            "kill::the_child_writes_until_it_is_killed",
            "--exact",
            "--nocapture",
        ])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let reader = thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>());
    thread::sleep(pause);
    child.kill().unwrap();
    child.wait().unwrap();
    for line in reader.join().unwrap() {
        let words: Vec<_> = line.split(' ').collect();
        if let ["ack", number, version] = words[..] {
            let (number, version) = (number.parse().unwrap(), version.parse::<u64>().unwrap());
            let last = acknowledged.entry(number).or_insert(0);
            *last = version.max(*last);
        }
    }
}

fn check(path: &Path, acknowledged: &BTreeMap<u128, u64>) {
    let integrity: String = Connection::open(path)
        .unwrap()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(integrity, "ok");

    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let store = SqliteStore::open(path).unwrap();
    for (number, version) in acknowledged {
        let stored = runtime.block_on(store.get(team(), id(*number))).unwrap();
        let stored = stored.unwrap_or_else(|| panic!("customer {number} is lost"));
        assert!(
            stored.version().get() >= *version,
            "an update of {number} is lost"
        );
        // Nothing is half written: the phone number is that of the version.
        let phone = (stored.version().get() > 1).then(|| format!("+{}", stored.version()));
        assert_eq!(stored.main_phone().map(ToString::to_string), phone);
        let found = runtime.block_on(store.find_by_email(team(), &stored.email().key()));
        assert_eq!(found.unwrap(), Some(stored));
    }
}
