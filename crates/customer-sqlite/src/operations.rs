//! The writes: what each reads and writes within a transaction.

use std::sync::Arc;
use std::time::SystemTime;

use customer_domain::{
    Applied, Change, ChangeEntry, Clock, Customer, CustomerId, DeleteError, EmailKey, FieldSet,
    InsertError, MatchBy, Precondition, ReplaceError, StoreError, TeamId, Timestamp, UpdateError,
    Upsert, UpsertError, Upserted, Version, Write, WriteResult,
};
use rusqlite::{Connection, OptionalExtension, ffi};

use crate::changes;
use crate::error::Error;
use crate::row;
use crate::update::{self, Stored};

/// A write of the queue.
pub(crate) trait Operation: Send + 'static {
    /// The result for the caller, valid once the transaction is committed.
    type Output: Send;

    /// Runs within a transaction. A statement that violates a constraint undoes itself
    /// and nothing else.
    ///
    /// # Errors
    ///
    /// If the error is of one record, this write wrote nothing and the others of the
    /// transaction are not affected. Otherwise the engine failed, and the transaction
    /// must be rolled back.
    fn run(&self, connection: &Connection) -> Result<Self::Output, Error>;

    /// The number of records that it writes.
    fn records(&self) -> usize {
        1
    }
}

/// The result of a write; the outer error is that of the engine.
type Outcome<T, E> = Result<Result<T, E>, Error>;

/// Inserts a record.
pub(crate) struct Insert(pub(crate) Customer);

/// Replaces a record of that version.
pub(crate) struct Replace(pub(crate) Customer, pub(crate) Version);

/// Changes a record (S3).
pub(crate) struct Update {
    pub(crate) team: TeamId,
    pub(crate) id: CustomerId,
    pub(crate) change: Change,
    pub(crate) precondition: Precondition,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Changes the record that matches, or inserts one.
pub(crate) struct InsertOrUpdate {
    pub(crate) team: TeamId,
    pub(crate) upsert: Upsert,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Deletes a record.
pub(crate) struct Delete(
    pub(crate) TeamId,
    pub(crate) CustomerId,
    pub(crate) Precondition,
);

/// Several writes, of which a rejected one rejects only itself (S10).
pub(crate) struct Batch {
    pub(crate) team: TeamId,
    pub(crate) writes: Arc<Vec<Write>>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Gives the change log another id.
pub(crate) struct RenewLog;

impl Operation for RenewLog {
    type Output = ();

    fn run(&self, connection: &Connection) -> Result<Self::Output, Error> {
        changes::renew(connection)
    }
}

/// Removes old entries of the change log.
pub(crate) struct Prune(pub(crate) TeamId, pub(crate) Timestamp);

impl Operation for Prune {
    type Output = u64;

    fn run(&self, connection: &Connection) -> Result<Self::Output, Error> {
        changes::prune(connection, self.0, self.1)
    }
}

impl Operation for Insert {
    type Output = Result<(), InsertError>;

    fn run(&self, connection: &Connection) -> Result<Self::Output, Error> {
        insert(connection, &self.0)
    }
}

impl Operation for Replace {
    type Output = Result<(), ReplaceError>;

    fn run(&self, connection: &Connection) -> Result<Self::Output, Error> {
        let Self(customer, read) = self;
        match stored_version(connection, customer.team(), customer.id())?.transpose()? {
            None => Ok(Err(ReplaceError::NotFound)),
            Some(stored) if stored != *read => Ok(Err(ReplaceError::VersionConflict)),
            Some(_) => {
                let fields = differing_fields(connection, customer)?;
                let written = write_row(connection, &row::UPDATE, customer)?;
                if written.is_ok() {
                    let entry = ChangeEntry::updated(customer, fields);
                    changes::push(connection, customer.team(), &entry)?;
                }
                Ok(written.map_err(ReplaceError::EmailTaken))
            }
        }
    }
}

impl Operation for Update {
    type Output = Result<Applied, UpdateError>;

    fn run(&self, connection: &Connection) -> Result<Self::Output, Error> {
        let (key, clock) = ((self.team, self.id), &*self.clock);
        update(connection, key, &self.change, self.precondition, clock)
    }
}

impl Operation for InsertOrUpdate {
    type Output = Result<Upserted, UpsertError>;

    fn run(&self, connection: &Connection) -> Result<Self::Output, Error> {
        upsert(connection, self.team, &self.upsert, &*self.clock)
    }
}

impl Operation for Delete {
    type Output = Result<(), DeleteError>;

    fn run(&self, connection: &Connection) -> Result<Self::Output, Error> {
        let Self(team, id, precondition) = self;
        delete(connection, *team, *id, *precondition)
    }
}

impl Operation for Batch {
    type Output = Vec<WriteResult>;

    fn run(&self, connection: &Connection) -> Result<Self::Output, Error> {
        self.writes
            .iter()
            .map(|write| self.run_one(connection, write))
            .collect()
    }

    fn records(&self) -> usize {
        self.writes.len()
    }
}

impl Batch {
    fn run_one(&self, connection: &Connection, write: &Write) -> Result<WriteResult, Error> {
        Ok(match write {
            Write::Insert(customer) => {
                WriteResult::Insert(of_record(insert(connection, customer))?)
            }
            Write::Update(id, change, precondition) => {
                let (key, clock) = ((self.team, *id), &*self.clock);
                let applied = update(connection, key, change, *precondition, clock);
                WriteResult::Update(of_record(applied)?.map(Box::new))
            }
            Write::Upsert(change) => {
                let upserted = upsert(connection, self.team, change, &*self.clock);
                WriteResult::Upsert(of_record(upserted)?)
            }
            Write::Delete(id, precondition) => {
                let deleted = delete(connection, self.team, *id, *precondition);
                WriteResult::Delete(of_record(deleted)?)
            }
        })
    }
}

/// Makes an error of one record the result of its write.
fn of_record<T, E: From<StoreError>>(outcome: Outcome<T, E>) -> Outcome<T, E> {
    match outcome {
        Err(error) if error.is_of_record() => Ok(Err(StoreError::from(error).into())),
        outcome => outcome,
    }
}

fn insert(connection: &Connection, customer: &Customer) -> Outcome<(), InsertError> {
    if stored_version(connection, customer.team(), customer.id())?.is_some() {
        return Ok(Err(InsertError::IdTaken));
    }
    let written = write_row(connection, &row::INSERT, customer)?;
    if written.is_ok() {
        changes::push(connection, customer.team(), &ChangeEntry::created(customer))?;
    }
    Ok(written.map_err(InsertError::EmailTaken))
}

fn update(
    connection: &Connection,
    (team, id): (TeamId, CustomerId),
    change: &Change,
    precondition: Precondition,
    clock: &dyn Clock,
) -> Outcome<Applied, UpdateError> {
    let Some(stored) = update::by_id(connection, team, id)? else {
        return Ok(Err(UpdateError::NotFound));
    };
    if !precondition.is_met_by(stored.customer.version()) {
        return Ok(Err(UpdateError::VersionConflict));
    }
    let applied = apply(connection, stored, change, clock)?;
    Ok(applied.map_err(UpdateError::EmailTaken))
}

fn upsert(
    connection: &Connection,
    team: TeamId,
    upsert: &Upsert,
    clock: &dyn Clock,
) -> Outcome<Upserted, UpsertError> {
    let stored = match (upsert.by, upsert.email_key()) {
        (MatchBy::Email, Some(key)) => update::by_email(connection, team, &key)?,
        (MatchBy::Email, None) => None,
        (MatchBy::Id, _) => update::by_id(connection, team, upsert.id)?,
    };
    if let Some(stored) = stored {
        let applied = apply(connection, stored, &upsert.change, clock)?;
        let updated = applied.map(|applied| Upserted::Updated(Box::new(applied)));
        return Ok(updated.map_err(UpsertError::EmailTaken));
    }
    let new = match upsert.change.to_new() {
        Ok(new) => new.into_customer(upsert.id, team, clock.now()),
        Err(violations) => return Ok(Err(violations.into())),
    };
    Ok(match insert(connection, &new)? {
        Ok(()) => Ok(Upserted::Created(Box::new(new))),
        Err(InsertError::IdTaken) => Err(UpsertError::IdTaken),
        Err(InsertError::EmailTaken(id)) => Err(UpsertError::EmailTaken(id)),
        Err(InsertError::Store(error)) => Err(error.into()),
    })
}

/// Applies a change to a record and writes it; the inner error is the customer that has
/// the email address. The clock is read after the record, so that the times of a record
/// are in the order of its updates.
fn apply(
    connection: &Connection,
    Stored { customer, row }: Stored,
    change: &Change,
    clock: &dyn Clock,
) -> Outcome<Applied, CustomerId> {
    let applied = customer.apply_change(change, clock.now());
    if applied.changed().is_empty() {
        return Ok(Ok(applied));
    }
    let written = update::write(connection, &row, &applied)?;
    let written = one_row_or_holder(connection, written, applied.customer())?;
    if written.is_ok() {
        let customer = applied.customer();
        let entry = ChangeEntry::updated(customer, applied.changed());
        changes::push(connection, customer.team(), &entry)?;
    }
    Ok(written.map(|()| applied))
}

/// The fields that a replace changes; those of the new record that have a value, if the
/// stored one is corrupt.
fn differing_fields(connection: &Connection, new: &Customer) -> Result<FieldSet, Error> {
    let stored: Result<_, StoreError> =
        of_record(update::by_id(connection, new.team(), new.id()).map(Ok))?;
    Ok(match stored {
        Ok(Some(stored)) => stored.customer.differing_fields(new),
        Ok(None) | Err(_) => ChangeEntry::created(new).fields,
    })
}

fn delete(
    connection: &Connection,
    team: TeamId,
    id: CustomerId,
    precondition: Precondition,
) -> Outcome<(), DeleteError> {
    let Some(stored) = stored_version(connection, team, id)? else {
        return Ok(Err(DeleteError::NotFound));
    };
    // Without a precondition, a version that cannot be read does not matter.
    let version = match (stored, precondition) {
        (Err(_), Precondition::Any) => Version::FIRST,
        (stored, _) => stored?,
    };
    if !precondition.is_met_by(version) {
        return Ok(Err(DeleteError::VersionConflict));
    }
    let rows = connection
        .prepare_cached("DELETE FROM customer WHERE team_id = ?1 AND uuid = ?2")?
        .execute((team.as_uuid().as_bytes(), id.as_uuid().as_bytes()))?;
    one_row(rows)?;
    changes::push(connection, team, &ChangeEntry::deleted(id, version, now()))?;
    Ok(Ok(()))
}

/// The time of a delete in the change log.
#[expect(clippy::disallowed_methods, reason = "a delete has no time of its own")]
fn now() -> Timestamp {
    SystemTime::now().try_into().unwrap_or(Timestamp::MAX)
}

/// Runs [`row::INSERT`] or [`row::UPDATE`].
fn write_row(connection: &Connection, sql: &str, customer: &Customer) -> Outcome<(), CustomerId> {
    let mut statement = connection.prepare_cached(sql)?;
    let written = row::execute(&mut statement, customer)?;
    one_row_or_holder(connection, written, customer)
}

/// Checks the result of a statement that writes one record. The only constraint that a
/// record of a known id can violate is that of the email address; the inner error is the
/// customer that has it.
fn one_row_or_holder(
    connection: &Connection,
    written: rusqlite::Result<usize>,
    customer: &Customer,
) -> Outcome<(), CustomerId> {
    match written {
        Ok(rows) => one_row(rows).map(Ok),
        Err(error) if is_unique_violation(&error) => {
            let holder = email_holder(connection, customer.team(), &customer.email().key())?;
            holder.map_or_else(|| Err(error.into()), |id| Ok(Err(id)))
        }
        Err(error) => Err(error.into()),
    }
}

/// A statement that names one record must have written one row.
const fn one_row(rows: usize) -> Result<(), Error> {
    if rows == 1 {
        Ok(())
    } else {
        Err(Error::Rows { rows })
    }
}

fn is_unique_violation(error: &rusqlite::Error) -> bool {
    error
        .sqlite_error()
        .is_some_and(|error| error.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE)
}

/// The customer of the team that has the email address.
fn email_holder(
    connection: &Connection,
    team: TeamId,
    key: &EmailKey,
) -> Result<Option<CustomerId>, Error> {
    let holder = connection
        .prepare_cached("SELECT uuid FROM customer WHERE team_id = ?1 AND email_key = ?2")?
        .query_row((team.as_uuid().as_bytes(), key.as_str()), |row| {
            Ok(row::id(row, 0))
        })
        .optional()?;
    let corrupt = || Error::Row {
        column: "uuid".to_owned(),
        id: None,
    };
    holder.map(|id| id.ok_or_else(corrupt)).transpose()
}

/// The stored version of a record; the error within `Ok` is that of a version that
/// cannot be read (S8).
fn stored_version(
    connection: &Connection,
    team: TeamId,
    id: CustomerId,
) -> Result<Option<Result<Version, Error>>, Error> {
    let number = connection
        .prepare_cached("SELECT version FROM customer WHERE team_id = ?1 AND uuid = ?2")?
        .query_row(
            (team.as_uuid().as_bytes(), id.as_uuid().as_bytes()),
            |row| row.get(0),
        )
        .optional()?;
    Ok(number.map(|number| row::version_of(number, id)))
}
