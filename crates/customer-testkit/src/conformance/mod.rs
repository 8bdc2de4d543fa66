//! The contract of a store, as named cases.
//!
//! A case is a function that tests one rule on a store. The store may be empty or shared:
//! every case uses new teams. The name of a case begins with the id of the rule. A case
//! returns a violation as a [`CaseFailure`], so that the suite itself can be tested on
//! broken stores.
//!
//! # In the tests of a store
//!
//! [`conformance!`](crate::conformance!) generates a test for each case. Its arguments
//! are the name of the module for the tests, and a function that opens a store, which is
//! called once per test:
//!
//! ```
//! # #[cfg(test)]
//! customer_testkit::conformance!(my_store, || async { MyStore::open().await });
//! ```
//!
//! If the store needs a directory, return a [`Guarded`](crate::Guarded) store. The tests
//! run on a `tokio` runtime with two threads.
//!
//! # In a program
//!
//! [`run_all`] runs every case and returns one report per case:
//!
//! ```no_run
//! # use customer_domain::DynCustomerStore;
//! # struct MyStore;
//! # impl MyStore {
//! #     async fn open() -> std::sync::Arc<dyn DynCustomerStore> {
//! #         unimplemented!()
//! #     }
//! # }
//! use customer_testkit::conformance::run_all;
//!
//! # #[tokio::main(flavor = "multi_thread", worker_threads = 2)]
//! # async fn main() {
//! let reports = run_all(|| async { MyStore::open().await }).await;
//! assert!(reports.iter().all(|report| report.outcome.is_ok()));
//! # }
//! ```
//!
//! # Persistence
//!
//! The cases of S4 need a function that closes a store and opens it again on the same
//! data: a [`Reopen`], given as the parameter `reopen` of the macro or to
//! [`run_reopening`]. **Without it, a store that persists nothing passes.** The macro
//! prints the names of these cases as skipped.
//!
//! # Corrupt rows
//!
//! Some cases of S8 need a row that cannot be decoded. They use a function that writes a
//! value into a row without the store: a [`Plant`], given as the parameter `plant` of the
//! macro or to [`run_planting`]. Without it, the macro prints the names of these cases as
//! skipped.
//!
//! # Duration
//!
//! Each race runs [`DEFAULT_ROUNDS`] rounds, or the number in the environment variable
//! [`ROUNDS_VARIABLE`].

mod as_tests;
mod batch_model;
mod check;
mod describe;
mod failure;
mod list;
pub(crate) mod samples;

pub mod batches;
pub mod cancellation;
pub mod change_log;
pub mod fidelity;
pub mod listing;
pub mod ordering;
pub mod persistence;
mod plant;
pub mod precedence;
pub mod races;
pub mod removal;
pub mod snapshots;
pub mod stored_values;
pub mod teams;
pub mod trait_object;
pub mod traversal;
pub mod uniqueness;
pub mod updates;
pub mod upserts;
pub mod use_cases;
pub mod versions;

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use customer_domain::{BoxFuture, CustomerStore};

pub use failure::{CaseFailure, CaseResult};
pub use persistence::Reopen;
pub use plant::{Plant, PlantedValue};
pub use races::{DEFAULT_ROUNDS, ROUNDS_VARIABLE};

/// The time limit of a case: a case that exceeds it has failed, because the store hangs.
const PATIENCE: Duration = Duration::from_secs(600);

/// A case and its result.
#[derive(Clone, Debug)]
pub struct Report {
    /// The name of the case.
    pub case: &'static str,
    /// The result.
    pub outcome: CaseResult,
}

/// A case: its name and its function.
#[derive(Clone, Copy, Debug)]
pub struct Case<S> {
    /// The name, which begins with the id of the rule.
    pub name: &'static str,
    /// Tests the rule on a store.
    pub run: fn(Arc<S>) -> BoxFuture<'static, CaseResult>,
}

/// Every case, in the order of the rules.
#[must_use]
pub fn cases<S: CustomerStore + 'static>() -> Vec<Case<S>> {
    macro_rules! list {
        ([] $($module:ident::$case:ident,)+) => {
            vec![$(Case {
                name: stringify!($case),
                run: |store| Box::pin($module::$case(store)),
            }),+]
        };
    }
    list::for_each_case!(list, [])
}

/// Runs the cases one after the other, each on a new store, and returns their reports in
/// the order of the rules. A case that panics has failed.
///
/// Requires a `tokio` runtime with more than one thread, so that the races are
/// concurrent. Cases that reopen the store (S4) or need a corrupt row (S8) are not
/// included: see [`run_reopening`] and [`run_planting`].
pub async fn run_all<S, F, Fut>(open: F) -> Vec<Report>
where
    S: CustomerStore + 'static,
    F: Fn() -> Fut,
    Fut: Future<Output = S>,
{
    run_cases(open, cases()).await
}

/// Runs some of the [`cases`], like [`run_all`].
pub async fn run_cases<S, F, Fut>(open: F, cases: Vec<Case<S>>) -> Vec<Report>
where
    S: CustomerStore + 'static,
    F: Fn() -> Fut,
    Fut: Future<Output = S>,
{
    let mut reports = Vec::new();
    for case in cases {
        let outcome = supervise((case.run)(Arc::new(open().await))).await;
        reports.push(Report {
            case: case.name,
            outcome,
        });
    }
    reports
}

/// Runs the cases that write a value without using the store, like [`run_all`].
pub async fn run_planting<S, F, Fut>(open: F, plant: Plant<S>) -> Vec<Report>
where
    S: CustomerStore + 'static,
    F: Fn() -> Fut,
    Fut: Future<Output = S>,
{
    macro_rules! run {
        ([] $($module:ident::$case:ident,)+) => {
            vec![$(Report {
                case: stringify!($case),
                outcome: supervise($module::$case(Arc::new(open().await), plant)).await,
            }),+]
        };
    }
    list::for_each_planting_case!(run, [])
}

/// Runs the cases that reopen the store, like [`run_all`].
pub async fn run_reopening<S, F, Fut>(open: F, reopen: Reopen<S>) -> Vec<Report>
where
    S: CustomerStore + 'static,
    F: Fn() -> Fut,
    Fut: Future<Output = S>,
{
    macro_rules! run {
        ([] $($module:ident::$case:ident,)+) => {
            vec![$(Report {
                case: stringify!($case),
                outcome: supervise($module::$case(open().await, reopen)).await,
            }),+]
        };
    }
    list::for_each_reopening_case!(run, [])
}

/// Prints that a case is skipped because the macro call has no such parameter, even if
/// the output of tests is captured.
#[doc(hidden)]
pub fn skip(case: &str, parameter: &str) {
    // Ignored: a closed standard error must not fail a test.
    let _ = writeln!(io::stderr(), "skipped {case}: it needs `{parameter} = …`");
}

/// Runs one case as a test: the body of the tests of
/// [`conformance!`](crate::conformance!). A panic has the location of the caller.
///
/// # Panics
///
/// If the case fails.
#[track_caller]
pub fn run_as_test<S, F, Fut, C, CaseFut>(open: F, case: C)
where
    S: CustomerStore + 'static,
    F: FnOnce() -> Fut,
    Fut: Future<Output = S>,
    C: FnOnce(S) -> CaseFut,
    CaseFut: Future<Output = CaseResult> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(async { supervise(case(open().await)).await }),
        Err(error) => panic!("the runtime for the test cannot be started: {error}"),
    };
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Runs a case in a separate task, so that a panic or a hanging store fails the case.
async fn supervise(case: impl Future<Output = CaseResult> + Send + 'static) -> CaseResult {
    let mut task = tokio::spawn(case);
    match tokio::time::timeout(PATIENCE, &mut task).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(CaseFailure::new(format!("S5: the store panicked: {panic}"))),
        Err(_) => {
            task.abort();
            Err(CaseFailure::new(format!(
                "S5: the case did not finish within {} s",
                PATIENCE.as_secs()
            )))
        }
    }
}
