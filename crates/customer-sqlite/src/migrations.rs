//! The schema, and how a file of an earlier one is brought up to it.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::OpenError;
use crate::keys;

/// Marks the files of this store: "cust" in ASCII.
pub(crate) const APPLICATION_ID: i64 = 0x6375_7374;

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
    // 2: What a list searches, and sorts by when it goes by names. The index
    // holds all that a search reads of a record it does not find. Step 4 fills the
    // column.
    "ALTER TABLE customer ADD COLUMN search_key TEXT NOT NULL DEFAULT '';
    CREATE INDEX customer_search ON customer (team, search_key);",
    // 3: The column has the name that the core gives it.
    "ALTER TABLE customer RENAME COLUMN team TO team_id;",
    // 4: The version of the derived keys, and the first record that does not have
    // keys of that version yet; null if all have. The keys of earlier schemas have
    // version 1.
    "CREATE TABLE customer_keys (
        version      INTEGER NOT NULL,
        next_team_id BLOB,
        next_uuid    BLOB
    ) STRICT;
    INSERT INTO customer_keys (version) VALUES (1);",
];

/// Brings the schema and the derived keys up to date.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    take_steps(connection)?;
    keys::recompute(connection)
}

/// All steps in one transaction, which another process that opens the file at
/// the same time waits for and then finds done.
fn take_steps(connection: &mut Connection) -> Result<(), OpenError> {
    let known = MIGRATIONS.len() as i64;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = pragma(&transaction, "user_version")?;
    let missing = usize::try_from(found)
        .ok()
        .and_then(|n| MIGRATIONS.get(n..));
    let Some(missing) = missing else {
        return Err(OpenError::NewerSchema { found, known });
    };
    if !missing.is_empty() {
        for step in missing {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", known)?;
    }
    Ok(transaction.commit()?)
}

/// The number that a pragma has in this file.
pub(crate) fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}
