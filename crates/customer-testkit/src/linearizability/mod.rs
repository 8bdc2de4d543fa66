//! Checks linearizability: concurrent clients see each operation of a store as if it
//! happened at one moment between its call and its result.
//!
//! [`record()`] runs the concurrent clients of a [`Workload`] on a store and records a
//! [`History`] of calls and results. [`check`] searches for an order of the operations
//! that explains every result by the rules of a store. If there is none, the store has an
//! error that no single operation shows: a lost update, two owners of one address, or an
//! old value that was read after a newer one.
//!
//! An update is one operation. Writes are also submitted as batches of one (S10).
//!
//! An operation of unknown outcome (its result was lost, or its future was dropped) may
//! have happened at any time after its call, or not at all.
//!
//! [`check_histories`] records and checks a number of histories of a store:
//!
//! ```no_run
//! # use customer_domain::DynCustomerStore;
//! # struct MyStore;
//! # impl MyStore {
//! #     async fn open() -> std::sync::Arc<dyn DynCustomerStore> {
//! #         unimplemented!()
//! #     }
//! # }
//! use customer_testkit::linearizability::{Workload, check_histories};
//!
//! # #[tokio::main(flavor = "multi_thread", worker_threads = 2)]
//! # async fn main() -> Result<(), customer_testkit::linearizability::CheckError> {
//! check_histories(|| async { MyStore::open().await }, Workload::default(), 3).await
//! # }
//! ```

mod client;
mod error;
mod history;
mod model;
mod record;
mod recorder;
mod search;
mod world;

pub use error::{CheckError, Unexplained};
pub use history::{Answer, Call, History, Operation, Row, Submission};
pub use record::{audit, record};
pub use recorder::Recorder;
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

/// Records and checks that number of histories, each on a newly opened store. The seeds
/// are consecutive, starting with the seed of the workload.
///
/// Requires a `tokio` runtime with more than one thread, so that the clients are
/// concurrent. The stores may share a database, because every history uses new teams.
///
/// # Errors
///
/// The first history that is not linearizable.
pub async fn check_histories<S, F, Fut>(
    open: F,
    workload: Workload,
    count: usize,
) -> Result<(), CheckError>
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
