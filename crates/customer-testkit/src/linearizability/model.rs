//! A team of a store, one operation after the other: the whole contract in
//! small.

use super::history::{Answer, Call, Row};

/// The records of a team, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Team {
    rows: Vec<Row>,
}

impl Team {
    /// What the store answers, and what it has afterwards; `None` when that is
    /// what it had before.
    pub(super) fn step(&self, call: Call) -> (Answer, Option<Self>) {
        match call {
            Call::Insert(row) => self.insert(row),
            Call::Replace { row, read } => self.replace(row, read),
            Call::Delete { id, version } => self.delete(id, version),
            Call::Get { id } => (Answer::Found(self.get(id)), None),
            Call::Find { email } => (Answer::Found(self.find(email)), None),
        }
    }

    fn get(&self, id: u8) -> Option<Row> {
        self.rows.iter().copied().find(|row| row.id == id)
    }

    fn find(&self, email: u8) -> Option<Row> {
        self.rows.iter().copied().find(|row| row.email == email)
    }

    fn insert(&self, row: Row) -> (Answer, Option<Self>) {
        if self.get(row.id).is_some() {
            return (Answer::IdTaken, None);
        }
        if let Some(owner) = self.find(row.email) {
            return (Answer::EmailTaken(owner.id), None);
        }
        (Answer::Done, Some(self.with(row.id, Some(row))))
    }

    fn replace(&self, row: Row, read: u64) -> (Answer, Option<Self>) {
        let Some(stored) = self.get(row.id) else {
            return (Answer::NotFound, None);
        };
        if stored.version != read {
            return (Answer::VersionConflict, None);
        }
        if let Some(owner) = self.find(row.email).filter(|owner| owner.id != row.id) {
            return (Answer::EmailTaken(owner.id), None);
        }
        (Answer::Done, Some(self.with(row.id, Some(row))))
    }

    fn delete(&self, id: u8, version: Option<u64>) -> (Answer, Option<Self>) {
        let Some(stored) = self.get(id) else {
            return (Answer::NotFound, None);
        };
        if version.is_some_and(|version| version != stored.version) {
            return (Answer::VersionConflict, None);
        }
        (Answer::Done, Some(self.with(id, None)))
    }

    /// Sorted, so that the same records are the same team.
    fn with(&self, id: u8, row: Option<Row>) -> Self {
        let others = self.rows.iter().copied().filter(|row| row.id != id);
        let mut rows: Vec<Row> = others.chain(row).collect();
        rows.sort_unstable();
        Self { rows }
    }
}
