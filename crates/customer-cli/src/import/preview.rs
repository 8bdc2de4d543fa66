//! Executes writes without a store: `--dry-run`.

use std::sync::Arc;

use customer_domain::{
    Clock, Customer, CustomerStore, DynCustomerStore, InsertError, StoreError, TeamId, Update,
    Write, WriteResult,
};
use customer_memory::MemoryStore;

/// A store in memory with the customers that an import reads or writes, so that a later
/// line sees the effect of an earlier one. A customer is copied from the store before a
/// write that can match it or conflict with it.
pub(super) struct Preview {
    store: Arc<dyn DynCustomerStore>,
    memory: MemoryStore,
}

impl Preview {
    pub(super) fn new(store: Arc<dyn DynCustomerStore>) -> Self {
        Self {
            store,
            memory: MemoryStore::new(),
        }
    }

    /// Executes the writes in memory. If the store fails, the last result is that error.
    /// A corrupt record is only an error of its write (S8).
    pub(super) async fn write_batch(
        &self,
        team: TeamId,
        writes: Vec<Write>,
        clock: Arc<dyn Clock>,
    ) -> Vec<WriteResult> {
        let mut results = Vec::with_capacity(writes.len());
        for write in writes {
            if let Err(error) = self.copy_matches(team, &write).await {
                let is_record = error.record().is_some();
                results.push(WriteResult::Insert(Err(error.into())));
                if is_record {
                    continue;
                }
                break;
            }
            let clock = Arc::clone(&clock);
            results.extend(self.memory.write_batch(team, vec![write], clock).await);
        }
        results
    }

    /// Copies the customers that a write can match or conflict with.
    async fn copy_matches(&self, team: TeamId, write: &Write) -> Result<(), StoreError> {
        let (id, email) = match write {
            Write::Insert(customer) => (customer.id(), Some(customer.email().key())),
            Write::Upsert(upsert) => match &upsert.change.patch().email {
                Update::Set(email) => (upsert.id, Some(email.key())),
                Update::Keep => (upsert.id, None),
            },
            Write::Update(id, ..) | Write::Delete(id, _) => (*id, None),
        };
        self.copy(team, self.store.get(team, id).await?).await?;
        let Some(email) = email else { return Ok(()) };
        let found = self.store.find_by_email(team, &email).await?;
        self.copy(team, found).await
    }

    /// Copies a customer, unless an earlier line has changed it.
    async fn copy(&self, team: TeamId, found: Option<Customer>) -> Result<(), StoreError> {
        let Some(customer) = found else { return Ok(()) };
        if self.memory.get(team, customer.id()).await?.is_some() {
            return Ok(());
        }
        match self.memory.insert(&customer).await {
            Err(InsertError::Store(error)) => Err(error),
            // A customer with its email address would have been copied before.
            Ok(()) | Err(InsertError::IdTaken | InsertError::EmailTaken(_)) => Ok(()),
        }
    }
}
