//! A [`CustomerStore`](customer_domain::CustomerStore) in PostgreSQL, for services with
//! more than one process or machine.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use customer_domain::{
//!     CustomerId, CustomerPatch, FnClock, Precondition, TeamId, Timestamp, update_customer,
//! };
//! use customer_postgres::{PostgresConfig, PostgresStore};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config: PostgresConfig = "postgres://billing:secret@db.internal/customers".parse()?;
//! let store = PostgresStore::connect(&config.max_connections(16)).await?;
//!
//! let team = TeamId::parse("00000000-0000-0000-0000-000000000001")?;
//! let id = CustomerId::parse("67e55044-10b1-426f-9247-bb680e5fe0c8")?;
//! let noon = Timestamp::parse("2026-11-23T12:00:00Z")?;
//! let clock = Arc::new(FnClock(move || noon));
//! let patch = CustomerPatch::from_json(br#"{"mainPhone": "+14155550100"}"#)?;
//! let applied = update_customer(&store, clock, team, id, patch, Precondition::Any).await?;
//! println!("changed: {}", applied.changed());
//! # Ok(())
//! # }
//! ```
//!
//! # The server
//!
//! PostgreSQL 12 or later, with a database in UTF-8 and any locale; tested with the
//! versions 15 and 18, and with Citus 13.2. Create a role and a database, and pass their [URL](PostgresConfig):
//!
//! ```sql
//! CREATE ROLE billing LOGIN PASSWORD '…';
//! CREATE DATABASE customers OWNER billing ENCODING 'UTF8' TEMPLATE template0;
//! ```
//!
//! The first [`connect`](PostgresStore::connect) creates its tables in the first schema of
//! the `search_path`: `customer`, `customer_schema` with the steps of the schema, and
//! `customer_change`, `customer_change_pruned` and `customer_log` for the change log.
//! Later versions of this crate add steps. Each is executed under a lock, so that several
//! processes can start at the same time.
//!
//! [`operating`] describes roles and grants, TLS, poolers, standbys, Citus, dumps,
//! timeouts, monitoring and the limits of scaling.
//!
//! If the definition of the derived keys changed (V3, S7), `connect` recomputes them, a
//! batch of records per transaction, and logs the progress. After an
//! interruption, the next `connect` continues. End all processes of earlier versions
//! before that: they write keys of the old definition. If two records of a team then have
//! one email key, the one with the smaller `(createdAt, uuid)` keeps it. The other one
//! gets a *conflict key*: it can be read, listed and updated, but `find_by_email` does not
//! return it until its email address changes. Its id is logged as a warning, and this
//! statement returns all such records:
//!
//! ```sql
//! SELECT team_id, uuid FROM customer WHERE strpos(email_key, chr(10)) > 0;
//! ```
//!
//! A record that cannot be decoded keeps its keys; its id is logged too.
//!
//! # Round trips
//!
//! | operation | round trips |
//! |---|---|
//! | get, find, list, scan, changes | 1 |
//! | create, replace, delete | 1, and 1 more to report a conflict |
//! | update | 2; if another write comes between, 2 more with a row lock |
//! | batch of any number of writes | 3 |
//!
//! Statements are prepared once per connection, with one further round trip each.
//!
//! # Durability and failures
//!
//! Each write is one transaction, and is acknowledged when its commit is on the disk of
//! the server (S4), also if `synchronous_commit` is off.
//!
//! A serialization failure, a deadlock and a failed connection have no effect; the
//! operation is repeated, up to six times with pauses of random length, for about half a
//! second in all and not beyond its deadline. A read whose connection was lost is
//! repeated. A write whose connection was lost, or whose deadline passed, may have
//! happened: it is not repeated, and reported as
//! [`OutcomeUnknown`](customer_domain::StoreErrorKind::OutcomeUnknown).
//!
//! An operation that is dropped, or whose deadline passes, cancels its statement and
//! closes its connection.
//!
//! # Change log
//!
//! Every write adds its entry to the change log (S9) in the same statement, so that it
//! costs no further round trip. [`changes`](customer_domain::CustomerStore::changes) reads
//! it:
//!
//! ```no_run
//! # use customer_domain::{CustomerStore, ReadFrom, TeamId};
//! # async fn follow(store: customer_postgres::PostgresStore, team: TeamId)
//! # -> Result<(), customer_domain::ChangesError> {
//! let page = store.changes(team, ReadFrom::Oldest, 1_000).await?;
//! for change in &page.changes {
//!     println!("{} {}: {}", change.id, change.kind.as_str(), change.fields);
//! }
//! let next = ReadFrom::Position(page.next);
//! # Ok(())
//! # }
//! ```
//!
//! Readers see an entry when all transactions that began to write before it have ended, in
//! any database of the server: usually at once, but a transaction that stays open delays
//! them. See [`operating`] for that, for pruning, and for what to do after a restore.
//! Citus has no change log: transaction ids of different workers cannot be compared, so
//! that `changes` returns [`Unsupported`](customer_domain::ChangesError::Unsupported).
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
//! whole row. To remove the row instead, delete the customer. A change by SQL has no entry
//! in the change log.
//!
//! ```sql
//! UPDATE customer SET status = 'active'
//! WHERE uuid = '67e55044-10b1-426f-9247-bb680e5fe0c8' AND status = 'ACTIVE';
//! ```
//!
//! # Personal data
//!
//! The messages of the server contain values, so that only the SQLSTATE of its errors is
//! kept. At log level `debug` the driver logs the parameters of statements; those of this
//! crate do not show strings. For the logs of the server see [`operating`].

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

#[doc = include_str!("../OPERATIONS.md")]
pub mod operating {}

mod batch;
mod changes;
mod config;
mod connection;
mod deadline;
mod engine;
mod error;
mod keys;
mod list;
mod log_id;
mod parameter;
mod pipeline;
mod pool;
mod retry;
mod row;
mod schema;
mod settings;
mod store;
#[cfg(feature = "tls")]
mod tls;
mod update;
mod url;
mod writes;

pub use config::PostgresConfig;
pub use error::ConnectError;
pub use pool::PoolStatus;
pub use store::PostgresStore;
pub use url::UrlError;
