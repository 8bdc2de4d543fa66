//! `customer purge`: removes remaining copies of deleted values from a SQLite store.

use std::io;
use std::process::ExitCode;

use customer_domain::StoreError;
use customer_sqlite::{OpenError, SqliteStore};

use crate::args::PurgeArgs;
use crate::store_name::StoreName;

/// Why the store was not purged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PurgeError {
    /// Only SQLite stores are files.
    #[error("only a SQLite store can be purged, and not {0}; PostgreSQL has VACUUM")]
    NotSqlite(StoreName),
    /// The store cannot be opened.
    #[error("cannot open {store}")]
    Open {
        /// Its name.
        store: StoreName,
        /// The cause.
        source: OpenError,
    },
    /// The purge failed.
    #[error("cannot purge the store")]
    Purge(#[source] StoreError),
    /// The runtime cannot be started.
    #[error("cannot start")]
    Start(#[source] io::Error),
}

/// Purges the store.
///
/// # Errors
///
/// [`PurgeError`].
pub(crate) fn run(args: &PurgeArgs) -> Result<ExitCode, PurgeError> {
    let name = &args.kept.store;
    let StoreName::Sqlite(path) = name else {
        return Err(PurgeError::NotSqlite(name.clone()));
    };
    let store = SqliteStore::builder(path).existing().open();
    let store = store.map_err(|source| PurgeError::Open {
        store: name.clone(),
        source,
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(PurgeError::Start)?;
    runtime.block_on(store.purge()).map_err(PurgeError::Purge)?;
    Ok(ExitCode::SUCCESS)
}
