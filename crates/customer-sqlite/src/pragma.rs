//! Numbers in the header of the file.

use rusqlite::Connection;

/// The number that a pragma has in this file.
pub(crate) fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}
