//! S4, S5, S10: I/O errors in reads, writes and syncs. `fiu-run` of the Debian package
//! `fiu-utils` makes the calls of a child process fail.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use customer_domain::{
    Clock, CustomerStore, FnClock, Precondition, StoreError, StoreErrorKind, UpdateError, Write,
    WriteResult,
};
use customer_sqlite::SqliteStore;

use crate::kill::{BATCH, BATCH_WRITERS, WRITERS, check, first_of_batch, phone};
use crate::{customer, id, noon, team};

/// Names the file to the child. The test that is the child does nothing without.
const FILE: &str = "CUSTOMER_FAULT_TEST_FILE";

/// The number of processes with I/O errors; a longer run sets it, and then fails without
/// `fiu-run`.
const FAULTS: &str = "CUSTOMER_FAULTS";

/// The calls that fail. SQLite has variants of the calls that it is compiled with.
const CALLS: [&[&str]; 7] = [
    &["posix/io/sync/fsync", "posix/io/sync/fdatasync"],
    &["posix/io/rw/write", "posix/io/rw/pwrite"],
    &["posix/io/rw/read", "posix/io/rw/pread"],
    &["posix/io/rw/write/reduce", "posix/io/rw/pwrite/reduce"],
    &["posix/io/rw/read/reduce", "posix/io/rw/pread/reduce"],
    &["posix/io/rw/ftruncate"],
    &[
        "posix/io/sync/fsync",
        "posix/io/rw/write",
        "posix/io/rw/read",
        "posix/io/rw/pwrite",
        "posix/io/rw/pread",
    ],
];
const PROBABILITIES: [&str; 4] = ["0.1", "0.02", "0.5", "0.002"];
/// EIO, ENOSPC and EINTR.
const ERRORS: [u32; 3] = [5, 28, 4];

/// The number of processes after which one must have had a failed write.
const MOST_ROUNDS: usize = 200;

/// The time that a child writes.
const TIME: Duration = Duration::from_millis(80);

/// The child: writes for a while, and prints acknowledged writes, and writes that were
/// reported as not done and were done.
#[test]
fn the_child_writes_with_io_errors() {
    let Ok(file) = env::var(FILE) else {
        return;
    };
    // Without I/O, which other crates of a build can enable: the runtime panics if it cannot
    // write to its event descriptor, and then waits forever.
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_time().build().unwrap();
    runtime.block_on(write_with_io_errors(&file));
}

async fn write_with_io_errors(file: &str) {
    let Ok(store) = SqliteStore::open(file) else {
        return;
    };
    let writer = Writer {
        store: Arc::new(store),
        ends: Arc::new(AtomicBool::new(false)),
    };
    let single = (0..WRITERS).map(|number| tokio::spawn(writer.clone().write(number)));
    let batches =
        (0..BATCH_WRITERS).map(|number| tokio::spawn(writer.clone().write_batches(number)));
    let tasks: Vec<_> = single.chain(batches).collect();
    tokio::time::sleep(TIME).await;
    writer.ends.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.unwrap();
    }
}

#[derive(Clone)]
struct Writer {
    store: Arc<SqliteStore>,
    ends: Arc<AtomicBool>,
}

impl Writer {
    async fn write(self, number: u128) {
        while let Some(version) = self.version(number).await {
            let change = phone(version + 1);
            let any = Precondition::Any;
            let applied = self.store.update(team(), id(number), change, any, clock());
            match applied.await {
                Ok(applied) => {
                    print(&format!("ack {number} {}", applied.customer().version()));
                }
                Err(UpdateError::Store(error)) => self.check_error(&error, number, version).await,
                Err(error) => print(&format!("wrong {number} {error}")),
            }
        }
    }

    async fn write_batches(self, writer: u128) {
        let first = first_of_batch(writer);
        while let Some(version) = self.version(first).await {
            let update = |number| Write::Update(id(number), phone(version + 1), Precondition::Any);
            let writes = (first..first + BATCH).map(update).collect();
            let results = self.store.write_batch(team(), writes, clock()).await;
            for (number, result) in (first..).zip(results) {
                match result {
                    WriteResult::Update(Ok(applied)) => {
                        print(&format!("ack {number} {}", applied.customer().version()));
                    }
                    WriteResult::Update(Err(UpdateError::Store(error))) => {
                        self.check_error(&error, number, version).await;
                    }
                    other => print(&format!("wrong {number} {other:?}")),
                }
            }
        }
    }

    /// The stored version, which only the caller changes; `None` at the end.
    async fn version(&self, number: u128) -> Option<u64> {
        while !self.ends.load(Ordering::Relaxed) {
            match self.store.get(team(), id(number)).await {
                Ok(Some(stored)) => return Some(stored.version().get()),
                Ok(None) => print(&format!("wrong {number} is lost")),
                Err(_) => {}
            }
        }
        None
    }

    /// A write that failed and whose outcome is known was not done.
    async fn check_error(&self, error: &StoreError, number: u128, version: u64) {
        print(&format!("failed {:?}", error.kind()));
        if error.kind() == StoreErrorKind::OutcomeUnknown {
            return;
        }
        if let Some(stored) = self.version(number).await
            && stored != version
        {
            print(&format!("wrong {number} was updated in spite of: {error}"));
        }
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(FnClock(noon))
}

/// One line. Its write can fail too, or write a part.
fn print(line: &str) {
    static STDOUT: Mutex<()> = Mutex::new(());
    let line = format!("\n{line}\n");
    let mut rest = line.as_bytes();
    let _lock = STDOUT.lock().unwrap();
    let mut stdout = std::fs::File::options()
        .append(true)
        .open("/dev/stdout")
        .unwrap();
    while !rest.is_empty() {
        if let Ok(written) = stdout.write(rest) {
            rest = &rest[written..];
        }
    }
}

#[test]
fn s5_no_acknowledged_write_is_lost_by_io_errors() {
    let required = env::var(FAULTS).ok();
    let faults = required
        .as_ref()
        .map_or(CALLS.len(), |faults| faults.parse().unwrap());
    if required.is_none() && Command::new("fiu-run").output().is_err() {
        let _ = writeln!(std::io::stderr(), "skipped: no fiu-run (Debian: fiu-utils)");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let mut acknowledged = first_versions(&path);
    let before = acknowledged.clone();
    let mut failed = BTreeMap::new();
    let mut round = 0;
    // On a busy machine, the first children can end before one of their writes fails.
    while round < faults || (failed.is_empty() && round < MOST_ROUNDS) {
        let wrong = run_child(&path, round, &mut acknowledged, &mut failed);
        assert_eq!(wrong, [""; 0], "round {round}");
        check(&path, &acknowledged);
        round += 1;
    }
    println!("failed writes by kind: {failed:?}");
    assert_ne!(acknowledged, before, "some writes succeed");
    assert_ne!(failed, BTreeMap::new(), "some writes fail");
}

/// Creates the records that the children update.
fn first_versions(path: &Path) -> BTreeMap<u128, u64> {
    let batches = (0..BATCH_WRITERS).map(first_of_batch);
    let numbers = (0..WRITERS).chain(batches.flat_map(|first| first..first + BATCH));
    let store = SqliteStore::open(path).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    numbers
        .inspect(|number| runtime.block_on(store.insert(&customer(*number))).unwrap())
        .map(|number| (number, 1))
        .collect()
}

/// Runs a child, and returns what it found wrong.
fn run_child(
    path: &Path,
    round: usize,
    acknowledged: &mut BTreeMap<u128, u64>,
    failed: &mut BTreeMap<String, u64>,
) -> Vec<String> {
    let mut command = Command::new("fiu-run");
    command.args(["-x", "-f", ""]);
    let calls = CALLS[round % CALLS.len()];
    let probability = PROBABILITIES[round / CALLS.len() % PROBABILITIES.len()];
    let error = ERRORS[round / CALLS.len() / PROBABILITIES.len() % ERRORS.len()];
    for call in calls {
        let fault = format!("enable_random name={call},probability={probability},failinfo={error}");
        command.args(["-c", &fault]);
    }
    let mut child = command
        .arg(env::current_exe().unwrap())
        .args([
            "faults::the_child_writes_with_io_errors",
            "--exact",
            "--nocapture",
        ])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut wrong = Vec::new();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["ack", number, version] => {
                let (number, version) = (number.parse().unwrap(), version.parse::<u64>().unwrap());
                let last = acknowledged.entry(number).or_insert(0);
                *last = version.max(*last);
            }
            ["failed", kind] => *failed.entry(kind.to_owned()).or_insert(0) += 1,
            ["wrong", ..] => wrong.push(line),
            _ => {}
        }
    }
    child.wait().unwrap();
    wrong
}
