//! What every store of customers is tested with.
//!
//! - [`conformance`](mod@conformance): the contract of a
//!   [`CustomerStore`](customer_domain::CustomerStore) as named cases. One line
//!   makes a test of each.
//! - [`model`]: an independent implementation of the rules, simple and slow, which
//!   shares no code with the core.
//! - [`differential`]: compares the core with the model, for one body.
//! - [`properties`]: properties of any input, for fuzz targets and tests.
//! - [`generate`]: bodies, records and patches from arbitrary bytes.
//! - [`linearizability`]: whether many clients at once see the store as one
//!   that does one thing after the other.
//! - [`strategies`]: the generated values for `proptest`.
//! - [`FaultyStore`]: a store that fails on purpose, by a [`FaultPlan`].
//! - [`ManualClock`]: a clock that is set by hand.
//! - [`postgres`]: a PostgreSQL server of a test's own.
//! - [`Guarded`]: a store together with what must live as long, such as the
//!   directory it is in.
//!
//! ```
//! // In the tests of a store:
//! # #[cfg(test)]
//! customer_testkit::conformance!(memory, || async { customer_memory::MemoryStore::new() });
//! ```

pub mod conformance;
pub mod differential;
pub mod generate;
pub mod linearizability;
pub mod model;
pub mod postgres;
pub mod properties;
pub mod strategies;

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
