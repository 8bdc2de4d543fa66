//! A store with one flaw that is otherwise correct.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use customer_domain::{
    Applied, BoxFuture, Change, Clock, Contacts, Customer, CustomerId, CustomerPage, CustomerStore,
    DeleteError, EmailAddress, EmailKey, InsertError, ListQuery, Precondition, ReplaceError, Scan,
    StoreError, StoreErrorKind, TeamId, Timestamp, UpdateError, Upsert, UpsertError, Upserted,
    Version, Write, WriteResult,
};
use customer_testkit::conformance::PlantedValue;
use tokio::task::yield_now;

use crate::{broken_batch, broken_list, broken_update};

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
    ReplaceKeepsTheWebsite,
    TornReplace,
    TornWhenDropped,
    KeepsTheOldEmail,
    KeepsTheEmailOfDeletedRecords,
    ConflictsWithItself,
    EmailBeforeVersion,
    EmailBeforeId,
    NamesAnotherOwner,
    CorruptRowsAreAbsent,
    CorruptRowsStopLists,
    CorruptRowsStay,
    ErrorsNameNoRecord,
    DeletesAnyVersion,
    ReplaceInserts,
    ListsEveryTeam,
    SearchesByPattern,
    FoldsOnlyAscii,
    SearchesAllFields,
    SortsWithoutCaseFolding,
    IgnoresTheDirection,
    LeavesTiesUnordered,
    CountsThePage,
    KeyOf64Characters,
    KeyOf191Characters,
    KeyOf255Characters,
    StaleUpdatedAt,
    SortsByLowerCaseEmail,
    PageOf50,
    CountsLater,
    ReadsThePageLater,
    PersistsNothing,
    PersistsNoOwners,
    PersistsNoDeletes,
    UpdateIgnoresTheVersion,
    UpdateInTwoSteps,
    UpdateIsRejectedAfterAConflict,
    UpdateReadsTheClockFirst,
    UpdateReadsTheClockTwice,
    UpdateReturnsAStaleRecord,
    UpdateSkipsContacts,
    UpdateWithoutAChangeWrites,
    UpdateOfAnyTeam,
    UpdateLooksUpTheEmail,
    UpdateChecksTheEmailFirst,
    UpdateRestores,
    UpdateTornWhenDropped,
    UpsertLooksUpTheEmail,
    UpsertAlwaysInserts,
    UpsertNeedsEveryValue,
    UpsertIgnoresTheKind,
    UpsertDropsContacts,
    BatchChecksFirst,
    BatchStopsAtAnError,
    BatchIsRejectedAsAWhole,
    BatchOmitsRejectedWrites,
    BatchWritesAnIdOnce,
    BatchSortsItsResults,
    BatchDeletesFirst,
    BatchReadsTheClockOnce,
    BatchOfTwoSteps,
    BatchTornWhenDropped,
    BatchIsNotPersisted,
    ScanOfEveryTeam,
    ScanIncludesTheId,
    ScanByPosition,
    ScanEndsAfterAFullStep,
    ScanOmitsCorruptRows,
    AlwaysCounts,
    NeverCounts,
}

pub(crate) struct BrokenStore {
    pub(crate) flaw: Flaw,
    rows: Mutex<Rows>,
}

#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) records: HashMap<(TeamId, CustomerId), Customer>,
    pub(crate) owners: HashMap<(TeamId, String), CustomerId>,
    /// Records whose rows cannot be decoded.
    pub(crate) corrupt: HashSet<CustomerId>,
    /// An index of `updatedAt` that only inserts maintain.
    inserted_at: HashMap<CustomerId, Timestamp>,
    deleted: Vec<Customer>,
    /// Ids that batches inserted.
    pub(crate) batched: Vec<CustomerId>,
    /// Positions at which scans ended.
    pub(crate) scanned: HashMap<CustomerId, usize>,
}

impl BrokenStore {
    pub(crate) fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
            rows: Mutex::default(),
        }
    }

    pub(crate) fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    pub(crate) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap()
    }

    fn shared_team() -> TeamId {
        TeamId::from(uuid::Uuid::nil())
    }

    pub(crate) fn place(&self, team: TeamId, id: CustomerId) -> (TeamId, CustomerId) {
        let shared = self.is(Flaw::SharedByTeams) || self.is(Flaw::IdsSharedByTeams);
        (if shared { Self::shared_team() } else { team }, id)
    }

    pub(crate) fn key(&self, team: TeamId, email: &EmailAddress) -> (TeamId, String) {
        if self.is(Flaw::CaseSensitiveEmail) {
            return (team, email.as_str().to_owned());
        }
        self.index(team, &email.key())
    }

    fn index(&self, team: TeamId, key: &EmailKey) -> (TeamId, String) {
        let shared = self.is(Flaw::SharedByTeams);
        let team = if shared { Self::shared_team() } else { team };
        let length = match self.flaw {
            Flaw::KeyOf64Characters => 64,
            Flaw::KeyOf191Characters => 191,
            Flaw::KeyOf255Characters => 255,
            _ => usize::MAX,
        };
        (team, key.as_str().chars().take(length).collect())
    }

    /// The record as the store keeps it, given its flaw.
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

    /// Makes a row corrupt; the planted value is not used.
    pub(crate) fn plant(&self, planted: PlantedValue) -> BoxFuture<'_, ()> {
        self.rows().corrupt.insert(planted.id);
        Box::pin(async {})
    }

    /// The store after a restart, with the data that persists given its flaw.
    pub(crate) fn reopen(self) -> BoxFuture<'static, Self> {
        let flaw = self.flaw;
        let mut rows = self.rows.into_inner().unwrap();
        match flaw {
            Flaw::PersistsNothing => rows = Rows::default(),
            Flaw::PersistsNoOwners => rows.owners.clear(),
            Flaw::BatchIsNotPersisted => {
                let batched = std::mem::take(&mut rows.batched);
                rows.records.retain(|(_, id), _| !batched.contains(id));
            }
            Flaw::PersistsNoDeletes => {
                for gone in rows.deleted.drain(..) {
                    let email = gone.email().key().as_str().to_owned();
                    rows.owners.insert((gone.team(), email), gone.id());
                    rows.records.insert((gone.team(), gone.id()), gone);
                }
            }
            _ => {}
        }
        let rows = Mutex::new(rows);
        Box::pin(async move { Self { flaw, rows } })
    }

    fn read(&self, stored: Option<Customer>) -> Result<Option<Customer>, StoreError> {
        let corrupt = |customer: &Customer| self.rows().corrupt.contains(&customer.id());
        let Some(customer) = stored.as_ref().filter(|customer| corrupt(customer)) else {
            return Ok(stored);
        };
        let error = StoreError::new(StoreErrorKind::Corrupt);
        match self.flaw {
            Flaw::CorruptRowsAreAbsent => Ok(None),
            Flaw::ErrorsNameNoRecord => Err(error),
            _ => Err(error.with_record(customer.id())),
        }
    }

    fn owner(&self, team: TeamId, email: &EmailAddress) -> Option<CustomerId> {
        self.rows().owners.get(&self.key(team, email)).copied()
    }

    pub(crate) fn stored(&self, team: TeamId, id: CustomerId) -> Option<Customer> {
        self.rows().records.get(&self.place(team, id)).cloned()
    }
}

impl CustomerStore for BrokenStore {
    async fn insert(&self, customer: &Customer) -> Result<(), InsertError> {
        let (team, id, email) = (customer.team(), customer.id(), customer.email());
        if self.is(Flaw::LookUpThenWrite) {
            let owner = self.owner(team, email);
            if let Some(owner) = owner
                && self.stored(team, id).is_none()
            {
                return Err(InsertError::EmailTaken(owner));
            }
            yield_now().await;
        }
        if self.is(Flaw::TornWhenDropped) && self.owner(team, email).is_none() {
            self.rows().owners.insert(self.key(team, email), id);
            yield_now().await;
            self.rows().owners.remove(&self.key(team, email));
        }
        let mut rows = self.rows();
        let owner = rows.owners.get(&self.key(team, email)).copied();
        if self.is(Flaw::EmailBeforeId)
            && let Some(owner) = owner
        {
            return Err(InsertError::EmailTaken(owner));
        }
        if rows.records.contains_key(&self.place(team, id)) {
            return Err(InsertError::IdTaken);
        }
        if let Some(owner) = owner
            && !self.is(Flaw::LookUpThenWrite)
        {
            let wrong = self.is(Flaw::NamesAnotherOwner);
            return Err(InsertError::EmailTaken(if wrong { id } else { owner }));
        }
        rows.owners.insert(self.key(team, email), id);
        rows.inserted_at.insert(id, customer.updated_at());
        rows.records
            .insert(self.place(team, id), self.kept(customer));
        Ok(())
    }

    async fn get(&self, team: TeamId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        self.read(self.stored(team, id))
    }

    async fn find_by_email(
        &self,
        team: TeamId,
        email: &EmailKey,
    ) -> Result<Option<Customer>, StoreError> {
        let rows = self.rows();
        let id = rows.owners.get(&self.index(team, email));
        let stored = id.and_then(|id| rows.records.get(&self.place(team, *id)));
        let stored = stored.cloned();
        drop(rows);
        self.read(stored)
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
        let other = |owner: Option<CustomerId>| owner.filter(|owner| *owner != id);
        if self.is(Flaw::LookUpThenWrite)
            && self.stored(team, id).is_some_and(|c| c.version() == read)
        {
            if let Some(owner) = other(self.owner(team, email)) {
                return Err(ReplaceError::EmailTaken(owner));
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
        let conflicts_with_itself = self.is(Flaw::ConflictsWithItself);
        let holder = if conflicts_with_itself {
            owner
        } else {
            other(owner)
        };
        if self.is(Flaw::EmailBeforeVersion)
            && let Some(holder) = holder
        {
            return Err(ReplaceError::EmailTaken(holder));
        }
        let unchecked = self.is(Flaw::LostVersionCheck) || self.is(Flaw::LostUpdate);
        if stored.version() != read && !unchecked {
            return Err(ReplaceError::VersionConflict);
        }
        if let Some(holder) = holder
            && !self.is(Flaw::LookUpThenWrite)
        {
            return Err(ReplaceError::EmailTaken(holder));
        }
        if !self.is(Flaw::KeepsTheOldEmail) {
            rows.owners.remove(&self.key(team, stored.email()));
        }
        rows.owners.insert(self.key(team, email), id);
        let mut kept = self.kept(customer);
        if self.is(Flaw::ReplaceKeepsTheWebsite) {
            let version = kept.version();
            let mut record = kept.into_record();
            record.content.website = stored.website().cloned();
            kept = record.into_customer(team, version);
        }
        rows.records.insert(self.place(team, id), kept);
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
        if self.is(Flaw::CorruptRowsStay) && rows.corrupt.contains(&id) {
            return Err(StoreError::new(StoreErrorKind::Corrupt)
                .with_record(id)
                .into());
        }
        rows.records.remove(&self.place(team, id));
        rows.deleted.push(stored.clone());
        rows.corrupt.remove(&id);
        if !self.is(Flaw::KeepsTheEmailOfDeletedRecords) {
            rows.owners.remove(&self.key(team, stored.email()));
        }
        Ok(())
    }

    async fn list(&self, team: TeamId, query: &ListQuery) -> Result<CustomerPage, StoreError> {
        let mut page = self.page(team, query)?;
        if self.is(Flaw::CountsLater) {
            yield_now().await;
            page.total = self.page(team, query)?.total;
        }
        if self.is(Flaw::ReadsThePageLater) {
            yield_now().await;
            let ids = page.records.iter().map(Customer::id);
            page.records = ids.filter_map(|id| self.stored(team, id)).collect();
        }
        Ok(page)
    }

    async fn update(
        &self,
        team: TeamId,
        id: CustomerId,
        change: Change,
        precondition: Precondition,
        clock: Arc<dyn Clock>,
    ) -> Result<Applied, UpdateError> {
        broken_update::update(self, team, id, &change, precondition, &*clock).await
    }

    async fn upsert(
        &self,
        team: TeamId,
        upsert: Upsert,
        clock: Arc<dyn Clock>,
    ) -> Result<Upserted, UpsertError> {
        broken_update::upsert(self, team, upsert, clock).await
    }

    async fn write_batch(
        &self,
        team: TeamId,
        writes: Vec<Write>,
        clock: Arc<dyn Clock>,
    ) -> Vec<WriteResult> {
        broken_batch::write_batch(self, team, writes, clock).await
    }

    async fn scan(
        &self,
        team: TeamId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Scan, StoreError> {
        Ok(broken_list::scan(
            self.flaw,
            &mut self.rows(),
            team,
            after,
            limit,
        ))
    }
}

impl BrokenStore {
    fn page(&self, team: TeamId, query: &ListQuery) -> Result<CustomerPage, StoreError> {
        let rows = self.rows();
        let shown = |customer: &&Customer| {
            customer.team() == team || self.is(Flaw::ListsEveryTeam) || self.is(Flaw::SharedByTeams)
        };
        let records = rows.records.values().filter(shown).cloned().collect();
        let updated_at = |customer: &Customer| match self.flaw {
            Flaw::StaleUpdatedAt => rows.inserted_at[&customer.id()],
            _ => customer.updated_at(),
        };
        let page = broken_list::page(self.flaw, records, query, updated_at);
        let is_corrupt = |customer: &Customer| rows.corrupt.contains(&customer.id());
        if self.is(Flaw::CorruptRowsStopLists) && page.records.iter().any(is_corrupt) {
            return Err(StoreError::new(StoreErrorKind::Corrupt));
        }
        let (corrupt, records) = page.records.into_iter().partition::<Vec<_>, _>(is_corrupt);
        Ok(CustomerPage {
            records,
            corrupt: corrupt.iter().map(Customer::id).collect(),
            total: page.total,
        })
    }
}
