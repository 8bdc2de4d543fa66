//! A model of one team of a store with sequential operations: the contract, reduced to
//! what a history compares.

use super::history::{Answer, Call, Row};

/// The records of a team, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Team {
    rows: Vec<Row>,
}

impl Team {
    /// The records, in the order of their ids.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The result of a call, and the team after it; `None` if the team does not change.
    pub(super) fn step(&self, call: Call) -> (Answer, Option<Self>) {
        let written = match call {
            Call::Insert(row) => self.insert(row),
            Call::Replace { row, read } => self.replace(row, read),
            Call::Update {
                id,
                email,
                tag,
                version,
            } => self.update((id, version), email, tag),
            Call::Delete { id, version } => self.delete(id, version),
            Call::Get { id } => Err(Answer::Found(self.get(id))),
            Call::Find { email } => Err(Answer::Found(self.find(email))),
        };
        match written {
            Ok((answer, after)) => (answer, Some(after)),
            Err(answer) => (answer, None),
        }
    }

    fn get(&self, id: u8) -> Option<Row> {
        self.rows.iter().copied().find(|row| row.id == id)
    }

    fn find(&self, email: u8) -> Option<Row> {
        self.rows.iter().copied().find(|row| row.email == email)
    }

    fn insert(&self, row: Row) -> Result<(Answer, Self), Answer> {
        if self.get(row.id).is_some() {
            return Err(Answer::IdTaken);
        }
        self.check_email(row)?;
        Ok((Answer::Done, self.with(row.id, Some(row))))
    }

    fn replace(&self, row: Row, read: u64) -> Result<(Answer, Self), Answer> {
        self.get_if(row.id, Some(read))?;
        self.check_email(row)?;
        Ok((Answer::Done, self.with(row.id, Some(row))))
    }

    /// Every update of a history changes the tag, so it always writes.
    fn update(
        &self,
        (id, version): (u8, Option<u64>),
        email: Option<u8>,
        tag: u32,
    ) -> Result<(Answer, Self), Answer> {
        let previous = self.get_if(id, version)?;
        let row = Row {
            id,
            email: email.unwrap_or(previous.email),
            version: previous.version + 1,
            tag,
        };
        self.check_email(row)?;
        let answer = Answer::Updated { previous, row };
        Ok((answer, self.with(id, Some(row))))
    }

    fn delete(&self, id: u8, version: Option<u64>) -> Result<(Answer, Self), Answer> {
        self.get_if(id, version)?;
        Ok((Answer::Done, self.with(id, None)))
    }

    fn get_if(&self, id: u8, version: Option<u64>) -> Result<Row, Answer> {
        let stored = self.get(id).ok_or(Answer::NotFound)?;
        if version.is_some_and(|version| version != stored.version) {
            return Err(Answer::VersionConflict);
        }
        Ok(stored)
    }

    /// Whether no other record has the address.
    fn check_email(&self, row: Row) -> Result<(), Answer> {
        match self.find(row.email).filter(|owner| owner.id != row.id) {
            Some(owner) => Err(Answer::EmailTaken(owner.id)),
            None => Ok(()),
        }
    }

    /// Sorted, so that teams with the same records are equal.
    fn with(&self, id: u8, row: Option<Row>) -> Self {
        let others = self.rows.iter().copied().filter(|row| row.id != id);
        let mut rows: Vec<Row> = others.chain(row).collect();
        rows.sort_unstable();
        Self { rows }
    }
}
