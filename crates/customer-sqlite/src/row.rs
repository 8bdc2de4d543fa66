//! Records as rows. The core defines the columns, their order and their values;
//! this module generates the statements and converts values by kind.

use std::borrow::Cow;
use std::sync::LazyLock;

use customer_domain::{
    Column, ColumnKind, ColumnValue, Customer, CustomerId, Field, Timestamp, Version,
};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Row, Statement, ToSql, params_from_iter};
use uuid::Uuid;

use crate::error::Error;

/// The names of all columns, in their order.
pub(crate) static COLUMNS: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<_> = Column::all().iter().map(Column::to_string).collect();
    names.join(", ")
});

pub(crate) static GET: LazyLock<String> = LazyLock::new(|| select(&COLUMNS, "uuid"));

pub(crate) static FIND: LazyLock<String> = LazyLock::new(|| select(&COLUMNS, "email_key"));

/// With the id of the row.
pub(crate) static GET_ROW: LazyLock<String> =
    LazyLock::new(|| select(&format!("{}, rowid", *COLUMNS), "uuid"));

/// With the id of the row.
pub(crate) static FIND_ROW: LazyLock<String> =
    LazyLock::new(|| select(&format!("{}, rowid", *COLUMNS), "email_key"));

fn select(columns: &str, key: &str) -> String {
    format!("SELECT {columns} FROM customer WHERE team_id = ?1 AND {key} = ?2")
}

/// A step of a traversal by id. An id that is no UUID cannot be reported.
pub(crate) static SCAN: LazyLock<String> = LazyLock::new(|| {
    let columns = &*COLUMNS;
    format!(
        "SELECT {columns} FROM customer WHERE team_id = ?1 AND uuid > ?2 AND length(uuid) = 16
        ORDER BY uuid LIMIT ?3"
    )
});

pub(crate) static INSERT: LazyLock<String> = LazyLock::new(|| {
    let numbers = 1..=Column::all().len();
    let values: Vec<_> = numbers.map(|number| format!("?{number}")).collect();
    let (columns, values) = (&*COLUMNS, values.join(", "));
    format!("INSERT INTO customer ({columns}) VALUES ({values})")
});

/// The whole record. A conflict key is kept while the email address is the same (S8).
pub(crate) static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let (mut values, mut key) = (Vec::new(), Vec::new());
    let mut email = 0;
    for (number, column) in (1..).zip(Column::all()) {
        if column.field() == Some(Field::Email) {
            email = number;
        }
        if column.to_string() == "email_key" {
            let separator = u32::from(Column::CONFLICT_SEPARATOR);
            values.push(format!(
                "email_key = CASE WHEN email = ?{email} AND instr(email_key, char({separator})) > 0
                    THEN email_key ELSE ?{number} END"
            ));
            continue;
        }
        let terms = match column.field() {
            Some(Field::TeamId | Field::Id) => &mut key,
            Some(_) | None => &mut values,
        };
        terms.push(format!("{column} = ?{number}"));
    }
    let (values, key) = (values.join(", "), key.join(" AND "));
    format!("UPDATE customer SET {values} WHERE {key}")
});

/// Runs [`INSERT`] or [`UPDATE`] with the values of a record.
pub(crate) fn execute(
    statement: &mut Statement<'_>,
    customer: &Customer,
) -> Result<rusqlite::Result<usize>, Error> {
    let row = customer.to_row().map_err(|_| Error::Version)?;
    Ok(statement.execute(params_from_iter(row.iter().map(Parameter))))
}

/// A value of a row as the parameter of a statement.
pub(crate) struct Parameter<'a>(pub(crate) &'a ColumnValue<'a>);

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self.0 {
            ColumnValue::Uuid(uuid) => ValueRef::Blob(uuid.as_bytes()),
            ColumnValue::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
            ColumnValue::Text(None) => ValueRef::Null,
            ColumnValue::Integer(number) => ValueRef::Integer(*number),
            ColumnValue::Time(time) => ValueRef::Integer(time.as_micros()),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

pub(crate) fn version_of(number: i64, id: CustomerId) -> Result<Version, Error> {
    Version::try_from(number).map_err(|_| Error::Row {
        column: "version".to_owned(),
        id: Some(id),
    })
}

/// Reads a row whose first columns are [`COLUMNS`].
pub(crate) fn read(row: &Row<'_>) -> Result<Customer, Error> {
    let read = Customer::from_row(|index, column| value(row.get_ref(index).ok()?, column.kind()));
    read.map_err(|error| {
        let is_id = |column: &Column| column.field() == Some(Field::Id);
        Error::Row {
            column: error.column().to_string(),
            id: Column::all()
                .iter()
                .position(is_id)
                .and_then(|index| id(row, index)),
        }
    })
}

/// The id in that column; `None` if it is not a UUID.
pub(crate) fn id(row: &Row<'_>, index: usize) -> Option<CustomerId> {
    let id = row.get_ref(index).ok()?.as_blob().ok()?;
    Some(Uuid::from_slice(id).ok()?.into())
}

/// `None` if the value is not of that kind.
fn value(value: ValueRef<'_>, kind: ColumnKind) -> Option<ColumnValue<'_>> {
    Some(match kind {
        ColumnKind::Uuid => ColumnValue::Uuid(Uuid::from_slice(value.as_blob().ok()?).ok()?),
        ColumnKind::Text | ColumnKind::NullableText => {
            ColumnValue::Text(value.as_str_or_null().ok()?.map(Cow::Borrowed))
        }
        ColumnKind::Integer => ColumnValue::Integer(value.as_i64().ok()?),
        ColumnKind::Time => ColumnValue::Time(Timestamp::from_micros(value.as_i64().ok()?)?),
    })
}
