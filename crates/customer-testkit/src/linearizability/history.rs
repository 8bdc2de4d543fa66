//! The operations of a history, and how they are printed.

use std::fmt;

use customer_domain::{CustomerId, TeamId};

/// A record, reduced to the values that the check compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row {
    /// The number of the id in the history.
    pub id: u8,
    /// The number of the address in the history.
    pub email: u8,
    /// Its version.
    pub version: u64,
    /// A number that identifies the write: no other write of the history has it.
    pub tag: u32,
}

/// A call of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    missing_docs,
    reason = "the parameters are those of the store's methods"
)]
pub enum Call {
    /// Inserts a record.
    Insert(Row),
    /// Replaces the version that the client read.
    Replace { row: Row, read: u64 },
    /// Updates a record in one operation: sets the tag, and the address if there is one.
    Update {
        id: u8,
        email: Option<u8>,
        tag: u32,
        version: Option<u64>,
    },
    /// Deletes a record, optionally only in that version.
    Delete { id: u8, version: Option<u64> },
    /// Reads a record.
    Get { id: u8 },
    /// Finds a record by its address.
    Find { email: u8 },
}

/// The result of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the fields are those of an `Applied`")]
pub enum Answer {
    /// A write succeeded.
    Done,
    /// An update succeeded.
    Updated { previous: Row, row: Row },
    /// The id of the insert is taken.
    IdTaken,
    /// The address of the write is taken by the record with this id.
    EmailTaken(u8),
    /// The record of the write does not exist.
    NotFound,
    /// The record of the write has another version.
    VersionConflict,
    /// The record that the read found.
    Found(Option<Row>),
    /// The read found a record that no client of this history wrote, or a record of
    /// another team.
    Foreign,
    /// It is unknown whether the write happened. It may happen at any time after the
    /// call.
    Unknown,
}

/// How a call is submitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Submission {
    /// By its own method.
    #[default]
    Single,
    /// As a batch of one write.
    Batch,
}

/// A call and its result, with the times of both on a clock shared by all clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The number of the client.
    pub client: usize,
    /// The number of the team in the history.
    pub team: usize,
    /// How the call was submitted.
    pub submission: Submission,
    /// The call.
    pub call: Call,
    /// The result.
    pub answer: Answer,
    /// The time of the call.
    pub called: u64,
    /// The time of the result, which is after that of the call.
    pub answered: u64,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            email,
            version,
            tag,
        } = self;
        write!(f, "id {id}: email {email}, version {version}, tag {tag}")
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insert(row) => write!(f, "insert({row})"),
            Self::Replace { row, read } => write!(f, "replace({row}; read version {read})"),
            Self::Update {
                id,
                email,
                tag,
                version,
            } => {
                write!(f, "update(id {id}: ")?;
                if let Some(email) = email {
                    write!(f, "email {email}, ")?;
                }
                write!(f, "tag {tag}{})", IfVersion(*version))
            }
            Self::Delete { id, version } => write!(f, "delete(id {id}{})", IfVersion(*version)),
            Self::Get { id } => write!(f, "get(id {id})"),
            Self::Find { email } => write!(f, "find_by_email(email {email})"),
        }
    }
}

/// The precondition of a call.
struct IfVersion(Option<u64>);

impl fmt::Display for IfVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(version) => write!(f, "; if version {version}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Updated { previous, row } => write!(f, "updated ({previous}) to ({row})"),
            Self::IdTaken => f.write_str("id taken"),
            Self::EmailTaken(id) => write!(f, "email taken by id {id}"),
            Self::NotFound => f.write_str("not found"),
            Self::VersionConflict => f.write_str("version conflict"),
            Self::Found(None) => f.write_str("no record"),
            Self::Found(Some(row)) => write!(f, "found ({row})"),
            Self::Foreign => f.write_str("a record that no client wrote"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            client,
            team: _,
            submission,
            call,
            answer,
            called,
            answered,
        } = self;
        write!(f, "[{called}, {answered}] ")?;
        match *client {
            Self::AUDIT => f.write_str("audit: ")?,
            client => write!(f, "client {client}: ")?,
        }
        match submission {
            Submission::Single => {}
            Submission::Batch => f.write_str("batch of ")?,
        }
        write!(f, "{call} -> {answer}")
    }
}

impl Operation {
    /// The client of the reads after all other operations.
    pub(super) const AUDIT: usize = usize::MAX;
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
    /// A history with these operations.
    #[must_use]
    pub fn new(operations: Vec<Operation>) -> Self {
        Self {
            clock: operations.iter().map(|o| o.answered + 1).max().unwrap_or(0),
            operations,
            ..Self::default()
        }
    }

    /// The operations without those that failed and therefore did not happen.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }
}
