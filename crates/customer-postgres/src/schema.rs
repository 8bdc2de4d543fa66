//! The tables, and the steps from each schema to the next.

use customer_domain::{CustomerName, EmailAddress, PhoneNumber, SearchKey};
use deadpool_postgres::{GenericClient, Object};
use tokio_postgres::{IsolationLevel, Row};
use uuid::Uuid;

use crate::error::ConnectError;
use crate::parameter::Parameter;

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
    // `fill_search_keys` does the rest.
    r#"ALTER TABLE customer ADD COLUMN search_key text COLLATE "C" NOT NULL DEFAULT '';
    CREATE INDEX customer_search ON customer (team_id, left(search_key, 200))"#,
];

/// The step after which the records that are there get their search keys.
const SEARCH_KEYS: i32 = 2;

/// How many records get their search keys at once.
const BATCH: i64 = 1_000;

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
    if missing(found(&*client).await?)?.is_empty() {
        return Ok(());
    }
    change(client).await
}

/// All steps in one transaction, which others wait for and then find done. What
/// they find must be what is there now and not when they began to wait.
async fn change(client: &mut Object) -> Result<(), ConnectError> {
    let transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::ReadCommitted)
        .start()
        .await
        .map_err(ConnectError::Schema)?;
    transaction
        .execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])
        .await
        .map_err(ConnectError::Schema)?;
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
        if step == SEARCH_KEYS {
            fill_search_keys(&transaction)
                .await
                .map_err(ConnectError::Schema)?;
        }
        transaction
            .execute("INSERT INTO customer_schema (step) VALUES ($1)", &[&step])
            .await
            .map_err(ConnectError::Schema)?;
    }
    transaction.commit().await.map_err(ConnectError::Schema)
}

/// PostgreSQL cannot fold, so the keys are made here.
async fn fill_search_keys(client: &impl GenericClient) -> Result<(), tokio_postgres::Error> {
    const FIRST: &str = "SELECT team_id, uuid, customer, email, main_phone FROM customer
        ORDER BY team_id, uuid LIMIT $1";
    const NEXT: &str = "SELECT team_id, uuid, customer, email, main_phone FROM customer
        WHERE (team_id, uuid) > ($2, $3) ORDER BY team_id, uuid LIMIT $1";
    const FILL: &str = "UPDATE customer SET search_key = made.key
        FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS made (team_id, uuid, key)
        WHERE customer.team_id = made.team_id AND customer.uuid = made.uuid";
    let mut rows = client.query(FIRST, &[&BATCH]).await?;
    while let Some(last) = rows.last() {
        let last: (Uuid, Uuid) = (last.try_get(0)?, last.try_get(1)?);
        let (mut teams, mut ids, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        for row in &rows {
            if let Some(key) = search_key(row) {
                teams.push(row.try_get::<_, Uuid>(0)?);
                ids.push(row.try_get::<_, Uuid>(1)?);
                keys.push(key);
            }
        }
        let keys: Vec<_> = keys
            .iter()
            .map(|key| Parameter::text(key.as_str()))
            .collect();
        client.execute(FILL, &[&teams, &ids, &keys]).await?;
        rows = client.query(NEXT, &[&BATCH, &last.0, &last.1]).await?;
    }
    Ok(())
}

/// `None` for a row that breaks the rules: it has none until it is mended, and is
/// told of when it is read.
fn search_key(row: &Row) -> Option<SearchKey> {
    let name = CustomerName::parse(row.try_get(2).ok()?).ok()?;
    let email = EmailAddress::parse(row.try_get(3).ok()?).ok()?;
    let phone = match row.try_get::<_, Option<&str>>(4).ok()? {
        Some(phone) => Some(PhoneNumber::parse(phone).ok()?),
        None => None,
    };
    Some(SearchKey::new(&name, &email, phone.as_ref()))
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
