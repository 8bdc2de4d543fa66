//! A page of a list.

use std::sync::LazyLock;

use customer_domain::{
    Customer, CustomerId, CustomerPage, Direction, ListQuery, OrderBy, Scan, SearchText, TeamId,
};
use rusqlite::{Connection, Rows};

use crate::error::Error;
use crate::row::{self, COLUMNS};

/// The records a search finds. Every key contains the empty string.
const FOUND: &str = "FROM customer WHERE team_id = ?1 AND instr(search_key, ?2) > 0";

static COUNT: LazyLock<String> = LazyLock::new(|| format!("SELECT count(*) {FOUND}"));

/// The page and the total, of one moment (S7).
pub(crate) fn page(
    connection: &Connection,
    team: TeamId,
    query: &ListQuery,
) -> Result<CustomerPage, Error> {
    // It only reads, so that nothing is lost when it is dropped.
    let transaction = connection.unchecked_transaction()?;
    let team = team.as_uuid().as_bytes();
    let search = query.search().map_or("", SearchText::as_str);
    let total = match query.has_total() {
        true => Some(count(&transaction, team, search)?),
        false => None,
    };

    let mut statement = transaction.prepare_cached(statement(query))?;
    // Beyond any table, and within a signed number.
    let offset = i64::try_from(query.offset()).unwrap_or(i64::MAX);
    let mut rows = statement.query((team, search, query.limit(), offset))?;
    let mut page = CustomerPage {
        total,
        ..CustomerPage::default()
    };
    for row in read(&mut rows)? {
        match row {
            Ok(record) => page.records.push(record),
            Err(id) => page.corrupt.push(id),
        }
    }
    Ok(page)
}

fn count(connection: &Connection, team: &[u8; 16], search: &str) -> Result<u64, Error> {
    let total: i64 = connection
        .prepare_cached(&COUNT)?
        .query_row((team, search), |row| row.get(0))?;
    Ok(total.unsigned_abs())
}

/// A step of a traversal by id (S7).
pub(crate) fn scan(
    connection: &Connection,
    team: TeamId,
    after: Option<CustomerId>,
    limit: u32,
) -> Result<Scan, Error> {
    let mut statement = connection.prepare_cached(&row::SCAN)?;
    let after = after.map(|id| *id.as_uuid().as_bytes());
    // The empty value is less than any id.
    let after = after.as_ref().map_or(&[][..], |id| id);
    // One more row shows whether there is a next step.
    let rows = i64::from(limit.max(1)) + 1;
    let mut rows = statement.query((team.as_uuid().as_bytes(), after, rows))?;
    Ok(Scan::from_rows(read(&mut rows)?, limit))
}

/// The records, and the ids of the corrupt rows if they are UUIDs.
fn read(rows: &mut Rows<'_>) -> Result<Vec<Result<Customer, CustomerId>>, Error> {
    let (mut read, mut corrupt) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        match row::read(row) {
            Ok(customer) => read.push(Ok(customer)),
            Err(Error::Row { id, .. }) => {
                corrupt.push(id);
                read.extend(id.map(Err));
            }
            Err(error) => return Err(error),
        }
    }
    if !corrupt.is_empty() {
        tracing::warn!(rows = corrupt.len(), ids = ?corrupt, "a list skipped corrupt rows");
    }
    Ok(read)
}

/// The statement of a page.
fn statement(query: &ListQuery) -> &'static str {
    static BY_NAME: LazyLock<[String; 2]> = LazyLock::new(|| ordered_by("search_key"));
    static BY_EMAIL: LazyLock<[String; 2]> = LazyLock::new(|| ordered_by("email_key"));
    static BY_CREATED_AT: LazyLock<[String; 2]> = LazyLock::new(|| ordered_by("created_at"));
    static BY_UPDATED_AT: LazyLock<[String; 2]> = LazyLock::new(|| ordered_by("updated_at"));
    let [ascending, descending] = match query.order_by() {
        OrderBy::Name => &*BY_NAME,
        OrderBy::Email => &*BY_EMAIL,
        OrderBy::CreatedAt => &*BY_CREATED_AT,
        OrderBy::UpdatedAt => &*BY_UPDATED_AT,
    };
    match query.direction() {
        Direction::Ascending => ascending,
        Direction::Descending => descending,
    }
}

/// The statements in ascending and in descending order. Strings and ids are
/// compared as bytes; the id decides between equal values.
fn ordered_by(column: &str) -> [String; 2] {
    let columns = &*COLUMNS;
    ["ASC", "DESC"].map(|direction| {
        format!(
            "SELECT {columns} {FOUND} ORDER BY {column} {direction}, uuid {direction}
            LIMIT ?3 OFFSET ?4"
        )
    })
}
