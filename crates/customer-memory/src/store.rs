//! The store. Locks are taken in this order: owners of email addresses (the shard with
//! the lower index first), then records.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use customer_domain::{
    Applied, Change, ChangeEntry, ChangePage, ChangesError, Clock, Customer, CustomerId,
    CustomerPage, CustomerStore, DeleteError, EmailAddress, EmailKey, InsertError, ListQuery,
    Precondition, ReadFrom, ReplaceError, Scan, StoreError, TeamId, Timestamp, UpdateError,
    Version,
};

use crate::log::ChangeLogs;
use crate::shards::{Both, Shards};
use crate::sync::RwLockWriteGuard;
use crate::table::{Hashes, Owners, Records};

/// An in-memory store. All records are lost when it is dropped.
///
/// Share it between tasks and threads in an [`Arc`]. See the [crate] documentation for an
/// example.
#[derive(Default)]
pub struct MemoryStore {
    hashes: Hashes,
    owners: Shards<Owners>,
    records: Shards<Records>,
    logs: Option<ChangeLogs>,
}

impl MemoryStore {
    /// Creates an empty store without a change log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an empty store with a change log (S9) that keeps the last `capacity` entries of
    /// each team.
    ///
    /// ```
    /// use customer_domain::{CustomerStore, ReadFrom, TeamId};
    /// use customer_memory::MemoryStore;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = MemoryStore::with_change_log(10_000);
    /// let team = TeamId::parse("00000000-0000-0000-0000-000000000001")?;
    /// let page = store.changes(team, ReadFrom::Oldest, 100).await?;
    /// assert!(page.changes.is_empty());
    /// let page = store.changes(team, ReadFrom::Position(page.next), 100).await?;
    /// # assert!(page.changes.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_change_log(capacity: usize) -> Self {
        Self {
            logs: Some(ChangeLogs::new(capacity)),
            ..Self::default()
        }
    }

    /// The number of customers of all teams.
    ///
    /// The shards are counted one after the other, so the number is approximate during
    /// concurrent writes.
    ///
    /// ```
    /// assert_eq!(customer_memory::MemoryStore::new().len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.iter().map(|records| records.len()).sum()
    }

    /// Whether the store has no customers of any team.
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
        self.log(team, || ChangeEntry::created(customer));
        owners.add(&self.hashes, email_hash, (team, key, id));
        Ok(())
    }

    fn look_up(&self, team: TeamId, id: CustomerId) -> Option<Customer> {
        let hash = self.hashes.of_id(team, id);
        self.records.read(hash).get(hash, team, id).cloned()
    }

    /// Looks up a record by email key. Both locks are held together, so the record still
    /// has the address.
    fn look_up_email(&self, team: TeamId, key: &EmailKey) -> Option<Customer> {
        let hash = self.hashes.of_email(team, key);
        let owners = self.owners.read(hash);
        let id = owners.get(hash, team, key)?;
        self.look_up(team, id)
    }

    /// Replaces a record. `next` computes the result of the write from the stored record,
    /// and `record` returns the new record of that result. `next` runs under the lock of
    /// the record; it runs again if the email address changes before its owners are
    /// locked too.
    fn write<N>(
        &self,
        (team, id): (TeamId, CustomerId),
        next: impl Fn(&Customer) -> Result<N, ReplaceError>,
        record: impl Fn(&N) -> &Customer,
    ) -> Result<N, ReplaceError> {
        let hash = self.hashes.of_id(team, id);
        loop {
            let mut records = self.records.write(hash);
            let stored = records.get_mut(hash, team, id);
            let stored = stored.ok_or(ReplaceError::NotFound)?;
            let written = next(stored)?;
            let new = record(&written);
            if stored.email() == new.email() {
                self.store(stored, new);
                return Ok(written);
            }
            let (old, new) = (stored.email().clone(), new.email().clone());
            // Owners are locked before records.
            drop(records);
            let mut locked = self.lock((team, id), &old, &new);
            let stored = locked.records.get_mut(hash, team, id);
            let stored = stored.ok_or(ReplaceError::NotFound)?;
            if *stored.email() != old {
                continue;
            }
            let written = next(stored)?;
            if *record(&written).email() != new {
                continue;
            }
            self.move_owner(&mut locked.owners, (team, id), &old, &new)
                .map_err(ReplaceError::EmailTaken)?;
            self.store(stored, record(&written));
            return Ok(written);
        }
    }

    /// Replaces a record. Its lock is held, so the log has the order of the writes.
    fn store(&self, stored: &mut Customer, new: &Customer) {
        if new.version() != stored.version() {
            let changed = || ChangeEntry::updated(new, stored.differing_fields(new));
            self.log(new.team(), changed);
        }
        stored.clone_from(new);
    }

    fn log(&self, team: TeamId, entry: impl FnOnce() -> ChangeEntry) {
        if let Some(logs) = &self.logs {
            logs.push(team, entry());
        }
    }

    /// Locks the owners of both email addresses, then the record.
    fn lock(
        &self,
        (team, id): (TeamId, CustomerId),
        old: &EmailAddress,
        new: &EmailAddress,
    ) -> Locked<'_> {
        let hash = |email: &EmailAddress| self.hashes.of_email(team, &email.key());
        Locked {
            owners: self.owners.write_both(hash(old), hash(new)),
            records: self.records.write(self.hashes.of_id(team, id)),
        }
    }

    /// Moves a record from the key of one email address to that of another. The error is
    /// the id of the record that already has the new key.
    fn move_owner(
        &self,
        owners: &mut Both<'_, Owners>,
        (team, id): (TeamId, CustomerId),
        old: &EmailAddress,
        new: &EmailAddress,
    ) -> Result<(), CustomerId> {
        let (old, new) = (old.key(), new.key());
        if old == new {
            return Ok(());
        }
        let old_hash = self.hashes.of_email(team, &old);
        let new_hash = self.hashes.of_email(team, &new);
        if let Some(owner) = owners.other().get(new_hash, team, &new) {
            return Err(owner);
        }
        owners.other().add(&self.hashes, new_hash, (team, new, id));
        owners.one().remove(old_hash, team, &old);
        Ok(())
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

    /// Removes the record and its email key. `None` if the record no longer has the
    /// address that was seen.
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
        let version = stored.version();
        self.log(team, || ChangeEntry::deleted(id, version, now()));
        records.remove(id_hash, team, id);
        owners.remove(email_hash, team, &key);
        Some(Ok(()))
    }
}

/// The locks that a change of the email address needs.
struct Locked<'a> {
    owners: Both<'a, Owners>,
    records: RwLockWriteGuard<'a, Records>,
}

/// Never returns a [`StoreError`], because there is no engine that can fail.
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
        let next = |stored: &Customer| match stored.version() == read {
            true => Ok(customer),
            false => Err(ReplaceError::VersionConflict),
        };
        self.write((customer.team(), customer.id()), next, |next| next)?;
        Ok(())
    }

    /// The clock is read under the lock of the record, so that the times of its updates
    /// are in order. The clock must not use the store.
    async fn update(
        &self,
        team: TeamId,
        id: CustomerId,
        change: Change,
        precondition: Precondition,
        clock: Arc<dyn Clock>,
    ) -> Result<Applied, UpdateError> {
        let next = |stored: &Customer| match precondition.is_met_by(stored.version()) {
            true => Ok(stored.clone().apply_change(&change, clock.now())),
            false => Err(ReplaceError::VersionConflict),
        };
        Ok(self.write((team, id), next, Applied::customer)?)
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

    async fn scan(
        &self,
        team: TeamId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Scan, StoreError> {
        let shards = self.records.read_all();
        let records = shards.iter().flat_map(|records| records.of_team(team));
        Ok(Scan::of(records, after, limit))
    }

    async fn changes(
        &self,
        team: TeamId,
        from: ReadFrom,
        limit: u32,
    ) -> Result<ChangePage, ChangesError> {
        let logs = self.logs.as_ref().ok_or(ChangesError::Unsupported)?;
        logs.read(team, &from, limit)
    }

    async fn prune_changes(&self, team: TeamId, before: Timestamp) -> Result<u64, ChangesError> {
        let logs = self.logs.as_ref().ok_or(ChangesError::Unsupported)?;
        Ok(logs.prune(team, before))
    }
}

/// The time of a delete in the log.
#[expect(clippy::disallowed_methods, reason = "a delete has no time of its own")]
fn now() -> Timestamp {
    SystemTime::now().try_into().unwrap_or(Timestamp::MAX)
}

/// Shows the number of customers and none of their data.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
