//! Whether many clients at once see a store as if each operation happened at
//! one moment between its call and its return.
//!
//! A [`Workload`] says who does what; [`record()`] lets clients do it to a store
//! and writes down a [`History`] of calls and answers; [`check`] looks for an
//! order of the operations that explains every answer by the rules of a store.
//! If there is none, the store is broken in a way that no look at a single
//! operation shows: an update was lost, an address given twice, an old value
//! read after a new one.
//!
//! An operation whose outcome nobody knows (its answer was lost, or its future
//! was dropped) may have happened at any time after its call, or never.
//!
//! [`check_histories`] does all this for a store, as often as one likes:
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

mod history;
mod model;
mod record;
mod search;

pub use history::{Answer, Call, History, Operation, Row};
pub use record::{Workload, audit, record};
pub use search::{Refusal, check};

use std::sync::Arc;

use customer_domain::CustomerStore;

/// The environment variable with the number of histories to check.
pub const HISTORIES_VARIABLE: &str = "CUSTOMER_TESTKIT_HISTORIES";

/// The number of histories to check when nothing is said.
pub const DEFAULT_HISTORIES: usize = 50;

/// How many histories to check: what [`HISTORIES_VARIABLE`] says, or
/// [`DEFAULT_HISTORIES`].
#[must_use]
pub fn histories() -> usize {
    std::env::var(HISTORIES_VARIABLE)
        .ok()
        .and_then(|histories| histories.parse().ok())
        .unwrap_or(DEFAULT_HISTORIES)
}

/// Records and checks as many histories, each of a store that is opened for it,
/// with the seeds from that of the workload on.
///
/// It must be called on a `tokio` runtime, with more than one thread if the
/// clients are to run at once. The stores may share a database: every history
/// is in teams of its own.
///
/// # Errors
///
/// The first history that cannot be explained.
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
