//! S11: removes remaining copies of deleted and replaced values from the files.

use rusqlite::{Connection, ffi};

use crate::error::Error;

/// Rewrites the file. Before and after, the log is copied into it and truncated.
pub(crate) fn purge(connection: &Connection) -> Result<(), Error> {
    checkpoint(connection)?;
    connection.execute_batch("VACUUM")?;
    checkpoint(connection)
}

/// Waits until no connection reads an earlier state, for up to the busy timeout.
fn checkpoint(connection: &Connection) -> Result<(), Error> {
    let busy: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy {
        return Err(Error::busy(ffi::SQLITE_BUSY));
    }
    Ok(())
}
