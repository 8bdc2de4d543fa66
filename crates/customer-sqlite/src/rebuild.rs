//! The migration from schema 4 to schema 6: moves the records into a table with row
//! ids, whose indexes are smaller, and removes deleted values that earlier versions of
//! this crate left in the file (S11).

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::error::OpenError;
use crate::pragma::pragma;
use crate::purge::purge;

/// The number of records that a transaction moves.
const BATCH: i64 = 5_000;

/// The schema while records are moved, and the one after it.
const MOVING: i64 = 5;
const PURGED: i64 = 6;

/// One index per order (S7): a list reads the ids of a page from one of them. The one
/// of the names is also searched.
const INDEXES: [&str; 4] = [
    "CREATE UNIQUE INDEX IF NOT EXISTS customer_email ON customer (team_id, email_key)",
    "CREATE INDEX IF NOT EXISTS customer_search ON customer (team_id, search_key, uuid)",
    "CREATE INDEX IF NOT EXISTS customer_created ON customer (team_id, created_at, uuid)",
    "CREATE INDEX IF NOT EXISTS customer_updated ON customer (team_id, updated_at, uuid)",
];

/// Moves batch after batch, each in a transaction, and creates the indexes. Several
/// processes can do so at the same time.
pub(crate) fn rebuild(connection: &mut Connection) -> Result<(), OpenError> {
    if pragma(connection, "user_version")? != MOVING {
        return Ok(());
    }
    // The file is purged afterwards.
    connection.pragma_update(None, "secure_delete", false)?;
    let mut records = 0;
    while has_old_table(connection)? {
        let moved = move_batch(connection)?;
        records += moved;
        if moved > 0 {
            log::info!("{records} customers are moved to a new table");
        }
    }
    for (number, index) in (1..).zip(INDEXES) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(index)?;
        transaction.commit()?;
        if records > 0 {
            log::info!("index {number} of {records} customers is created");
        }
    }
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(())
}

/// Purges a file of an earlier schema, once. If that is not possible, because another
/// process reads the file or the disk is full, the next opening tries again.
pub(crate) fn purge_once(connection: &Connection) -> Result<(), OpenError> {
    if pragma(connection, "user_version")? != MOVING {
        return Ok(());
    }
    let used: bool = connection.query_row("SELECT EXISTS (SELECT 1 FROM customer)", [], |row| {
        row.get(0)
    })?;
    if used && let Err(error) = purge(connection) {
        log::warn!("deleted values are not removed from the file yet: {error}");
        return Ok(());
    }
    Ok(connection.pragma_update(None, "user_version", PURGED)?)
}

fn has_old_table(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'customer_old')",
        [],
        |row| row.get(0),
    )
}

/// Moves the records after the last that was moved; if there are none, removes the old
/// table. Both tables have the columns of schema 4, in the same order.
fn move_batch(connection: &mut Connection) -> rusqlite::Result<usize> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    if !has_old_table(&transaction)? {
        return Ok(0);
    }
    let last: Option<(Vec<u8>, Vec<u8>)> = transaction
        .query_row(
            "SELECT team_id, uuid FROM customer ORDER BY team_id DESC, uuid DESC LIMIT 1",
            [],
            |row| row.try_into(),
        )
        .optional()?;
    // Less than any key.
    let (team, id) = last.unwrap_or_default();
    let moved = transaction.execute(
        "INSERT INTO customer SELECT * FROM customer_old
        WHERE (team_id, uuid) > (?1, ?2) ORDER BY team_id, uuid LIMIT ?3",
        (team, id, BATCH),
    )?;
    if moved == 0 {
        transaction.execute_batch("DROP TABLE customer_old")?;
    }
    transaction.commit()?;
    Ok(moved)
}
