//! What group commit saves: durable updates per second by 64 tasks at once,
//! through the store, against one transaction for each update by bare SQLite on
//! the same file system with the same settings. Prints both and the ratio.
//!
//! ```sh
//! cargo run --release -p customer-sqlite --example group_commit
//! ```

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use customer_domain::{
    CustomerId, CustomerPatch, CustomerStore, FnClock, NewCustomer, NullableUpdate, Precondition,
    TeamId, Timestamp, update_customer,
};
use customer_sqlite::SqliteStore;
use rusqlite::Connection;
use uuid::Uuid;

const TASKS: u128 = 64;
const MEASURED: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("customers.db");
    fill(&path).await?;
    // In turn, so that a machine that slows down slows both.
    let (mut grouped, mut single) = (0.0, 0.0);
    for _ in 0..3 {
        single += one_by_one(&path)?;
        grouped += together(&path).await?;
    }
    println!(
        "one transaction per update: {:>9.0} updates/s",
        single / 3.0
    );
    println!(
        "the store, {TASKS} tasks:        {:>9.0} updates/s",
        grouped / 3.0
    );
    println!("ratio: {:.1}", grouped / single);
    Ok(())
}

fn team() -> TeamId {
    TeamId::from(Uuid::nil())
}

fn id(number: u128) -> CustomerId {
    CustomerId::from(Uuid::from_u128(number))
}

async fn fill(path: &Path) -> Result<(), Box<dyn Error>> {
    let store = SqliteStore::open(path)?;
    for number in 0..TASKS {
        let new = NewCustomer::new("Acme".parse()?, format!("c{number}@acme.example").parse()?);
        store
            .insert(&new.into_customer(id(number), team(), Timestamp::MIN))
            .await?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a measurement needs a clock")]
fn now() -> Instant {
    Instant::now()
}

/// Each update reads the version, writes over it and commits.
fn one_by_one(path: &Path) -> Result<f64, rusqlite::Error> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let (start, mut updates) = (now(), 0_u32);
    while start.elapsed() < MEASURED {
        let uuid = Uuid::from_u128(u128::from(updates) % TASKS);
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let version: i64 = connection
            .prepare_cached("SELECT version FROM customer WHERE team_id = ?1 AND uuid = ?2")?
            .query_row((Uuid::nil().as_bytes(), uuid.as_bytes()), |row| row.get(0))?;
        connection
            .prepare_cached(
                "UPDATE customer SET version = ?3, main_phone = ?4, updated_at = updated_at + 1
                 WHERE team_id = ?1 AND uuid = ?2",
            )?
            .execute((
                Uuid::nil().as_bytes(),
                uuid.as_bytes(),
                version + 1,
                format!("+{updates}"),
            ))?;
        connection.execute_batch("COMMIT")?;
        updates += 1;
    }
    Ok(f64::from(updates) / start.elapsed().as_secs_f64())
}

/// Each task updates a customer of its own, the whole use case.
async fn together(path: &Path) -> Result<f64, Box<dyn Error>> {
    let store = Arc::new(SqliteStore::open(path)?);
    let start = now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|number| tokio::spawn(update_for_a_while(Arc::clone(&store), number, start)))
        .collect();
    let mut updates = 0;
    for task in tasks {
        updates += task.await?;
    }
    Ok(f64::from(updates) / start.elapsed().as_secs_f64())
}

async fn update_for_a_while(store: Arc<SqliteStore>, number: u128, start: Instant) -> u32 {
    let clock = Arc::new(FnClock(|| Timestamp::MIN));
    let mut updates = 0;
    while start.elapsed() < MEASURED {
        let phone = format!("+{}", start.elapsed().as_nanos());
        let Ok(phone) = phone.parse() else {
            return updates;
        };
        let patch = CustomerPatch::new().with_main_phone(NullableUpdate::Set(phone));
        let any = Precondition::Any;
        match update_customer(&*store, clock.clone(), team(), id(number), &patch, any).await {
            Ok(_) => updates += 1,
            Err(error) => eprintln!("{error}"),
        }
    }
    updates
}
