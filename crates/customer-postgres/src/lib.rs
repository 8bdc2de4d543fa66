//! A [`CustomerStore`](customer_domain::CustomerStore) in PostgreSQL: for those
//! who outgrow one machine.
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
//! PostgreSQL with a database in UTF-8, whatever its locale; tried on version 15,
//! and nothing is used that version 12 has not. Make a user and a database, and
//! say where they are by [URL](PostgresConfig):
//!
//! ```sql
//! CREATE ROLE billing LOGIN PASSWORD '…';
//! CREATE DATABASE customers OWNER billing ENCODING 'UTF8' TEMPLATE template0;
//! ```
//!
//! The first [`connect`](PostgresStore::connect) makes two tables in the first
//! schema of the user's `search_path`: `customer`, and `customer_schema` with the
//! steps that were taken. Later versions of this crate add steps. They are taken
//! under a lock, so that several processes may start at once.
//!
//! If the definition of the derived keys changed (V3, S7), `connect` recomputes them, a
//! batch of records per transaction. The log (crate `log`) reports the progress. After an
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
//! # Durability and failures
//!
//! Each write is one statement and a transaction of its own, so nothing is ever
//! half written and no lock outlives a round trip. It is acknowledged once its
//! commit is on the server's disk (S4): `synchronous_commit=off` is overruled.
//! What a loss of the server's machine can take is a matter of its replicas,
//! `synchronous_standby_names`.
//!
//! A serialisation failure, a deadlock and a connection that cannot be had did
//! nothing and are tried again, up to six times with pauses of random length, for
//! about half a second in all. A read whose answer was lost is asked again. A
//! write whose answer was lost may have been done: it is neither repeated nor
//! reported as failed, but as
//! [`OutcomeUnknown`](customer_domain::StoreErrorKind::OutcomeUnknown).
//!
//! An operation waits for a connection for up to [`WAIT_FOR_CONNECTION`]. How
//! long the server may take for a statement is its own affair, set with
//! `?options=-c%20statement_timeout%3D5s`.
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
//! WHERE uuid = '67e55044-10b1-426f-9247-bb680e5fe0c8' AND status = 'ACTIVE';
//! ```
//!
//! # Past one machine
//!
//! Every key and every index begins with `team_id`, and no statement spans two
//! teams. So reads can go to replicas where a service can bear their delay, and
//! the table can be distributed by team: by hash over the nodes of an extension
//! such as Citus (`SELECT create_distributed_table('customer', 'team_id')`), or
//! by range on an engine that speaks PostgreSQL's protocol. Such engines answer
//! with serialisation failures as a matter of course, which are tried again
//! here.
//!
//! # Personal data
//!
//! The server's messages repeat values, so of its errors only the SQLSTATE is
//! kept. At log level `debug` the driver logs the parameters of statements; those
//! of this crate do not show strings. The server has logs of its own:
//! `log_parameter_max_length_on_error` is 0 unless somebody set it.

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

mod batch;
mod config;
mod connection;
mod deadline;
mod error;
mod keys;
mod list;
mod parameter;
mod pipeline;
mod retry;
mod row;
mod schema;
mod settings;
mod store;
#[cfg(feature = "tls")]
mod tls;
mod update;
mod url;

pub use config::PostgresConfig;
pub use error::ConnectError;
pub use store::PostgresStore;
pub use url::UrlError;
