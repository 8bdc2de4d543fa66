//! A store with rivals.

use std::sync::atomic::{AtomicUsize, Ordering};

use customer_domain::{
    Customer, CustomerId, CustomerPage, CustomerStore, DeleteError, EmailKey, InsertError,
    ListQuery, Precondition, ReplaceError, Scan, StoreError, TeamId, Version,
};

use super::check::accepted;
use super::samples::with_phone;
use super::{CaseFailure, CaseResult};

/// A store in which a rival changes the record before each of the first so many
/// replaces, and which counts the replaces.
pub(super) struct Rivalled<'a, S> {
    store: &'a S,
    rivals: usize,
    replaces: AtomicUsize,
}

pub(super) fn rival_phone(number: usize) -> String {
    format!("+1555{number}")
}

impl<'a, S: CustomerStore> Rivalled<'a, S> {
    pub(super) const fn new(store: &'a S, rivals: usize) -> Self {
        Self {
            store,
            rivals,
            replaces: AtomicUsize::new(0),
        }
    }

    pub(super) fn replaces(&self) -> usize {
        self.replaces.load(Ordering::SeqCst)
    }

    async fn be_beaten(&self, team: TeamId, id: CustomerId, number: usize) -> CaseResult {
        let seen = accepted(self.store.get(team, id).await, "S5: a get succeeds")?
            .ok_or_else(|| CaseFailure::new("S6: what was inserted is found"))?;
        let next = with_phone(&seen, &rival_phone(number));
        accepted(
            self.store.replace(&next, seen.version()).await,
            "S3: a replace of the version read is written",
        )
    }
}

impl<S: CustomerStore> CustomerStore for Rivalled<'_, S> {
    async fn insert(&self, customer: &Customer) -> Result<(), InsertError> {
        self.store.insert(customer).await
    }

    async fn get(&self, team: TeamId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        self.store.get(team, id).await
    }

    async fn find_by_email(
        &self,
        team: TeamId,
        email: &EmailKey,
    ) -> Result<Option<Customer>, StoreError> {
        self.store.find_by_email(team, email).await
    }

    async fn replace(&self, customer: &Customer, read: Version) -> Result<(), ReplaceError> {
        let number = self.replaces.fetch_add(1, Ordering::SeqCst) + 1;
        if number <= self.rivals {
            self.be_beaten(customer.team(), customer.id(), number)
                .await
                .map_err(|failure| {
                    StoreError::new(customer_domain::StoreErrorKind::Internal).with_source(failure)
                })?;
        }
        self.store.replace(customer, read).await
    }

    async fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<(), DeleteError> {
        self.store.delete(team, id, precondition).await
    }
    async fn list(&self, team: TeamId, query: &ListQuery) -> Result<CustomerPage, StoreError> {
        self.store.list(team, query).await
    }

    async fn scan(
        &self,
        team: TeamId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Scan, StoreError> {
        self.store.scan(team, after, limit).await
    }
}
