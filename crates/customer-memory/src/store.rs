//! The store. Locks are taken in one order: owners of email addresses, the
//! lower shard first, then records.

use std::fmt;

use customer_domain::{
    Customer, CustomerId, CustomerPage, CustomerStore, DeleteError, EmailAddress, EmailKey,
    InsertError, ListQuery, Precondition, ReplaceError, StoreError, TeamId, Version,
};

use crate::shards::Shards;
use crate::table::{Hashes, Owners, Records};

/// Customers in memory, which are gone when it is dropped.
///
/// It is shared between tasks and threads behind an [`Arc`](std::sync::Arc).
/// See the [crate] for an example.
#[derive(Default)]
pub struct MemoryStore {
    hashes: Hashes,
    owners: Shards<Owners>,
    records: Shards<Records>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many customers there are, of all teams together.
    ///
    /// While others write it is a count of no single moment.
    ///
    /// ```
    /// assert_eq!(customer_memory::MemoryStore::new().len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.iter().map(|records| records.len()).sum()
    }

    /// Whether there is no customer of any team.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn add(&self, customer: &Customer) -> Result<(), InsertError> {
        let (team, id, key) = (customer.team(), customer.id(), customer.email().key());
        let email_hash = self.hashes.of_email(team, &key);
        let id_hash = self.hashes.of_id(team, id);
        let mut owners = self.owners.write(email_hash);
        let mut records = self.records.write(id_hash);
        if records.get(id_hash, team, id).is_some() {
            return Err(InsertError::IdTaken);
        }
        if let Some(owner) = owners.get(email_hash, team, &key) {
            return Err(InsertError::EmailTaken(owner));
        }
        records.add(&self.hashes, id_hash, customer.clone());
        owners.add(&self.hashes, email_hash, (team, key, id));
        Ok(())
    }

    fn look_up(&self, team: TeamId, id: CustomerId) -> Option<Customer> {
        let hash = self.hashes.of_id(team, id);
        self.records.read(hash).get(hash, team, id).cloned()
    }

    /// Both locks are held, so that the record is the one of that address.
    fn look_up_email(&self, team: TeamId, key: &EmailKey) -> Option<Customer> {
        let hash = self.hashes.of_email(team, key);
        let owners = self.owners.read(hash);
        let id = owners.get(hash, team, key)?;
        self.look_up(team, id)
    }

    /// Which owners to lock depends on the address the record has, and that can
    /// change until they are locked: then it begins again.
    fn write_over(&self, customer: &Customer, read: Version) -> Result<(), ReplaceError> {
        let mut new_key = None;
        loop {
            let Some(old) = self.write_in_place(customer, read)? else {
                return Ok(());
            };
            let new_key = new_key.get_or_insert_with(|| customer.email().key());
            if let Some(outcome) = self.write_and_move(customer, read, &old, new_key) {
                return outcome;
            }
        }
    }

    /// Writes a record whose address is spelt as before, for which no owner need
    /// be locked. Otherwise returns the address it has.
    fn write_in_place(
        &self,
        customer: &Customer,
        read: Version,
    ) -> Result<Option<EmailAddress>, ReplaceError> {
        let (team, id) = (customer.team(), customer.id());
        let hash = self.hashes.of_id(team, id);
        let mut records = self.records.write(hash);
        let stored = stored_as_read(&mut records, hash, customer, read)?;
        if stored.email() != customer.email() {
            return Ok(Some(stored.email().clone()));
        }
        stored.clone_from(customer);
        Ok(None)
    }

    /// Writes a record and moves its address from the old key to the new one.
    /// `None` when the record does not have the old address any more.
    fn write_and_move(
        &self,
        customer: &Customer,
        read: Version,
        old: &EmailAddress,
        new_key: &EmailKey,
    ) -> Option<Result<(), ReplaceError>> {
        let (team, id, old_key) = (customer.team(), customer.id(), old.key());
        let old_hash = self.hashes.of_email(team, &old_key);
        let new_hash = self.hashes.of_email(team, new_key);
        let id_hash = self.hashes.of_id(team, id);
        let mut owners = self.owners.write_both(old_hash, new_hash);
        let mut records = self.records.write(id_hash);
        let stored = match stored_as_read(&mut records, id_hash, customer, read) {
            Ok(stored) => stored,
            Err(error) => return Some(Err(error)),
        };
        if stored.email() != old {
            return None;
        }
        if old_key != *new_key {
            if let Some(owner) = owners.other().get(new_hash, team, new_key) {
                return Some(Err(ReplaceError::EmailTaken(owner)));
            }
            let owner = (team, new_key.clone(), id);
            owners.other().add(&self.hashes, new_hash, owner);
            owners.one().remove(old_hash, team, &old_key);
        }
        stored.clone_from(customer);
        Some(Ok(()))
    }

    fn remove(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<(), DeleteError> {
        loop {
            let stored = self.look_up(team, id).ok_or(DeleteError::NotFound)?;
            if let Some(outcome) = self.remove_with(&stored, precondition) {
                return outcome;
            }
        }
    }

    /// Removes the record and its address. `None` when the record does not have
    /// that address any more.
    fn remove_with(
        &self,
        seen: &Customer,
        precondition: Precondition,
    ) -> Option<Result<(), DeleteError>> {
        let (team, id, key) = (seen.team(), seen.id(), seen.email().key());
        let email_hash = self.hashes.of_email(team, &key);
        let id_hash = self.hashes.of_id(team, id);
        let mut owners = self.owners.write(email_hash);
        let mut records = self.records.write(id_hash);
        let Some(stored) = records.get(id_hash, team, id) else {
            return Some(Err(DeleteError::NotFound));
        };
        if !precondition.is_met_by(stored.version()) {
            return Some(Err(DeleteError::VersionConflict));
        }
        if stored.email() != seen.email() {
            return None;
        }
        records.remove(id_hash, team, id);
        owners.remove(email_hash, team, &key);
        Some(Ok(()))
    }
}

/// The record to be replaced, if it is there and of the version that was read.
fn stored_as_read<'a>(
    records: &'a mut Records,
    hash: u64,
    customer: &Customer,
    read: Version,
) -> Result<&'a mut Customer, ReplaceError> {
    let stored = records
        .get_mut(hash, customer.team(), customer.id())
        .ok_or(ReplaceError::NotFound)?;
    if stored.version() == read {
        Ok(stored)
    } else {
        Err(ReplaceError::VersionConflict)
    }
}

/// Never a [`StoreError`]: there is no engine that could fail.
impl CustomerStore for MemoryStore {
    async fn insert(&self, customer: &Customer) -> Result<(), InsertError> {
        self.add(customer)
    }

    async fn get(&self, team: TeamId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        Ok(self.look_up(team, id))
    }

    async fn find_by_email(
        &self,
        team: TeamId,
        email: &EmailKey,
    ) -> Result<Option<Customer>, StoreError> {
        Ok(self.look_up_email(team, email))
    }

    async fn replace(&self, customer: &Customer, read: Version) -> Result<(), ReplaceError> {
        self.write_over(customer, read)
    }

    async fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<(), DeleteError> {
        self.remove(team, id, precondition)
    }

    async fn list(&self, team: TeamId, query: &ListQuery) -> Result<CustomerPage, StoreError> {
        let shards = self.records.read_all();
        Ok(query.page_of(shards.iter().flat_map(|records| records.of_team(team))))
    }
}

/// Shows how many there are, and none of them.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
