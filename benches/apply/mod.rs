//! The update: from the JSON body and the current record in memory to the merged record
//! with valid values, or to all violations.
//!
//! Each implementation is a [`Row`] of the tables.

use std::collections::BTreeSet;
use std::hint::black_box;

use customer_domain::{Customer, Timestamp};
use serde_json::Value;

pub(crate) mod cases;
pub(crate) mod floor;
pub(crate) mod ours;

#[cfg(feature = "peers")]
pub(crate) mod deserr;
#[cfg(feature = "peers")]
pub(crate) mod eserde;
#[cfg(feature = "peers")]
pub(crate) mod garde;
#[cfg(feature = "peers")]
pub(crate) mod hand_written;
#[cfg(feature = "peers")]
pub(crate) mod json_schema;
#[cfg(feature = "sonic")]
pub(crate) mod no_rules;
#[cfg(feature = "peers")]
pub(crate) mod plain;
#[cfg(feature = "sonic")]
pub(crate) mod sonic;
#[cfg(feature = "peers")]
pub(crate) mod struct_patch;
#[cfg(feature = "peers")]
pub(crate) mod validator;
#[cfg(feature = "peers")]
mod values;

use cases::Case;

/// The number of warm-up runs of an operation.
const WARM_UP: usize = 3;

/// An implementation of the update.
pub(crate) trait Row: 'static {
    /// The type of the record in memory.
    type Record: Clone + 'static;
    /// The result of a valid body.
    type Merged;
    /// The result of an invalid body.
    type Rejected;

    /// The record before the update.
    fn record(customer: &Customer) -> Self::Record;

    /// The measured operation. It takes an owned record, as a service has it after a read.
    ///
    /// # Errors
    ///
    /// If the body is invalid.
    fn apply(
        body: &[u8],
        record: Self::Record,
        now: Timestamp,
    ) -> Result<Self::Merged, Self::Rejected>;

    /// The result in a common form; `None` if this row has no comparable result.
    fn outcome(result: &Result<Self::Merged, Self::Rejected>) -> Option<Outcome>;
}

/// The result of the update in the common form that is compared.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The merged record, as JSON.
    Merged(Value),
    /// The field and the code of each violation.
    Rejected(BTreeSet<(String, String)>),
}

/// Replaces a value, and returns whether that changed it.
#[cfg(feature = "sonic")]
fn replace<T: PartialEq>(value: &mut T, new: Option<T>) -> bool {
    match new {
        Some(new) if new != *value => {
            *value = new;
            true
        }
        Some(_) | None => false,
    }
}

/// A body, the record that it updates, and the time of the update.
pub(crate) struct Job<R: Row> {
    /// Allocated like the body of a request, so that its alignment is the same in each
    /// build.
    body: Vec<u8>,
    record: R::Record,
    now: Timestamp,
}

impl<R: Row> Job<R> {
    /// The job of a case, after warm-up runs.
    ///
    /// # Panics
    ///
    /// If the result differs from that of the core.
    pub(crate) fn new(case: Case) -> Self {
        let job = Self {
            body: case.body().to_vec(),
            record: R::record(&case.record()),
            now: cases::now(),
        };
        job.check(case);
        for _ in 0..WARM_UP {
            job.run(job.record());
        }
        job
    }

    /// A record for [`run`](Self::run). Preparing it is not measured. A record of the core
    /// shares its values with the one in the job, like a record from the memory store.
    pub(crate) fn record(&self) -> R::Record {
        self.record.clone()
    }

    /// Executes the update and drops the result.
    pub(crate) fn run(&self, record: R::Record) {
        let result = R::apply(black_box(&self.body), black_box(record), self.now);
        drop(black_box(result));
    }

    fn check(&self, case: Case) {
        let result = R::apply(&self.body, self.record(), self.now);
        if let Some(outcome) = R::outcome(&result) {
            assert_eq!(outcome, ours::expected(case), "{case:?}");
        }
    }
}
