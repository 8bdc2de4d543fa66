//! Opens the connections of a store.

use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::OpenError;
use crate::migrations::{APPLICATION_ID, migrate, pragma};

/// How long a writer waits for one of another process.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a new file is tried while others open it too.
const ATTEMPTS: u32 = 250;

/// The connection that writes. Makes the file and brings its schema up to date.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    let mut connection = open(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )?;
    let mut attempts = 0;
    while let Err(error) = use_write_ahead_log(&mut connection) {
        attempts += 1;
        if attempts == ATTEMPTS || !matches!(error, OpenError::Busy(_)) {
            return Err(error);
        }
        thread::sleep(BUSY_TIMEOUT / ATTEMPTS);
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// Puts the file into write-ahead mode, in which it then stays. Whoever does so
/// while others open the file is told at once that it is busy, whatever the
/// timeout, and so are they.
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
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, OpenError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// A file is ours, or nobody's yet.
fn check_application(connection: &mut Connection) -> Result<(), OpenError> {
    // Both from one state: another process may be making the schema.
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
