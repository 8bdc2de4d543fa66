//! Checks that concurrent clients see each operation of a store as if it happened at one
//! moment between its call and its result.
//!
//! [`record()`] lets the clients of a [`Workload`] use a store concurrently and records a
//! [`History`] of calls and results. [`check`] searches for an order of the operations
//! that explains every result by the rules of a store. If there is none, the store is
//! broken in a way that no single operation shows: an update was lost, an address has two
//! owners, an old value was read after a new one.
//!
//! An update is one operation. Writes are also submitted as batches of one (S10).
//!
//! An operation of unknown outcome (its result was lost, or its future was dropped) may
//! have happened at any time after its call, or not at all.
//!
//! [`check_histories`] does this for a store and a number of histories:
//!
//! ```
//! use customer_memory::MemoryStore;
//! use customer_testkit::linearizability::{Workload, check_histories};
//!
//! # #[tokio::main(flavor = "multi_thread", worker_threads = 2)]
//! # async fn main() -> Result<(), customer_testkit::linearizability::Refusal> {
//! check_histories(|| async { MemoryStore::new() }, Workload::default(), 3).await
//! # }
//! ```

mod client;
mod history;
mod model;
mod record;
mod recorder;
mod refusal;
mod search;
mod world;

pub use history::{Answer, Call, History, Operation, Row, Submission};
pub use record::{audit, record};
pub use recorder::Recorder;
pub use refusal::{Refusal, Unexplained};
pub use search::check;
pub use world::{FirstVersion, Workload};

use std::sync::Arc;

use customer_domain::CustomerStore;

/// The environment variable with the number of histories to check.
pub const HISTORIES_VARIABLE: &str = "CUSTOMER_TESTKIT_HISTORIES";

/// The default number of histories to check.
pub const DEFAULT_HISTORIES: usize = 50;

/// The number of histories to check: that of [`HISTORIES_VARIABLE`], or
/// [`DEFAULT_HISTORIES`].
#[must_use]
pub fn histories() -> usize {
    std::env::var(HISTORIES_VARIABLE)
        .ok()
        .and_then(|histories| histories.parse().ok())
        .unwrap_or(DEFAULT_HISTORIES)
}

/// Records and checks that number of histories, each on a newly opened store, with
/// ascending seeds from that of the workload.
///
/// Call it on a `tokio` runtime with more than one thread, so that the clients are
/// concurrent. The stores may share a database: every history uses teams of its own.
///
/// # Errors
///
/// The first history that is not linearizable.
pub async fn check_histories<S, F, Fut>(
    open: F,
    workload: Workload,
    count: usize,
) -> Result<(), Refusal>
where
    S: CustomerStore + 'static,
    F: Fn() -> Fut,
    Fut: Future<Output = S>,
{
    for seed in (workload.seed..).take(count) {
        let store = Arc::new(open().await);
        let mut history = record(&store, Workload { seed, ..workload }).await;
        audit(&*store, &mut history).await;
        check(&history)?;
    }
    Ok(())
}
