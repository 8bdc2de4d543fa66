//! The floor: serde_json reads the body into borrowed fields.
//!
//! Nothing is validated, merged or allocated, so no implementation on top of serde_json
//! can cost less.

use std::hint::black_box;

use customer_domain::{Customer, Timestamp};
use serde::Deserialize;

use super::{Outcome, Row};

/// Reads a body into borrowed fields.
pub(crate) struct Floor;

/// The body.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only deserialized")]
pub(crate) struct Body<'b> {
    customer: Option<&'b str>,
    email: Option<&'b str>,
    main_phone: Option<&'b str>,
    website: Option<&'b str>,
    status: Option<&'b str>,
    #[serde(borrow)]
    billing_address: Option<Address<'b>>,
    #[serde(borrow)]
    shipping_address: Option<Address<'b>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only deserialized")]
struct Address<'b> {
    street: Option<&'b str>,
    city: Option<&'b str>,
    state: Option<&'b str>,
    zip_code: Option<&'b str>,
    country: Option<&'b str>,
}

impl Row for Floor {
    type Record = ();
    type Merged = ();
    type Rejected = serde_json::Error;

    fn record(_: &Customer) {}

    fn apply(body: &[u8], (): (), _: Timestamp) -> Result<(), serde_json::Error> {
        let body: Body<'_> = serde_json::from_slice(body)?;
        black_box(&body);
        Ok(())
    }

    fn outcome(result: &Result<(), serde_json::Error>) -> Option<Outcome> {
        assert!(result.is_ok(), "the floor reads the bodies of all cases");
        None
    }
}
