//! Bulk updates (B2).

use std::hint::black_box;

use customer_domain::{Accepted, BulkUpdate, Customer, ReadOptions, Timestamp};

use crate::apply::cases::{Case, now};

/// The number of rows of the body.
const ROWS: usize = 50;

/// A bulk update whose rows are all the body of a case, and the record that they update.
pub(crate) struct Bulk {
    body: Vec<u8>,
    record: Customer,
    now: Timestamp,
}

impl Bulk {
    /// The bulk update of a case, executed once as a warm-up.
    ///
    /// # Panics
    ///
    /// If the body of the case is not a valid update, or the result of a row differs from
    /// that of the single update.
    pub(crate) fn new(case: Case) -> Self {
        let record = case.record();
        let row = case.body().strip_prefix(b"{").expect("an object");
        let row = [format!("{{\"uuid\":\"{}\",", record.id()).as_bytes(), row].concat();
        let rows = vec![row; ROWS].join(&b',');
        let body = [br#"{"customers":["#, rows.as_slice(), b"]}"].concat();
        let now = now();
        let bulk = Self { body, record, now };
        bulk.run(bulk.records(), |updated| {
            assert_eq!(*updated, case.updated_record(), "{case:?}");
        });
        bulk
    }

    /// The records of the rows. Preparing them is not measured.
    pub(crate) fn records(&self) -> Vec<Customer> {
        vec![self.record.clone(); ROWS]
    }

    /// Reads the body, merges each row into its record, and drops the results.
    ///
    /// # Panics
    ///
    /// If the body is invalid.
    pub(crate) fn run(&self, records: Vec<Customer>, check: impl Fn(&Customer)) {
        let body = black_box(&self.body);
        let bulk = BulkUpdate::read_json(body, ReadOptions::new()).expect("a valid frame");
        for (row, record) in bulk.value.into_rows().into_iter().zip(records) {
            let Accepted { value, warnings } = row.expect("a valid row");
            let applied = record.apply(&value.patch, self.now);
            check(applied.customer());
            drop(black_box((applied, warnings)));
        }
    }
}
