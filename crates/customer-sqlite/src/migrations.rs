//! The schema, and how a file of an earlier one is brought up to it.

use customer_domain::{CustomerName, EmailAddress, PhoneNumber, SearchKey};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, TransactionBehavior};

use crate::error::OpenError;

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
    // holds all that a search reads of a record it does not find.
    "ALTER TABLE customer ADD COLUMN search_key TEXT NOT NULL DEFAULT '';
    UPDATE customer SET search_key = customer_search_key(customer, email, main_phone);
    CREATE INDEX customer_search ON customer (team, search_key);",
    // 3: The column has the name that the core gives it.
    "ALTER TABLE customer RENAME COLUMN team TO team_id;",
];

/// All steps in one transaction, which another process that opens the file at
/// the same time waits for and then finds done.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
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
        add_search_key_function(&transaction)?;
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

/// What step 2 calls: SQLite cannot fold.
fn add_search_key_function(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_scalar_function(
        "customer_search_key",
        3,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        |row| Ok(search_key(row).map_or_else(String::new, |key| key.as_str().to_owned())),
    )
}

/// `None` for a row that breaks the rules: it has none until it is mended, and is
/// told of when it is read.
fn search_key(row: &Context<'_>) -> Option<SearchKey> {
    let text = |column| row.get::<Option<String>>(column).ok();
    let name = CustomerName::parse(&text(0)??).ok()?;
    let email = EmailAddress::parse(&text(1)??).ok()?;
    let phone = match text(2)? {
        Some(phone) => Some(PhoneNumber::parse(&phone).ok()?),
        None => None,
    };
    Some(SearchKey::new(&name, &email, phone.as_ref()))
}
