//! The contract of a store, as named cases.
//!
//! A case is a function of this module tree that is handed an empty store, or
//! one that others use too: every case works in teams of its own. Its name
//! begins with the rule it tries. It returns what it saw the store do wrong, so
//! that a store which is broken on purpose can be shown to be caught.
//!
//! # In the tests of a store
//!
//! [`conformance!`](crate::conformance!) makes a test of every case. It takes a
//! name for the module they are in, and a function that opens a store, anew for
//! every case:
//!
//! ```
//! # #[cfg(test)]
//! customer_testkit::conformance!(memory, || async { customer_memory::MemoryStore::new() });
//! ```
//!
//! It may be asynchronous, and hand out a [`Guarded`](crate::Guarded) store
//! where a directory must outlive it. The tests run on a `tokio` runtime of two
//! threads.
//!
//! # In a program
//!
//! [`run_all`] runs every case and reports on each:
//!
//! ```
//! use customer_memory::MemoryStore;
//! use customer_testkit::conformance::run_all;
//!
//! # #[tokio::main(flavor = "multi_thread", worker_threads = 2)]
//! # async fn main() {
//! let reports = run_all(|| async { MemoryStore::new() }).await;
//! assert!(reports.iter().all(|report| report.outcome.is_ok()));
//! # }
//! ```
//!
//! # Corrupt rows
//!
//! Some cases need a row that cannot be decoded (S8). The parameter `plant` of the
//! macro, and [`run_planting`], take a function that writes a value into a row past
//! the store: a [`Plant`]. Without it the macro prints the names of these cases as
//! skipped.
//!
//! # How long
//!
//! The races run [`DEFAULT_ROUNDS`] rounds, or as many as the environment
//! variable [`ROUNDS_VARIABLE`] says.

mod as_tests;
mod check;
mod list;
mod rivalled;
pub(crate) mod samples;

pub mod cancellation;
pub mod fidelity;
pub mod listing;
mod plant;
pub mod precedence;
pub mod races;
pub mod removal;
pub mod stored_values;
pub mod teams;
pub mod trait_object;
pub mod uniqueness;
pub mod use_cases;
pub mod versions;

use std::fmt;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use customer_domain::{BoxFuture, CustomerStore};

pub use plant::{Plant, PlantedValue};
pub use races::{DEFAULT_ROUNDS, ROUNDS_VARIABLE};

/// A case that takes longer has failed: the store hangs.
const PATIENCE: Duration = Duration::from_secs(600);

/// What a case found.
pub type CaseResult = Result<(), CaseFailure>;

/// What a store did against the contract: one sentence that begins with the id
/// of the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFailure(String);

impl CaseFailure {
    /// A failure, told in a sentence that begins with the id of the rule.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for CaseFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CaseFailure {}

/// A case and what it found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The name of the case.
    pub case: &'static str,
    /// What it found.
    pub outcome: CaseResult,
}

/// A case: its name, and the function, which is handed a store.
#[derive(Clone, Copy, Debug)]
pub struct Case<S> {
    /// The name, which begins with the id of the rule.
    pub name: &'static str,
    /// Tries the rule on a store.
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

/// Runs every case on a store of its own, one after the other, and reports on
/// each in the order of the rules. A case that panics has failed.
///
/// It must be called on a `tokio` runtime, with more than one thread if the
/// races are to be races.
pub async fn run_all<S, F, Fut>(open: F) -> Vec<Report>
where
    S: CustomerStore + 'static,
    F: Fn() -> Fut,
    Fut: Future<Output = S>,
{
    let mut reports = Vec::new();
    for case in cases() {
        let outcome = supervise((case.run)(Arc::new(open().await))).await;
        reports.push(Report {
            case: case.name,
            outcome,
        });
    }
    reports
}

/// Runs every case that plants a value, like [`run_all`].
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

/// Prints, even where the output of tests is captured, that a case is skipped
/// because there is no [`Plant`].
#[doc(hidden)]
pub fn skip(case: &str) {
    // A test does not fail because its standard error is closed.
    let _ = writeln!(io::stderr(), "skipped {case}: the store plants no rows");
}

/// Runs one case as a test: what [`conformance!`](crate::conformance!) makes of
/// each.
///
/// # Panics
///
/// When the case fails.
pub fn run_as_test<S, F, Fut, C, CaseFut>(open: F, case: C)
where
    S: CustomerStore + 'static,
    F: FnOnce() -> Fut,
    Fut: Future<Output = S>,
    C: FnOnce(Arc<S>) -> CaseFut,
    CaseFut: Future<Output = CaseResult> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(async { supervise(case(Arc::new(open().await))).await }),
        Err(error) => panic!("the runtime for the test cannot be started: {error}"),
    };
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Runs a case in a task of its own, so that a panic and a store that hangs are
/// failures like others.
async fn supervise(case: impl Future<Output = CaseResult> + Send + 'static) -> CaseResult {
    let mut task = tokio::spawn(case);
    match tokio::time::timeout(PATIENCE, &mut task).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(CaseFailure::new(format!("S5: the store panicked: {panic}"))),
        Err(_) => {
            task.abort();
            Err(CaseFailure::new(format!(
                "S5: the store was not done after {} s",
                PATIENCE.as_secs()
            )))
        }
    }
}
