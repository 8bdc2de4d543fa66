//! Connections and the schema.

use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::error::OpenError;

/// How long a writer waits for one of another process.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a new file is tried while others open it too.
const ATTEMPTS: u32 = 250;

/// Marks the files of this store: "cust" in ASCII.
const APPLICATION_ID: i64 = 0x6375_7374;

/// The steps from each schema to the next. A file's schema, its `user_version`,
/// is the number of steps it has taken. A step that was published never changes.
const MIGRATIONS: &[&str] = &[
    // 1: Everything by team first. A text is compared as bytes (the collation
    // BINARY is the default), so that the key of an email address decides alone.
    "CREATE TABLE customer (
        team             BLOB    NOT NULL,
        uuid             BLOB    NOT NULL,
        version          INTEGER NOT NULL,
        customer         TEXT    NOT NULL,
        email            TEXT    NOT NULL,
        email_key        TEXT    NOT NULL,
        main_phone       TEXT,
        website          TEXT,
        status           TEXT    NOT NULL,
        billing_street   TEXT,
        billing_city     TEXT,
        billing_state    TEXT,
        billing_zip_code TEXT,
        billing_country  TEXT,
        shipping_street   TEXT,
        shipping_city     TEXT,
        shipping_state    TEXT,
        shipping_zip_code TEXT,
        shipping_country  TEXT,
        contacts         TEXT    NOT NULL,
        created_at       INTEGER NOT NULL, -- microseconds since 1970
        updated_at       INTEGER NOT NULL, -- microseconds since 1970
        PRIMARY KEY (team, uuid)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX customer_email ON customer (team, email_key);",
];

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

/// All steps in one transaction, which another process that opens the file at
/// the same time waits for and then finds done.
fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let known = MIGRATIONS.len() as i64;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = pragma(&transaction, "user_version")?;
    let missing = usize::try_from(found)
        .ok()
        .and_then(|n| MIGRATIONS.get(n..));
    let Some(missing) = missing else {
        return Err(OpenError::NewerSchema { found, known });
    };
    for step in missing {
        transaction.execute_batch(step)?;
    }
    if !missing.is_empty() {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", known)?;
    }
    Ok(transaction.commit()?)
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}
