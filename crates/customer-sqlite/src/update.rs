//! S3: reads a record to change it, and writes the columns that changed.

use std::sync::LazyLock;

use customer_domain::{
    Applied, Column, ColumnValue, Customer, CustomerId, EmailKey, Field, TeamId,
};
use rusqlite::{Connection, OptionalExtension, Params, Row, params_from_iter};

use crate::error::Error;
use crate::row::{self, FIND_ROW, GET_ROW, Parameter};

/// The index of the email key among the columns.
static EMAIL_KEY: LazyLock<usize> = LazyLock::new(|| {
    let is_key = |column: &Column| column.to_string() == "email_key";
    Column::all().iter().position(is_key).unwrap_or_default()
});

/// A record to change.
pub(crate) struct Stored {
    pub(crate) customer: Customer,
    pub(crate) row: StoredRow,
}

/// The row of a record.
pub(crate) struct StoredRow {
    id: i64,
    email_key: Vec<u8>,
}

/// The record with that id, if there is one.
pub(crate) fn by_id(
    connection: &Connection,
    team: TeamId,
    id: CustomerId,
) -> Result<Option<Stored>, Error> {
    let key = (team.as_uuid().as_bytes(), id.as_uuid().as_bytes());
    stored(connection, &GET_ROW, key)
}

/// The record with that email key, if there is one.
pub(crate) fn by_email(
    connection: &Connection,
    team: TeamId,
    email: &EmailKey,
) -> Result<Option<Stored>, Error> {
    let key = (team.as_uuid().as_bytes(), email.as_str());
    stored(connection, &FIND_ROW, key)
}

fn stored(connection: &Connection, sql: &str, key: impl Params) -> Result<Option<Stored>, Error> {
    let read = |row: &Row<'_>| {
        let stored = StoredRow {
            id: row.get(Column::all().len())?,
            email_key: row.get_ref(*EMAIL_KEY)?.as_bytes()?.to_vec(),
        };
        Ok((row::read(row), stored))
    };
    let mut statement = connection.prepare_cached(sql)?;
    let Some((customer, row)) = statement.query_row(key, read).optional()? else {
        return Ok(None);
    };
    let customer = customer?;
    Ok(Some(Stored { customer, row }))
}

/// Writes the columns that changed, so that only their indexes are written. The keys are
/// computed only if a value changed that they are derived from.
pub(crate) fn write(
    connection: &Connection,
    row: &StoredRow,
    applied: &Applied,
) -> Result<rusqlite::Result<usize>, Error> {
    let (mut terms, mut values) = (Vec::new(), Vec::new());
    for (index, column) in Column::all().iter().enumerate() {
        if let Some(value) = value(index, *column, row, applied)? {
            values.push(value);
            terms.push(format!("{column} = ?{}", values.len()));
        }
    }
    values.push(ColumnValue::Integer(row.id));
    let (terms, id) = (terms.join(", "), values.len());
    let mut statement =
        connection.prepare_cached(&format!("UPDATE customer SET {terms} WHERE rowid = ?{id}"))?;
    Ok(statement.execute(params_from_iter(values.iter().map(Parameter))))
}

/// The new value of a column; `None` if it keeps its value.
fn value<'a>(
    index: usize,
    column: Column,
    row: &StoredRow,
    applied: &'a Applied,
) -> Result<Option<ColumnValue<'a>>, Error> {
    const IN_KEYS: [Field; 3] = [Field::Name, Field::Email, Field::MainPhone];
    let changed = applied.changed();
    let is_written = match column.field() {
        Some(Field::Version | Field::UpdatedAt) => true,
        Some(field) => changed.contains(field),
        None => IN_KEYS.iter().any(|field| changed.contains(*field)),
    };
    if !is_written {
        return Ok(None);
    }
    let value = column.value(applied.customer());
    let value = value.map_err(|_| Error::Version)?;
    if index == *EMAIL_KEY && keeps_email_key(row, &value, applied) {
        return Ok(None);
    }
    Ok(Some(value))
}

/// The key is the same, or a conflict key (S8), which is kept with the email address.
fn keeps_email_key(row: &StoredRow, new: &ColumnValue<'_>, applied: &Applied) -> bool {
    let separator = Column::CONFLICT_SEPARATOR as u8;
    if !applied.changed().contains(Field::Email) && row.email_key.contains(&separator) {
        return true;
    }
    matches!(new, ColumnValue::Text(Some(key)) if key.as_bytes() == row.email_key)
}
