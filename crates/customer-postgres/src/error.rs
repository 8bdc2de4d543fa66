//! Errors: why a server cannot be used, and why an operation failed.

use std::error::Error as StdError;
use std::fmt;

use customer_domain::{CustomerId, StoreError, StoreErrorKind};
use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::engine::Engine;

/// A server cannot be used as a store.
///
/// Messages of the server while connecting are kept as the source: they contain no
/// values of customers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// There is no server, or it does not answer in time.
    #[error("the server cannot be reached")]
    Unreachable(#[source] Box<dyn StdError + Send + Sync>),
    /// The server rejects the user, the database, or a further connection.
    #[error("the server rejects the connection")]
    Rejected(#[source] tokio_postgres::Error),
    /// The trusted certificates cannot be read.
    #[error("the trusted certificates cannot be read")]
    Certificates(#[source] Box<dyn StdError + Send + Sync>),
    /// The connection must be encrypted, and the feature `tls` is off.
    #[error("the connection must be encrypted, and this build does not support it")]
    NoTls,
    /// The encoding of the database is not UTF-8, so that some names cannot be stored (S6).
    #[error("the encoding of the database is not UTF-8")]
    Encoding,
    /// Nodes of a distributed database acknowledge writes before they are on the disk
    /// (S4), or did not answer.
    #[error(
        "{nodes} nodes have synchronous_commit = off or did not answer: run \
         \"ALTER SYSTEM SET synchronous_commit = on\" and \"SELECT pg_reload_conf()\" on every node"
    )]
    NotDurable {
        /// The number of such nodes.
        nodes: i64,
    },
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
    /// The schema cannot be read or brought up to date: the user lacks the rights, or
    /// there is another table of the same name.
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
            PoolError::Backend(error) if error.as_db_error().is_some() => Self::Rejected(error),
            PoolError::Backend(error) => Self::Unreachable(error.into()),
            other => Self::Unreachable(other.into()),
        }
    }
}

/// Why an operation failed. No text of the server is kept, because its messages and
/// details contain values.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The server rejected the statement, which had no effect.
    #[error("PostgreSQL rejected the statement with SQLSTATE {0}")]
    Rejected(Box<str>),
    /// No connection could be opened, so nothing was sent.
    #[error("there is no connection to the server")]
    Disconnected,
    /// All connections stayed in use.
    #[error("all connections to the server are in use")]
    Busy,
    /// The deadline passed before the result of a read, or before a write was sent.
    #[error("the deadline passed")]
    Late,
    /// A read was sent and the connection was lost before its result.
    #[error("the connection was lost before the result")]
    Unanswered,
    /// A write was sent and it is not known whether it happened.
    #[error("the connection was lost or the deadline passed before the write was acknowledged")]
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
    /// The record, or the one that has its email address, changed between each write and
    /// the read after it.
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
            Error::Rejected(code) => kind_of(code),
            Error::Disconnected
            | Error::Busy
            | Error::Late
            | Error::Unanswered
            | Error::Restless => StoreErrorKind::Unavailable,
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

/// The kind by the class of the code, its first two characters (appendix A of
/// PostgreSQL's documentation).
fn kind_of(code: &str) -> StoreErrorKind {
    match code.get(..2) {
        // Connection, rolled back transaction, unavailable lock, resources, operator
        // intervention, disk.
        Some("08" | "40" | "53" | "55" | "57" | "58") => StoreErrorKind::Unavailable,
        // A standby does not accept writes.
        Some("25") => StoreErrorKind::Unavailable,
        Some("XX") if matches!(code, "XX001" | "XX002") => StoreErrorKind::Corrupt,
        Some(_) | None => StoreErrorKind::Internal,
    }
}

/// The result of a failed attempt.
#[derive(Debug)]
pub(crate) enum Failed {
    /// It had no effect and may succeed the next time.
    Again(Error),
    /// It had no effect, or that is not known, and must not be repeated.
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
            PoolError::Timeout(TimeoutType::Wait) => Self::Finally(Error::Busy),
            PoolError::Timeout(TimeoutType::Create | TimeoutType::Recycle)
            | PoolError::Backend(_)
            | PoolError::Closed
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(_) => Self::Again(Error::Disconnected),
        }
    }
}

impl Failed {
    /// For a statement that only reads or prepares.
    pub(crate) fn of_read(error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(answer) if is_transient(answer.code()) || is_lost(answer.code()) => {
                Self::Again(server_error(answer))
            }
            Some(answer) => Self::Finally(server_error(answer)),
            None => Self::Again(Error::Unanswered),
        }
    }

    /// For a statement that writes and is a transaction of its own, and for a commit.
    pub(crate) fn of_write(error: &tokio_postgres::Error, engine: Engine) -> Self {
        match error.as_db_error() {
            Some(answer) if !had_no_effect(answer, engine) => Self::Finally(Error::Unacknowledged),
            Some(answer) if is_transient(answer.code()) => Self::Again(server_error(answer)),
            Some(answer) => Self::Finally(server_error(answer)),
            None => Self::Finally(Error::Unacknowledged),
        }
    }
}

fn server_error(answer: &DbError) -> Error {
    Error::Rejected(answer.code().code().into())
}

/// Whether the error proves that the statement was undone. If the session ended with it,
/// the commit may have been done already.
fn had_no_effect(answer: &DbError, engine: Engine) -> bool {
    answer.parsed_severity() == Some(Severity::Error) && proves(answer.code(), engine)
}

/// Whether the code proves that the statement was undone.
///
/// A lost connection can be that from a pooler or from a node to another one. On a node
/// of a distributed database, neither a cancelled statement nor a lack of resources
/// proves anything about the other node.
fn proves(code: &SqlState, engine: Engine) -> bool {
    if *code == SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN || is_lost(code) {
        return false;
    }
    match engine {
        Engine::Single => true,
        Engine::Distributed => {
            !matches!(code.code().get(..2), None | Some("53" | "57" | "58" | "XX"))
        }
    }
}

/// A connection or a session ended.
fn is_lost(code: &SqlState) -> bool {
    code.code().starts_with("08")
        || [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
        ]
        .contains(code)
}

/// Whether the statement failed because of other transactions.
fn is_transient(code: &SqlState) -> bool {
    *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s5_the_class_of_a_code_determines_the_kind() {
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

    #[test]
    fn s5_only_some_codes_prove_that_a_write_did_not_happen() {
        for (code, single, distributed) in [
            ("23505", true, true),
            ("40001", true, true),
            ("40P01", true, true),
            ("25006", true, true),
            ("40003", false, false),
            ("08006", false, false),
            ("08P01", false, false),
            ("57P01", false, false),
            ("57P02", false, false),
            ("57P03", false, false),
            ("57014", true, false),
            ("53200", true, false),
            ("58030", true, false),
            ("XX000", true, false),
        ] {
            let code = SqlState::from_code(code);
            assert_eq!(proves(&code, Engine::Single), single, "{code:?}");
            assert_eq!(proves(&code, Engine::Distributed), distributed, "{code:?}");
        }
    }
}
