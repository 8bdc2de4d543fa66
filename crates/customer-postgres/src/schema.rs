//! The tables, and the steps from each schema to the next.

use tokio_postgres::Row;

use crate::connection::Connection;
use crate::error::ConnectError;
use crate::parameter::Parameter;

/// Taken while the schema changes, so that processes that start at the same time
/// do not change it at once: "customer" in ASCII.
const LOCK: i64 = i64::from_be_bytes(*b"customer");

/// The steps from each schema to the next. A step that was published never changes. Each
/// statement is sent alone: a distributed database does not accept two at once.
const MIGRATIONS: &[&[&str]] = &[
    // 1: Every key by team first, so that the table can be distributed by team.
    // The key of an email address is compared as bytes, whatever the locale of
    // the database, because it decides alone.
    &[r#"CREATE TABLE customer (
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
    )"#],
    // 2: What a list searches, and sorts by when it goes by names. The index has
    // the beginning alone, because a whole key can be longer than an index takes.
    // Step 3 fills the column.
    &[
        r#"ALTER TABLE customer ADD COLUMN search_key text COLLATE "C" NOT NULL DEFAULT ''"#,
        "CREATE INDEX customer_search ON customer (team_id, left(search_key, 200))",
    ],
    // 3: The version of the derived keys, and the first record that does not have keys
    // of that version yet; null if all have. They are in the row of this step, because
    // every role that uses the store may read this table. The keys of earlier schemas have
    // version 1.
    &["ALTER TABLE customer_schema
        ADD COLUMN key_version  integer NOT NULL DEFAULT 1,
        ADD COLUMN next_team_id uuid,
        ADD COLUMN next_uuid    uuid"],
    // 4 to 6: S7, an index for each order of a list, which has all columns that a page of
    // ids needs. That of the names has the whole search key, so that a search reads only
    // the index. The longest key has less than the 2,704 bytes that an entry can have.
    // The order by email address uses its constraint.
    &[
        "CREATE INDEX customer_by_name ON customer (team_id, search_key, uuid)",
        "DROP INDEX customer_search",
    ],
    &["CREATE INDEX customer_by_created_at ON customer (team_id, created_at, uuid)"],
    &["CREATE INDEX customer_by_updated_at ON customer (team_id, updated_at, uuid)"],
    // 7: S9, the change log; `changes` explains its order. The sequence is not cached by
    // sessions, so that the numbers of one record are in the order of its changes.
    &[
        "ALTER TABLE customer ADD COLUMN log_order bigint NOT NULL DEFAULT 0",
        "CREATE TABLE customer_change (
            team_id   uuid        NOT NULL,
            log_order bigint      NOT NULL,
            sequence  bigint      GENERATED ALWAYS AS IDENTITY (CACHE 1),
            uuid      uuid        NOT NULL,
            version   bigint      NOT NULL,
            kind      text        NOT NULL,
            fields    text        NOT NULL,
            time      timestamptz NOT NULL,
            PRIMARY KEY (team_id, log_order, sequence)
        )",
        "CREATE INDEX customer_change_deleted ON customer_change (team_id, uuid)
            WHERE kind = 'deleted'",
        // The last entry of each team that was removed.
        "CREATE TABLE customer_change_pruned (
            team_id   uuid   PRIMARY KEY,
            log_order bigint NOT NULL,
            sequence  bigint NOT NULL
        )",
        // One row: the id of the log, what the orders begin after, and the database that
        // the log belongs to. `connect` inserts it.
        "CREATE TABLE customer_log (
            is_only           boolean PRIMARY KEY DEFAULT true CHECK (is_only),
            id                uuid    NOT NULL,
            base              bigint  NOT NULL,
            system_identifier bigint,
            table_id          oid     NOT NULL
        )",
        // Called after a record was inserted. The insert can have waited for a delete of
        // the same id, whose entry its snapshot does not have; a volatile function has a
        // snapshot of its own. A repeated insert has a later transaction id.
        "CREATE FUNCTION customer_order_of_new(uuid, uuid, bigint) RETURNS bigint
            LANGUAGE plpgsql VOLATILE AS $$ BEGIN
                IF EXISTS (SELECT FROM customer_change WHERE team_id = $1 AND uuid = $2
                    AND kind = 'deleted' AND log_order > $3) THEN
                    RAISE EXCEPTION 'a delete of the same customer is later in the change log'
                        USING ERRCODE = 'serialization_failure';
                END IF;
                RETURN $3;
            END $$",
    ],
];

/// Brings the schema up to date. If it is, nothing is written, so that a user who may not
/// change tables can use the store.
///
/// Each step is a transaction, so that an interrupted migration continues after the last
/// complete step.
pub(crate) async fn migrate(connection: &mut Connection) -> Result<(), ConnectError> {
    let mut found = found(connection).await.map_err(ConnectError::Schema)?;
    while !missing(found)?.is_empty() {
        lock(connection).await.map_err(ConnectError::Schema)?;
        found = change(connection).await?;
        connection.commit().await.map_err(ConnectError::Schema)?;
        tracing::info!("the schema has version {found} of {}", MIGRATIONS.len());
    }
    Ok(())
}

/// Begins a transaction that other processes which change the schema wait for. Its
/// statements see what the others have committed in the meantime.
pub(crate) async fn lock(connection: &mut Connection) -> Result<(), tokio_postgres::Error> {
    connection.begin().await?;
    let lock = Parameter::integer(LOCK);
    connection
        .query("SELECT pg_advisory_xact_lock($1)", &[lock])
        .await
        .map(drop)
}

/// Executes the next step, unless another process has done so; returns the last step.
async fn change(connection: &mut Connection) -> Result<i32, ConnectError> {
    connection
        .run(
            "CREATE TABLE IF NOT EXISTS customer_schema (
                step integer PRIMARY KEY,
                taken_at timestamptz NOT NULL DEFAULT now()
            )",
        )
        .await
        .map_err(ConnectError::Schema)?;
    let found = steps(connection).await.map_err(ConnectError::Schema)?;
    let Some(statements) = missing(found)?.first() else {
        return Ok(found);
    };
    let step = found + 1;
    let taken = take(connection, step, statements).await;
    taken.map_err(ConnectError::Schema)?;
    Ok(step)
}

async fn take(
    connection: &mut Connection,
    step: i32,
    statements: &[&str],
) -> Result<(), tokio_postgres::Error> {
    for statement in statements {
        connection.run(statement).await?;
    }
    let step = [Parameter::integer(step.into())];
    let taken = connection.execute("INSERT INTO customer_schema (step) VALUES ($1)", &step);
    taken.await.map(drop)
}

/// The last step that was taken, 0 if none was.
async fn found(connection: &mut Connection) -> Result<i32, tokio_postgres::Error> {
    let exists = "SELECT to_regclass('customer_schema') IS NOT NULL";
    let rows = connection.query(exists, &[]).await?;
    if first(&rows)?.unwrap_or(false) {
        steps(connection).await
    } else {
        Ok(0)
    }
}

/// The same if the table exists. After a wait for the lock, [`found`] can be wrong: the
/// server remembers that a name was not found until a table is opened.
async fn steps(connection: &mut Connection) -> Result<i32, tokio_postgres::Error> {
    let rows = connection
        .query("SELECT coalesce(max(step), 0) FROM customer_schema", &[])
        .await?;
    Ok(first(&rows)?.unwrap_or(0))
}

pub(crate) fn first<'a, T: tokio_postgres::types::FromSql<'a>>(
    rows: &'a [Row],
) -> Result<Option<T>, tokio_postgres::Error> {
    rows.first().map(|row| row.try_get(0)).transpose()
}

fn missing(found: i32) -> Result<&'static [&'static [&'static str]], ConnectError> {
    let steps = usize::try_from(found).ok();
    steps
        .and_then(|steps| MIGRATIONS.get(steps..))
        .ok_or(ConnectError::NewerSchema {
            found,
            known: MIGRATIONS.len() as i32,
        })
}
