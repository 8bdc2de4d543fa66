//! The core with the JSON reader of `sonic-rs`: the rules do not depend on the reader.

use std::hint::black_box;

use customer_domain::{Applied, Customer, CustomerPatch, Timestamp};

use super::{Outcome, Row, floor, ours};

/// The core, through `sonic-rs`.
pub(crate) struct OursSonic;

impl Row for OursSonic {
    type Record = Customer;
    type Merged = Applied;
    type Rejected = sonic_rs::Error;

    fn record(customer: &Customer) -> Customer {
        customer.clone()
    }

    fn apply(body: &[u8], record: Customer, now: Timestamp) -> Result<Applied, sonic_rs::Error> {
        let patch: CustomerPatch = sonic_rs::from_slice(body)?;
        Ok(record.apply(&patch, now))
    }

    /// The error of the reader has the violations only as a message, which is not compared.
    fn outcome(result: &Result<Applied, sonic_rs::Error>) -> Option<Outcome> {
        ours::merged(result.as_ref().ok()?)
    }
}

/// The floor with that reader.
pub(crate) struct FloorSonic;

impl Row for FloorSonic {
    type Record = ();
    type Merged = ();
    type Rejected = sonic_rs::Error;

    fn record(_: &Customer) {}

    fn apply(body: &[u8], (): (), _: Timestamp) -> Result<(), sonic_rs::Error> {
        let body: floor::Body<'_> = sonic_rs::from_slice(body)?;
        black_box(&body);
        Ok(())
    }

    fn outcome(result: &Result<(), sonic_rs::Error>) -> Option<Outcome> {
        assert!(result.is_ok(), "the floor reads the bodies of all cases");
        None
    }
}
