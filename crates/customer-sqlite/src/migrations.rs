//! The schema, and the migration of a file of an earlier schema.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::OpenError;
use crate::pragma::pragma;
use crate::{keys, rebuild};

/// Marks the files of this store: "cust" in ASCII.
pub(crate) const APPLICATION_ID: i64 = 0x6375_7374;

/// The latest schema. `rebuild` takes the step from 5 to 6.
const LATEST: i64 = 6;

/// The steps from each schema to the next. The schema of a file, its `user_version`, is
/// the number of steps that it has taken. A published step never changes.
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
    // 5: A table with row ids, whose indexes are smaller: they name a row by a number
    // instead of by its whole key. `rebuild` moves the rows and creates the indexes.
    "ALTER TABLE customer RENAME TO customer_old;
    CREATE TABLE customer (
        team_id          BLOB    NOT NULL,
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
        search_key       TEXT    NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX customer_id ON customer (team_id, uuid);
    -- The change log, the last entry of each team that was removed, and the id of the
    -- log.
    CREATE TABLE customer_change (
        team_id  BLOB    NOT NULL,
        sequence INTEGER NOT NULL,
        uuid     BLOB    NOT NULL,
        version  INTEGER NOT NULL,
        kind     TEXT    NOT NULL,
        fields   TEXT    NOT NULL,
        time     INTEGER NOT NULL, -- microseconds since 1970
        PRIMARY KEY (team_id, sequence)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE customer_change_pruned (
        team_id  BLOB    NOT NULL PRIMARY KEY,
        sequence INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE customer_log (id BLOB NOT NULL) STRICT;
    INSERT INTO customer_log (id) VALUES (randomblob(16));",
];

/// Brings the schema and the derived keys up to date.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    take_steps(connection)?;
    rebuild::rebuild(connection)?;
    keys::recompute(connection)?;
    rebuild::purge_once(connection)
}

/// Takes the missing steps in one transaction. Another process that opens the file at
/// the same time waits for it and finds them done. A file of the latest schema is only
/// read.
fn take_steps(connection: &mut Connection) -> Result<(), OpenError> {
    if missing_steps(connection)?.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let missing = missing_steps(&transaction)?;
    if missing.is_empty() {
        return Ok(());
    }
    for step in missing {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?;
    Ok(transaction.commit()?)
}

fn missing_steps(connection: &Connection) -> Result<&'static [&'static str], OpenError> {
    let found: i64 = pragma(connection, "user_version")?;
    if found == LATEST {
        return Ok(&[]);
    }
    let steps = usize::try_from(found).ok();
    let missing = steps.and_then(|steps| MIGRATIONS.get(steps..));
    missing.ok_or(OpenError::NewerSchema {
        found,
        known: LATEST,
    })
}
