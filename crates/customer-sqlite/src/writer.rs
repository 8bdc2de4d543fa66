//! The thread that writes, a group at a time.

use std::cell::Cell;

use customer_domain::{
    Customer, CustomerId, DeleteError, EmailKey, InsertError, Precondition, ReplaceError,
    StoreError, TeamId, Version,
};
use rusqlite::{Connection, OptionalExtension, ffi};
use tokio::sync::{mpsc, oneshot};

use crate::error::Error;
use crate::row;

/// How many writes may wait. Later ones wait for a place in the queue.
pub(crate) const QUEUE: usize = 1_024;

/// The most writes that share a transaction.
const GROUP: usize = 256;

/// A write, and the errors that it can return besides those of the engine.
pub(crate) trait Write: Send + 'static {
    /// The error for the caller.
    type Error: From<StoreError> + Send;

    /// Runs within a transaction. A statement that breaks a constraint undoes
    /// itself and nothing else.
    ///
    /// # Errors
    ///
    /// The engine failed: the transaction must be rolled back. What the write
    /// itself returns is within `Ok`, and true once the transaction is committed.
    fn run(&self, connection: &Connection) -> Result<Result<(), Self::Error>, Error>;
}

/// Adds a record.
pub(crate) struct Insert(pub(crate) Customer);

/// Replaces a record of that version.
pub(crate) struct Replace(pub(crate) Customer, pub(crate) Version);

/// Removes a record.
pub(crate) struct Delete(
    pub(crate) TeamId,
    pub(crate) CustomerId,
    pub(crate) Precondition,
);

/// A write in the queue. The type of its result is known to the write alone, so
/// that no result can be taken for that of another kind of write.
pub(crate) trait Queued: Send {
    /// Runs within a transaction.
    ///
    /// # Errors
    ///
    /// The engine failed: the transaction must be rolled back.
    fn run(&self, connection: &Connection) -> Result<Reply<'_>, Error>;

    /// Replies that nothing was written, or that it is not known.
    fn fail(&self, error: &Error);
}

/// Sends the result of a write. It is called once the transaction is committed
/// and dropped when it is not.
pub(crate) type Reply<'a> = Box<dyn FnOnce() + 'a>;

/// The result of a write, to be waited for.
pub(crate) type Written<W> = oneshot::Receiver<WriteResult<W>>;

/// The result of a write.
type WriteResult<W> = Result<(), <W as Write>::Error>;

/// Makes a write ready for the queue.
pub(crate) fn queued<W: Write>(write: W) -> (Box<dyn Queued>, Written<W>) {
    let (sender, receiver) = oneshot::channel();
    let sender = Cell::new(Some(sender));
    (Box::new(Job { write, sender }), receiver)
}

/// A write and the sender of its result, which is taken when it is used.
struct Job<W: Write> {
    write: W,
    sender: Cell<Option<oneshot::Sender<WriteResult<W>>>>,
}

impl<W: Write> Job<W> {
    fn reply(&self, result: WriteResult<W>) {
        if let Some(sender) = self.sender.take() {
            // The caller may have stopped waiting.
            let _ = sender.send(result);
        }
    }
}

impl<W: Write> Queued for Job<W> {
    fn run(&self, connection: &Connection) -> Result<Reply<'_>, Error> {
        let result = self.write.run(connection)?;
        Ok(Box::new(|| self.reply(result)))
    }

    fn fail(&self, error: &Error) {
        self.reply(Err(StoreError::from(error.clone()).into()));
    }
}

/// Writes until every sender of the queue is dropped.
pub(crate) fn run(connection: &Connection, mut queue: mpsc::Receiver<Box<dyn Queued>>) {
    let mut group = Vec::with_capacity(GROUP);
    while let Some(first) = queue.blocking_recv() {
        group.push(first);
        while group.len() < GROUP
            && let Ok(next) = queue.try_recv()
        {
            group.push(next);
        }
        write_group(connection, &group);
        group.clear();
    }
}

/// Writes a group in one transaction. When one write makes the engine fail,
/// nothing of the group was written, and each is run alone, so that the others
/// do not fail with it.
fn write_group(connection: &Connection, group: &[Box<dyn Queued>]) {
    match commit(connection, group) {
        Ok(replies) => replies.into_iter().for_each(|reply| reply()),
        Err(error @ (Error::Commit { .. } | Error::Abandoned)) => fail(group, &error),
        Err(error) if group.len() == 1 => fail(group, &error),
        Err(_) => {
            for write in group.chunks(1) {
                write_group(connection, write);
            }
        }
    }
}

fn fail(group: &[Box<dyn Queued>], error: &Error) {
    for write in group {
        write.fail(error);
    }
}

/// All or nothing: there are replies only once the commit is done.
fn commit<'a>(
    connection: &Connection,
    group: &'a [Box<dyn Queued>],
) -> Result<Vec<Reply<'a>>, Error> {
    // Immediate, because a read that becomes a write fails at once when another
    // process has written in between, whatever the timeout.
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let replies: Result<Vec<_>, _> = group.iter().map(|write| write.run(connection)).collect();
    let committed = replies.and_then(|replies| {
        let committed = connection.execute_batch("COMMIT");
        committed.map_err(|error| Error::of_commit(&error))?;
        Ok(replies)
    });
    if committed.is_err() && !connection.is_autocommit() {
        // When this fails too, the next `BEGIN` says so.
        let _ = connection.execute_batch("ROLLBACK");
    }
    committed
}

impl Write for Insert {
    type Error = InsertError;

    fn run(&self, connection: &Connection) -> Result<Result<(), InsertError>, Error> {
        let Self(customer) = self;
        if stored_version(connection, customer.team(), customer.id())?.is_some() {
            return Ok(Err(InsertError::IdTaken));
        }
        let written = write_row(connection, &row::INSERT, customer)?;
        Ok(written.map_err(InsertError::EmailTaken))
    }
}

impl Write for Replace {
    type Error = ReplaceError;

    fn run(&self, connection: &Connection) -> Result<Result<(), ReplaceError>, Error> {
        let Self(customer, read) = self;
        match stored_version(connection, customer.team(), customer.id())?.transpose()? {
            None => Ok(Err(ReplaceError::NotFound)),
            Some(stored) if stored != *read => Ok(Err(ReplaceError::VersionConflict)),
            Some(_) => {
                let written = write_row(connection, &row::UPDATE, customer)?;
                Ok(written.map_err(ReplaceError::EmailTaken))
            }
        }
    }
}

impl Write for Delete {
    type Error = DeleteError;

    fn run(&self, connection: &Connection) -> Result<Result<(), DeleteError>, Error> {
        let Self(team, id, precondition) = self;
        let Some(stored) = stored_version(connection, *team, *id)? else {
            return Ok(Err(DeleteError::NotFound));
        };
        // Without a precondition, a version that cannot be read does not matter.
        if *precondition != Precondition::Any && !precondition.is_met_by(stored?) {
            return Ok(Err(DeleteError::VersionConflict));
        }
        let rows = connection
            .prepare_cached("DELETE FROM customer WHERE team_id = ?1 AND uuid = ?2")?
            .execute((team.as_uuid().as_bytes(), id.as_uuid().as_bytes()))?;
        one_row(rows).map(Ok)
    }
}

/// Runs [`row::INSERT`] or [`row::UPDATE`]. The only constraint that a record of
/// a known id can break is that of the email address.
///
/// Within `Ok`, the error is the customer that has the email address.
fn write_row(
    connection: &Connection,
    sql: &str,
    customer: &Customer,
) -> Result<Result<(), CustomerId>, Error> {
    let mut statement = connection.prepare_cached(sql)?;
    match row::execute(&mut statement, customer)? {
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

#[cfg(test)]
mod tests {
    use customer_domain::{NewCustomer, StoreErrorKind, Timestamp};
    use uuid::Uuid;

    use super::*;
    use crate::migrations::migrate;

    fn connection() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        connection
    }

    fn customer(id: u128, email: &str) -> Customer {
        let noon = Timestamp::parse("2026-11-23T12:00:00Z").unwrap();
        let (id, team) = (Uuid::from_u128(id).into(), Uuid::from_u128(1).into());
        NewCustomer::new("Acme".parse().unwrap(), email.parse().unwrap())
            .into_customer(id, team, noon)
    }

    fn delete(customer: &Customer, precondition: Precondition) -> Delete {
        Delete(customer.team(), customer.id(), precondition)
    }

    /// Adds a write to the group.
    fn add<W: Write>(group: &mut Vec<Box<dyn Queued>>, write: W) -> Written<W> {
        let (write, written) = queued(write);
        group.push(write);
        written
    }

    /// The result that a write has been sent.
    fn result<E>(mut written: oneshot::Receiver<Result<(), E>>) -> Result<(), E> {
        written.try_recv().unwrap()
    }

    fn stored(connection: &Connection) -> Vec<String> {
        let mut statement = connection
            .prepare("SELECT email FROM customer ORDER BY email")
            .unwrap();
        let emails = statement.query_map([], |row| row.get(0)).unwrap();
        emails.map(Result::unwrap).collect()
    }

    #[test]
    fn s3_each_write_of_a_group_gets_its_own_result() {
        let connection = connection();
        let (ann, bob) = (
            customer(1, "ann@acme.example"),
            customer(2, "bob@acme.example"),
        );
        let (missing, taken) = (
            customer(3, "c@acme.example"),
            customer(4, "ann@acme.example"),
        );
        let second = Version::from_stored(2).unwrap();
        let group = &mut Vec::new();
        let inserted = [
            add(group, Insert(ann.clone())),
            add(group, Insert(bob.clone())),
        ];
        let id_taken = add(group, Insert(ann.clone()));
        let email_taken = add(group, Insert(taken));
        let replaced = add(group, Replace(ann.clone(), Version::FIRST));
        let not_replaced = add(group, Replace(missing.clone(), Version::FIRST));
        let outdated = add(group, Replace(ann.clone(), second));
        let replaced_email = add(
            group,
            Replace(customer(2, "ann@acme.example"), Version::FIRST),
        );
        let not_deleted = add(group, delete(&missing, Precondition::Any));
        let unmet = add(group, delete(&ann, Precondition::Version(second)));
        let deleted = add(group, delete(&bob, Precondition::Any));

        write_group(&connection, group);

        assert!(inserted.map(result).iter().all(Result::is_ok));
        assert!(matches!(result(id_taken), Err(InsertError::IdTaken)));
        assert!(matches!(result(email_taken), Err(InsertError::EmailTaken(id)) if id == ann.id()));
        assert!(matches!(result(replaced), Ok(())));
        assert!(matches!(result(not_replaced), Err(ReplaceError::NotFound)));
        assert!(matches!(
            result(outdated),
            Err(ReplaceError::VersionConflict)
        ));
        assert!(matches!(
            result(replaced_email),
            Err(ReplaceError::EmailTaken(id)) if id == ann.id()
        ));
        assert!(matches!(result(not_deleted), Err(DeleteError::NotFound)));
        assert!(matches!(result(unmet), Err(DeleteError::VersionConflict)));
        assert!(matches!(result(deleted), Ok(())));
        assert_eq!(stored(&connection), ["ann@acme.example"]);
    }

    #[test]
    fn s5_a_statement_that_writes_no_row_is_an_internal_error() {
        let connection = connection();
        let (ann, bob) = (
            customer(1, "ann@acme.example"),
            customer(2, "bob@acme.example"),
        );
        let group = &mut Vec::new();
        let inserted = add(group, Insert(ann.clone()));
        write_group(&connection, group);
        assert!(result(inserted).is_ok());
        for (event, row) in [("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")] {
            let trigger = format!(
                "CREATE TRIGGER ignore_{event} BEFORE {event} ON customer
                WHEN {row}.email = 'ann@acme.example' OR {row}.email = 'c@acme.example'
                BEGIN SELECT RAISE(IGNORE); END"
            );
            connection.execute_batch(&trigger).unwrap();
        }

        let group = &mut Vec::new();
        let not_inserted = add(group, Insert(customer(3, "c@acme.example")));
        let not_replaced = add(group, Replace(ann.clone(), Version::FIRST));
        let not_deleted = add(group, delete(&ann, Precondition::Any));
        let inserted = add(group, Insert(bob));
        write_group(&connection, group);

        let internal = StoreErrorKind::Internal;
        assert!(matches!(result(not_inserted), Err(InsertError::Store(e)) if e.kind() == internal));
        assert!(
            matches!(result(not_replaced), Err(ReplaceError::Store(e)) if e.kind() == internal)
        );
        assert!(matches!(result(not_deleted), Err(DeleteError::Store(e)) if e.kind() == internal));
        assert!(result(inserted).is_ok(), "the others are written");
        assert_eq!(
            stored(&connection),
            ["ann@acme.example", "bob@acme.example"]
        );
    }

    #[test]
    fn s5_no_write_of_a_commit_that_failed_is_acknowledged() {
        let connection = connection();
        // A foreign key that is checked at the commit.
        connection
            .execute_batch(
                "PRAGMA foreign_keys = ON;
                CREATE TABLE parent (id INTEGER PRIMARY KEY);
                CREATE TABLE child (
                    parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED
                );
                CREATE TRIGGER orphan AFTER INSERT ON customer
                BEGIN INSERT INTO child VALUES (1); END;",
            )
            .unwrap();
        let group = &mut Vec::new();
        let written = [
            add(group, Insert(customer(1, "ann@acme.example"))),
            add(group, Insert(customer(2, "bob@acme.example"))),
        ];

        write_group(&connection, group);

        for result in written.map(result) {
            let unknown = StoreErrorKind::OutcomeUnknown;
            assert!(matches!(result, Err(InsertError::Store(e)) if e.kind() == unknown));
        }
        assert!(connection.is_autocommit(), "the transaction is rolled back");
        assert_eq!(stored(&connection), [""; 0]);
    }
}
