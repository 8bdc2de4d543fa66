//! The port: what a place that keeps customers must do, and how it fails.

use std::error::Error;
use std::fmt;
use std::future::Future;

use crate::customer::Customer;
use crate::error_code::ErrorCode;
use crate::list::{CustomerPage, ListQuery};
use crate::value::email::EmailKey;
use crate::value::id::{CustomerId, TeamId};
use crate::value::version::Version;

/// A place that keeps customers.
///
/// # The contract
///
/// - **S1** Every operation is within one team: what another team has is not
///   found, not changed and in nobody's way. `insert` and `replace` take the
///   team from the record.
/// - **S2** A team has at most one customer of an [`EmailKey`], under any
///   interleaving of any operations. The check and the write are one atomic
///   step: a unique index, a lock over both, never a look-up and then a write.
///   A record never conflicts with itself, and the key it gave up is free at
///   once.
/// - **S3** `replace` writes only over the version that was read. Of two
///   replaces that name the same version, one wins and the other is told
///   [`ReplaceError::VersionConflict`].
/// - **S4** Where records are meant to be kept, `Ok` means that the write is
///   durable and survives the kill of the process at any later point.
/// - **S5** A failure of the engine is a [`StoreError`], never one of the
///   outcomes, and nothing is half written: after any error but
///   [`StoreErrorKind::OutcomeUnknown`] the write did not happen.
/// - **S6** A record comes back exactly as it went in: every code point, every
///   microsecond, the version, the order of the contacts. One that cannot be
///   read back by the rules of the values is [`StoreErrorKind::Corrupt`].
/// - **S7** `list` finds the records of the team whose
///   [`SearchKey`](crate::SearchKey) holds the folded text that is searched
///   for, all of them without one; in the order of the query, by the bytes of
///   the keys it names, and by the id where they are the same, so that every
///   record is on one page. The page and the total are of one moment.
///   [`ListQuery::page_of`] says it as code.
/// - When more than one outcome applies to a `replace`, not found comes first,
///   then the version conflict, then the email; for an `insert`, the id first.
/// - A future that is dropped before it is done may or may not have written;
///   if it did, it wrote all of it.
///
/// `customer-testkit` has a suite that tries all of this on any store.
///
/// # Implementing it
///
/// The futures must be [`Send`]; `async fn` in the implementation is enough. No
/// runtime is named here. Where a trait object is needed, every store is a
/// [`DynCustomerStore`](crate::DynCustomerStore) as well, and `Arc<dyn DynCustomerStore>` is a store:
///
/// ```
/// use std::sync::Arc;
/// use customer_domain::{CustomerStore, DynCustomerStore};
///
/// fn erase(store: impl CustomerStore + 'static) -> Arc<dyn DynCustomerStore> {
///     Arc::new(store)
/// }
///
/// fn takes_any_store(store: impl CustomerStore) {}
///
/// # fn both(store: impl CustomerStore + 'static) {
/// takes_any_store(erase(store));
/// # }
/// ```
pub trait CustomerStore: Send + Sync {
    /// Adds a record.
    ///
    /// # Errors
    ///
    /// [`InsertError`]: its id or its email address is taken, or the engine
    /// failed.
    fn insert(&self, customer: &Customer) -> impl Future<Output = Result<(), InsertError>> + Send;

    /// The record of that id in that team, if there is one.
    ///
    /// # Errors
    ///
    /// When the engine fails, or the record cannot be read back (S6).
    fn get(
        &self,
        team: TeamId,
        id: CustomerId,
    ) -> impl Future<Output = Result<Option<Customer>, StoreError>> + Send;

    /// The record of that email address in that team, if there is one.
    ///
    /// # Errors
    ///
    /// When the engine fails, or the record cannot be read back (S6).
    fn find_by_email(
        &self,
        team: TeamId,
        email: &EmailKey,
    ) -> impl Future<Output = Result<Option<Customer>, StoreError>> + Send;

    /// Writes a record over the one of its id and team, which must be of the
    /// version that was read.
    ///
    /// # Errors
    ///
    /// [`ReplaceError`]: there is no such record, it is of another version, the
    /// email address is taken, or the engine failed.
    fn replace(
        &self,
        customer: &Customer,
        read: Version,
    ) -> impl Future<Output = Result<(), ReplaceError>> + Send;

    /// Removes the record of that id in that team, whose email address is free
    /// from then on.
    ///
    /// # Errors
    ///
    /// [`DeleteError`]: there is no such record, it is not of the version the
    /// caller fixed, or the engine failed.
    fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> impl Future<Output = Result<(), DeleteError>> + Send;

    /// A page of the records of that team that the query finds, and how many it
    /// finds in all (S7). A page beyond the last is empty.
    ///
    /// # Errors
    ///
    /// When the engine fails, or a record of the page cannot be read back (S6).
    fn list(
        &self,
        team: TeamId,
        query: &ListQuery,
    ) -> impl Future<Output = Result<CustomerPage, StoreError>> + Send;
}

/// Whether a write depends on the version of the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precondition {
    /// The version does not matter.
    #[default]
    Any,
    /// The record must be of this version, as `If-Match` says over HTTP.
    Version(Version),
}

impl Precondition {
    /// Whether a record of that version meets it.
    #[must_use]
    pub fn is_met_by(self, version: Version) -> bool {
        match self {
            Self::Any => true,
            Self::Version(wanted) => wanted == version,
        }
    }
}

/// Why a record was not added.
#[derive(Debug, thiserror::Error)]
pub enum InsertError {
    /// The team has a record of that id.
    #[error("the team has a customer of this id")]
    IdTaken,
    /// The team has a record of that email address (S2).
    #[error("another customer of the team has this email address")]
    EmailTaken,
    /// The engine failed (S5).
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a record was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// The team has no record of that id.
    #[error("the team has no such customer")]
    NotFound,
    /// The record is not of the version that was read (S3).
    #[error("the customer is of another version")]
    VersionConflict,
    /// Another record of the team has that email address (S2).
    #[error("another customer of the team has this email address")]
    EmailTaken,
    /// The engine failed (S5).
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a record was not removed.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// The team has no record of that id.
    #[error("the team has no such customer")]
    NotFound,
    /// The record is not of the version the caller fixed.
    #[error("the customer is of another version")]
    VersionConflict,
    /// The engine failed (S5).
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What went wrong with the engine, as far as a caller must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The engine cannot be reached or is too busy. The write did not happen;
    /// trying again later may help.
    Unavailable,
    /// A write was handed to the engine and its answer was lost: it may or may
    /// not have happened. It must not be repeated blindly.
    OutcomeUnknown,
    /// What is stored breaks the rules of a record, or the file is damaged.
    Corrupt,
    /// Anything else. The write did not happen.
    Internal,
}

/// The engine of a store failed (S5).
///
/// Its text tells the kind of failure; the engine's own error is the
/// [`source`](Error::source), for the log. Adapters see to it that no personal
/// data is in it.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl StoreError {
    /// A failure of that kind.
    #[must_use]
    pub const fn new(kind: StoreErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// With the engine's own error.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind of failure.
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// The code of the answer (SPEC §7).
    pub const fn code(&self) -> ErrorCode {
        match self.kind {
            StoreErrorKind::Unavailable | StoreErrorKind::OutcomeUnknown => {
                ErrorCode::StoreUnavailable
            }
            StoreErrorKind::Corrupt | StoreErrorKind::Internal => ErrorCode::InternalError,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StoreErrorKind::Unavailable => "the store is not available",
            StoreErrorKind::OutcomeUnknown => "the store did not say whether it wrote",
            StoreErrorKind::Corrupt => "what is stored cannot be read",
            StoreErrorKind::Internal => "the store failed",
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
