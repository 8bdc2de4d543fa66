//! Opens the connections of a store.

use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tempfile::NamedTempFile;

use crate::error::OpenError;
use crate::migrations::{APPLICATION_ID, migrate};
use crate::pragma::pragma;

/// The maximum time that an operation waits for a lock of another process.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The number of attempts to open a file that others open or lock at the same time, and
/// the pause between them: [`BUSY_TIMEOUT`] in total.
const ATTEMPTS: u32 = 250;
const PAUSE: Duration = Duration::from_millis(20);

/// The number of pages in the write-ahead log from which they are copied to the file:
/// 16 MB. Pages that are written several times in between are copied once.
const LOG_PAGES: u32 = 4_000;

/// The number of statements that a connection keeps prepared. An update has one
/// statement per set of changed columns.
const STATEMENTS: usize = 64;

/// The connection that writes. Brings the schema up to date.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    let mut connection = open(path)?;
    // If another connection changes the mode at that moment, SQLite returns busy at once,
    // whatever the timeout.
    connection.busy_timeout(Duration::ZERO)?;
    let mut attempt = 1;
    while let Err(error) = use_write_ahead_log(&mut connection) {
        if attempt == ATTEMPTS || !matches!(error, OpenError::Busy(_)) {
            return Err(error);
        }
        attempt += 1;
        thread::sleep(PAUSE);
    }
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
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
    let directory = path.parent().unwrap_or(path);
    let file = NamedTempFile::new_in(directory).map_err(OpenError::CannotCreate)?;
    // If this fails because there is a file by now, that is opened. Otherwise SQLite
    // reports that there is none.
    let _ = file.into_temp_path().persist_noclobber(path);
    Ok(())
}

/// Puts the file into write-ahead mode, in which it then stays.
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
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Otherwise a value for a parameter that could influence the plan, such as the team of
    // an entry of the change log, makes each execution parse and plan its statement again.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn path(directory: &tempfile::TempDir) -> std::path::PathBuf {
        directory.path().join("customers.db")
    }

    #[test]
    fn s4_s11_the_connection_that_writes_is_durable_and_overwrites_deleted_values() {
        let directory = tempfile::tempdir().unwrap();
        create_private(&path(&directory)).unwrap();
        let connection = open_writer(&path(&directory)).unwrap();
        let full = 2;
        for (name, expected) in [
            ("synchronous", full),
            ("secure_delete", 1),
            ("busy_timeout", 5_000),
        ] {
            assert_eq!(pragma(&connection, name), Ok(expected), "{name}");
        }
    }

    #[test]
    fn a_connection_that_reads_does_not_write() {
        let directory = tempfile::tempdir().unwrap();
        create_private(&path(&directory)).unwrap();
        drop(open_writer(&path(&directory)).unwrap());
        let connection = open_reader(&path(&directory)).unwrap();
        let written = connection.execute("DELETE FROM customer", []);
        let code = written.unwrap_err().sqlite_error_code();
        assert_eq!(code, Some(rusqlite::ErrorCode::ReadOnly));
    }

    #[test]
    fn a_relative_path_without_a_directory_is_in_the_working_directory() {
        let name = format!("relative-{}.db", std::process::id());
        create_private(Path::new(&name)).unwrap();
        std::fs::remove_file(name).unwrap();
    }
}
