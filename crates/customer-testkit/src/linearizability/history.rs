//! The operations of a history, and how they are printed.

use std::fmt;

use customer_domain::{CustomerId, TeamId};

/// A record, reduced to the values that a history compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row {
    /// The number of its id among those of the history.
    pub id: u8,
    /// The number of its address among those of the history.
    pub email: u8,
    /// Its version.
    pub version: u64,
    /// A number that no other write of the history has.
    pub tag: u32,
}

/// A call of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    missing_docs,
    reason = "the parameters are those of the store's methods"
)]
pub enum Call {
    /// Adds a record.
    Insert(Row),
    /// Writes a record over the version that was read.
    Replace { row: Row, read: u64 },
    /// Removes a record, of that version if one is named.
    Delete { id: u8, version: Option<u64> },
    /// Reads a record.
    Get { id: u8 },
    /// Reads the record of an address.
    Find { email: u8 },
}

/// The result of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// A write was done.
    Done,
    /// An insert found its id taken.
    IdTaken,
    /// A write found its address taken by the record of this id.
    EmailTaken(u8),
    /// A write found no record.
    NotFound,
    /// A write found another version.
    VersionConflict,
    /// A read found this.
    Found(Option<Row>),
    /// The answer has a record that nobody wrote, or of another team.
    Foreign,
    /// Nobody knows whether the write was done. It may be done at any time from
    /// its call on.
    Unknown,
}

/// A call and its answer, and when they were: numbers of a clock that all
/// clients share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Who called.
    pub client: usize,
    /// Which of the few teams of the history it was in.
    pub team: usize,
    /// What was called.
    pub call: Call,
    /// What was answered.
    pub answer: Answer,
    /// When it was called.
    pub called: u64,
    /// When it was answered, which is after it was called.
    pub answered: u64,
}

/// The operations of all clients.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub(super) operations: Vec<Operation>,
    pub(super) teams: Vec<TeamId>,
    pub(super) ids: Vec<CustomerId>,
    pub(super) emails: u8,
    pub(super) clock: u64,
}

impl History {
    /// A history of these operations.
    #[must_use]
    pub fn new(operations: Vec<Operation>) -> Self {
        Self {
            clock: operations.iter().map(|o| o.answered + 1).max().unwrap_or(0),
            operations,
            ..Self::default()
        }
    }

    /// Every operation. One that the store declined for a reason of its own,
    /// and so did not do, is not among them.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }
}
