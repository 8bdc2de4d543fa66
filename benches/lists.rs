//! Lists from ten thousand to a million customers, next to a read of one record: the
//! median of a call of the store, in milliseconds. Prints a Markdown table.
//!
//! ```sh
//! cargo bench -p customer-benches --features stores --bench lists
//! cargo bench -p customer-benches --features stores --bench lists -- 10000 100000
//! cargo bench -p customer-benches --features stores --bench lists -- postgres 1000000
//! ```
//!
//! A million customers take some minutes. The last line of each store has a million
//! customers in a thousand teams, and measures the lists of one team.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use customer_domain::{
    CustomerStore, Direction, FnClock, ListQuery, OrderBy, SearchText, TeamId, Write, WriteResult,
};
use customer_postgres::{PostgresConfig, PostgresStore};
use customer_sqlite::SqliteStore;
use customer_testkit::postgres::TemporaryPostgres;
use tokio::runtime::Runtime;

mod customers;

use customers::{named, team_of};

type Failure = Box<dyn Error + Send + Sync>;

/// The numbers of customers without arguments.
const COUNTS: [u128; 3] = [10_000, 100_000, 1_000_000];

/// The number of teams in the last line.
const TEAMS: u128 = 1_000;

/// The number of customers that are inserted in one batch, and of tasks that do so.
const BATCH: u128 = 1_000;
const FILLERS: u128 = 2;

/// The number of measured calls per query, and the time after which no further call is
/// started.
const CALLS: usize = 21;
const MEASURED: Duration = Duration::from_secs(5);

/// The page in the middle of a million customers.
const DEEP_PAGE: u32 = 5_000;

fn main() -> Result<(), Failure> {
    // Cargo passes options such as `--bench`.
    let arguments = std::env::args().skip(1);
    let (stores, counts): (Vec<_>, Vec<_>) = arguments
        .filter(|argument| !argument.starts_with("--"))
        .partition(|argument| ["sqlite", "postgres"].contains(&argument.as_str()));
    let counts: Result<Vec<u128>, _> = counts.iter().map(|count| count.parse()).collect();
    let mut counts = counts?;
    if counts.is_empty() {
        counts.extend(COUNTS);
    }
    let largest = counts.iter().copied().max().unwrap_or(1);
    let runtime = Runtime::new()?;
    print_row(
        "store, customers / teams",
        &QUERIES.map(|(name, _)| name.to_owned()),
    );
    print_row("---", &QUERIES.map(|_| "---:".to_owned()));
    for (count, teams) in counts
        .into_iter()
        .map(|count| (count, 1))
        .chain([(largest, TEAMS)])
    {
        let is_measured = |store: &str| stores.is_empty() || stores.iter().any(|s| s == store);
        if is_measured("sqlite") {
            runtime.block_on(in_sqlite(count, teams))?;
        }
        if is_measured("postgres") {
            runtime.block_on(in_postgres(count, teams))?;
        }
    }
    Ok(())
}

/// A query and its name in the table.
type Query = (&'static str, fn() -> Result<Call, Failure>);

enum Call {
    Get,
    List(ListQuery),
}

const QUERIES: [Query; 15] = [
    ("get", || Ok(Call::Get)),
    ("name", || first(OrderBy::Name)),
    ("email", || first(OrderBy::Email)),
    ("createdAt", || first(OrderBy::CreatedAt)),
    ("updatedAt", || first(OrderBy::UpdatedAt)),
    ("name + total", || with_total(OrderBy::Name)),
    ("email + total", || with_total(OrderBy::Email)),
    ("createdAt + total", || with_total(OrderBy::CreatedAt)),
    ("updatedAt + total", || with_total(OrderBy::UpdatedAt)),
    ("no hit", || search("quokka", OrderBy::Name)),
    ("18 per million", || search("zyx", OrderBy::Name)),
    ("18 by updatedAt", || search("zyx", OrderBy::UpdatedAt)),
    ("12 %", || search("maple", OrderBy::Name)),
    ("12 % by updatedAt", || search("maple", OrderBy::UpdatedAt)),
    ("page 5,000 of 100", || {
        let query = ListQuery::new().with_limit(100)?.with_page(DEEP_PAGE)?;
        Ok(Call::List(query.without_total()))
    }),
];

fn first(by: OrderBy) -> Result<Call, Failure> {
    let query = ListQuery::new().with_order(by, Direction::Descending);
    Ok(Call::List(query.without_total()))
}

fn with_total(by: OrderBy) -> Result<Call, Failure> {
    let query = ListQuery::new().with_order(by, Direction::Descending);
    Ok(Call::List(query))
}

fn search(text: &str, by: OrderBy) -> Result<Call, Failure> {
    let query = ListQuery::new().with_search(SearchText::parse(text)?);
    Ok(Call::List(query.with_order(by, Direction::Ascending)))
}

async fn in_sqlite(count: u128, teams: u128) -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("customers.db");
    let store = Arc::new(SqliteStore::open(&path)?);
    fill(&store, count, teams).await?;
    let medians = measure(&*store, count, teams).await?;
    print_row(&format!("SQLite, {count} / {teams}"), &medians);
    let copy = directory.path().join("copy.db");
    store.backup_to(&copy).await?;
    eprintln!("SQLite, {count} / {teams}: {} bytes", size(&copy)?);
    Ok(())
}

/// Uses a separate server with default settings. `VACUUM` does what autovacuum would do
/// within a minute.
async fn in_postgres(count: u128, teams: u128) -> Result<(), Failure> {
    let server = match TemporaryPostgres::start() {
        Ok(server) => server,
        Err(error) => {
            eprintln!("PostgreSQL is skipped: {error}");
            return Ok(());
        }
    };
    let config: PostgresConfig = server.url().parse()?;
    let config = config.read_timeout(FILLING).write_timeout(FILLING);
    let store = Arc::new(PostgresStore::connect(&config).await?);
    fill(&store, count, teams).await?;
    server.execute("postgres", "VACUUM ANALYZE customer")?;
    let medians = measure(&*store, count, teams).await?;
    print_row(&format!("PostgreSQL, {count} / {teams}"), &medians);
    let size = server.execute("postgres", "SELECT pg_total_relation_size('customer')")?;
    eprintln!("PostgreSQL, {count} / {teams}: {size} bytes");
    Ok(())
}

/// A batch of a thousand inserts may take longer than the default.
const FILLING: Duration = Duration::from_secs(60);

fn size(path: &Path) -> Result<u64, Failure> {
    Ok(std::fs::metadata(path)?.len())
}

async fn fill<S: CustomerStore + 'static>(
    store: &Arc<S>,
    count: u128,
    teams: u128,
) -> Result<(), Failure> {
    let fillers: Vec<_> = (0..FILLERS)
        .map(|filler| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                for batch in (filler..count.div_ceil(BATCH)).step_by(FILLERS as usize) {
                    fill_batch(&*store, batch, count, teams).await?;
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

/// A batch of one team.
async fn fill_batch<S: CustomerStore>(
    store: &S,
    batch: u128,
    count: u128,
    teams: u128,
) -> Result<(), Failure> {
    let team = team_of(batch % teams);
    let numbers = batch * BATCH..count.min((batch + 1) * BATCH);
    let inserts: Result<Vec<_>, _> = numbers
        .map(|number| Ok::<_, Failure>(Write::Insert(Box::new(named(number, team)?))))
        .collect();
    let clock = Arc::new(FnClock(|| customer_domain::Timestamp::MIN));
    for result in store.write_batch(team, inserts?, clock).await {
        match result {
            WriteResult::Insert(inserted) => inserted?,
            other => return Err(format!("{other:?}").into()),
        }
    }
    Ok(())
}

/// The medians of all queries, in milliseconds.
async fn measure<S: CustomerStore>(
    store: &S,
    count: u128,
    teams: u128,
) -> Result<[String; QUERIES.len()], Failure> {
    let team = team_of(0);
    // The batches of the first team.
    let numbers: Vec<_> = (0..count.div_ceil(BATCH))
        .step_by(teams as usize)
        .map(|batch| batch * BATCH)
        .collect();
    let mut medians = QUERIES.map(|_| String::new());
    for (median, (_, query)) in medians.iter_mut().zip(QUERIES) {
        let call = query()?;
        let mut times = Vec::new();
        let start = now();
        while times.len() < CALLS && (times.len() < 3 || start.elapsed() < MEASURED) {
            let number = numbers[times.len() * 7919 % numbers.len()];
            let called = now();
            run(store, team, &call, number).await?;
            times.push(called.elapsed());
        }
        times.sort_unstable();
        *median = format!("{:.2}", times[times.len() / 2].as_secs_f64() * 1_000.0);
    }
    Ok(medians)
}

async fn run<S: CustomerStore>(
    store: &S,
    team: TeamId,
    call: &Call,
    number: u128,
) -> Result<(), Failure> {
    match call {
        Call::Get => {
            let id = named(number, team)?.id();
            store
                .get(team, id)
                .await?
                .ok_or("the customer is missing")?;
        }
        Call::List(query) => {
            store.list(team, query).await?;
        }
    }
    Ok(())
}

fn print_row(first: &str, cells: &[String; QUERIES.len()]) {
    println!("| {first} | {} |", cells.join(" | "));
}

#[expect(clippy::disallowed_methods, reason = "a measurement needs a clock")]
fn now() -> Instant {
    Instant::now()
}
