//! A page of a list.

use customer_domain::{CustomerPage, Direction, ListQuery, OrderBy, SearchText, TeamId};
use rusqlite::Connection;

use crate::error::Error;
use crate::row;

/// The records a search finds. The empty text is in every key.
const FOUND: &str = "FROM customer WHERE team = ?1 AND instr(search_key, ?2) > 0";

/// The page and the total, of one moment (S7).
pub(crate) fn page(
    connection: &Connection,
    team: TeamId,
    query: &ListQuery,
) -> Result<CustomerPage, Error> {
    // It only reads, so that nothing is lost when it is dropped.
    let transaction = connection.unchecked_transaction()?;
    let team = team.as_uuid().as_bytes();
    let search = query.search().map_or("", SearchText::as_folded_str);
    let total: i64 = transaction
        .prepare_cached(&format!("SELECT count(*) {FOUND}"))?
        .query_row((team, search), |row| row.get(0))?;

    let sql = format!("SELECT * {FOUND} {} LIMIT ?3 OFFSET ?4", order(query));
    let mut statement = transaction.prepare_cached(&sql)?;
    // Beyond any table, and within a signed number.
    let offset = i64::try_from(query.offset()).unwrap_or(i64::MAX);
    let mut rows = statement.query((team, search, query.limit(), offset))?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(row::read(row)?);
    }
    Ok(CustomerPage {
        records,
        total: total.unsigned_abs(),
    })
}

/// Texts are compared as bytes, and so are the ids that decide between equals.
fn order(query: &ListQuery) -> String {
    let column = match query.order_by() {
        OrderBy::Name => "search_key",
        OrderBy::Email => "email_key",
        OrderBy::CreatedAt => "created_at",
        OrderBy::UpdatedAt => "updated_at",
    };
    let direction = match query.direction() {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    };
    format!("ORDER BY {column} {direction}, uuid {direction}")
}
