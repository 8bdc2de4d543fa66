//! The use cases: create and update a customer.

use crate::clock::Clock;
use crate::customer::{Applied, Customer, NewCustomer};
use crate::error_code::ErrorCode;
use crate::outcome::Failure;
use crate::patch::CustomerPatch;
use crate::store::{
    CustomerStore, DeleteError, InsertError, Precondition, ReplaceError, StoreError,
};
use crate::value::id::{CustomerId, TeamId};

/// The maximum number of times that an update reads and writes the record (S3).
pub const MAX_ATTEMPTS: usize = 16;

/// Why a customer was not updated.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The team has no such customer (S1).
    #[error("the team has no such customer")]
    NotFound,
    /// The record does not have the expected version.
    #[error("the customer is not of the version named")]
    VersionConflict,
    /// Another customer of the team has the email address (S2): the one of this id.
    #[error("another customer of the team has this email address")]
    EmailTaken(CustomerId),
    /// In every attempt, another write came between the read and the write (S3).
    #[error("the customer kept changing at the same time")]
    ConcurrentUpdate,
    /// The store failed (S5).
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UpdateError {
    /// The code of the response (SPEC §7).
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

impl From<UpdateError> for Failure {
    fn from(error: UpdateError) -> Self {
        let failure = Self::new(error.code());
        if let UpdateError::EmailTaken(id) = error {
            return failure.with_uuid(id).with_source(error);
        }
        failure.with_source(error)
    }
}

impl InsertError {
    /// The code of the response (SPEC §7). A taken id is an internal error, because
    /// the service chose it.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::IdTaken => ErrorCode::InternalError,
            Self::EmailTaken(_) => ErrorCode::EmailAlreadyExists,
            Self::Store(error) => error.code(),
        }
    }
}

impl From<InsertError> for Failure {
    fn from(error: InsertError) -> Self {
        let failure = Self::new(error.code());
        if let InsertError::EmailTaken(id) = error {
            return failure.with_uuid(id).with_source(error);
        }
        failure.with_source(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(error.code()).with_source(error)
    }
}

/// A version conflict is `PRECONDITION_FAILED`: only an expected version causes one.
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

/// Creates a customer (SPEC §8). The caller chooses the id, at random.
///
/// # Errors
///
/// [`InsertError`]: the email address or the id is taken, or the store failed.
pub async fn create_customer(
    store: &(impl CustomerStore + ?Sized),
    clock: &(impl Clock + ?Sized),
    team: TeamId,
    id: CustomerId,
    new: NewCustomer,
) -> Result<Customer, InsertError> {
    let customer = new.into_customer(id, team, clock.now());
    store.insert(&customer).await?;
    Ok(customer)
}

/// Updates a customer: reads the record, applies the patch and replaces the version
/// that was read (S3).
///
/// If another write comes between, the update is repeated at once, at most
/// [`MAX_ATTEMPTS`] attempts in total, unless the caller names an expected version. If
/// no field changes, nothing is written (M3).
///
/// # Errors
///
/// [`UpdateError`], in the order of SPEC §7 if more than one applies. A failure of
/// the store is returned and the update is not repeated (S5).
pub async fn update_customer(
    store: &(impl CustomerStore + ?Sized),
    clock: &(impl Clock + ?Sized),
    team: TeamId,
    id: CustomerId,
    patch: &CustomerPatch,
    precondition: Precondition,
) -> Result<Applied, UpdateError> {
    for _ in 0..MAX_ATTEMPTS {
        let customer = store.get(team, id).await?.ok_or(UpdateError::NotFound)?;
        let read = customer.version();
        if !precondition.is_met_by(read) {
            return Err(UpdateError::VersionConflict);
        }
        let applied = customer.apply(patch, clock.now());
        if applied.changed().is_empty() {
            return Ok(applied);
        }
        match store.replace(applied.customer(), read).await {
            Ok(()) => return Ok(applied),
            Err(ReplaceError::VersionConflict) if precondition == Precondition::Any => {}
            Err(ReplaceError::VersionConflict) => return Err(UpdateError::VersionConflict),
            Err(ReplaceError::NotFound) => return Err(UpdateError::NotFound),
            Err(ReplaceError::EmailTaken(id)) => return Err(UpdateError::EmailTaken(id)),
            Err(ReplaceError::Store(error)) => return Err(UpdateError::Store(error)),
        }
    }
    Err(UpdateError::ConcurrentUpdate)
}
