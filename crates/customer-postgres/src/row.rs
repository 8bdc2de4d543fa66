//! Records as rows. The core defines the columns, their order and their values;
//! this module generates the statements and reads values by kind.

use std::borrow::Cow;
use std::sync::LazyLock;

use customer_domain::{Column, ColumnKind, ColumnValue, Customer, CustomerId, TeamId, Version};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::error::Error;
use crate::parameter::{Instant, Parameter};

/// The names of all columns, in their order. Not `*`: a later schema may have more
/// columns, and PostgreSQL rejects a prepared statement whose columns changed.
pub(crate) static COLUMNS: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<_> = Column::all().iter().map(Column::to_string).collect();
    names.join(", ")
});

pub(crate) static GET: LazyLock<String> = LazyLock::new(|| {
    let columns = &*COLUMNS;
    format!("SELECT {columns} FROM customer WHERE team_id = $1 AND uuid = $2")
});

pub(crate) static FIND: LazyLock<String> = LazyLock::new(|| {
    let columns = &*COLUMNS;
    format!("SELECT {columns} FROM customer WHERE team_id = $1 AND email_key = $2")
});

/// The first step of a traversal by id.
pub(crate) static SCAN_FIRST: LazyLock<String> = LazyLock::new(|| scan(">="));

/// A later step of a traversal by id.
pub(crate) static SCAN_NEXT: LazyLock<String> = LazyLock::new(|| scan(">"));

fn scan(comparison: &str) -> String {
    let columns = &*COLUMNS;
    format!(
        "SELECT {columns} FROM customer WHERE team_id = $1 AND uuid {comparison} $2
        ORDER BY uuid LIMIT $3"
    )
}

/// Reads a record and locks it until the end of the transaction.
pub(crate) static LOCK: LazyLock<String> = LazyLock::new(|| format!("{} FOR UPDATE", *GET));

/// Reads and locks the records of these ids and these email keys. Batches that lock
/// records in the same order do not wait for each other in a circle (S10).
pub(crate) static LOCK_ALL: LazyLock<String> = LazyLock::new(|| {
    let columns = &*COLUMNS;
    format!(
        "SELECT {columns} FROM customer
        WHERE team_id = $1 AND (uuid = ANY($2) OR email_key = ANY($3))
        ORDER BY uuid FOR UPDATE"
    )
});

pub(crate) const VERSION: &str = "SELECT version FROM customer WHERE team_id = $1 AND uuid = $2";

/// The records that an insert or a replace can conflict with, in one snapshot: the one of
/// its id, and the one that has its email address.
pub(crate) const HOLDERS: &str = "SELECT uuid, version FROM customer
    WHERE team_id = $1 AND (uuid = $2 OR email_key = $3)";

/// The primary key as parameters.
pub(crate) fn key(team: TeamId, id: CustomerId) -> [Parameter<'static>; 2] {
    [
        Parameter::uuid(*team.as_uuid()),
        Parameter::uuid(*id.as_uuid()),
    ]
}

/// The values of all columns as parameters, in their order.
pub(crate) fn parameters(customer: &Customer) -> Result<Vec<Parameter<'_>>, Error> {
    let row = customer.to_row().map_err(|_| Error::Version)?;
    Ok(row.into_iter().map(Parameter::Value).collect())
}

/// The integers of PostgreSQL are signed.
pub(crate) fn number_of(version: Version) -> Result<i64, Error> {
    i64::try_from(version).map_err(|_| Error::Version)
}

/// Reads a row of [`VERSION`].
pub(crate) fn version_of(row: &Row, id: CustomerId) -> Result<Version, Error> {
    let number: Option<i64> = row.try_get("version").ok();
    number
        .and_then(|number| Version::try_from(number).ok())
        .ok_or_else(|| Error::of_column("version", Some(id)))
}

/// Reads a row whose first columns are [`COLUMNS`].
pub(crate) fn read(row: &Row) -> Result<Customer, Error> {
    let read = Customer::from_row(|index, column| value(row, index, column.kind()).ok());
    read.map_err(|error| Error::of_column(error.column(), id(row)))
}

/// The id of a row.
pub(crate) fn id(row: &Row) -> Option<CustomerId> {
    let id: Option<Uuid> = row.try_get("uuid").ok()?;
    id.map(CustomerId::from)
}

fn value(
    row: &Row,
    index: usize,
    kind: ColumnKind,
) -> Result<ColumnValue<'_>, tokio_postgres::Error> {
    Ok(match kind {
        ColumnKind::Uuid => ColumnValue::Uuid(row.try_get(index)?),
        ColumnKind::Text | ColumnKind::NullableText => {
            ColumnValue::Text(row.try_get::<_, Option<&str>>(index)?.map(Cow::Borrowed))
        }
        ColumnKind::Integer => ColumnValue::Integer(row.try_get(index)?),
        ColumnKind::Time => ColumnValue::Time(row.try_get::<_, Instant>(index)?.0),
    })
}
