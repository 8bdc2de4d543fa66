//! S9: readers that follow the change log during writes and crashes of the server.

use std::collections::BTreeMap;
use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use customer_domain::{
    ChangeEntry, ChangeKind, ChangesError, CustomerPatch, CustomerStore, DeleteError, FnClock,
    InsertError, NullableUpdate, Precondition, ReadFrom, StoreErrorKind, TeamId, UpdateError,
};
use customer_postgres::{PostgresConfig, PostgresStore};
use customer_testkit::postgres::{self, TemporaryPostgres};
use tokio::task::JoinSet;

use crate::database::end_sessions;
use crate::{customer, id, new_team, noon};

/// How often to crash the server; a longer run sets it.
const KILLS: &str = "CUSTOMER_KILLS";

/// The number of acknowledged changes; a longer run sets it.
const CHANGES: &str = "CUSTOMER_CHANGES";

const WRITERS: u128 = 16;
const READERS: u128 = 2;

/// Records that all writers update. Each also inserts and deletes one of its own.
const SHARED: u128 = 8;

/// The record that is inserted after all other changes.
const MARKER: u128 = 1_000;

fn number(variable: &str, default: u64) -> u64 {
    env::var(variable).map_or(default, |number| number.parse().unwrap())
}

struct Run {
    store: PostgresStore,
    team: TeamId,
    acknowledged: AtomicU64,
    is_over: AtomicBool,
}

/// Writers and readers that run until they are finished.
struct Running {
    run: Arc<Run>,
    writers: JoinSet<()>,
    readers: JoinSet<Vec<ChangeEntry>>,
}

impl Running {
    async fn start(url: &str) -> Self {
        let config: PostgresConfig = url.parse().unwrap();
        let config = config.max_connections((WRITERS + READERS) as usize);
        let run = Arc::new(Run {
            store: PostgresStore::connect(&config).await.unwrap(),
            team: new_team(),
            acknowledged: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        });
        for number in 0..SHARED {
            let new = customer(run.team, number);
            run.store.insert(&new).await.unwrap();
        }
        let writers = (0..WRITERS).map(|writer| write(Arc::clone(&run), writer));
        let readers = (0..READERS).map(|_| follow(Arc::clone(&run)));
        Self {
            writers: writers.collect(),
            readers: readers.collect(),
            run,
        }
    }

    /// Waits until that share of the changes was acknowledged.
    async fn until(&self, share: f64) {
        let changes = share * number(CHANGES, 1_000) as f64;
        while (self.run.acknowledged.load(Ordering::Relaxed) as f64) < changes {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn finish(mut self, server: &TemporaryPostgres, database: &str) {
        self.until(1.0).await;
        self.run.is_over.store(true, Ordering::Relaxed);
        while let Some(writer) = self.writers.join_next().await {
            writer.unwrap();
        }
        let marker = customer(self.run.team, MARKER);
        self.run.store.insert(&marker).await.unwrap();
        let stored = server.execute(database, "SELECT count(*) FROM customer_change");
        let stored = stored.unwrap().parse().unwrap();
        while let Some(entries) = self.readers.join_next().await {
            check(&self.run, stored, &entries.unwrap()).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s9_readers_miss_no_entry_when_sessions_end_and_the_server_crashes() {
    if !postgres::is_own() {
        return;
    }
    let server = TemporaryPostgres::start().unwrap();
    let url = server.create_database("followed").unwrap();
    let running = Running::start(&url).await;
    let kills = number(KILLS, 3);
    for kill in 0..kills {
        let share = |part: f64| (kill as f64 + part) / (kills + 1) as f64;
        running.until(share(0.5)).await;
        end_sessions(&server, "followed");
        running.until(share(1.0)).await;
        server.kill().unwrap();
        server.start_again().unwrap();
    }
    running.finish(&server, "followed").await;
}

/// The standby has all acknowledged writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s9_readers_miss_no_entry_after_a_failover() {
    if !postgres::is_own() {
        return;
    }
    let primary = TemporaryPostgres::start().unwrap();
    let standby = primary.start_standby().unwrap();
    let (first, second) = (primary.port(), standby.port());
    let url = format!(
        "postgres://customer@127.0.0.1:{first},127.0.0.1:{second}/postgres\
        ?target_session_attrs=read-write"
    );
    let running = Running::start(&url).await;
    running.until(0.5).await;
    primary.kill().unwrap();
    standby.promote().unwrap();
    running.finish(&standby, "postgres").await;
}

/// Updates shared records, and inserts and deletes one of its own.
async fn write(run: Arc<Run>, writer: u128) {
    let mut round = 0;
    while !run.is_over.load(Ordering::Relaxed) {
        round += 1;
        let written = match round % 10 {
            0 => insert(&run, 100 + writer).await,
            5 => delete(&run, 100 + writer).await,
            _ => update(&run, (writer + round) % SHARED, writer * 1_000_000 + round).await,
        };
        match written {
            Ok(is_done) => drop(
                run.acknowledged
                    .fetch_add(is_done.into(), Ordering::Relaxed),
            ),
            Err(StoreErrorKind::Unavailable | StoreErrorKind::OutcomeUnknown) => {}
            Err(kind) => panic!("{kind:?}"),
        }
    }
}

/// Whether it was inserted. After an unknown outcome it can be there already.
async fn insert(run: &Run, number: u128) -> Result<bool, StoreErrorKind> {
    match run.store.insert(&customer(run.team, number)).await {
        Ok(()) => Ok(true),
        Err(InsertError::IdTaken) => Ok(false),
        Err(InsertError::Store(error)) => Err(error.kind()),
        Err(error @ InsertError::EmailTaken(_)) => panic!("{error:?}"),
    }
}

async fn delete(run: &Run, number: u128) -> Result<bool, StoreErrorKind> {
    match run
        .store
        .delete(run.team, id(number), Precondition::Any)
        .await
    {
        Ok(()) => Ok(true),
        Err(DeleteError::NotFound) => Ok(false),
        Err(DeleteError::Store(error)) => Err(error.kind()),
        Err(error @ DeleteError::VersionConflict) => panic!("{error:?}"),
    }
}

async fn update(run: &Run, number: u128, phone: u128) -> Result<bool, StoreErrorKind> {
    let phone = format!("+{phone}").parse().unwrap();
    let patch = CustomerPatch::new().with_main_phone(NullableUpdate::Set(phone));
    let (clock, any) = (Arc::new(FnClock(noon)), Precondition::Any);
    let updated = run
        .store
        .update(run.team, id(number), patch.into(), any, clock);
    match updated.await {
        Ok(applied) => Ok(!applied.changed().is_empty()),
        Err(UpdateError::Store(error)) => Err(error.kind()),
        Err(error) => panic!("{error:?}"),
    }
}

/// Reads up to the marker, again from its position after each failure.
async fn follow(run: Arc<Run>) -> Vec<ChangeEntry> {
    let (mut from, mut entries) = (ReadFrom::Oldest, Vec::new());
    loop {
        let page = match run.store.changes(run.team, from.clone(), 100).await {
            Ok(page) => page,
            Err(ChangesError::Store(error)) => {
                assert_eq!(error.kind(), StoreErrorKind::Unavailable);
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
            Err(error) => panic!("{error:?}"),
        };
        if page.changes.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let is_last = page.changes.iter().any(|entry| entry.id == id(MARKER));
        entries.extend(page.changes);
        if is_last {
            return entries;
        }
        from = ReadFrom::Position(page.next);
    }
}

/// The versions of each record are 1, 2, … up to a delete or the stored version. There is
/// each of the stored entries, and one for each acknowledged change.
async fn check(run: &Run, stored: usize, entries: &[ChangeEntry]) {
    assert_eq!(entries.len(), stored);
    let others = SHARED as u64 + 1;
    let acknowledged = run.acknowledged.load(Ordering::Relaxed) + others;
    assert!(entries.len() as u64 >= acknowledged);
    let mut last = BTreeMap::new();
    for entry in entries {
        let last = last.entry(entry.id).or_insert(0);
        assert_eq!(entry.version.get(), *last + 1, "{entry:?}");
        *last = match entry.kind {
            ChangeKind::Deleted => 0,
            _ => entry.version.get(),
        };
    }
    for (id, last) in last {
        let stored = run.store.get(run.team, id).await.unwrap();
        assert_eq!(stored.map_or(0, |stored| stored.version().get()), last);
    }
}
