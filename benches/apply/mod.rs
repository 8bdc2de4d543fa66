//! The job APPLY: from the bytes of a patch and the record in memory to the
//! merged record, every value of it valid, or to all that is wrong.
//!
//! Each way of doing it is a [`Row`] of the tables.

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

/// How often an operation runs before it is measured.
const WARM_UP: usize = 3;

/// A way of doing the job.
pub(crate) trait Row: 'static {
    /// The record as this way keeps it in memory.
    type Record: Clone + 'static;
    /// The result of a valid body.
    type Merged;
    /// The result of an invalid body.
    type Rejected;

    /// The record to begin with.
    fn record(customer: &Customer) -> Self::Record;

    /// The job. It takes the record, as a service has it after a read.
    ///
    /// # Errors
    ///
    /// If the body is invalid.
    fn apply(
        body: &[u8],
        record: Self::Record,
        now: Timestamp,
    ) -> Result<Self::Merged, Self::Rejected>;

    /// What came of it, to be compared; `None` where nothing comes of it.
    fn outcome(result: &Result<Self::Merged, Self::Rejected>) -> Option<Outcome>;
}

/// What came of the job, in a form that all ways have in common.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The merged record, as JSON.
    Merged(Value),
    /// Field and code of each violation.
    Rejected(BTreeSet<(String, String)>),
}

/// Puts a value in the place of another one: whether it was another.
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

/// A body, the record it is meant for, and when.
pub(crate) struct Job<R: Row> {
    /// On the heap, as that of a request, and so aligned alike in every build.
    body: Vec<u8>,
    record: R::Record,
    now: Timestamp,
}

impl<R: Row> Job<R> {
    /// The job of a case, done before, so that what is measured is not the first
    /// time.
    ///
    /// # Panics
    ///
    /// When something else comes of it than of ours.
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

    /// A record for [`run`](Self::run), which is not part of what is measured. A record
    /// of ours shares its values with the one that is kept here, as with that of the
    /// store in memory.
    pub(crate) fn record(&self) -> R::Record {
        self.record.clone()
    }

    /// Does the job, and drops the result.
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
