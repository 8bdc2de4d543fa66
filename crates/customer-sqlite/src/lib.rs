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
//! A store has a thread that writes, two that read single records, two that list, and
//! one for the deadlines. Each thread that uses the file has its own connection. The
//! futures wait for results and do not block; any executor can run them. A slow list
//! delays other lists, but neither reads of single records nor writes.
//!
//! # Deadlines
//!
//! Every operation has a deadline (S5), which [`SqliteStore::builder`] sets. A read that
//! is late, or whose future is dropped, is interrupted. A write that was not started
//! before its deadline, or before its future was dropped, is not executed; a late write
//! that was started is
//! [`OutcomeUnknown`](customer_domain::StoreErrorKind::OutcomeUnknown).
//!
//! # Durability
//!
//! The file is in write-ahead mode with `synchronous=FULL`: a write is acknowledged when
//! its transaction has been handed to the disk with `fsync`, and survives a kill of the
//! process and a loss of power (S4) if the disk keeps what it has acknowledged. Writes
//! that wait at the same time share one transaction (*group commit*), because the
//! `fsync` takes most of the time; each is acknowledged after it, and a rejected write
//! does not undo the others.
//!
//! A commit that failed on the way to the disk is
//! [`OutcomeUnknown`](customer_domain::StoreErrorKind::OutcomeUnknown): which part of it
//! the disk has is not known until the file is opened again.
//!
//! Every group of writes checks that the file was not deleted, moved or replaced, as
//! [`CustomerStore::check`](customer_domain::CustomerStore::check) does. What is written
//! to such a file is lost.
//!
//! # Lists
//!
//! There is an index per order (S7). A page without a total reads its ids from that index
//! up to the page, and then the rows of the page. A total or a search scans one index of
//! the team. A search in another order than that of the names reads the sort keys of its
//! hits, or, if there are more than 1,000, the index of the order until the page is full.
//!
//! # Erasure
//!
//! Deleted and replaced values are overwritten in place (`secure_delete`, S11). Copies
//! can remain in `-wal`, and on pages that were split when the file grew.
//! [`SqliteStore::purge`] removes them: run it after an erasure that must be complete, or
//! regularly, at a quiet time. Backups that were made before keep the values.
//!
//! # Change log
//!
//! Every change adds an entry to the change log of its team, in the same transaction (S9):
//! [`changes`](customer_domain::CustomerStore::changes) reads it, and
//! [`prune_changes`](customer_domain::CustomerStore::prune_changes) removes old entries. It
//! contains no values. Records of the first edition have no entries until they change.
//!
//! A position belongs to one file. [`SqliteStore::backup_to`] gives the copy a log of its
//! own, so that positions of the original expire there. After you restored a file that was
//! copied in another way, call [`SqliteStore::renew_change_log`] before the first write.
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
//! `search_key` can be outdated until an update changes one of these fields, which
//! computes them again. To remove the row instead, delete the customer.
//!
//! ```sql
//! UPDATE customer SET status = 'active'
//! WHERE uuid = x'67e5504410b1426f9247bb680e5fe0c8' AND status = 'ACTIVE';
//! ```
//!
//! # The file
//!
//! A new file can be read and written by its owner only, on file systems with
//! permissions. While it is open, there are two more files, `-wal` and `-shm`, with the
//! same permissions; copy `-wal` together with the file, or use
//! [`SqliteStore::backup_to`], which makes a complete copy while the store is in use.
//! Another process can open the file at the same time; writers wait for each other for up
//! to [`BUSY_TIMEOUT`], and all writes of a group wait together. The file must not be on
//! a network file system.
//!
//! Opening a file of an earlier version of this crate migrates it. Before that, close the
//! file in all processes of earlier versions; they cannot use it afterwards. The
//! migration to schema 6 moves the records to a new table, a batch per transaction, and
//! purges the file once. It needs free space of twice the size of the file, and takes
//! about a minute per million records.
//!
//! If the definition of the derived keys changed (V3, S7), opening recomputes them, a
//! batch of records per transaction. The log (crate `log`) reports the progress of both. After an
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
//! For more than one machine there is a store in PostgreSQL with the same contract.

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

mod backup;
mod builder;
mod changes;
mod connection;
mod error;
mod file;
mod keys;
mod list;
mod load;
mod migrations;
mod operations;
mod pragma;
mod purge;
mod reader;
mod rebuild;
mod row;
mod store;
mod timer;
mod update;
mod writer;

pub use builder::SqliteStoreBuilder;
pub use connection::BUSY_TIMEOUT;
pub use error::OpenError;
pub use load::SqliteLoad;
pub use store::SqliteStore;
