//! The stores: operations per second, and bytes per customer. Prints a line for each:
//! store, number of customers, what was measured, value.
//!
//! ```sh
//! cargo bench -p customer-benches --features stores --bench stores
//! ```
//!
//! The memory store has a thousand and a million customers, the persistent stores
//! [`ON_DISK`]. If PostgreSQL is not installed, it is skipped with a message on standard
//! error.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use customer_domain::{
    CustomerPatch, CustomerStore, FnClock, Precondition, Timestamp, update_customer,
};
use customer_postgres::{PostgresConfig, PostgresStore};
use customer_sqlite::SqliteStore;
use customer_testkit::postgres;
use tokio::runtime::Runtime;

mod customers;
mod memory;

use customers::{ids, typical};
use memory::Filled;

type Failure = Box<dyn Error + Send + Sync>;

/// The number of customers in the persistent stores.
const ON_DISK: u128 = 20_000;
/// The number of tasks that fill a store.
const FILLERS: u128 = 64;
/// The minimum number of operations on the memory store that are timed together.
const IN_MEMORY_OPERATIONS: u128 = 1_000_000;
/// The minimum number of customers to measure the bytes of one.
const MANY: u128 = 100_000;
const MEASURED: Duration = Duration::from_secs(3);
/// The size of a memory page in `/proc/self/statm`.
const PAGE: usize = 4096;

fn main() -> Result<(), Failure> {
    for count in [1_000, 1_000_000] {
        in_memory(count)?;
    }
    let runtime = Runtime::new()?;
    runtime.block_on(in_sqlite())?;
    runtime.block_on(in_postgres())
}

fn print(store: &str, count: u128, what: &str, value: f64) {
    println!("{store} {count} {what} {value:.0}");
}

fn in_memory(count: u128) -> Result<(), Failure> {
    let before = resident();
    let filled = Filled::new(count);
    // With few customers, unrelated memory would dominate.
    if count >= MANY
        && let (Some(before), Some(after)) = (before, resident())
    {
        let each = after.saturating_sub(before) as f64 / count as f64;
        print("memory", count, "bytes", each);
    }
    for threads in [1, 2] {
        let updates = per_second(count, threads, |first, share, round| {
            filled.update(first, share, round);
        })?;
        print("memory", count, &format!("updates_{threads}"), updates);
        let gets = per_second(count, threads, |first, share, _| filled.get(first, share))?;
        print("memory", count, &format!("gets_{threads}"), gets);
    }
    let addresses = filled.addresses();
    for threads in [1, 2] {
        let finds = per_second(count, threads, |first, share, _| {
            filled.find(&addresses, first, share);
        })?;
        print("memory", count, &format!("finds_{threads}"), finds);
    }
    Ok(())
}

/// Operations per second of several threads, each with its own customers: the best of
/// three runs. The number of rounds is even, so that each run starts in the same state.
fn per_second(
    count: u128,
    threads: u128,
    operations: impl Fn(u128, u128, usize) + Sync,
) -> Result<f64, Failure> {
    let share = count / threads;
    let rounds = usize::try_from(2 * IN_MEMORY_OPERATIONS.div_ceil(2 * count))?;
    let mut best = 0.0_f64;
    for _ in 0..3 {
        let start = now();
        thread::scope(|scope| {
            for number in 0..threads {
                let operations = &operations;
                scope.spawn(move || {
                    for round in 0..rounds {
                        operations(number * share, share, round);
                    }
                });
            }
        });
        let all = rounds as f64 * (share * threads) as f64;
        best = best.max(all / start.elapsed().as_secs_f64());
    }
    Ok(best)
}

async fn in_sqlite() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("customers.db");
    let store = Arc::new(SqliteStore::open(&path)?);
    fill(&store).await?;
    // The size of a backup, because it includes the content of the write-ahead log.
    let copy = directory.path().join("copy.db");
    store.backup_to(&copy).await?;
    print("sqlite", ON_DISK, "bytes", size(&copy)? / ON_DISK as f64);
    for tasks in [1, 64] {
        let updates = updates_per_second(&store, tasks).await?;
        print("sqlite", ON_DISK, &format!("updates_{tasks}"), updates);
    }
    Ok(())
}

async fn in_postgres() -> Result<(), Failure> {
    let Some(server) = postgres::shared() else {
        return Ok(());
    };
    let config: PostgresConfig = server.url().parse()?;
    let store = Arc::new(PostgresStore::connect(&config.max_connections(16)).await?);
    fill(&store).await?;
    let bytes = server.execute("postgres", "SELECT pg_total_relation_size('customer')")?;
    print(
        "postgres",
        ON_DISK,
        "bytes",
        bytes.parse::<f64>()? / ON_DISK as f64,
    );
    for tasks in [1, 16] {
        let updates = updates_per_second(&store, tasks).await?;
        print("postgres", ON_DISK, &format!("updates_{tasks}"), updates);
    }
    Ok(())
}

async fn fill<S: CustomerStore + Send + Sync + 'static>(store: &Arc<S>) -> Result<(), Failure> {
    let fillers: Vec<_> = (0..FILLERS)
        .map(|first| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                for number in (first..ON_DISK).step_by(FILLERS as usize) {
                    store.insert(&typical(number)?).await?;
                }
                Ok::<_, Failure>(())
            })
        })
        .collect();
    for filler in fillers {
        filler.await??;
    }
    Ok(())
}

/// Updates per second, each from the bytes of a body to the stored record, by several
/// tasks, each with its own customers.
async fn updates_per_second<S: CustomerStore + Send + Sync + 'static>(
    store: &Arc<S>,
    tasks: u128,
) -> Result<f64, Failure> {
    let start = now();
    let running: Vec<_> = (0..tasks)
        .map(|number| tokio::spawn(update_for_a_while(Arc::clone(store), number, tasks, start)))
        .collect();
    let mut updates = 0;
    for task in running {
        updates += task.await??;
    }
    Ok(f64::from(updates) / start.elapsed().as_secs_f64())
}

async fn update_for_a_while<S: CustomerStore>(
    store: Arc<S>,
    number: u128,
    tasks: u128,
    start: Instant,
) -> Result<u32, Failure> {
    let clock = Arc::new(FnClock(|| Timestamp::MIN));
    let mut updates = 0;
    while start.elapsed() < MEASURED {
        let (team, id) = ids((number + u128::from(updates) * tasks) % ON_DISK);
        let body = format!(r#"{{"mainPhone": "+{}"}}"#, start.elapsed().as_nanos());
        let patch = CustomerPatch::from_json(body.as_bytes())?;
        let any = Precondition::Any;
        let applied = update_customer(&*store, clock.clone(), team, id, &patch, any).await?;
        if applied.changed().is_empty() {
            return Err("an update changed nothing".into());
        }
        updates += 1;
    }
    Ok(updates)
}

#[expect(clippy::disallowed_methods, reason = "a measurement needs a clock")]
fn now() -> Instant {
    Instant::now()
}

fn size(path: &Path) -> Result<f64, Failure> {
    Ok(std::fs::metadata(path)?.len() as f64)
}

fn resident() -> Option<usize> {
    let statistics = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = statistics.split(' ').nth(1)?.parse().ok()?;
    Some(pages * PAGE)
}
