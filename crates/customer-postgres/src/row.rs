//! Records as rows. The core defines the columns, their order and their values;
//! this module generates the statements and reads values by kind.

use std::borrow::Cow;
use std::sync::LazyLock;

use customer_domain::{Column, ColumnKind, ColumnValue, Customer, CustomerId, Field, Version};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::engine::Engine;
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

/// Writes no row if the id or the email address is taken: an error would repeat the email
/// key in the log of the server.
static INSERT: LazyLock<String> = LazyLock::new(|| {
    let numbers = 1..=Column::all().len();
    let values: Vec<_> = numbers.map(|number| format!("${number}")).collect();
    let (columns, values) = (&*COLUMNS, values.join(", "));
    format!("INSERT INTO customer ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING")
});

/// Replaces the version that was read, the last parameter. The key columns are not
/// assigned: an engine that distributes rows by team rejects that. A conflict key is
/// kept while the email address is the same (S8).
static REPLACE: LazyLock<String> = LazyLock::new(|| {
    let (mut values, mut key) = (Vec::new(), Vec::new());
    let mut email = 0;
    for (number, column) in (1..).zip(Column::all()) {
        if column.field() == Some(Field::Email) {
            email = number;
        }
        if column.to_string() == "email_key" {
            let separator = u32::from(Column::CONFLICT_SEPARATOR);
            values.push(format!(
                "email_key = CASE WHEN email = ${email} AND strpos(email_key, chr({separator})) > 0
                    THEN email_key ELSE ${number} END"
            ));
            continue;
        }
        let terms = match column.field() {
            Some(Field::TeamId | Field::Id) => &mut key,
            Some(_) | None => &mut values,
        };
        terms.push(format!("{column} = ${number}"));
    }
    key.push(format!("version = ${}", Column::all().len() + 1));
    let (values, key) = (values.join(", "), key.join(" AND "));
    format!("UPDATE customer SET {values} WHERE {key}")
});

const DELETE: &str = "DELETE FROM customer WHERE team_id = $1 AND uuid = $2";

/// S4: the commit of the transaction is on the disk before it is acknowledged, whatever
/// the database, the user or the session of a pooler is set to. Stricter settings stay.
///
/// It is part of the statement because a setting of the session would be lost in a
/// pooler, and one of the transaction would be a statement of its own.
const DURABLE: &str = " RETURNING CASE WHEN current_setting('synchronous_commit') = 'off'
    THEN set_config('synchronous_commit', 'on', true) END";

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

/// The statements that write.
pub(crate) struct Writes {
    pub(crate) insert: String,
    pub(crate) replace: String,
    pub(crate) delete: String,
    pub(crate) delete_version: String,
}

impl Writes {
    pub(crate) fn new(engine: Engine) -> Self {
        let durable = match engine {
            Engine::Single => DURABLE,
            // It rejects functions that change something; `settings` checks its nodes.
            Engine::Distributed => "",
        };
        Self {
            insert: format!("{}{durable}", *INSERT),
            replace: format!("{}{durable}", *REPLACE),
            delete: format!("{DELETE}{durable}"),
            delete_version: format!("{DELETE} AND version = $3{durable}"),
        }
    }
}

pub(crate) const VERSION: &str = "SELECT version FROM customer WHERE team_id = $1 AND uuid = $2";

/// The records that an insert or a replace can conflict with, in one snapshot: the one of
/// its id, and the one that has its email address.
pub(crate) const HOLDERS: &str = "SELECT uuid, version FROM customer
    WHERE team_id = $1 AND (uuid = $2 OR email_key = $3)";

/// The parameters of an insert, or of a replace of the version that was read.
pub(crate) fn parameters(
    customer: &Customer,
    read: Option<Version>,
) -> Result<Vec<Parameter<'_>>, Error> {
    let row = customer.to_row().map_err(|_| Error::Version)?;
    let read = read.map(number_of).transpose()?;
    let read = read.map(Parameter::integer);
    Ok(row.into_iter().map(Parameter::Value).chain(read).collect())
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
