//! Opens the connections of a store.

use std::io::ErrorKind;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tempfile::NamedTempFile;

use crate::error::OpenError;
use crate::migrations::{APPLICATION_ID, migrate};
use crate::pragma::pragma;

/// The maximum time that an operation waits for a lock of another process.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The number of attempts to open a new file that other threads or processes open too.
const ATTEMPTS: u32 = 250;

/// The number of statements that a connection keeps prepared. An update has one
/// statement per set of changed columns.
const STATEMENTS: usize = 64;

/// The connection that writes. Brings the schema up to date.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    let mut connection = open(path)?;
    let mut attempts = 0;
    while let Err(error) = use_write_ahead_log(&mut connection) {
        attempts += 1;
        if attempts == ATTEMPTS || !matches!(error, OpenError::Busy(_)) {
            return Err(error);
        }
        thread::sleep(BUSY_TIMEOUT / ATTEMPTS);
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    // S11: deleted values are overwritten in place.
    connection.pragma_update(None, "secure_delete", true)?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// Creates an empty file that only its owner can read and write, unless there is a
/// file. SQLite gives `-wal` and `-shm` the mode of the file.
///
/// The file gets its name when it is closed: closing a file that SQLite has open would
/// release the locks of SQLite in this process.
pub(crate) fn create_private(path: &Path) -> Result<(), OpenError> {
    if path.exists() {
        return Ok(());
    }
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) | None => Path::new("."),
    };
    let file = NamedTempFile::new_in(directory).map_err(OpenError::CannotCreate)?;
    match file.into_temp_path().persist_noclobber(path) {
        Ok(()) => Ok(()),
        Err(other) if other.error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(other) => Err(OpenError::CannotCreate(other.error)),
    }
}

/// Puts the file into write-ahead mode, in which it then stays. If another connection
/// does the same at that moment, SQLite returns busy at once, whatever the timeout.
fn use_write_ahead_log(connection: &mut Connection) -> Result<(), OpenError> {
    check_application(connection)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode == "wal" {
        Ok(())
    } else {
        Err(OpenError::NoWriteAheadLog)
    }
}

/// A connection that reads.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, OpenError> {
    let connection = open(path)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn open(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Checks that the file is empty or a file of this crate.
fn check_application(connection: &mut Connection) -> Result<(), OpenError> {
    // Both from one state: another process may be creating the schema.
    let transaction = connection.transaction()?;
    let tables: i64 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application: i64 = pragma(&transaction, "application_id")?;
    if application == APPLICATION_ID || (application == 0 && tables == 0) {
        Ok(())
    } else {
        Err(OpenError::OtherApplication)
    }
}
