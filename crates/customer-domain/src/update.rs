//! The use cases: create a customer, update one.

use crate::customer::{Applied, Customer};
use crate::new_customer::NewCustomer;
use crate::outcome::{ErrorCode, Failure};
use crate::patch::CustomerPatch;
use crate::store::{
    CustomerStore, DeleteError, InsertError, Precondition, ReplaceError, StoreError,
};
use crate::value::id::{CustomerId, TeamId};
use crate::value::time::Timestamp;

/// How often an update reads and writes before it gives up (S3).
pub const MAX_ATTEMPTS: usize = 16;

/// Where the use cases take the time from. The crate has no clock of its own;
/// a closure is one.
///
/// ```
/// use customer_domain::{Clock, Timestamp};
///
/// let stopped = Timestamp::parse("2026-11-23T12:00:00Z")?;
/// let clock = move || stopped;
/// assert_eq!(clock.now(), stopped);
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
pub trait Clock: Send + Sync {
    /// The time.
    fn now(&self) -> Timestamp;
}

impl<F: Fn() -> Timestamp + Send + Sync> Clock for F {
    fn now(&self) -> Timestamp {
        self()
    }
}

/// Why a customer was not updated.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The team has no such customer (S1).
    #[error("the team has no such customer")]
    NotFound,
    /// The record is not of the version the caller fixed.
    #[error("the customer is not of the version named")]
    PreconditionFailed,
    /// Another customer of the team has the email address (S2).
    #[error("another customer of the team has this email address")]
    EmailTaken,
    /// The record changed between every read and write (S3).
    #[error("the customer kept changing at the same time")]
    ConcurrentUpdate,
    /// The store failed (S5).
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UpdateError {
    /// The code of the answer (SPEC §7).
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::CustomerNotFound,
            Self::PreconditionFailed => ErrorCode::PreconditionFailed,
            Self::EmailTaken => ErrorCode::EmailAlreadyExists,
            Self::ConcurrentUpdate => ErrorCode::ConcurrentUpdate,
            Self::Store(error) => error.code(),
        }
    }
}

impl From<UpdateError> for Failure {
    fn from(error: UpdateError) -> Self {
        Self::new(error.code()).with_source(error)
    }
}

/// Why a customer was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The team has a customer of that id.
    #[error("the team has a customer of this id")]
    IdTaken,
    /// Another customer of the team has the email address (S2).
    #[error("another customer of the team has this email address")]
    EmailTaken,
    /// The store failed (S5).
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CreateError {
    /// The code of the answer (SPEC §7). An id that is taken is a fault of the
    /// service, which chose it.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::IdTaken => ErrorCode::InternalError,
            Self::EmailTaken => ErrorCode::EmailAlreadyExists,
            Self::Store(error) => error.code(),
        }
    }
}

impl From<CreateError> for Failure {
    fn from(error: CreateError) -> Self {
        Self::new(error.code()).with_source(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(error.code()).with_source(error)
    }
}

/// A version that the caller fixed and that is not the stored one is a
/// precondition that failed.
impl From<DeleteError> for Failure {
    fn from(error: DeleteError) -> Self {
        let code = match &error {
            DeleteError::NotFound => ErrorCode::CustomerNotFound,
            DeleteError::VersionConflict => ErrorCode::PreconditionFailed,
            DeleteError::Store(error) => error.code(),
        };
        Self::new(code).with_source(error)
    }
}

impl From<InsertError> for CreateError {
    fn from(error: InsertError) -> Self {
        match error {
            InsertError::IdTaken => Self::IdTaken,
            InsertError::EmailTaken => Self::EmailTaken,
            InsertError::Store(error) => Self::Store(error),
        }
    }
}

/// Creates a customer (SPEC §8). The id is the caller's to choose, at random.
///
/// # Errors
///
/// [`CreateError`]: the email address or the id is taken, or the store failed.
pub async fn create_customer(
    store: &impl CustomerStore,
    clock: &impl Clock,
    team: TeamId,
    id: CustomerId,
    new: NewCustomer,
) -> Result<Customer, CreateError> {
    let customer = new.into_customer(id, team, clock.now());
    store.insert(&customer).await?;
    Ok(customer)
}

/// Updates a customer: reads the record, applies the patch, writes the outcome
/// over the version that was read (S3).
///
/// When another write came between, it does so again, up to [`MAX_ATTEMPTS`]
/// times in all, and at once: a store that waits for its turn needs no pause on
/// top. A caller who fixed the version is told instead. When nothing changes,
/// nothing is written (M3).
///
/// # Errors
///
/// [`UpdateError`]; in the order of SPEC §7 when more than one applies. A
/// failure of the store is reported as it is and not repeated (S5).
pub async fn update_customer(
    store: &impl CustomerStore,
    clock: &impl Clock,
    team: TeamId,
    id: CustomerId,
    patch: &CustomerPatch,
    precondition: Precondition,
) -> Result<Applied, UpdateError> {
    for _ in 0..MAX_ATTEMPTS {
        let customer = store.get(team, id).await?.ok_or(UpdateError::NotFound)?;
        let read = customer.version();
        if !precondition.is_met_by(read) {
            return Err(UpdateError::PreconditionFailed);
        }
        let applied = customer.apply(patch, clock.now());
        if applied.changed.is_empty() {
            return Ok(applied);
        }
        match (store.replace(&applied.customer, read).await, precondition) {
            (Ok(()), _) => return Ok(applied),
            (Err(ReplaceError::VersionConflict), Precondition::Any) => {}
            (Err(ReplaceError::VersionConflict), Precondition::Version(_)) => {
                return Err(UpdateError::PreconditionFailed);
            }
            (Err(ReplaceError::NotFound), _) => return Err(UpdateError::NotFound),
            (Err(ReplaceError::EmailTaken), _) => return Err(UpdateError::EmailTaken),
            (Err(ReplaceError::Store(error)), _) => return Err(UpdateError::Store(error)),
        }
    }
    Err(UpdateError::ConcurrentUpdate)
}
