//! A page of a list.

use std::sync::LazyLock;

use customer_domain::{Customer, CustomerId, CustomerPage, Direction, ListQuery, OrderBy};
use tokio_postgres::Row;

use crate::error::Error;
use crate::row::{self, COLUMNS};

/// The records a search finds. Every key contains the empty string.
const FOUND: &str = "FROM customer WHERE team_id = $1 AND strpos(search_key, $2) > 0";

/// The statement of a page.
pub(crate) fn statement(query: &ListQuery) -> &'static str {
    static BY_NAME: LazyLock<[String; 2]> = LazyLock::new(|| {
        // The index has the beginning of the key.
        ordered_by(&["left(search_key, 200)", "search_key"])
    });
    static BY_EMAIL: LazyLock<[String; 2]> = LazyLock::new(|| ordered_by(&["email_key"]));
    static BY_CREATED_AT: LazyLock<[String; 2]> = LazyLock::new(|| ordered_by(&["created_at"]));
    static BY_UPDATED_AT: LazyLock<[String; 2]> = LazyLock::new(|| ordered_by(&["updated_at"]));
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
///
/// Page and total are one statement, so that they are of one moment (S7). A page
/// after the last is one row that has the total and no record.
fn ordered_by(values: &[&str]) -> [String; 2] {
    let columns = &*COLUMNS;
    ["ASC", "DESC"].map(|direction| {
        let terms = values.iter().chain(&["uuid"]);
        let terms: Vec<_> = terms.map(|term| format!("{term} {direction}")).collect();
        let order = terms.join(", ");
        format!(
            "SELECT {columns}, total FROM (SELECT count(*) AS total {FOUND}) AS found
            LEFT JOIN (
                SELECT {columns} {FOUND} ORDER BY {order} LIMIT $3 OFFSET $4
            ) AS page ON true
            ORDER BY {order}"
        )
    })
}

/// Reads the rows of [`statement`].
pub(crate) fn read(rows: &[Row], query: &ListQuery) -> Result<CustomerPage, Error> {
    let mut page = CustomerPage::default();
    if let Some(row) = rows.first().filter(|_| query.has_total()) {
        let total: i64 = row
            .try_get("total")
            .map_err(|_| Error::of_column("total", None))?;
        page.total = Some(total.unsigned_abs());
    }
    for row in records(rows)? {
        match row {
            Ok(record) => page.records.push(record),
            Err(id) => page.corrupt.push(id),
        }
    }
    Ok(page)
}

/// The records, and the ids of the corrupt rows.
pub(crate) fn records(rows: &[Row]) -> Result<Vec<Result<Customer, CustomerId>>, Error> {
    let (mut read, mut corrupt) = (Vec::new(), Vec::new());
    for row in rows {
        let Some(id) = row::id(row) else {
            continue;
        };
        match row::read(row) {
            Ok(customer) => read.push(Ok(customer)),
            Err(Error::Row { .. }) => {
                corrupt.push(id);
                read.push(Err(id));
            }
            Err(error) => return Err(error),
        }
    }
    if !corrupt.is_empty() {
        tracing::warn!(rows = corrupt.len(), ids = ?corrupt, "a list skipped corrupt rows");
    }
    Ok(read)
}
