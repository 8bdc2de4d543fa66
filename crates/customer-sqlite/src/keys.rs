//! S8: recomputes the derived keys of the records when their definition changed.

use customer_domain::{Column, Customer, CustomerId, EmailKey, TeamId};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use uuid::Uuid;

use crate::error::OpenError;
use crate::row::{self, COLUMNS};

/// How many records a transaction recomputes.
const BATCH: usize = 1_000;

/// The primary key of a row. It is not decoded: a corrupt row has one too.
type RowKey = (Vec<u8>, Vec<u8>);

/// A row of a batch.
struct Stored {
    key: RowKey,
    email_key: Vec<u8>,
    search_key: Vec<u8>,
    /// `None` for a corrupt row.
    customer: Option<Customer>,
}

/// Recomputes batch after batch, each in a transaction, until all keys have the current
/// version. Several processes can do so at the same time. If no key is to be recomputed,
/// the file is only read.
pub(crate) fn recompute(connection: &mut Connection) -> Result<(), OpenError> {
    let mut records = 0;
    while start(connection)?.is_some() {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have been faster.
        let Some(from) = start(&transaction)? else {
            break;
        };
        let (batch, next) = read(&transaction, &from)?;
        for stored in &batch {
            recompute_row(&transaction, stored)?;
        }
        let (team, id) = next.unzip();
        transaction.execute(
            "UPDATE customer_keys SET version = ?1, next_team_id = ?2, next_uuid = ?3",
            (Column::KEY_VERSION, team, id),
        )?;
        transaction.commit()?;
        records += batch.len();
        if records > 0 {
            let version = Column::KEY_VERSION;
            log::info!("{records} customers have keys of version {version}");
        }
    }
    Ok(())
}

/// The first record to recompute; `None` if all have the current version.
fn start(connection: &Connection) -> Result<Option<RowKey>, OpenError> {
    let known = i64::from(Column::KEY_VERSION);
    let (found, team, id): (i64, Option<Vec<u8>>, Option<Vec<u8>>) = connection.query_row(
        "SELECT version, next_team_id, next_uuid FROM customer_keys",
        [],
        |row| row.try_into(),
    )?;
    if found > known {
        return Err(OpenError::NewerKeys { found, known });
    }
    if found < known {
        // Less than any key.
        return Ok(Some((Vec::new(), Vec::new())));
    }
    Ok(team.zip(id))
}

/// A batch, and the key of the row after it.
fn read(
    connection: &Connection,
    (team, id): &RowKey,
) -> rusqlite::Result<(Vec<Stored>, Option<RowKey>)> {
    let columns = &*COLUMNS;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {columns} FROM customer WHERE (team_id, uuid) >= (?1, ?2)
        ORDER BY team_id, uuid LIMIT ?3"
    ))?;
    let limit = i64::try_from(BATCH + 1).unwrap_or(i64::MAX);
    let mut rows = statement.query((team, id, limit))?;
    let mut batch = Vec::new();
    while let Some(row) = rows.next()? {
        let key = (row.get("team_id")?, row.get("uuid")?);
        if batch.len() == BATCH {
            return Ok((batch, Some(key)));
        }
        let bytes = |column| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_bytes()?.to_vec());
        batch.push(Stored {
            key,
            email_key: bytes("email_key")?,
            search_key: bytes("search_key")?,
            customer: row::read(row).ok(),
        });
    }
    Ok((batch, None))
}

fn recompute_row(connection: &Connection, stored: &Stored) -> rusqlite::Result<()> {
    let Some(customer) = &stored.customer else {
        let (team, id) = (shown(&stored.key.0), shown(&stored.key.1));
        log::warn!("customer {id} of team {team} is corrupt and keeps its keys");
        return Ok(());
    };
    let search_key = customer.search_key();
    if stored.search_key != search_key.as_str().as_bytes() {
        connection
            .prepare_cached("UPDATE customer SET search_key = ?3 WHERE team_id = ?1 AND uuid = ?2")?
            .execute((&stored.key.0, &stored.key.1, search_key.as_str()))?;
    }
    let email_key = customer.email().key();
    if stored.email_key == email_key.as_str().as_bytes() {
        return Ok(());
    }
    let (team, id) = (customer.team(), customer.id());
    if give_up(connection, customer, &email_key)? {
        return set_email_key(connection, team, id, email_key.as_str());
    }
    let conflict = Column::conflict_key(&email_key, id);
    if stored.email_key != conflict.as_bytes() {
        log_conflict(team, id);
        set_email_key(connection, team, id, &conflict)?;
    }
    Ok(())
}

/// Makes another record that has the email key of `customer` give it up. False if that
/// record keeps it: it has the same key and is older, or it is corrupt.
///
/// A record whose new key is another one has the key by the old definition. Its turn is
/// still to come; until then it has a conflict key of the old one.
fn give_up(connection: &Connection, customer: &Customer, key: &EmailKey) -> rusqlite::Result<bool> {
    let team = customer.team();
    let holder = connection
        .prepare_cached(&row::FIND)?
        .query_row((team.as_uuid().as_bytes(), key.as_str()), |row| {
            Ok(row::read(row).ok())
        })
        .optional()?;
    let holder = match holder {
        None => return Ok(true),
        Some(None) => return Ok(false),
        Some(Some(holder)) => holder,
    };
    if holder.email().key() == *key {
        let age = |customer: &Customer| (customer.created_at(), customer.id());
        if age(&holder) < age(customer) {
            return Ok(false);
        }
        log_conflict(team, holder.id());
    }
    set_email_key(
        connection,
        team,
        holder.id(),
        &Column::conflict_key(key, holder.id()),
    )?;
    Ok(true)
}

fn set_email_key(
    connection: &Connection,
    team: TeamId,
    id: CustomerId,
    key: &str,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE customer SET email_key = ?3 WHERE team_id = ?1 AND uuid = ?2")?
        .execute((team.as_uuid().as_bytes(), id.as_uuid().as_bytes(), key))?;
    Ok(())
}

fn log_conflict(team: TeamId, id: CustomerId) {
    log::warn!(
        "customer {id} of team {team} has the email of another customer: it gets a conflict key"
    );
}

fn shown(id: &[u8]) -> String {
    Uuid::from_slice(id).map_or_else(|_| format!("{id:02x?}"), |id| id.to_string())
}
