//! The use cases: create, update and upsert a customer.

use std::sync::Arc;

use crate::change::{Change, MatchBy, Upsert, Upserted};
use crate::clock::Clock;
use crate::customer::{Applied, Customer, NewCustomer};
use crate::store::CustomerStore;
use crate::store_error::{InsertError, UpdateError, UpsertError};
use crate::value::id::{CustomerId, TeamId};
use crate::value::version::Precondition;

/// Creates a customer (RULES, Create). The caller generates a random id.
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

/// Updates a customer: the store reads the record, applies the change and writes the
/// result as one step (S3). If no field changes, nothing is written (M3).
///
/// The change is a [`CustomerPatch`](crate::CustomerPatch), or the new list of
/// [`Contacts`](crate::Contacts) (C1). The result has the record before and after, and
/// the changed fields.
///
/// # Errors
///
/// [`UpdateError`]. If more than one applies, the order is that of RULES, Responses.
pub async fn update_customer(
    store: &(impl CustomerStore + ?Sized),
    clock: Arc<dyn Clock>,
    team: TeamId,
    id: CustomerId,
    change: impl Into<Change> + Send,
    precondition: Precondition,
) -> Result<Applied, UpdateError> {
    let change = change.into();
    store.update(team, id, change, precondition, clock).await
}

/// Updates the customer that has the email key of the change (V3), or creates one with
/// that id, as one step in the store.
///
/// # Errors
///
/// [`UpsertError`]: the change does not have the values of a new customer, the id is
/// taken, or the store failed.
pub async fn upsert_customer(
    store: &(impl CustomerStore + ?Sized),
    clock: Arc<dyn Clock>,
    team: TeamId,
    id: CustomerId,
    change: impl Into<Change> + Send,
) -> Result<Upserted, UpsertError> {
    let (by, change) = (MatchBy::Email, change.into());
    store.upsert(team, Upsert { by, id, change }, clock).await
}
