//! The change logs of the teams (S9).

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use customer_domain::{
    ChangeEntry, ChangePage, ChangesError, LogPosition, ReadFrom, TeamId, Timestamp,
};

/// The log of each team, which keeps a limited number of entries.
pub(crate) struct ChangeLogs {
    capacity: usize,
    /// Derives the id of a log, so that positions of another store are recognized.
    ids: RandomState,
    teams: Mutex<HashMap<TeamId, Log>>,
}

#[derive(Default)]
struct Log {
    entries: VecDeque<ChangeEntry>,
    /// The number of entries that were removed, which is the number of the first one.
    removed: u64,
}

impl ChangeLogs {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            ids: RandomState::new(),
            teams: Mutex::default(),
        }
    }

    /// Appends an entry. The caller holds the lock that makes the write visible, so
    /// that the order of the log is that of the writes.
    pub(crate) fn push(&self, team: TeamId, entry: ChangeEntry) {
        let mut teams = self.lock();
        let log = teams.entry(team).or_default();
        log.entries.push_back(entry);
        while log.entries.len() > self.capacity {
            log.remove_first();
        }
    }

    pub(crate) fn read(
        &self,
        team: TeamId,
        from: &ReadFrom,
        limit: u32,
    ) -> Result<ChangePage, ChangesError> {
        let id = self.ids.hash_one(team);
        let mut teams = self.lock();
        let log = teams.entry(team).or_default();
        let start = match from {
            ReadFrom::Oldest => log.removed,
            ReadFrom::End => log.end(),
            ReadFrom::Position(position) => match parse(position)? {
                (log_id, number) if log_id == id => number,
                _ => return Err(ChangesError::Expired),
            },
        };
        if !(log.removed..=log.end()).contains(&start) {
            return Err(ChangesError::Expired);
        }
        let skipped = usize::try_from(start - log.removed).unwrap_or(usize::MAX);
        let entries = log.entries.iter().skip(skipped);
        let changes: Vec<_> = entries.take(limit.max(1) as usize).cloned().collect();
        let next = format!("{id:016x}.{}", start + changes.len() as u64);
        let next = LogPosition::parse(&next).map_err(|_| ChangesError::InvalidPosition)?;
        Ok(ChangePage { changes, next })
    }

    /// Removes the oldest entries as long as they are older than that time.
    pub(crate) fn prune(&self, team: TeamId, before: Timestamp) -> u64 {
        let mut pruned = 0;
        if let Some(log) = self.lock().get_mut(&team) {
            while log.entries.front().is_some_and(|entry| entry.time < before) {
                log.remove_first();
                pruned += 1;
            }
        }
        pruned
    }

    /// A panic cannot leave a log half changed.
    fn lock(&self) -> MutexGuard<'_, HashMap<TeamId, Log>> {
        self.teams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// The number of the next entry.
    fn end(&self) -> u64 {
        self.removed + self.entries.len() as u64
    }

    fn remove_first(&mut self) {
        self.entries.pop_front();
        self.removed += 1;
    }
}

/// The id of the log and the number of the next entry.
fn parse(position: &LogPosition) -> Result<(u64, u64), ChangesError> {
    let parse = |text: &str| {
        let (id, number) = text.split_once('.')?;
        Some((u64::from_str_radix(id, 16).ok()?, number.parse().ok()?))
    };
    parse(position.as_str()).ok_or(ChangesError::InvalidPosition)
}
