//! A store together with the resources it needs.

use std::sync::Arc;

use customer_domain::{
    Applied, Change, ChangePage, ChangesError, Clock, Customer, CustomerId, CustomerPage,
    CustomerStore, DeleteError, EmailKey, InsertError, ListQuery, Precondition, ReadFrom,
    ReplaceError, Scan, StoreError, TeamId, Timestamp, UpdateError, Upsert, UpsertError, Upserted,
    Version, Write, WriteResult,
};

/// A store with a guard that must live as long as the store, for example the temporary
/// directory of its files or the container of its server. The store is dropped first.
///
/// ```
/// # use customer_domain::DynCustomerStore;
/// # type MyStore = std::sync::Arc<dyn DynCustomerStore>;
/// # async fn store_in(_: &Directory) -> MyStore {
/// #     unimplemented!()
/// # }
/// use customer_testkit::Guarded;
///
/// struct Directory; // which is removed when it is dropped
///
/// async fn open() -> Guarded<MyStore, Directory> {
///     let directory = Directory;
///     Guarded::new(store_in(&directory).await, directory)
/// }
///
/// # #[cfg(test)]
/// customer_testkit::conformance!(guarded, open);
/// ```
#[derive(Debug)]
pub struct Guarded<S, G> {
    // Fields are dropped in this order.
    store: S,
    guard: G,
}

impl<S, G> Guarded<S, G> {
    /// Combines a store with its guard.
    pub const fn new(store: S, guard: G) -> Self {
        Self { store, guard }
    }

    /// The store.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// The guard.
    pub const fn guard(&self) -> &G {
        &self.guard
    }

    /// The store and the guard, for example to open the store again in its directory.
    pub fn into_parts(self) -> (S, G) {
        (self.store, self.guard)
    }
}

impl<S: CustomerStore, G: Send + Sync> CustomerStore for Guarded<S, G> {
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
        self.store.replace(customer, read).await
    }

    async fn update(
        &self,
        team: TeamId,
        id: CustomerId,
        change: Change,
        precondition: Precondition,
        clock: Arc<dyn Clock>,
    ) -> Result<Applied, UpdateError> {
        let update = self.store.update(team, id, change, precondition, clock);
        update.await
    }

    async fn upsert(
        &self,
        team: TeamId,
        upsert: Upsert,
        clock: Arc<dyn Clock>,
    ) -> Result<Upserted, UpsertError> {
        self.store.upsert(team, upsert, clock).await
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
    async fn write_batch(
        &self,
        team: TeamId,
        writes: Vec<Write>,
        clock: Arc<dyn Clock>,
    ) -> Vec<WriteResult> {
        self.store.write_batch(team, writes, clock).await
    }

    async fn changes(
        &self,
        team: TeamId,
        from: ReadFrom,
        limit: u32,
    ) -> Result<ChangePage, ChangesError> {
        self.store.changes(team, from, limit).await
    }

    async fn prune_changes(&self, team: TeamId, before: Timestamp) -> Result<u64, ChangesError> {
        self.store.prune_changes(team, before).await
    }
}
