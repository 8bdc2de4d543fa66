//! Stores with a broken change log, each caught by a case of S9.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use customer_domain::{
    Applied, Change, ChangeEntry, ChangePage, ChangesError, Clock, Customer, CustomerId,
    CustomerPage, CustomerStore, DeleteError, EmailKey, InsertError, ListQuery, LogPosition,
    Precondition, ReadFrom, ReplaceError, Scan, StoreError, TeamId, Timestamp, UpdateError,
    Version,
};
use customer_testkit::conformance::{cases, run_cases};
use tokio::task::yield_now;

use crate::broken::{self, BrokenStore};

#[derive(Clone, Copy, PartialEq)]
enum Flaw {
    None,
    /// The number is assigned before the write is visible.
    NumbersBeforeCommit,
    MissesDeletes,
    LogsUnchanged,
    OneLogForAllTeams,
    IgnoresPruning,
}

/// A correct store with a separate log.
struct BrokenLog {
    flaw: Flaw,
    store: BrokenStore,
    numbers: AtomicU64,
    entries: Mutex<BTreeMap<u64, (TeamId, ChangeEntry)>>,
    pruned: Mutex<BTreeMap<TeamId, u64>>,
    /// Writes are executed one after the other, unless the flaw concerns their order.
    order: tokio::sync::Mutex<()>,
}

impl BrokenLog {
    fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
            store: BrokenStore::new(broken::Flaw::None),
            numbers: AtomicU64::new(0),
            entries: Mutex::default(),
            pruned: Mutex::default(),
            order: tokio::sync::Mutex::default(),
        }
    }

    async fn write<T, E>(
        &self,
        team: TeamId,
        write: impl Future<Output = Result<T, E>>,
        entry: impl Fn(&T) -> Option<ChangeEntry>,
    ) -> Result<T, E> {
        let early = self.flaw == Flaw::NumbersBeforeCommit;
        let _order = match early {
            true => None,
            false => Some(self.order.lock().await),
        };
        let number = self.numbers.fetch_add(1, Ordering::SeqCst) + 1;
        if early && number.is_multiple_of(2) {
            for _ in 0..20 {
                yield_now().await;
            }
        }
        let written = write.await?;
        if let Some(entry) = entry(&written) {
            self.entries.lock().unwrap().insert(number, (team, entry));
        }
        Ok(written)
    }
}

impl CustomerStore for BrokenLog {
    async fn insert(&self, customer: &Customer) -> Result<(), InsertError> {
        let entry = |(): &()| Some(ChangeEntry::created(customer));
        self.write(customer.team(), self.store.insert(customer), entry)
            .await
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
        let old = self.store.get(customer.team(), customer.id()).await?;
        let entry = |(): &()| {
            let fields = old.as_ref()?.differing_fields(customer);
            Some(ChangeEntry::updated(customer, fields))
        };
        self.write(customer.team(), self.store.replace(customer, read), entry)
            .await
    }

    async fn update(
        &self,
        team: TeamId,
        id: CustomerId,
        change: Change,
        precondition: Precondition,
        clock: Arc<dyn Clock>,
    ) -> Result<Applied, UpdateError> {
        let entry = |applied: &Applied| {
            let is_logged = !applied.changed().is_empty() || self.flaw == Flaw::LogsUnchanged;
            is_logged.then(|| ChangeEntry::updated(applied.customer(), applied.changed()))
        };
        let update = self.store.update(team, id, change, precondition, clock);
        self.write(team, update, entry).await
    }

    async fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<(), DeleteError> {
        let last = self.store.get(team, id).await?;
        let entry = |(): &()| {
            let version = last.as_ref()?.version();
            let entry = ChangeEntry::deleted(id, version, Timestamp::MIN);
            (self.flaw != Flaw::MissesDeletes).then_some(entry)
        };
        self.write(team, self.store.delete(team, id, precondition), entry)
            .await
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

    async fn changes(
        &self,
        team: TeamId,
        from: ReadFrom,
        limit: u32,
    ) -> Result<ChangePage, ChangesError> {
        let of = |position: &LogPosition| {
            let (owner, number) = position.as_str().split_once('.')?;
            Some((owner.to_owned(), number.parse::<u64>().ok()?))
        };
        let owner = match self.flaw {
            Flaw::OneLogForAllTeams => "all".to_owned(),
            _ => team.as_uuid().simple().to_string(),
        };
        let pruned = self.pruned.lock().unwrap().get(&team).copied().unwrap_or(0);
        let entries = self.entries.lock().unwrap();
        let start = match &from {
            ReadFrom::Oldest => 0,
            ReadFrom::End => entries.keys().last().copied().unwrap_or(0),
            ReadFrom::Position(position) => match of(position) {
                None => return Err(ChangesError::InvalidPosition),
                Some((found, number)) if found == owner && number >= pruned => number,
                Some(_) => return Err(ChangesError::Expired),
            },
        };
        let is_shown = |found: &TeamId| *found == team || self.flaw == Flaw::OneLogForAllTeams;
        let found = entries
            .range(start + 1..)
            .filter(|(_, (found, _))| is_shown(found));
        let found: Vec<_> = found.take(limit.max(1) as usize).collect();
        let last = found.last().map_or(start, |(number, _)| **number);
        Ok(ChangePage {
            changes: found
                .into_iter()
                .map(|(_, (_, entry))| entry.clone())
                .collect(),
            next: LogPosition::parse(&format!("{owner}.{last}")).unwrap(),
        })
    }

    async fn prune_changes(&self, team: TeamId, before: Timestamp) -> Result<u64, ChangesError> {
        let mut entries = self.entries.lock().unwrap();
        let of_team = entries.iter().filter(|(_, (found, _))| *found == team);
        let old = of_team.take_while(|(_, (_, entry))| entry.time < before);
        let old: Vec<_> = old.map(|(number, _)| *number).collect();
        if let Some(last) = old.last()
            && self.flaw != Flaw::IgnoresPruning
        {
            self.pruned.lock().unwrap().insert(team, *last);
        }
        entries.retain(|number, _| !old.contains(number));
        Ok(old.len() as u64)
    }
}

/// The cases of S9 that a store with the flaw fails.
async fn failed(flaw: Flaw) -> Vec<&'static str> {
    let s9 = cases()
        .into_iter()
        .filter(|case| case.name.starts_with("s9_"));
    let reports = run_cases(|| async { BrokenLog::new(flaw) }, s9.collect()).await;
    assert_eq!(reports.len(), 5);
    let failed = reports.into_iter().filter(|report| report.outcome.is_err());
    failed.map(|report| report.case).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s9_a_log_without_a_flaw_passes() {
    assert_eq!(failed(Flaw::None).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s9_every_broken_log_is_caught() {
    for (flaw, case) in [
        (
            Flaw::NumbersBeforeCommit,
            "s9_readers_follow_concurrent_writers",
        ),
        (Flaw::MissesDeletes, "s9_each_change_has_one_entry"),
        (Flaw::LogsUnchanged, "s9_each_change_has_one_entry"),
        (Flaw::OneLogForAllTeams, "s9_a_log_is_of_one_team"),
        (
            Flaw::IgnoresPruning,
            "s9_the_position_of_a_pruned_entry_has_expired",
        ),
    ] {
        assert!(failed(flaw).await.contains(&case), "{case}");
    }
}
