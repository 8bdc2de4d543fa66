//! S8: recomputes the derived keys of the records when their definition changed.

use customer_domain::{Column, Customer, CustomerId, EmailKey, TeamId};
use uuid::Uuid;

use crate::connection::Connection;
use crate::error::ConnectError;
use crate::parameter::Parameter;
use crate::row::{self, COLUMNS};
use crate::schema;

/// The number of records that a transaction recomputes.
const BATCH: usize = 1_000;

/// The current version of the keys.
const VERSION: i32 = Column::KEY_VERSION as i32;

/// The primary key of a row.
type RowKey = (Uuid, Uuid);

/// A row of a batch.
struct Stored {
    key: RowKey,
    email_key: String,
    search_key: String,
    /// `None` for a corrupt row.
    customer: Option<Customer>,
}

/// Recomputes batch after batch, each in a transaction, until all keys have the current
/// version. Several processes can do so at the same time. If no key is to be recomputed,
/// nothing is written.
pub(crate) async fn recompute(connection: &mut Connection) -> Result<(), ConnectError> {
    let mut records = 0;
    while start(connection).await?.is_some() {
        let locked = schema::lock(connection).await;
        locked.map_err(ConnectError::Schema)?;
        // Another process may have been faster.
        if let Some(from) = start(connection).await? {
            let recomputed = recompute_batch(connection, from).await;
            records += recomputed.map_err(ConnectError::Schema)?;
        }
        connection.commit().await.map_err(ConnectError::Schema)?;
        if records > 0 {
            tracing::info!("{records} customers have keys of version {VERSION}");
        }
    }
    Ok(())
}

/// The first record to recompute; `None` if all have the current version.
async fn start(connection: &mut Connection) -> Result<Option<RowKey>, ConnectError> {
    const STATE: &str = "SELECT key_version, next_team_id, next_uuid FROM customer_schema
        WHERE step = 3";
    let rows = connection.query(STATE, &[]).await;
    let read = rows.and_then(|rows| match rows.first() {
        Some(row) => Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)),
        None => Ok((VERSION, None, None)),
    });
    let (found, team, id): (i32, Option<Uuid>, Option<Uuid>) =
        read.map_err(ConnectError::Schema)?;
    let known = VERSION;
    if found > known {
        return Err(ConnectError::NewerKeys { found, known });
    }
    if found < known {
        return Ok(Some((Uuid::nil(), Uuid::nil())));
    }
    Ok(team.zip(id))
}

/// Returns the number of records.
async fn recompute_batch(
    connection: &mut Connection,
    from: RowKey,
) -> Result<usize, tokio_postgres::Error> {
    let (batch, next) = read(connection, from).await?;
    for stored in &batch {
        recompute_row(connection, stored).await?;
    }
    let version = Parameter::integer(VERSION.into());
    match next {
        Some((team, id)) => {
            let sql = "UPDATE customer_schema
                SET key_version = $1, next_team_id = $2, next_uuid = $3 WHERE step = 3";
            let next = [version, Parameter::uuid(team), Parameter::uuid(id)];
            connection.execute(sql, &next).await?;
        }
        None => {
            let sql = "UPDATE customer_schema
                SET key_version = $1, next_team_id = NULL, next_uuid = NULL WHERE step = 3";
            connection.execute(sql, &[version]).await?;
        }
    }
    Ok(batch.len())
}

/// A batch, and the key of the row after it.
async fn read(
    connection: &mut Connection,
    (team, id): RowKey,
) -> Result<(Vec<Stored>, Option<RowKey>), tokio_postgres::Error> {
    let columns = &*COLUMNS;
    let sql = format!(
        "SELECT {columns} FROM customer WHERE (team_id, uuid) >= ($1, $2)
        ORDER BY team_id, uuid LIMIT $3"
    );
    let limit = i64::try_from(BATCH + 1).unwrap_or(i64::MAX);
    let (team, id) = (Parameter::uuid(team), Parameter::uuid(id));
    let parameters = [team, id, Parameter::integer(limit)];
    let rows = connection.query(&sql, &parameters).await?;
    let mut batch = Vec::new();
    for row in &rows {
        let key = (row.try_get("team_id")?, row.try_get("uuid")?);
        if batch.len() == BATCH {
            return Ok((batch, Some(key)));
        }
        batch.push(Stored {
            key,
            email_key: row.try_get("email_key")?,
            search_key: row.try_get("search_key")?,
            customer: row::read(row).ok(),
        });
    }
    Ok((batch, None))
}

async fn recompute_row(
    connection: &mut Connection,
    stored: &Stored,
) -> Result<(), tokio_postgres::Error> {
    let Some(customer) = &stored.customer else {
        let (team, id) = stored.key;
        tracing::warn!("customer {id} of team {team} is corrupt and keeps its keys");
        return Ok(());
    };
    let (team, id) = (customer.team(), customer.id());
    let search_key = customer.search_key();
    if stored.search_key != search_key.as_str() {
        let sql = "UPDATE customer SET search_key = $3 WHERE team_id = $1 AND uuid = $2";
        set(connection, sql, team, id, search_key.as_str()).await?;
    }
    let email_key = customer.email().key();
    if stored.email_key == email_key.as_str() {
        return Ok(());
    }
    if give_up(connection, customer, &email_key).await? {
        return set(connection, SET_EMAIL_KEY, team, id, email_key.as_str()).await;
    }
    let conflict = Column::conflict_key(&email_key, id);
    if stored.email_key != conflict {
        log_conflict(team, id);
        set(connection, SET_EMAIL_KEY, team, id, &conflict).await?;
    }
    Ok(())
}

/// Makes another record that has the email key of `customer` give it up. False if that
/// record keeps it: it has the same key and is older, or it is corrupt.
///
/// A record whose new key is another one has the key by the old definition. Its turn is
/// still to come; until then it has a conflict key of the old one.
async fn give_up(
    connection: &mut Connection,
    customer: &Customer,
    key: &EmailKey,
) -> Result<bool, tokio_postgres::Error> {
    let team = customer.team();
    let parameters = [
        Parameter::uuid(*team.as_uuid()),
        Parameter::text(key.as_str()),
    ];
    let found = connection.query(&row::FIND, &parameters).await?;
    let Some(holder) = found.first() else {
        return Ok(true);
    };
    let Ok(holder) = row::read(holder) else {
        return Ok(false);
    };
    if holder.email().key() == *key {
        let age = |customer: &Customer| (customer.created_at(), customer.id());
        if age(&holder) < age(customer) {
            return Ok(false);
        }
        log_conflict(team, holder.id());
    }
    let conflict = Column::conflict_key(key, holder.id());
    set(connection, SET_EMAIL_KEY, team, holder.id(), &conflict).await?;
    Ok(true)
}

const SET_EMAIL_KEY: &str = "UPDATE customer SET email_key = $3 WHERE team_id = $1 AND uuid = $2";

async fn set(
    connection: &mut Connection,
    sql: &str,
    team: TeamId,
    id: CustomerId,
    key: &str,
) -> Result<(), tokio_postgres::Error> {
    let id = Parameter::uuid(*id.as_uuid());
    let parameters = [Parameter::uuid(*team.as_uuid()), id, Parameter::text(key)];
    connection.execute(sql, &parameters).await.map(drop)
}

fn log_conflict(team: TeamId, id: CustomerId) {
    tracing::warn!(
        "customer {id} of team {team} has the email of another customer: it gets a conflict key"
    );
}
