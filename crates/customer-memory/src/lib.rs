//! A [`CustomerStore`](customer_domain::CustomerStore) in memory.
//!
//! **It forgets everything when it is dropped, at the end of the process at the
//! latest.** It is for tests, and for services that keep their customers
//! elsewhere and hold a copy here. Otherwise it keeps every rule of a store: it
//! passes the suite of `customer-testkit`, as the stores that write to a disk do.
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
//! The records, and the index of the email addresses, are each spread over 64
//! shards with a lock of their own, so that threads rarely meet. What an
//! operation touches is locked together and always in one order, which is what
//! makes it one step: the check of an email address and the write of the record
//! (S2), the check of the version and the write (S3). No method waits for
//! anything but a lock, and no lock is held across an `await`. A list goes
//! through all records of all teams, and writers wait for it (S7).
//!
//! # Size
//!
//! A typical record with one address takes under 800 bytes, index, tables and
//! the allocator's share included. `examples/footprint.rs` measures it.

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

mod shards;
mod store;
mod table;

pub use store::MemoryStore;
