//! A store with a fault that a test selects.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use customer_domain::{
    ChangePage, ChangesError, Customer, CustomerId, CustomerPage, CustomerStore, DeleteError,
    EmailKey, InsertError, ListQuery, Precondition, ReadFrom, ReplaceError, Scan, StoreError,
    StoreErrorKind, TeamId, Version,
};
use customer_memory::MemoryStore;
use tokio::sync::Semaphore;

/// The fault of the store.
#[derive(Clone, Debug, Default)]
pub(crate) enum Rig {
    #[default]
    Nothing,
    /// Another writer always writes first.
    Contended,
    /// The engine fails with a cause.
    Fails(StoreErrorKind),
    /// The row of this customer cannot be decoded.
    Corrupt(CustomerId),
    Panics,
    /// The engine fails, and displaying its error panics.
    PanicsOnDisplay,
    /// Every operation waits at the gate.
    Waits(Arc<Gate>),
}

/// Holds the operations of a store until the test releases them.
#[derive(Debug)]
pub(crate) struct Gate {
    /// One permit per operation that has arrived.
    pub(crate) arrived: Semaphore,
    /// One permit per operation that may continue.
    pub(crate) open: Semaphore,
}

impl Gate {
    pub(crate) fn closed() -> Arc<Self> {
        let [arrived, open] = [(); 2].map(|()| Semaphore::new(0));
        Arc::new(Self { arrived, open })
    }
}

/// The cause in the error of a failing store, which no response may contain.
pub(crate) const CAUSE: &str = "disk sda1 of db7.internal is full";

/// An error whose `Display` panics.
#[derive(Debug)]
struct PanicsOnDisplay;

impl fmt::Display for PanicsOnDisplay {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("the error of the store panicked")
    }
}

impl Error for PanicsOnDisplay {}

#[derive(Debug, Default)]
pub(crate) struct RiggedStore {
    store: MemoryStore,
    rig: Rig,
}

impl RiggedStore {
    pub(crate) fn new(rig: Rig) -> Self {
        Self {
            store: MemoryStore::with_change_log(1_000),
            rig,
        }
    }

    async fn before(&self) -> Result<(), StoreError> {
        match &self.rig {
            Rig::Nothing | Rig::Contended | Rig::Corrupt(_) => Ok(()),
            Rig::Fails(kind) => Err(StoreError::new(*kind).with_source(CAUSE)),
            Rig::Panics => panic!("the store panicked"),
            Rig::PanicsOnDisplay => {
                Err(StoreError::new(StoreErrorKind::Internal).with_source(PanicsOnDisplay))
            }
            Rig::Waits(gate) => {
                gate.arrived.add_permits(1);
                gate.open.acquire().await.unwrap().forget();
                Ok(())
            }
        }
    }
}

impl CustomerStore for RiggedStore {
    async fn insert(&self, customer: &Customer) -> Result<(), InsertError> {
        self.before().await?;
        self.store.insert(customer).await
    }

    async fn get(&self, team: TeamId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        self.before().await?;
        if matches!(self.rig, Rig::Corrupt(corrupt) if corrupt == id) {
            return Err(StoreError::new(StoreErrorKind::Corrupt).with_record(id));
        }
        self.store.get(team, id).await
    }

    async fn find_by_email(
        &self,
        team: TeamId,
        email: &EmailKey,
    ) -> Result<Option<Customer>, StoreError> {
        self.before().await?;
        self.store.find_by_email(team, email).await
    }

    async fn replace(&self, customer: &Customer, read: Version) -> Result<(), ReplaceError> {
        self.before().await?;
        if matches!(self.rig, Rig::Contended) {
            return Err(ReplaceError::VersionConflict);
        }
        self.store.replace(customer, read).await
    }

    /// A failing store reports it; the other faults are in the operations.
    async fn check(&self) -> Result<(), StoreError> {
        match self.rig {
            Rig::Fails(_) => self.before().await,
            _ => Ok(()),
        }
    }

    async fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<(), DeleteError> {
        self.before().await?;
        if matches!(self.rig, Rig::Contended) {
            return Err(DeleteError::VersionConflict);
        }
        self.store.delete(team, id, precondition).await
    }

    async fn list(&self, team: TeamId, query: &ListQuery) -> Result<CustomerPage, StoreError> {
        self.before().await?;
        let mut page = self.store.list(team, query).await?;
        if let Rig::Corrupt(id) = self.rig {
            page.records.retain(|customer| customer.id() != id);
            page.corrupt.push(id);
        }
        Ok(page)
    }

    async fn scan(
        &self,
        team: TeamId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Scan, StoreError> {
        self.before().await?;
        self.store.scan(team, after, limit).await
    }

    async fn changes(
        &self,
        team: TeamId,
        from: ReadFrom,
        limit: u32,
    ) -> Result<ChangePage, ChangesError> {
        self.before().await?;
        self.store.changes(team, from, limit).await
    }
}
