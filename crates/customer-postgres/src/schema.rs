//! The tables, and the steps from each schema to the next.

use deadpool_postgres::{GenericClient, Object, Transaction};
use tokio_postgres::IsolationLevel;

use crate::error::ConnectError;

/// Taken while the schema changes, so that processes that start at the same time
/// do not change it at once: "customer" in ASCII.
const LOCK: i64 = i64::from_be_bytes(*b"customer");

/// The steps from each schema to the next. A step that was published never
/// changes.
const MIGRATIONS: &[&str] = &[
    // 1: Every key by team first, so that the table can be distributed by team.
    // The key of an email address is compared as bytes, whatever the locale of
    // the database, because it decides alone.
    r#"CREATE TABLE customer (
        team_id          uuid        NOT NULL,
        uuid             uuid        NOT NULL,
        version          bigint      NOT NULL,
        customer         text        NOT NULL,
        email            text        NOT NULL,
        email_key        text        COLLATE "C" NOT NULL,
        main_phone       text,
        website          text,
        status           text        NOT NULL,
        billing_street   text,
        billing_city     text,
        billing_state    text,
        billing_zip_code text,
        billing_country  text,
        shipping_street   text,
        shipping_city     text,
        shipping_state    text,
        shipping_zip_code text,
        shipping_country  text,
        contacts         text        NOT NULL,
        created_at       timestamptz NOT NULL,
        updated_at       timestamptz NOT NULL,
        CONSTRAINT customer_pkey PRIMARY KEY (team_id, uuid),
        CONSTRAINT customer_email_key UNIQUE (team_id, email_key)
    )"#,
    // 2: What a list searches, and sorts by when it goes by names. The index has
    // the beginning alone, because a whole key can be longer than an index takes.
    // Step 3 fills the column.
    r#"ALTER TABLE customer ADD COLUMN search_key text COLLATE "C" NOT NULL DEFAULT '';
    CREATE INDEX customer_search ON customer (team_id, left(search_key, 200))"#,
    // 3: The version of the derived keys, and the first record that does not have keys
    // of that version yet; null if all have. They are in the row of this step, because
    // whoever may use the store may read this table. The keys of earlier schemas have
    // version 1.
    "ALTER TABLE customer_schema
        ADD COLUMN key_version  integer NOT NULL DEFAULT 1,
        ADD COLUMN next_team_id uuid,
        ADD COLUMN next_uuid    uuid",
];

/// Brings the schema up to date. Where it is already, nothing is written, so
/// that a user who may not change tables can use the store.
pub(crate) async fn migrate(client: &mut Object) -> Result<(), ConnectError> {
    let encoding = client
        .query_one("SELECT current_setting('server_encoding')", &[])
        .await
        .map_err(ConnectError::Schema)?;
    if encoding.try_get::<_, &str>(0).ok() != Some("UTF8") {
        return Err(ConnectError::Encoding);
    }
    if !missing(found(&*client).await?)?.is_empty() {
        change(client).await?;
    }
    Ok(())
}

/// A transaction that other processes which change the schema wait for. What they find
/// then must be what is there now and not when they began to wait.
pub(crate) async fn lock(client: &mut Object) -> Result<Transaction<'_>, tokio_postgres::Error> {
    let transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::ReadCommitted)
        .start()
        .await?;
    transaction
        .execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])
        .await?;
    Ok(transaction)
}

/// All steps in one transaction, which others wait for and then find done.
async fn change(client: &mut Object) -> Result<(), ConnectError> {
    let transaction = lock(client).await.map_err(ConnectError::Schema)?;
    transaction
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS customer_schema (
                step integer PRIMARY KEY,
                taken_at timestamptz NOT NULL DEFAULT now()
            )",
        )
        .await
        .map_err(ConnectError::Schema)?;
    let found = steps(&transaction).await?;
    for (step, sql) in (found + 1..).zip(missing(found)?) {
        transaction
            .batch_execute(sql)
            .await
            .map_err(ConnectError::Schema)?;
        transaction
            .execute("INSERT INTO customer_schema (step) VALUES ($1)", &[&step])
            .await
            .map_err(ConnectError::Schema)?;
    }
    transaction.commit().await.map_err(ConnectError::Schema)
}

/// The last step that was taken, 0 where none was.
async fn found(client: &impl GenericClient) -> Result<i32, ConnectError> {
    let there: bool = client
        .query_one("SELECT to_regclass('customer_schema') IS NOT NULL", &[])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(ConnectError::Schema)?;
    if there { steps(client).await } else { Ok(0) }
}

/// The same where the table is known to be there. A name that was once not found
/// is remembered as such until a table is opened, so after a wait it is this
/// question that tells the truth.
async fn steps(client: &impl GenericClient) -> Result<i32, ConnectError> {
    client
        .query_one("SELECT coalesce(max(step), 0) FROM customer_schema", &[])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(ConnectError::Schema)
}

fn missing(found: i32) -> Result<&'static [&'static str], ConnectError> {
    let steps = usize::try_from(found).ok();
    steps
        .and_then(|steps| MIGRATIONS.get(steps..))
        .ok_or(ConnectError::NewerSchema {
            found,
            known: MIGRATIONS.len() as i32,
        })
}
