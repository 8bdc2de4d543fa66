//! The errors of a store.

use std::error::Error;

use crate::error_code::ErrorCode;
use crate::value::id::CustomerId;
use crate::violation::Violations;

/// Why a record was not inserted.
#[derive(Debug, thiserror::Error)]
pub enum InsertError {
    /// The team has a record with that id.
    #[error("the team already has a customer with this id")]
    IdTaken,
    /// The record with this id has the email address (S2).
    #[error("another customer of the team has this email address")]
    EmailTaken(CustomerId),
    /// The engine failed (S5).
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a record was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// The team has no record with that id.
    #[error("the team has no such customer")]
    NotFound,
    /// The record no longer has the version that was read (S3).
    #[error("the customer has another version")]
    VersionConflict,
    /// The record with this id has the email address (S2).
    #[error("another customer of the team has this email address")]
    EmailTaken(CustomerId),
    /// The engine failed (S5).
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a record was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// The team has no record with that id.
    #[error("the team has no such customer")]
    NotFound,
    /// The record does not have the expected version.
    #[error("the customer has another version")]
    VersionConflict,
    /// The engine failed (S5).
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a customer was not updated.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The team has no such customer (S1).
    #[error("the team has no such customer")]
    NotFound,
    /// The record does not have the expected version.
    #[error("the customer does not have the expected version")]
    VersionConflict,
    /// The customer with this id has the email address (S2).
    #[error("another customer of the team has this email address")]
    EmailTaken(CustomerId),
    /// In every attempt, another write came between the read and the write (S3).
    #[error("another write changed the customer during each attempt")]
    ConcurrentUpdate,
    /// The store failed (S5).
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a customer was neither inserted nor updated.
#[derive(Debug, thiserror::Error)]
pub enum UpsertError {
    /// There is no match, and the change does not have the values of a new customer.
    #[error(transparent)]
    Invalid(#[from] Violations),
    /// There is no match, and the team has a record with the new id.
    #[error("the team already has a customer with this id")]
    IdTaken,
    /// The customer with this id has the email address (S2).
    #[error("another customer of the team has this email address")]
    EmailTaken(CustomerId),
    /// In every attempt, another write came between the read and the write (S3).
    #[error("another write changed the customer during each attempt")]
    ConcurrentUpdate,
    /// The store failed (S5).
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the change log could not be read (S9).
#[derive(Debug, thiserror::Error)]
pub enum ChangesError {
    /// The store has no change log.
    #[error("the store has no change log")]
    Unsupported,
    /// The position is not one that this store returned.
    #[error("the position is not valid")]
    InvalidPosition,
    /// The entries after the position were pruned, or it belongs to another log, for
    /// example of a database that was restored. Read all records again.
    #[error("the position has expired")]
    Expired,
    /// The store failed (S5).
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The kind of a [`StoreError`]: what the caller can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The database is unreachable or overloaded. The write did not happen and may be
    /// retried.
    #[error("the store is unavailable")]
    Unavailable,
    /// The result of a write was lost: it may or may not have happened. Read the record
    /// before repeating it.
    #[error("it is unknown whether the write happened")]
    OutcomeUnknown,
    /// A stored record cannot be decoded (S8), or the file is damaged.
    #[error("stored data cannot be decoded")]
    Corrupt,
    /// Any other failure. The write did not happen.
    #[error("the store failed")]
    Internal,
}

/// The engine of a store failed (S5).
///
/// `Display` is the kind of failure, and the id of a corrupt record. The error of the
/// engine is the [`source`](Error::source), for the log; adapters ensure that it
/// contains no personal data.
#[derive(Debug, thiserror::Error)]
#[error("{kind}{}", .record.map(|id| format!(": customer {id}")).unwrap_or_default())]
pub struct StoreError {
    kind: StoreErrorKind,
    record: Option<CustomerId>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl StoreError {
    /// An error of that kind.
    #[must_use]
    pub const fn new(kind: StoreErrorKind) -> Self {
        Self {
            kind,
            record: None,
            source: None,
        }
    }

    /// Sets the id of the record whose row is corrupt.
    #[must_use]
    pub const fn with_record(mut self, id: CustomerId) -> Self {
        self.record = Some(id);
        self
    }

    /// Sets the error of the engine.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind of failure.
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// The record whose row is corrupt (S8), if its id is known.
    pub const fn record(&self) -> Option<CustomerId> {
        self.record
    }

    /// The code of the response (RULES, Responses).
    pub const fn code(&self) -> ErrorCode {
        match self.kind {
            StoreErrorKind::Unavailable => ErrorCode::StoreUnavailable,
            StoreErrorKind::OutcomeUnknown => ErrorCode::OutcomeUnknown,
            StoreErrorKind::Corrupt | StoreErrorKind::Internal => ErrorCode::InternalError,
        }
    }
}

impl UpdateError {
    /// The code of the response (RULES, Responses).
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::CustomerNotFound,
            Self::VersionConflict => ErrorCode::PreconditionFailed,
            Self::EmailTaken(_) => ErrorCode::EmailAlreadyExists,
            Self::ConcurrentUpdate => ErrorCode::ConcurrentUpdate,
            Self::Store(error) => error.code(),
        }
    }
}

impl InsertError {
    /// The code of the response (RULES, Responses). A taken id is an internal error,
    /// because the service generated it.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::IdTaken => ErrorCode::InternalError,
            Self::EmailTaken(_) => ErrorCode::EmailAlreadyExists,
            Self::Store(error) => error.code(),
        }
    }
}

impl DeleteError {
    /// The code of the response (RULES, Responses). A version conflict is
    /// `PRECONDITION_FAILED`: only an expected version causes one.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::CustomerNotFound,
            Self::VersionConflict => ErrorCode::PreconditionFailed,
            Self::Store(error) => error.code(),
        }
    }
}

impl UpsertError {
    /// The code of the response (RULES, Responses).
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::IdTaken => ErrorCode::InternalError,
            Self::EmailTaken(_) => ErrorCode::EmailAlreadyExists,
            Self::ConcurrentUpdate => ErrorCode::ConcurrentUpdate,
            Self::Store(error) => error.code(),
        }
    }
}

impl ChangesError {
    /// The code of the response (RULES, Responses).
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unsupported => ErrorCode::InternalError,
            Self::InvalidPosition => ErrorCode::ValidationFailed,
            Self::Expired => ErrorCode::CursorExpired,
            Self::Store(error) => error.code(),
        }
    }
}

impl From<ReplaceError> for UpdateError {
    fn from(error: ReplaceError) -> Self {
        match error {
            ReplaceError::NotFound => Self::NotFound,
            ReplaceError::VersionConflict => Self::VersionConflict,
            ReplaceError::EmailTaken(id) => Self::EmailTaken(id),
            ReplaceError::Store(error) => Self::Store(error),
        }
    }
}
