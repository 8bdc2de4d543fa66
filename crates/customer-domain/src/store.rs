//! The storage interface and its errors.

use std::error::Error;
use std::future::Future;

use crate::customer::Customer;
use crate::error_code::ErrorCode;
use crate::list::{CustomerPage, ListQuery};
use crate::value::email::EmailKey;
use crate::value::id::{CustomerId, TeamId};
use crate::value::version::Version;

/// Storage interface for customer records.
///
/// # Contract
///
/// - **S1** Every operation is scoped to one team. Records of other teams are
///   invisible: they are not returned, not modified, and do not conflict. `insert` and
///   `replace` take the team from the record.
/// - **S2** A team has at most one customer per [`EmailKey`], under any interleaving of
///   operations. The check and the write are one atomic step (a unique index, or one
///   lock), never a lookup followed by a write. A record does not conflict with itself,
///   and its old key can be used again at once.
/// - **S3** `replace` fails with [`ReplaceError::VersionConflict`] if the stored version
///   is not the one that was read. Of two replaces that name the same version, one
///   succeeds.
/// - **S4** In a store that persists data, `Ok` means that the write is durable and
///   survives a kill of the process at any later point.
/// - **S5** A failure of the engine is a [`StoreError`]. No write is partial. After any
///   error except [`StoreErrorKind::OutcomeUnknown`], the write did not happen.
/// - **S6** A record is read back exactly as written: every code point, every
///   microsecond, the version, the order of the contacts.
/// - **S7** `list` returns the records of the team whose
///   [`SearchKey`](crate::SearchKey) contains the case-folded search text, or all
///   records without one, sorted by the bytes of the requested key and then by id. The
///   page and the total are from one snapshot. [`ListQuery::page_of`] defines the result.
/// - **S8** A stored row that cannot be decoded is *corrupt*. Reading it, and so
///   updating it, returns [`StoreErrorKind::Corrupt`] with the id of the
///   [`record`](StoreError::record). A list skips it and returns its id in
///   [`CustomerPage::corrupt`]. `delete` removes it; only a precondition on a version
///   that cannot be read is [`StoreErrorKind::Corrupt`] too. `replace` reads only the
///   stored version.
/// - If more than one error applies, `replace` returns not found before a version
///   conflict before a taken email address, and `insert` a taken id first.
/// - If a future is dropped before it completes, the write may or may not have
///   happened, but it is never partial.
///
/// `customer-testkit` has a test suite for this contract that runs on any store.
///
/// # Implementation
///
/// The futures must be [`Send`]; `async fn` in the implementation is enough. The trait
/// depends on no async runtime. Every store is also a
/// [`DynCustomerStore`](crate::DynCustomerStore), for use as a trait object, and
/// `Arc<dyn DynCustomerStore>` is a store:
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
    /// Inserts a record.
    ///
    /// # Errors
    ///
    /// [`InsertError`]: its id or its email address is taken, or the engine failed.
    fn insert(&self, customer: &Customer) -> impl Future<Output = Result<(), InsertError>> + Send;

    /// The record with that id in that team, if there is one.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the engine failed, or the record is corrupt (S8).
    fn get(
        &self,
        team: TeamId,
        id: CustomerId,
    ) -> impl Future<Output = Result<Option<Customer>, StoreError>> + Send;

    /// The record with that email key in that team, if there is one.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the engine failed, or the record is corrupt (S8).
    fn find_by_email(
        &self,
        team: TeamId,
        email: &EmailKey,
    ) -> impl Future<Output = Result<Option<Customer>, StoreError>> + Send;

    /// Replaces the record with the same id and team. `read` is the version that it
    /// must have: the one that was read (S3).
    ///
    /// # Errors
    ///
    /// [`ReplaceError`]: there is no such record, it has another version, the email
    /// address is taken, or the engine failed.
    fn replace(
        &self,
        customer: &Customer,
        read: Version,
    ) -> impl Future<Output = Result<(), ReplaceError>> + Send;

    /// Deletes the record with that id in that team. Its email key can then be used
    /// again.
    ///
    /// # Errors
    ///
    /// [`DeleteError`]: there is no such record, it does not have the expected version,
    /// or the engine failed.
    fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> impl Future<Output = Result<(), DeleteError>> + Send;

    /// A page of the records of that team that match the query, and the total number
    /// of matches (S7). A page after the last is empty. Corrupt rows are skipped (S8).
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the engine failed.
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
    /// The expected version, that of `If-Match` over HTTP.
    Version(Version),
}

impl Precondition {
    /// Whether a record with that version meets it.
    #[must_use]
    pub fn is_met_by(self, version: Version) -> bool {
        match self {
            Self::Any => true,
            Self::Version(wanted) => wanted == version,
        }
    }
}

/// Why a record was not inserted.
#[derive(Debug, thiserror::Error)]
pub enum InsertError {
    /// The team has a record with that id.
    #[error("the team has a customer of this id")]
    IdTaken,
    /// The team has a record of that email address (S2): the one of this id.
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
    #[error("the customer is of another version")]
    VersionConflict,
    /// Another record of the team has that email address (S2): the one of this id.
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
    #[error("the customer is of another version")]
    VersionConflict,
    /// The engine failed (S5).
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The kind of a [`StoreError`]: what the caller can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The database is unreachable or overloaded. The write did not happen and may be
    /// retried.
    #[error("the store is not available")]
    Unavailable,
    /// The result of a write was lost: it may or may not have happened. Read the record
    /// before repeating it.
    #[error("the store did not say whether it wrote")]
    OutcomeUnknown,
    /// A stored record cannot be decoded (S8), or the file is damaged.
    #[error("what is stored cannot be read")]
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

    /// With the id of the record whose row is corrupt.
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

    /// The code of the response (SPEC §7).
    pub const fn code(&self) -> ErrorCode {
        match self.kind {
            StoreErrorKind::Unavailable | StoreErrorKind::OutcomeUnknown => {
                ErrorCode::StoreUnavailable
            }
            StoreErrorKind::Corrupt | StoreErrorKind::Internal => ErrorCode::InternalError,
        }
    }
}
