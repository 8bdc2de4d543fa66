//! The errors of SQLite, and their kinds for the caller.

use customer_domain::{CustomerId, StoreError, StoreErrorKind};
use rusqlite::{ErrorCode, ffi};

/// A file cannot be opened as a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file is not a SQLite database, or is damaged.
    #[error("the file is not a SQLite database")]
    NotADatabase(#[source] rusqlite::Error),
    /// The database belongs to another application.
    #[error("the database belongs to another application")]
    OtherApplication,
    /// The database was written by a later version of this crate.
    #[error("the database has schema {found}, and this version knows schemas up to {known}")]
    NewerSchema {
        /// The schema of the file.
        found: i64,
        /// The latest schema this version knows.
        known: i64,
    },
    /// The derived keys of the records were computed by a later version of this crate.
    #[error("the keys have version {found}, and this version knows keys up to {known}")]
    NewerKeys {
        /// The version of the keys in the file.
        found: i64,
        /// The latest version of keys this version knows.
        known: i64,
    },
    /// There is no such file, and the store was not to create it.
    #[error("there is no such file")]
    NotFound,
    /// The file cannot be created: there is no such directory, or no permission.
    #[error("the file cannot be created")]
    CannotCreate(#[source] std::io::Error),
    /// The file cannot be written.
    #[error("the file cannot be written")]
    ReadOnly(#[source] rusqlite::Error),
    /// Another process locked the file for longer than [`BUSY_TIMEOUT`](crate::BUSY_TIMEOUT).
    #[error("the file is in use by another process")]
    Busy(#[source] rusqlite::Error),
    /// The file system cannot share memory between processes, as a network file
    /// system cannot.
    #[error("the file system does not allow a write-ahead log")]
    NoWriteAheadLog,
    /// A thread could not be started.
    #[error("a thread could not be started")]
    Thread(#[source] std::io::Error),
    /// Any other failure: no permission, a full disk.
    #[error("the file cannot be opened")]
    CannotOpen(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::NotADatabase(error),
            Some(ErrorCode::ReadOnly) => Self::ReadOnly(error),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(error),
            _ => Self::CannotOpen(error),
        }
    }
}

/// Why an operation failed. It is cloned for each write of a group.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Error {
    /// SQLite failed. Its message is not kept, because it could contain a value.
    #[error("SQLite failed with code {extended}")]
    Engine { kind: StoreErrorKind, extended: i32 },
    /// A commit failed on its way to the disk.
    #[error("the commit failed with code {extended}")]
    Commit { extended: i32 },
    /// A row cannot be decoded (S8).
    #[error("column {column} of a row has an invalid value")]
    Row {
        column: String,
        /// `None` if the id cannot be read either.
        id: Option<CustomerId>,
    },
    /// The version is above 2^63 - 1, the greatest integer of SQLite.
    #[error("the version is above the greatest integer of SQLite")]
    Version,
    /// A statement for one record wrote another number of rows.
    #[error("a statement for one record wrote {rows} rows")]
    Rows { rows: usize },
    /// The file was deleted, moved or replaced while it was open.
    #[error("the file was deleted, moved or replaced")]
    Replaced,
    /// The deadline of the store passed. Nothing was written.
    #[error("the deadline passed")]
    Deadline,
    /// The deadline of the store passed while the write was executed.
    #[error("the deadline passed during the write")]
    LateWrite,
    /// The threads of the store have ended.
    #[error("the store is closed")]
    Closed,
    /// The thread that writes has ended, and may have written.
    #[error("the store was closed before it answered")]
    Abandoned,
}

impl Error {
    /// Another connection has locked the file.
    pub(crate) const fn busy(extended: i32) -> Self {
        Self::Engine {
            kind: StoreErrorKind::Unavailable,
            extended,
        }
    }

    /// Whether the disk is full.
    pub(crate) const fn is_full(&self) -> bool {
        matches!(self, Self::Engine { extended, .. } if *extended == ffi::SQLITE_FULL)
    }

    /// Whether the error is about one record and not about the engine: other writes of
    /// the transaction are not affected.
    pub(crate) const fn is_of_record(&self) -> bool {
        matches!(self, Self::Row { .. } | Self::Version)
    }

    /// The failure to open another connection or file.
    pub(crate) fn from_open(error: OpenError) -> Self {
        match error {
            OpenError::NotADatabase(error)
            | OpenError::ReadOnly(error)
            | OpenError::Busy(error)
            | OpenError::CannotOpen(error) => Self::from(error),
            OpenError::OtherApplication
            | OpenError::NewerSchema { .. }
            | OpenError::NewerKeys { .. }
            | OpenError::NotFound
            | OpenError::CannotCreate(_)
            | OpenError::NoWriteAheadLog
            | OpenError::Thread(_) => Self::busy(ffi::SQLITE_CANTOPEN),
        }
    }

    /// A failure of a commit. A busy file was not written to.
    pub(crate) fn of_commit(error: &rusqlite::Error) -> Self {
        match Self::from(error) {
            Self::Engine {
                kind: StoreErrorKind::Unavailable,
                extended,
            } => Self::Engine {
                kind: StoreErrorKind::Unavailable,
                extended,
            },
            _ => Self::Commit {
                extended: extended_code(error),
            },
        }
    }
}

impl From<&rusqlite::Error> for Error {
    fn from(error: &rusqlite::Error) -> Self {
        let kind = match error.sqlite_error_code() {
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::OutOfMemory,
            ) => StoreErrorKind::Unavailable,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreErrorKind::Corrupt,
            _ => StoreErrorKind::Internal,
        };
        Self::Engine {
            kind,
            extended: extended_code(error),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::from(&error)
    }
}

fn extended_code(error: &rusqlite::Error) -> i32 {
    error.sqlite_error().map_or(0, |error| error.extended_code)
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Engine { kind, .. } => *kind,
            Error::Commit { .. } | Error::Abandoned | Error::LateWrite => {
                StoreErrorKind::OutcomeUnknown
            }
            Error::Row { .. } => StoreErrorKind::Corrupt,
            Error::Version | Error::Rows { .. } => StoreErrorKind::Internal,
            Error::Closed | Error::Replaced | Error::Deadline => StoreErrorKind::Unavailable,
        };
        let failure = match &error {
            Error::Row { id: Some(id), .. } => Self::new(kind).with_record(*id),
            _ => Self::new(kind),
        };
        failure.with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn s5_an_error_of_sqlite_has_the_kind_of_its_code() {
        use StoreErrorKind::{Corrupt, Internal, OutcomeUnknown, Unavailable};
        for (code, kind, of_commit) in [
            (ffi::SQLITE_BUSY, Unavailable, Unavailable),
            (ffi::SQLITE_LOCKED, Unavailable, Unavailable),
            (ffi::SQLITE_FULL, Unavailable, Unavailable),
            (ffi::SQLITE_CANTOPEN, Unavailable, Unavailable),
            (ffi::SQLITE_READONLY, Unavailable, Unavailable),
            (ffi::SQLITE_NOMEM, Unavailable, Unavailable),
            (ffi::SQLITE_CORRUPT, Corrupt, OutcomeUnknown),
            (ffi::SQLITE_NOTADB, Corrupt, OutcomeUnknown),
            (ffi::SQLITE_IOERR_FSYNC, Internal, OutcomeUnknown),
        ] {
            let error = failure(code);
            assert_eq!(StoreError::from(Error::from(&error)).kind(), kind, "{code}");
            let of_commit_kind = StoreError::from(Error::of_commit(&error)).kind();
            assert_eq!(of_commit_kind, of_commit, "{code}");
            let text = Error::from(&error).to_string();
            assert!(text.ends_with(&format!(" code {code}")), "{text}");
        }
    }

    #[test]
    fn an_error_of_sqlite_names_the_problem_of_the_file() {
        let opened = |code| OpenError::from(failure(code));
        assert!(matches!(
            opened(ffi::SQLITE_NOTADB),
            OpenError::NotADatabase(_)
        ));
        assert!(matches!(
            opened(ffi::SQLITE_CORRUPT),
            OpenError::NotADatabase(_)
        ));
        assert!(matches!(
            opened(ffi::SQLITE_READONLY),
            OpenError::ReadOnly(_)
        ));
        assert!(matches!(opened(ffi::SQLITE_BUSY), OpenError::Busy(_)));
        assert!(matches!(opened(ffi::SQLITE_LOCKED), OpenError::Busy(_)));
        assert!(matches!(opened(ffi::SQLITE_FULL), OpenError::CannotOpen(_)));
    }
}
