//! An in-memory [`CustomerStore`](customer_domain::CustomerStore).
//!
//! **All records are lost when the store is dropped or the process ends.** Use it in
//! tests, or as a copy of records that are stored elsewhere. Apart from durability (S4)
//! it satisfies the whole contract of a store, and it passes the same conformance suite
//! of `customer-testkit` as the persistent stores.
//!
//! ```
//! use std::sync::Arc;
//!
//! use customer_domain::{
//!     CustomerId, CustomerPatch, CustomerStore, FnClock, NewCustomer, Precondition, TeamId,
//!     Timestamp, create_customer, update_customer,
//! };
//! use customer_memory::MemoryStore;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::new();
//! let team = TeamId::parse("00000000-0000-0000-0000-000000000001")?;
//! let id = CustomerId::parse("67e55044-10b1-426f-9247-bb680e5fe0c8")?;
//! let noon = Timestamp::parse("2026-11-23T12:00:00Z")?;
//! let clock = Arc::new(FnClock(move || noon));
//!
//! let new = NewCustomer::new("Acme".parse()?, "Ann@acme.example".parse()?);
//! let acme = create_customer(&store, &clock, team, id, new).await?;
//!
//! let patch = CustomerPatch::from_json(br#"{"mainPhone": "+14155550100"}"#)?;
//! update_customer(&store, clock, team, id, patch, Precondition::Any).await?;
//!
//! let found = store.find_by_email(team, &acme.email().key()).await?;
//! assert_eq!(found.and_then(|c| c.main_phone().cloned()), Some("+14155550100".parse()?));
//! assert_eq!(store.len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Threads
//!
//! The records and the index of email addresses are each split into 64 shards, and each
//! shard has its own lock, so that threads rarely contend. An operation locks all shards
//! that it needs, always in the same order, and holds the locks until it is done. The
//! check of an email address and the write are therefore one step (S2), and so are the
//! check of the version and the write (S3). Methods wait only for locks, and no lock is
//! held across an `await`. A list or scan reads all records of all teams and blocks
//! writers meanwhile (S7).
//!
//! # Size
//!
//! A typical record with one address takes less than 800 bytes, including the index, the
//! tables and the overhead of the allocator. `examples/footprint.rs` measures it.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

mod log;
mod shards;
mod store;
mod sync;
mod table;

pub use store::MemoryStore;
