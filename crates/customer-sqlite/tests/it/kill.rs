//! S4, S10: acknowledged writes survive a kill of the process at any point, and batches
//! are written as a whole or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use customer_domain::{
    Change, Clock, CustomerPatch, CustomerStore, FnClock, NullableUpdate, Precondition, Write,
    WriteResult,
};
use customer_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::{customer, id, noon, team};

/// Names the file to the child. The test that is the child does nothing without.
const FILE: &str = "CUSTOMER_KILL_TEST_FILE";

/// The number of kills; a longer run sets it.
const KILLS: &str = "CUSTOMER_KILLS";

/// The number of tasks that update one record each.
pub(crate) const WRITERS: u128 = 8;

/// The number of tasks that update records in batches, and of the records of a batch.
pub(crate) const BATCH_WRITERS: u128 = 3;
pub(crate) const BATCH: u128 = 10;

/// The first record of a batch. The others follow.
pub(crate) fn first_of_batch(writer: u128) -> u128 {
    1_000 + writer * BATCH
}

/// The child: writes until it is killed, and prints what was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_child_writes_until_it_is_killed() {
    let Ok(file) = env::var(FILE) else {
        return;
    };
    let store = Arc::new(SqliteStore::open(file).unwrap());
    let single = (0..WRITERS).map(|number| tokio::spawn(write(Arc::clone(&store), number)));
    let batches =
        (0..BATCH_WRITERS).map(|writer| tokio::spawn(write_batches(Arc::clone(&store), writer)));
    for task in single.chain(batches).collect::<Vec<_>>() {
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
        let change = phone(stored.version().get() + 1);
        let any = Precondition::Any;
        let applied = store.update(team(), id(number), change, any, clock.clone());
        acknowledge(number, applied.await.unwrap().customer().version().get());
    }
}

async fn write_batches(store: Arc<SqliteStore>, writer: u128) {
    let clock: Arc<dyn Clock> = Arc::new(FnClock(noon));
    let first = first_of_batch(writer);
    let numbers = first..first + BATCH;
    let stored = store.get(team(), id(first)).await.unwrap();
    let mut version = stored.map_or(0, |stored| stored.version().get());
    loop {
        version += 1;
        let writes = numbers.clone().map(|number| match version {
            1 => Write::Insert(Box::new(customer(number))),
            _ => Write::Update(id(number), phone(version), Precondition::Any),
        });
        let results = store.write_batch(team(), writes.collect(), Arc::clone(&clock));
        for result in results.await {
            match result {
                WriteResult::Insert(result) => result.unwrap(),
                WriteResult::Update(result) => {
                    assert_eq!(result.unwrap().customer().version().get(), version);
                }
                other => panic!("{other:?}"),
            }
        }
        for number in numbers.clone() {
            acknowledge(number, version);
        }
    }
}

/// The phone number contains the version that it is written with.
pub(crate) fn phone(version: u64) -> Change {
    let phone = format!("+{version}").parse().unwrap();
    CustomerPatch::new()
        .with_main_phone(NullableUpdate::Set(phone))
        .into()
}

/// One line in one write, so that the kill cannot cut it.
fn acknowledge(number: u128, version: u64) {
    let line = format!("\nack {number} {version}\n");
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}

#[test]
fn s4_acknowledged_writes_survive_a_kill() {
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
    let records = (WRITERS + BATCH_WRITERS * BATCH) as usize;
    assert_eq!(acknowledged.len(), records, "{acknowledged:?}");
}

/// Between 20 and 150 ms after the start of the child, the same in each run.
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

pub(crate) fn check(path: &Path, acknowledged: &BTreeMap<u128, u64>) {
    let integrity: String = Connection::open(path)
        .unwrap()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(integrity, "ok");

    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let store = SqliteStore::open(path).unwrap();
    let version = |number| {
        let stored = runtime.block_on(store.get(team(), id(number))).unwrap();
        stored.map(|stored| stored.version().get())
    };
    for first in (0..BATCH_WRITERS).map(first_of_batch) {
        // S10: a batch is written as a whole or not at all.
        let versions: BTreeSet<_> = (first..first + BATCH).map(version).collect();
        assert_eq!(versions.len(), 1, "{versions:?}");
    }
    for (number, version) in acknowledged {
        let stored = runtime.block_on(store.get(team(), id(*number))).unwrap();
        let stored = stored.unwrap_or_else(|| panic!("customer {number} is lost"));
        assert!(
            stored.version().get() >= *version,
            "an update of {number} is lost"
        );
        // No write is partial: the phone number is that of the version.
        let phone = (stored.version().get() > 1).then(|| format!("+{}", stored.version()));
        assert_eq!(stored.main_phone().map(ToString::to_string), phone);
        let found = runtime.block_on(store.find_by_email(team(), &stored.email().key()));
        assert_eq!(found.unwrap(), Some(stored));
    }
}
