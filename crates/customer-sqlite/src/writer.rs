//! The thread that writes, a group at a time.

use customer_domain::{
    Customer, CustomerId, DeleteError, InsertError, Precondition, ReplaceError, StoreError, TeamId,
    Version,
};
use rusqlite::{Connection, OptionalExtension, ffi};
use tokio::sync::{mpsc, oneshot};

use crate::error::Error;
use crate::row;

/// How many writes may wait. Who comes later waits for a place.
pub(crate) const QUEUE: usize = 1_024;

/// The most writes that share a transaction.
const GROUP: usize = 256;

/// A write, and where its answer goes. Nobody may be waiting for it any more.
pub(crate) enum Write {
    Insert(Customer, oneshot::Sender<Result<(), InsertError>>),
    Replace(Customer, Version, oneshot::Sender<Result<(), ReplaceError>>),
    Delete(
        TeamId,
        CustomerId,
        Precondition,
        oneshot::Sender<Result<(), DeleteError>>,
    ),
}

/// What a write came to, as long as the engine did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Written,
    NotFound,
    VersionConflict,
    IdTaken,
    EmailTaken,
}

/// Writes until all who could ask are gone.
pub(crate) fn run(mut connection: Connection, mut queue: mpsc::Receiver<Write>) {
    let mut group = Vec::with_capacity(GROUP);
    while let Some(first) = queue.blocking_recv() {
        group.push(first);
        while group.len() < GROUP
            && let Ok(next) = queue.try_recv()
        {
            group.push(next);
        }
        write_group(&mut connection, &mut group);
    }
}

/// Writes a group in one transaction. When one write makes the engine fail,
/// nothing of the group was written, and each is tried alone, so that the others
/// do not fail with it.
fn write_group(connection: &mut Connection, group: &mut Vec<Write>) {
    match commit(connection, group) {
        Ok(outcomes) => {
            for (write, outcome) in group.drain(..).zip(outcomes) {
                write.answer(Ok(outcome));
            }
        }
        Err(error @ (Error::Commit { .. } | Error::Abandoned)) => fail(group, &error),
        Err(error) if group.len() == 1 => fail(group, &error),
        Err(_) => {
            for write in group.drain(..) {
                write_group(connection, &mut vec![write]);
            }
        }
    }
}

fn fail(group: &mut Vec<Write>, error: &Error) {
    for write in group.drain(..) {
        write.answer(Err(error.clone()));
    }
}

/// All or nothing: the outcomes are true only once the commit is done.
fn commit(connection: &mut Connection, group: &[Write]) -> Result<Vec<Outcome>, Error> {
    // Immediate, because a read that becomes a write fails at once when another
    // process has written in between, whatever the timeout.
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let outcomes: Result<Vec<_>, _> = group.iter().map(|write| write.run(connection)).collect();
    let outcome = outcomes.and_then(|outcomes| {
        let committed = connection.execute_batch("COMMIT");
        committed.map_err(|error| Error::of_commit(&error))?;
        Ok(outcomes)
    });
    if outcome.is_err() && !connection.is_autocommit() {
        // When this fails too, the next `BEGIN` says so.
        let _ = connection.execute_batch("ROLLBACK");
    }
    outcome
}

impl Write {
    /// Within a transaction. A statement that breaks a constraint undoes itself
    /// and nothing else.
    fn run(&self, connection: &Connection) -> Result<Outcome, Error> {
        match self {
            Self::Insert(customer, _) => insert(connection, customer),
            Self::Replace(customer, read, _) => replace(connection, customer, *read),
            Self::Delete(team, id, precondition, _) => {
                delete(connection, *team, *id, *precondition)
            }
        }
    }

    fn answer(self, outcome: Result<Outcome, Error>) {
        let outcome = outcome.map_err(StoreError::from);
        // Whoever asked may have gone away.
        match self {
            Self::Insert(_, sender) => {
                let _ = sender.send(insert_answer(outcome));
            }
            Self::Replace(_, _, sender) => {
                let _ = sender.send(replace_answer(outcome));
            }
            Self::Delete(_, _, _, sender) => {
                let _ = sender.send(delete_answer(outcome));
            }
        }
    }
}

fn insert_answer(outcome: Result<Outcome, StoreError>) -> Result<(), InsertError> {
    match outcome? {
        Outcome::IdTaken => Err(InsertError::IdTaken),
        Outcome::EmailTaken => Err(InsertError::EmailTaken),
        Outcome::Written | Outcome::NotFound | Outcome::VersionConflict => Ok(()),
    }
}

fn replace_answer(outcome: Result<Outcome, StoreError>) -> Result<(), ReplaceError> {
    match outcome? {
        Outcome::NotFound => Err(ReplaceError::NotFound),
        Outcome::VersionConflict => Err(ReplaceError::VersionConflict),
        Outcome::EmailTaken => Err(ReplaceError::EmailTaken),
        Outcome::Written | Outcome::IdTaken => Ok(()),
    }
}

fn delete_answer(outcome: Result<Outcome, StoreError>) -> Result<(), DeleteError> {
    match outcome? {
        Outcome::NotFound => Err(DeleteError::NotFound),
        Outcome::VersionConflict => Err(DeleteError::VersionConflict),
        Outcome::Written | Outcome::IdTaken | Outcome::EmailTaken => Ok(()),
    }
}

fn insert(connection: &Connection, customer: &Customer) -> Result<Outcome, Error> {
    if stored_version(connection, customer.team(), customer.id())?.is_some() {
        return Ok(Outcome::IdTaken);
    }
    let mut statement = connection.prepare_cached(row::INSERT)?;
    written(row::execute(&mut statement, customer)?)
}

fn replace(connection: &Connection, customer: &Customer, read: Version) -> Result<Outcome, Error> {
    match stored_version(connection, customer.team(), customer.id())? {
        None => Ok(Outcome::NotFound),
        Some(stored) if stored != read => Ok(Outcome::VersionConflict),
        Some(_) => {
            let mut statement = connection.prepare_cached(row::UPDATE)?;
            written(row::execute(&mut statement, customer)?)
        }
    }
}

fn delete(
    connection: &Connection,
    team: TeamId,
    id: CustomerId,
    precondition: Precondition,
) -> Result<Outcome, Error> {
    match stored_version(connection, team, id)? {
        None => Ok(Outcome::NotFound),
        Some(stored) if !precondition.is_met_by(stored) => Ok(Outcome::VersionConflict),
        Some(_) => {
            connection
                .prepare_cached("DELETE FROM customer WHERE team = ?1 AND uuid = ?2")?
                .execute((team.as_uuid().as_bytes(), id.as_uuid().as_bytes()))?;
            Ok(Outcome::Written)
        }
    }
}

/// The only constraint that a record of a known id can break is that of the
/// email address.
fn written(executed: rusqlite::Result<usize>) -> Result<Outcome, Error> {
    match executed {
        Ok(_) => Ok(Outcome::Written),
        Err(error) if is_unique_violation(&error) => Ok(Outcome::EmailTaken),
        Err(error) => Err(error.into()),
    }
}

fn is_unique_violation(error: &rusqlite::Error) -> bool {
    error
        .sqlite_error()
        .is_some_and(|error| error.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE)
}

fn stored_version(
    connection: &Connection,
    team: TeamId,
    id: CustomerId,
) -> Result<Option<Version>, Error> {
    let number = connection
        .prepare_cached("SELECT version FROM customer WHERE team = ?1 AND uuid = ?2")?
        .query_row(
            (team.as_uuid().as_bytes(), id.as_uuid().as_bytes()),
            |row| row.get(0),
        )
        .optional()?;
    number.map(row::version_of).transpose()
}
