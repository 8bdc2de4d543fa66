//! The change log of a team (S9).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::customer::Customer;
use crate::field_value::FieldValue;
use crate::reason::{Reason, ValueError};
use crate::schema::{Field, FieldSet};
use crate::value::contact::Contacts;
use crate::value::id::CustomerId;
use crate::value::time::Timestamp;
use crate::value::version::Version;

/// An entry of the change log (S9): which fields of a record changed, without values.
///
/// Serializes as an object with the names of the fields of this struct; `fields` are
/// JSON names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChangeEntry {
    /// The record.
    #[serde(rename = "uuid")]
    pub id: CustomerId,
    /// The version after the change; of a delete, one after the last version.
    pub version: Version,
    /// What happened.
    pub kind: ChangeKind,
    /// The fields that changed; of a new record, those that have a value; of a delete,
    /// none.
    pub fields: FieldSet,
    /// When the record changed: its `updatedAt`; of a delete, the time of the store.
    pub time: Timestamp,
}

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ChangeKind {
    /// It was inserted.
    Created,
    /// It was updated.
    Updated,
    /// It was deleted.
    Deleted,
}

impl ChangeKind {
    const ALL: [Self; 3] = [Self::Created, Self::Updated, Self::Deleted];

    /// The name, as in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }

    /// The kind that a store has stored by its name.
    pub fn from_stored(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl ChangeEntry {
    /// Creates an entry from what a store has stored.
    #[must_use]
    pub const fn new(
        id: CustomerId,
        version: Version,
        kind: ChangeKind,
        fields: FieldSet,
        time: Timestamp,
    ) -> Self {
        Self {
            id,
            version,
            kind,
            fields,
            time,
        }
    }

    /// The entry of a new record.
    #[must_use]
    pub fn created(new: &Customer) -> Self {
        let (id, version, time) = (new.id(), new.version(), new.updated_at());
        let fields = new.fields_with_values();
        Self::new(id, version, ChangeKind::Created, fields, time)
    }

    /// The entry of an update that changed these fields.
    #[must_use]
    pub const fn updated(new: &Customer, changed: FieldSet) -> Self {
        let (id, version, time) = (new.id(), new.version(), new.updated_at());
        Self::new(id, version, ChangeKind::Updated, changed, time)
    }

    /// The entry of a delete of the record that had that version.
    #[must_use]
    pub fn deleted(id: CustomerId, last: Version, time: Timestamp) -> Self {
        let none = FieldSet::EMPTY;
        Self::new(id, last.next(), ChangeKind::Deleted, none, time)
    }
}

/// A position in a change log: where a reader continues. It is opaque, and belongs to
/// one team of one log.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogPosition(String);

impl LogPosition {
    /// The maximum length, in characters.
    pub const MAX_CHARS: usize = 200;

    /// Checks the form of a position: 1 to 200 letters, digits, `-`, `_` and `.`, so
    /// that it needs no escape in a URL. Whether it belongs to a log is known to the
    /// store.
    ///
    /// # Errors
    ///
    /// `INVALID_POSITION`.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let is_valid = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if (1..=Self::MAX_CHARS).contains(&text.len()) && text.bytes().all(is_valid) {
            return Ok(Self(text.to_owned()));
        }
        Err(ValueError::new("position", Reason::InvalidPosition))
    }

    /// The string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LogPosition {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for LogPosition {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        Self::parse(&text)
    }
}

impl From<LogPosition> for String {
    fn from(position: LogPosition) -> Self {
        position.0
    }
}

impl fmt::Display for LogPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a reader of the change log starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadFrom {
    /// At the oldest entry.
    Oldest,
    /// After the entries that were read up to this position.
    Position(LogPosition),
    /// After the last entry: a position to start from when all records were just read.
    End,
}

/// Entries of the change log, in reading order, and the position after them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePage {
    /// The entries; empty at the end of the log.
    pub changes: Vec<ChangeEntry>,
    /// Where the reader continues.
    pub next: LogPosition,
}

impl Customer {
    /// The fields that a client can choose and that have a value.
    fn fields_with_values(&self) -> FieldSet {
        let empty = Contacts::NONE;
        let has_value = |field: &Field| {
            let value = self.value(*field);
            value != FieldValue::Null && value != FieldValue::Contacts(&empty)
        };
        Field::chosen().filter(has_value).collect()
    }

    /// The fields whose values differ from those of another version of the record (M2).
    ///
    /// ```
    /// # use customer_domain::{CustomerId, CustomerPatch, NewCustomer, TeamId, Timestamp};
    /// use customer_domain::{Status, Update};
    /// # let (id, team) = (CustomerId::from(uuid::Uuid::nil()), TeamId::from(uuid::Uuid::nil()));
    /// # let noon = Timestamp::parse("2026-11-23T12:00:00Z")?;
    /// # let acme = NewCustomer::new("Acme".parse()?, "a@acme.example".parse()?)
    /// #     .into_customer(id, team, noon);
    ///
    /// let patch = CustomerPatch::new().with_status(Update::Set(Status::Inactive));
    /// let other = acme.clone().apply(&patch, noon).into_customer();
    /// assert_eq!(acme.differing_fields(&other).to_string(), "status");
    /// # Ok::<(), customer_domain::ValueError>(())
    /// ```
    pub fn differing_fields(&self, other: &Self) -> FieldSet {
        let differs = |field: &Field| self.value(*field) != other.value(*field);
        Field::chosen().filter(differs).collect()
    }
}

impl Field {
    /// The fields that a client can choose.
    fn chosen() -> impl Iterator<Item = Self> {
        let chosen = |field: &Self| field.is_patchable() || *field == Self::Contacts;
        Self::ALL.iter().copied().filter(chosen)
    }
}
