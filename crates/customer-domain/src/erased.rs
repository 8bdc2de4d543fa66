//! The port as a trait object.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::customer::Customer;
use crate::list::{CustomerPage, ListQuery};
use crate::store::{
    CustomerStore, DeleteError, InsertError, Precondition, ReplaceError, StoreError,
};
use crate::value::email::EmailKey;
use crate::value::id::{CustomerId, TeamId};
use crate::value::version::Version;

/// A future on the heap, as the methods of a trait object return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A [`CustomerStore`] as a trait object. Every store is one; the methods are
/// those of the same name.
#[allow(missing_docs, reason = "the contract is that of `CustomerStore`")]
pub trait DynCustomerStore: Send + Sync {
    fn dyn_insert<'a>(&'a self, customer: &'a Customer) -> BoxFuture<'a, Result<(), InsertError>>;

    fn dyn_get(
        &self,
        team: TeamId,
        id: CustomerId,
    ) -> BoxFuture<'_, Result<Option<Customer>, StoreError>>;

    fn dyn_find_by_email<'a>(
        &'a self,
        team: TeamId,
        email: &'a EmailKey,
    ) -> BoxFuture<'a, Result<Option<Customer>, StoreError>>;

    fn dyn_replace<'a>(
        &'a self,
        customer: &'a Customer,
        read: Version,
    ) -> BoxFuture<'a, Result<(), ReplaceError>>;

    fn dyn_delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> BoxFuture<'_, Result<(), DeleteError>>;

    fn dyn_list<'a>(
        &'a self,
        team: TeamId,
        query: &'a ListQuery,
    ) -> BoxFuture<'a, Result<CustomerPage, StoreError>>;
}

impl<S: CustomerStore> DynCustomerStore for S {
    fn dyn_insert<'a>(&'a self, customer: &'a Customer) -> BoxFuture<'a, Result<(), InsertError>> {
        Box::pin(self.insert(customer))
    }

    fn dyn_get(
        &self,
        team: TeamId,
        id: CustomerId,
    ) -> BoxFuture<'_, Result<Option<Customer>, StoreError>> {
        Box::pin(self.get(team, id))
    }

    fn dyn_find_by_email<'a>(
        &'a self,
        team: TeamId,
        email: &'a EmailKey,
    ) -> BoxFuture<'a, Result<Option<Customer>, StoreError>> {
        Box::pin(self.find_by_email(team, email))
    }

    fn dyn_replace<'a>(
        &'a self,
        customer: &'a Customer,
        read: Version,
    ) -> BoxFuture<'a, Result<(), ReplaceError>> {
        Box::pin(self.replace(customer, read))
    }

    fn dyn_delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> BoxFuture<'_, Result<(), DeleteError>> {
        Box::pin(self.delete(team, id, precondition))
    }

    fn dyn_list<'a>(
        &'a self,
        team: TeamId,
        query: &'a ListQuery,
    ) -> BoxFuture<'a, Result<CustomerPage, StoreError>> {
        Box::pin(self.list(team, query))
    }
}

impl CustomerStore for Arc<dyn DynCustomerStore> {
    async fn insert(&self, customer: &Customer) -> Result<(), InsertError> {
        self.as_ref().dyn_insert(customer).await
    }

    async fn get(&self, team: TeamId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        self.as_ref().dyn_get(team, id).await
    }

    async fn find_by_email(
        &self,
        team: TeamId,
        email: &EmailKey,
    ) -> Result<Option<Customer>, StoreError> {
        self.as_ref().dyn_find_by_email(team, email).await
    }

    async fn replace(&self, customer: &Customer, read: Version) -> Result<(), ReplaceError> {
        self.as_ref().dyn_replace(customer, read).await
    }

    async fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<(), DeleteError> {
        self.as_ref().dyn_delete(team, id, precondition).await
    }

    async fn list(&self, team: TeamId, query: &ListQuery) -> Result<CustomerPage, StoreError> {
        self.as_ref().dyn_list(team, query).await
    }
}
