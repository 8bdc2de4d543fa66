//! A page of a list.

use customer_domain::{CustomerPage, Direction, ListQuery, OrderBy};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::error::Error;
use crate::row::{self, COLUMNS};

/// The records a search finds. The empty text is in every key.
const FOUND: &str = "FROM customer WHERE team_id = $1 AND strpos(search_key, $2) > 0";

/// The page and the total in one statement, and so of one moment (S7). A page
/// beyond the last is one row, which has the total and no record.
pub(crate) fn statement(query: &ListQuery) -> String {
    let order = order(query);
    format!(
        "SELECT {COLUMNS}, total FROM (SELECT count(*) AS total {FOUND}) AS found
        LEFT JOIN (
            SELECT {COLUMNS}, search_key {FOUND} ORDER BY {order} LIMIT $3 OFFSET $4
        ) AS page ON true
        ORDER BY {order}"
    )
}

/// Reads the rows of [`statement`].
pub(crate) fn read(rows: &[Row]) -> Result<CustomerPage, Error> {
    let mut page = CustomerPage::default();
    for row in rows {
        let total: i64 = row
            .try_get("total")
            .map_err(|_| Error::Row { column: "total" })?;
        page.total = total.unsigned_abs();
        let id: Option<Uuid> = row
            .try_get("uuid")
            .map_err(|_| Error::Row { column: "uuid" })?;
        if id.is_some() {
            page.records.push(row::read(row)?);
        }
    }
    Ok(page)
}

/// Texts are compared as bytes, and so are the ids that decide between equals.
fn order(query: &ListQuery) -> String {
    let columns: &[&str] = match query.order_by() {
        // The beginning of the key is what the index has.
        OrderBy::Name => &["left(search_key, 200)", "search_key", "uuid"],
        OrderBy::Email => &["email_key", "uuid"],
        OrderBy::CreatedAt => &["created_at", "uuid"],
        OrderBy::UpdatedAt => &["updated_at", "uuid"],
    };
    let direction = match query.direction() {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    };
    let columns = columns.iter().map(|column| format!("{column} {direction}"));
    columns.collect::<Vec<_>>().join(", ")
}
