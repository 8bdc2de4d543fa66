//! What every store of customers is tested with.
//!
//! - [`conformance`](mod@conformance): the contract of a
//!   [`CustomerStore`](customer_domain::CustomerStore) as named cases. One line
//!   makes a test of each.
//! - [`Guarded`]: a store together with what must live as long, such as the
//!   directory it is in.
//!
//! ```
//! // In the tests of a store:
//! # #[cfg(test)]
//! customer_testkit::conformance!(memory, || async { customer_memory::MemoryStore::new() });
//! ```

pub mod conformance;

mod cancel;
mod guarded;
mod ids;

pub use guarded::Guarded;
