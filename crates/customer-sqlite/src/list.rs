//! A page of a list.

use std::sync::LazyLock;

use customer_domain::{CustomerPage, Direction, ListQuery, OrderBy, SearchText, TeamId};
use rusqlite::Connection;

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
    let total: i64 = transaction
        .prepare_cached(&COUNT)?
        .query_row((team, search), |row| row.get(0))?;

    let mut statement = transaction.prepare_cached(statement(query))?;
    // Beyond any table, and within a signed number.
    let offset = i64::try_from(query.offset()).unwrap_or(i64::MAX);
    let mut rows = statement.query((team, search, query.limit(), offset))?;
    let mut page = CustomerPage {
        total: total.unsigned_abs(),
        ..CustomerPage::default()
    };
    let mut skipped = 0_usize;
    while let Some(row) = rows.next()? {
        match row::read(row) {
            Ok(customer) => page.records.push(customer),
            Err(Error::Row { id, .. }) => {
                skipped += 1;
                page.corrupt.extend(id);
            }
            Err(error) => return Err(error),
        }
    }
    if skipped > 0 {
        tracing::warn!(rows = skipped, ids = ?page.corrupt, "a list skipped corrupt rows");
    }
    Ok(page)
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
