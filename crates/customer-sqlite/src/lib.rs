//! A [`CustomerStore`](customer_domain::CustomerStore) in a SQLite file: the
//! embedded default.
//!
//! ```
//! use std::sync::Arc;
//!
//! use customer_domain::{
//!     CustomerId, CustomerPatch, FnClock, NewCustomer, Precondition, TeamId, Timestamp,
//!     create_customer, update_customer,
//! };
//! use customer_sqlite::SqliteStore;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("customers.db");
//! let store = SqliteStore::open(&path)?;
//! let team = TeamId::parse("00000000-0000-0000-0000-000000000001")?;
//! let id = CustomerId::parse("67e55044-10b1-426f-9247-bb680e5fe0c8")?;
//! let noon = Timestamp::parse("2026-11-23T12:00:00Z")?;
//! let clock = Arc::new(FnClock(move || noon));
//!
//! let new = NewCustomer::new("Acme".parse()?, "ann@acme.example".parse()?);
//! create_customer(&store, &clock, team, id, new).await?;
//!
//! let patch = CustomerPatch::from_json(br#"{"mainPhone": "+14155550100"}"#)?;
//! let applied = update_customer(&store, clock, team, id, patch, Precondition::Any).await?;
//! assert_eq!(applied.customer().version().get(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! # Threads and runtimes
//!
//! A store has one thread that writes and a few that read, each with a
//! connection of its own. The futures wait for their answers and block nothing;
//! any executor will do.
//!
//! # Durability
//!
//! The file is in write-ahead mode with `synchronous=FULL`: a write is
//! acknowledged when its transaction has been handed to the disk with `fsync`,
//! and is there after a kill of the process or a loss of power (S4), as far as
//! the disk keeps what it says it has. Writes that wait at the same time share
//! one transaction (*group commit*), because the `fsync` is what costs; each is
//! acknowledged only after it, and one that is refused does not undo the others.
//!
//! The answer to a commit that failed on the way to the disk is
//! [`OutcomeUnknown`](customer_domain::StoreErrorKind::OutcomeUnknown): what of
//! it the disk has is not known until the file is opened again.
//!
//! # Lists
//!
//! A list without a text to search for reads one page along an index when its
//! order is that of the names or the email addresses. Any other reads all
//! records of the team, or their search keys, on one of the two threads that
//! read (S7).
//!
//! # Corrupt rows
//!
//! A row that cannot be decoded, for example after a change by SQL, is *corrupt*
//! (S8): a value is missing, too long, blank or has control characters, the status
//! is unknown, or a time or the version is out of range. Reading it returns an error
//! of the kind [`Corrupt`](customer_domain::StoreErrorKind::Corrupt) with the id of
//! the record; its source names the column. A list skips it, logs its id as a
//! warning and returns it in [`corrupt`](customer_domain::CustomerPage::corrupt).
//!
//! To repair it, set the column that the error names to a valid value. If that is
//! `email`, `customer` or `main_phone`, the derived columns `email_key` and
//! `search_key` can be outdated until an update changes the customer: it writes the
//! whole row. To remove the row instead, delete the customer.
//!
//! ```sql
//! UPDATE customer SET status = 'active'
//! WHERE uuid = x'67e5504410b1426f9247bb680e5fe0c8' AND status = 'ACTIVE';
//! ```
//!
//! # The file
//!
//! Two more files stand beside it while it is open, `-wal` and `-shm`; do not
//! copy the one without the others. [`SqliteStore::backup_to`] makes a whole copy
//! while the store is in use. Another process may open the file at the same
//! time; writers wait for each other for up to [`BUSY_TIMEOUT`]. A network file
//! system will not do.
//!
//! Opening a file of an earlier version of this crate migrates it. Close the file
//! in all processes of earlier versions before that; they cannot use it afterwards.
//!
//! If the definition of the derived keys changed (V3, S7), opening recomputes them, a
//! batch of records per transaction. The log (crate `log`) reports the progress. After an
//! interruption, the next opening continues. Another process that opens the file in the
//! meantime takes part, or gets [`OpenError::Busy`]. If two records of a team then have
//! one email key, the one with the smaller `(createdAt, uuid)` keeps it. The other one
//! gets a *conflict key*: it can be read, listed and updated, but `find_by_email` does not
//! return it until its email address changes. Its id is logged as a warning, and this
//! statement returns all such records:
//!
//! ```sql
//! SELECT hex(team_id), hex(uuid) FROM customer WHERE instr(email_key, char(10)) > 0;
//! ```
//!
//! A record that cannot be decoded keeps its keys; its id is logged too.
//!
//! When one machine is no longer enough, the store for PostgreSQL keeps the same
//! contract.

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

mod connection;
mod error;
mod keys;
mod list;
mod migrations;
mod reader;
mod row;
mod store;
mod writer;

pub use connection::BUSY_TIMEOUT;
pub use error::OpenError;
pub use store::SqliteStore;
