//! How the server fails, and what of it is told.

use std::error::Error as StdError;
use std::fmt;

use customer_domain::{CustomerId, StoreError, StoreErrorKind};
use deadpool_postgres::PoolError;
use tokio_postgres::error::{DbError, Severity, SqlState};

/// A server cannot be used as a store.
///
/// What it says while one connects is kept as the source: no customer is in it
/// yet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// There is no server, or it does not answer in time.
    #[error("the server cannot be reached")]
    Unreachable(#[source] Box<dyn StdError + Send + Sync>),
    /// The server refuses the user, the database, or one connection more.
    #[error("the server refuses the connection")]
    Refused(#[source] tokio_postgres::Error),
    /// The certificates to trust cannot be read.
    #[error("the certificates to trust cannot be read")]
    Certificates(#[source] Box<dyn StdError + Send + Sync>),
    /// The connection must be encrypted, and the feature `tls` is off.
    #[error("the connection must be encrypted, and this build cannot do so")]
    NoTls,
    /// The database keeps text in another encoding than UTF-8, in which some
    /// names cannot be written (S6).
    #[error("the encoding of the database is not UTF-8")]
    Encoding,
    /// The schema was written by a later version of this crate.
    #[error("the database has schema {found}, and this version knows schemas up to {known}")]
    NewerSchema {
        /// The schema of the database.
        found: i32,
        /// The latest schema this version knows.
        known: i32,
    },
    /// The derived keys of the records were computed by a later version of this crate.
    #[error("the keys have version {found}, and this version knows keys up to {known}")]
    NewerKeys {
        /// The version of the keys in the database.
        found: i32,
        /// The latest version of keys this version knows.
        known: i32,
    },
    /// The schema cannot be read or brought up to date, because the user may not
    /// or a table of the name is another's.
    #[error("the schema cannot be brought up to date")]
    Schema(#[source] tokio_postgres::Error),
}

impl ConnectError {
    #[cfg(feature = "tls")]
    pub(crate) fn certificates(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Certificates(source.into())
    }
}

impl From<PoolError> for ConnectError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) if error.as_db_error().is_some() => Self::Refused(error),
            PoolError::Backend(error) => Self::Unreachable(error.into()),
            other => Self::Unreachable(other.into()),
        }
    }
}

/// Why an operation failed. No text of the server's is kept: its messages and
/// details repeat values.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The server answered that it did not do it.
    #[error("PostgreSQL refused with SQLSTATE {0}")]
    Refused(Box<str>),
    /// There is no connection to be had, so nothing was sent.
    #[error("there is no connection to the server")]
    Disconnected,
    /// All connections stayed in use.
    #[error("all connections to the server are in use")]
    Busy,
    /// A read was sent and its answer never came.
    #[error("the connection was lost before the answer")]
    Unanswered,
    /// A write was sent and its answer never came, or did not say.
    #[error("the connection was lost before the write was acknowledged")]
    Unacknowledged,
    /// A row cannot be decoded (S8).
    #[error("column {column} of a row has a value that no record has")]
    Row {
        column: String,
        id: Option<CustomerId>,
    },
    /// The version is above 2^63 - 1, the greatest integer of PostgreSQL.
    #[error("the version is above the greatest integer of PostgreSQL")]
    Version,
    /// The record, or the one that has its email address, changed between every
    /// write and read.
    #[error("the record kept changing")]
    Restless,
}

impl Error {
    /// A column has a value that no record has.
    pub(crate) fn of_column(column: impl fmt::Display, id: Option<CustomerId>) -> Self {
        let column = column.to_string();
        Self::Row { column, id }
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Refused(code) => kind_of(code),
            Error::Disconnected | Error::Busy | Error::Unanswered | Error::Restless => {
                StoreErrorKind::Unavailable
            }
            Error::Unacknowledged => StoreErrorKind::OutcomeUnknown,
            Error::Row { .. } => StoreErrorKind::Corrupt,
            Error::Version => StoreErrorKind::Internal,
        };
        let failure = match &error {
            Error::Row { id: Some(id), .. } => Self::new(kind).with_record(*id),
            _ => Self::new(kind),
        };
        failure.with_source(error)
    }
}

/// By the class of the code, its first two characters (PostgreSQL's
/// documentation, appendix A).
fn kind_of(code: &str) -> StoreErrorKind {
    match code.get(..2) {
        // The connection, a rolled back transaction, a lock that was not to be
        // had, resources, an operator's intervention, the disk.
        Some("08" | "40" | "53" | "55" | "57" | "58") => StoreErrorKind::Unavailable,
        // A standby takes no writes.
        Some("25") => StoreErrorKind::Unavailable,
        Some("XX") if matches!(code, "XX001" | "XX002") => StoreErrorKind::Corrupt,
        Some(_) | None => StoreErrorKind::Internal,
    }
}

/// What became of one attempt that failed.
#[derive(Debug)]
pub(crate) enum Failed {
    /// It did not happen and may go well the next time.
    Again(Error),
    /// It did not happen, or nobody knows, and must not be tried again.
    Finally(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Finally(error)
    }
}

impl From<PoolError> for Failed {
    fn from(error: PoolError) -> Self {
        match error {
            // Whoever waited for a connection has waited long enough.
            PoolError::Timeout(_) => Self::Finally(Error::Busy),
            PoolError::Backend(_)
            | PoolError::Closed
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(_) => Self::Again(Error::Disconnected),
        }
    }
}

impl Failed {
    /// Of a statement that only reads, or only prepares.
    pub(crate) fn of_read(error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(answer) if is_transient(answer.code()) => Self::Again(refused(answer)),
            Some(answer) => Self::Finally(refused(answer)),
            None => Self::Again(Error::Unanswered),
        }
    }

    /// Of a statement that writes, and is a transaction of its own.
    ///
    /// An error of the server's undid the statement. When the session ended with
    /// it, or nothing was heard, the commit may have been done already.
    pub(crate) fn of_write(error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(answer) if !undid_the_statement(answer) => Self::Finally(Error::Unacknowledged),
            Some(answer) if is_transient(answer.code()) => Self::Again(refused(answer)),
            Some(answer) => Self::Finally(refused(answer)),
            None => Self::Finally(Error::Unacknowledged),
        }
    }
}

fn refused(answer: &DbError) -> Error {
    Error::Refused(answer.code().code().into())
}

fn undid_the_statement(answer: &DbError) -> bool {
    answer.parsed_severity() == Some(Severity::Error)
        && *answer.code() != SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN
}

/// Whether others were in the way, who may be gone the next time.
fn is_transient(code: &SqlState) -> bool {
    *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s5_the_class_of_a_code_tells_the_kind() {
        for (code, kind) in [
            ("40001", StoreErrorKind::Unavailable),
            ("53300", StoreErrorKind::Unavailable),
            ("57014", StoreErrorKind::Unavailable),
            ("25006", StoreErrorKind::Unavailable),
            ("58030", StoreErrorKind::Unavailable),
            ("XX001", StoreErrorKind::Corrupt),
            ("XX000", StoreErrorKind::Internal),
            ("42501", StoreErrorKind::Internal),
            ("", StoreErrorKind::Internal),
        ] {
            assert_eq!(kind_of(code), kind, "{code}");
        }
    }
}
