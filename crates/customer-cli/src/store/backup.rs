//! `customer backup`: a copy of a SQLite store.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use customer_domain::StoreError;
use customer_sqlite::{OpenError, SqliteStore};

use crate::args::BackupArgs;
use crate::store_name::StoreName;

/// Why no copy was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    /// Only SQLite stores are files.
    #[error("only a SQLite store can be copied, and not {0}; for PostgreSQL use pg_dump")]
    NotSqlite(StoreName),
    /// The file of the store does not exist. Opening it would create it.
    #[error("{0} does not exist")]
    NoStore(StoreName),
    /// The store cannot be opened.
    #[error("cannot open {store}")]
    Open {
        /// Its name.
        store: StoreName,
        /// The cause.
        source: OpenError,
    },
    /// The target cannot be created: it exists, or its directory does not.
    #[error("cannot create {file}")]
    Create {
        /// The target.
        file: String,
        /// The cause.
        source: io::Error,
    },
    /// The copy failed, and was removed.
    #[error("cannot copy the store")]
    Copy(#[source] StoreError),
    /// The runtime cannot be started.
    #[error("cannot start")]
    Start(#[source] io::Error),
}

/// Copies the store to a new file.
///
/// # Errors
///
/// [`BackupError`]. An incomplete copy is removed.
pub(crate) fn run(args: &BackupArgs) -> Result<ExitCode, BackupError> {
    let name = &args.kept.store;
    let StoreName::Sqlite(path) = name else {
        return Err(BackupError::NotSqlite(name.clone()));
    };
    if !path.exists() {
        return Err(BackupError::NoStore(name.clone()));
    }
    let store = SqliteStore::open(path).map_err(|source| BackupError::Open {
        store: name.clone(),
        source,
    })?;
    create(&args.file, path)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(BackupError::Start)?;
    runtime
        .block_on(store.backup_to(&args.file))
        .inspect_err(|_| {
            // The copy is incomplete; if it stays, the error still says that it failed.
            let _ = fs::remove_file(&args.file);
        })
        .map_err(BackupError::Copy)?;
    Ok(ExitCode::SUCCESS)
}

/// Creates the empty target, so that an existing file is never overwritten, with the
/// permissions of the original.
fn create(target: &Path, original: &Path) -> Result<(), BackupError> {
    let create = || {
        let file = fs::File::create_new(target)?;
        file.set_permissions(fs::metadata(original)?.permissions())
    };
    create().map_err(|source| BackupError::Create {
        file: target.display().to_string(),
        source,
    })
}
