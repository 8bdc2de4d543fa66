//! This project, reading through the JSON reader of `sonic-rs`: a service that
//! uses a faster one keeps our rules.

use std::hint::black_box;

use customer_domain::{Applied, Customer, CustomerPatch, Timestamp};

use super::{Outcome, Row, floor, ours};

/// Ours, through `sonic-rs`.
pub(crate) struct OursSonic;

impl Row for OursSonic {
    type Record = Customer;
    type Merged = Applied;
    type Refused = sonic_rs::Error;

    fn record(customer: &Customer) -> Customer {
        customer.clone()
    }

    fn apply(body: &[u8], record: Customer, now: Timestamp) -> Result<Applied, sonic_rs::Error> {
        let patch: CustomerPatch = sonic_rs::from_slice(body)?;
        Ok(record.apply(&patch, now))
    }

    /// An error of the reader holds the violations as text, which is not
    /// compared.
    fn outcome(result: &Result<Applied, sonic_rs::Error>) -> Option<Outcome> {
        ours::merged(result.as_ref().ok()?)
    }
}

/// What is the floor of that reader.
pub(crate) struct FloorSonic;

impl Row for FloorSonic {
    type Record = ();
    type Merged = ();
    type Refused = sonic_rs::Error;

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
