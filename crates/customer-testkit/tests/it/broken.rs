//! A store that is broken in one way, and correct otherwise.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use customer_domain::{
    Contacts, Customer, CustomerId, CustomerPage, CustomerStore, DeleteError, EmailAddress,
    EmailKey, InsertError, ListQuery, Precondition, ReplaceError, StoreError, TeamId, Timestamp,
    Version,
};
use tokio::task::yield_now;

use crate::broken_list;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    LookUpThenWrite,
    LostVersionCheck,
    LostUpdate,
    CaseSensitiveEmail,
    SharedByTeams,
    IdsSharedByTeams,
    Milliseconds,
    VersionOf32Bits,
    UnsortedContacts,
    TornReplace,
    TornWhenDropped,
    KeepsTheOldEmail,
    KeepsTheEmailOfTheDeleted,
    ConflictsWithItself,
    EmailBeforeVersion,
    EmailBeforeId,
    DeletesAnyVersion,
    ReplaceInserts,
    ListsEveryTeam,
    SearchesByPattern,
    FoldsAsciiAlone,
    SearchesAllFields,
    SortsAsSpelt,
    IgnoresTheDirection,
    LeavesTiesOpen,
    CountsThePage,
}

pub(crate) struct BrokenStore {
    flaw: Flaw,
    rows: Mutex<Rows>,
}

#[derive(Default)]
struct Rows {
    records: HashMap<(TeamId, CustomerId), Customer>,
    owners: HashMap<(TeamId, String), CustomerId>,
}

impl BrokenStore {
    pub(crate) fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
            rows: Mutex::default(),
        }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap()
    }

    fn nobody() -> TeamId {
        TeamId::from(uuid::Uuid::nil())
    }

    fn place(&self, team: TeamId, id: CustomerId) -> (TeamId, CustomerId) {
        let shared = self.is(Flaw::SharedByTeams) || self.is(Flaw::IdsSharedByTeams);
        (if shared { Self::nobody() } else { team }, id)
    }

    fn key(&self, team: TeamId, email: &EmailAddress) -> (TeamId, String) {
        if self.is(Flaw::CaseSensitiveEmail) {
            return (team, email.as_str().to_owned());
        }
        self.index(team, &email.key())
    }

    fn index(&self, team: TeamId, key: &EmailKey) -> (TeamId, String) {
        let shared = self.is(Flaw::SharedByTeams);
        let team = if shared { Self::nobody() } else { team };
        (team, key.as_str().to_owned())
    }

    /// The record as the flaw keeps it.
    fn kept(&self, customer: &Customer) -> Customer {
        let (mut record, mut version) = (customer.record().clone(), customer.version());
        if self.is(Flaw::Milliseconds) {
            let floored = record.updated_at.as_micros().div_euclid(1_000) * 1_000;
            record.updated_at = Timestamp::from_micros(floored).unwrap();
        }
        if self.is(Flaw::VersionOf32Bits) {
            let number = u64::from(version.get() as u32).max(1);
            version = Version::from_stored(number).unwrap();
        }
        if self.is(Flaw::UnsortedContacts) {
            let mut contacts = record.content.contacts.to_vec();
            contacts.sort_by(|a, b| a.name.cmp(&b.name));
            record.content.contacts = Contacts::new(contacts).unwrap();
        }
        record.into_customer(customer.team(), version)
    }

    fn owner(&self, team: TeamId, email: &EmailAddress) -> Option<CustomerId> {
        self.rows().owners.get(&self.key(team, email)).copied()
    }

    fn stored(&self, team: TeamId, id: CustomerId) -> Option<Customer> {
        self.rows().records.get(&self.place(team, id)).cloned()
    }
}

impl CustomerStore for BrokenStore {
    async fn insert(&self, customer: &Customer) -> Result<(), InsertError> {
        let (team, id, email) = (customer.team(), customer.id(), customer.email());
        if self.is(Flaw::LookUpThenWrite) {
            if self.owner(team, email).is_some() && self.stored(team, id).is_none() {
                return Err(InsertError::EmailTaken);
            }
            yield_now().await;
        }
        if self.is(Flaw::TornWhenDropped) && self.owner(team, email).is_none() {
            self.rows().owners.insert(self.key(team, email), id);
            yield_now().await;
            self.rows().owners.remove(&self.key(team, email));
        }
        let mut rows = self.rows();
        let taken = rows.owners.contains_key(&self.key(team, email));
        if self.is(Flaw::EmailBeforeId) && taken {
            return Err(InsertError::EmailTaken);
        }
        if rows.records.contains_key(&self.place(team, id)) {
            return Err(InsertError::IdTaken);
        }
        if taken && !self.is(Flaw::LookUpThenWrite) {
            return Err(InsertError::EmailTaken);
        }
        rows.owners.insert(self.key(team, email), id);
        rows.records
            .insert(self.place(team, id), self.kept(customer));
        Ok(())
    }

    async fn get(&self, team: TeamId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        Ok(self.stored(team, id))
    }

    async fn find_by_email(
        &self,
        team: TeamId,
        email: &EmailKey,
    ) -> Result<Option<Customer>, StoreError> {
        let rows = self.rows();
        let id = rows.owners.get(&self.index(team, email));
        Ok(id.and_then(|id| rows.records.get(&self.place(team, *id)).cloned()))
    }

    async fn replace(&self, customer: &Customer, read: Version) -> Result<(), ReplaceError> {
        let (team, id, email) = (customer.team(), customer.id(), customer.email());
        if self.is(Flaw::ReplaceInserts) && self.stored(team, id).is_none() {
            self.rows().owners.insert(self.key(team, email), id);
            self.rows()
                .records
                .insert(self.place(team, id), customer.clone());
            return Ok(());
        }
        let others = |owner: Option<CustomerId>| owner.is_some_and(|owner| owner != id);
        if self.is(Flaw::LookUpThenWrite)
            && self.stored(team, id).is_some_and(|c| c.version() == read)
        {
            if others(self.owner(team, email)) {
                return Err(ReplaceError::EmailTaken);
            }
            yield_now().await;
        }
        if self.is(Flaw::LostUpdate) {
            let seen = self.stored(team, id).ok_or(ReplaceError::NotFound)?;
            if seen.version() != read {
                return Err(ReplaceError::VersionConflict);
            }
            yield_now().await;
        }
        if self.is(Flaw::TornReplace) && self.owner(team, email).is_none() {
            self.rows().owners.insert(self.key(team, email), id);
        }
        let mut rows = self.rows();
        let stored = rows.records.get(&self.place(team, id)).cloned();
        let stored = stored.ok_or(ReplaceError::NotFound)?;
        let owner = rows.owners.get(&self.key(team, email)).copied();
        let taken = others(owner) || self.is(Flaw::ConflictsWithItself) && owner.is_some();
        if self.is(Flaw::EmailBeforeVersion) && taken {
            return Err(ReplaceError::EmailTaken);
        }
        let unchecked = self.is(Flaw::LostVersionCheck) || self.is(Flaw::LostUpdate);
        if stored.version() != read && !unchecked {
            return Err(ReplaceError::VersionConflict);
        }
        if taken && !self.is(Flaw::LookUpThenWrite) {
            return Err(ReplaceError::EmailTaken);
        }
        if !self.is(Flaw::KeepsTheOldEmail) {
            rows.owners.remove(&self.key(team, stored.email()));
        }
        rows.owners.insert(self.key(team, email), id);
        rows.records
            .insert(self.place(team, id), self.kept(customer));
        Ok(())
    }

    async fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<(), DeleteError> {
        let mut rows = self.rows();
        let stored = rows.records.get(&self.place(team, id)).cloned();
        let stored = stored.ok_or(DeleteError::NotFound)?;
        if !precondition.is_met_by(stored.version()) && !self.is(Flaw::DeletesAnyVersion) {
            return Err(DeleteError::VersionConflict);
        }
        rows.records.remove(&self.place(team, id));
        if !self.is(Flaw::KeepsTheEmailOfTheDeleted) {
            rows.owners.remove(&self.key(team, stored.email()));
        }
        Ok(())
    }
    async fn list(&self, team: TeamId, query: &ListQuery) -> Result<CustomerPage, StoreError> {
        let rows = self.rows();
        let shown = |customer: &&Customer| {
            customer.team() == team || self.is(Flaw::ListsEveryTeam) || self.is(Flaw::SharedByTeams)
        };
        let records = rows.records.values().filter(shown).cloned().collect();
        Ok(broken_list::page(self.flaw, records, query))
    }
}
