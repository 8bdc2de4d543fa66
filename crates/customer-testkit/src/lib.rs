//! Test kit for implementations of the customer store.
//!
//! - [`conformance`](mod@conformance): the contract of a
//!   [`CustomerStore`](customer_domain::CustomerStore) as named cases. One line
//!   declares a test for each.
//! - [`model`]: an independent implementation of the rules, simple and slow, which
//!   shares no code with the core.
//! - [`differential`]: compares the core with the model, for one body.
//! - [`properties`]: properties that hold for every input, for fuzz targets and tests.
//! - [`generate`]: bodies, records and patches from arbitrary bytes.
//! - [`addresses`]: generated email addresses and websites.
//! - [`linearizability`]: checks that concurrent operations have the results of some
//!   sequential order.
//! - [`strategies`]: the generated values for `proptest`.
//! - [`FaultyStore`]: injects the faults of a [`FaultPlan`] into a store.
//! - [`ManualClock`]: a clock that the test sets.
//! - [`postgres`]: a PostgreSQL server for tests.
//! - [`Guarded`]: a store with the resources it needs, such as its directory.
//!
//! ```
//! // In the tests of a store:
//! # #[cfg(test)]
//! customer_testkit::conformance!(my_store, || async { MyStore::open().await });
//! ```

pub mod addresses;
pub mod conformance;
pub mod differential;
pub mod generate;
pub mod linearizability;
pub mod model;
pub mod postgres;
pub mod properties;
pub mod strategies;

/// The test vectors of the rules, one case per line. `vectors/README.md` describes the
/// format.
pub const VECTORS: &str = include_str!("../vectors/core.ndjson");

mod cancel;
mod clock;
mod faulty;
mod guarded;
mod ids;
mod random;
mod store_history;

pub use clock::ManualClock;
pub use faulty::{Fault, FaultPlan, FaultyStore};
pub use guarded::Guarded;
