//! Measures the store: bytes per customer, and updates per second with one and with two
//! threads.
//!
//! ```sh
//! cargo run --release -p customer-memory --example footprint -- 1000000
//! ```
//!
//! The bytes are the growth of the resident set, so they include the tables, the index
//! and the overhead of the allocator. They are read from `/proc` and unknown without it.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use customer_domain::{
    Address, AddressField, Customer, CustomerId, CustomerPatch, CustomerStore, FnClock,
    NewCustomer, NullableUpdate, Precondition, TeamId, Timestamp, update_customer,
};
use customer_memory::MemoryStore;
use uuid::Uuid;

type Failure = Box<dyn Error + Send + Sync>;

/// The size of a memory page in `/proc/self/statm`.
const PAGE: usize = 4096;
const TEAMS: u128 = 100;
const PASSES: u128 = 4;
/// A prime, so that consecutive updates do not touch adjacent memory.
const STRIDE: u128 = 7919;
const ROUNDS: usize = 5;

fn main() -> Result<(), Failure> {
    let count = match std::env::args().nth(1) {
        Some(count) => count.parse()?,
        None => 1_000_000,
    };
    let store = Arc::new(MemoryStore::new());
    let before = resident();
    block_on(fill(&store, count))??;
    match (before, resident()) {
        (Some(before), Some(after)) => {
            let each = (after - before) / store.len().max(1);
            println!("{} customers, {each} bytes each", store.len());
        }
        _ => println!("{} customers, memory unknown", store.len()),
    }
    throughput(&store, count)
}

async fn fill(store: &MemoryStore, count: u128) -> Result<(), Failure> {
    for n in 0..count {
        store.insert(&typical(n)?).await?;
    }
    Ok(())
}

/// Updates per second of one thread and of two, each with its own records: the best of
/// several alternating rounds.
fn throughput(store: &Arc<MemoryStore>, count: u128) -> Result<(), Failure> {
    let (mut one, mut two) = (0.0_f64, 0.0_f64);
    for _ in 0..ROUNDS {
        one = one.max(updates_per_second(store, count, 1)?);
        two = two.max(updates_per_second(store, count, 2)?);
    }
    println!(
        "updates/s: {one:.0} with one thread, {two:.0} with two, ratio {:.2}",
        two / one
    );
    Ok(())
}

fn updates_per_second(
    store: &Arc<MemoryStore>,
    count: u128,
    threads: u128,
) -> Result<f64, Failure> {
    let running: Vec<_> = (0..threads)
        .map(|thread| {
            let store = Arc::clone(store);
            let share = count / threads;
            std::thread::spawn(move || block_on(update(&store, thread * share, share)))
        })
        .collect();
    let mut longest = Duration::ZERO;
    for thread in running {
        let taken = thread.join().map_err(|_| "a thread panicked")???;
        longest = longest.max(taken);
    }
    Ok((PASSES * (count / threads) * threads) as f64 / longest.as_secs_f64())
}

/// Updates `share` records, beginning with `first`, in an even number of passes.
#[expect(
    clippy::disallowed_methods,
    reason = "measures elapsed time, which is not part of any record"
)]
async fn update(store: &MemoryStore, first: u128, share: u128) -> Result<Duration, Failure> {
    let noon = Timestamp::parse("2026-11-23T12:00:00Z")?;
    let clock = Arc::new(FnClock(move || noon));
    let one = CustomerPatch::new().with_main_phone(NullableUpdate::Set("+14155550100".parse()?));
    let other = CustomerPatch::new().with_main_phone(NullableUpdate::Set("+14155550101".parse()?));
    let start = Instant::now();
    for n in 0..PASSES * share {
        let (team, id) = ids(first + n * STRIDE % share);
        // Passes alternate between two phone numbers, so that every update is a change.
        let patch = if (n / share).is_multiple_of(2) {
            &one
        } else {
            &other
        };
        let applied =
            update_customer(store, clock.clone(), team, id, patch, Precondition::Any).await?;
        if applied.changed().is_empty() {
            return Err("an update changed nothing".into());
        }
    }
    Ok(start.elapsed())
}

fn typical(n: u128) -> Result<Customer, Failure> {
    let (team, id) = ids(n);
    let street = format!("{n} Main Street");
    let address = Address::new([
        (AddressField::Street, &*street),
        (AddressField::City, "Springfield"),
        (AddressField::State, "IL"),
        (AddressField::ZipCode, "62701"),
        (AddressField::Country, "United States"),
    ])?;
    let customer = NewCustomer::new(
        format!("Acme Corporation {n}").parse()?,
        format!("contact{n}@customer.example").parse()?,
    )
    .with_main_phone(format!("+1415{n:07}").parse()?)
    .with_website(format!("https://www.customer{n}.example").parse()?)
    .with_billing_address(address)
    .into_customer(id, team, Timestamp::parse("2026-11-23T12:00:00Z")?);
    Ok(customer)
}

fn ids(n: u128) -> (TeamId, CustomerId) {
    let team = Uuid::from_u128(1 + n % TEAMS);
    let id = Uuid::from_u128((n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
    (team.into(), id.into())
}

fn resident() -> Option<usize> {
    let statistics = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = statistics.split(' ').nth(1)?.parse().ok()?;
    Some(pages * PAGE)
}

fn block_on<F: Future>(future: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    Ok(runtime.block_on(future))
}
