//! S7: pages of a list.
//!
//! A statement reads the ids of the page, the total, and the matches of a search from
//! indexes that begin with the team, and then the rows of the page. All of it is one
//! statement, so that it is one snapshot.

use customer_domain::{
    Customer, CustomerId, CustomerPage, Direction, ListQuery, OrderBy, SearchText, TeamId,
};
use tokio_postgres::Row;

use crate::error::Error;
use crate::parameter::Parameter;
use crate::row::{self, COLUMNS};

/// The matches of a search, from the index of the search keys. The order makes the server
/// use that index, which has all columns, instead of the table.
const FOUND: &str = "found (id, key) AS MATERIALIZED (
        SELECT uuid, search_key FROM customer
        WHERE team_id = $1 AND strpos(search_key, $4) > 0 ORDER BY search_key, uuid)";

/// The statement of a page, and its parameters. The parameters of the page come before
/// that of the search.
pub(crate) fn statement(team: TeamId, query: &ListQuery) -> (String, Vec<Parameter<'_>>) {
    // The offset can be beyond any table, but must be a signed number.
    let offset = i64::try_from(query.offset()).unwrap_or(i64::MAX);
    let mut parameters = vec![
        Parameter::uuid(*team.as_uuid()),
        Parameter::integer(query.limit().into()),
        Parameter::integer(offset),
    ];
    let search = query.search().map(SearchText::as_str);
    parameters.extend(search.map(Parameter::text));
    (sql(query), parameters)
}

fn sql(query: &ListQuery) -> String {
    let columns = &*COLUMNS;
    let page = page(query);
    let direction = direction(query);
    let key = key(query.order_by());
    // The email key is unique, and its index does not have the id.
    let id = match (query.order_by(), query.search()) {
        (OrderBy::Email, None) => "email_key",
        _ => "uuid",
    };
    let order = format!("ORDER BY {key} {direction}, uuid {direction}");
    let rows = format!("page JOIN customer ON team_id = $1 AND {id} = page.id");
    let found = if uses_matches(query) {
        format!("{FOUND}, ")
    } else {
        String::new()
    };
    let with = format!("WITH {found}page (id) AS MATERIALIZED ({page})");
    if !query.has_total() {
        return format!("{with} SELECT {columns} FROM {rows} {order}");
    }
    let counted = match query.search() {
        Some(_) => "found",
        None => "customer WHERE team_id = $1",
    };
    // A page after the last is one row that has the total and no record.
    format!(
        "{with}, counted (total) AS MATERIALIZED (SELECT count(*) FROM {counted})
        SELECT {columns}, total FROM counted LEFT JOIN ({rows}) ON true {order}"
    )
}

/// Whether all matches of the search are collected: for the total, or for another order
/// than that of their index.
fn uses_matches(query: &ListQuery) -> bool {
    let is_ordered = query.order_by() == OrderBy::Name;
    query.search().is_some() && (query.has_total() || !is_ordered)
}

/// The ids of the page. Strings and ids are compared as bytes; the id decides between
/// equal values.
fn page(query: &ListQuery) -> String {
    let direction = direction(query);
    let key = key(query.order_by());
    let limit = "LIMIT $2 OFFSET $3";
    if !uses_matches(query) {
        let order = format!("{key} {direction}, uuid {direction}");
        return match (query.order_by(), query.search()) {
            (_, Some(_)) => format!(
                "SELECT uuid FROM customer
                WHERE team_id = $1 AND strpos(search_key, $4) > 0 ORDER BY {order} {limit}"
            ),
            (OrderBy::Email, None) => format!(
                "SELECT email_key FROM customer
                WHERE team_id = $1 ORDER BY email_key {direction} {limit}"
            ),
            (OrderBy::Name | OrderBy::CreatedAt | OrderBy::UpdatedAt, None) => {
                format!("SELECT uuid FROM customer WHERE team_id = $1 ORDER BY {order} {limit}")
            }
        };
    }
    let order = format!("key {direction}, id {direction} {limit}");
    match query.order_by() {
        OrderBy::Name => format!("SELECT id FROM found ORDER BY {order}"),
        // Looks up each match, which OFFSET requires, instead of reading the whole team.
        OrderBy::Email | OrderBy::CreatedAt | OrderBy::UpdatedAt => format!(
            "SELECT id FROM (SELECT id FROM found) AS found CROSS JOIN LATERAL (
                SELECT {key} AS key FROM customer WHERE team_id = $1 AND uuid = id OFFSET 0
            ) AS keys ORDER BY {order}"
        ),
    }
}

const fn key(by: OrderBy) -> &'static str {
    match by {
        OrderBy::Name => "search_key",
        OrderBy::Email => "email_key",
        OrderBy::CreatedAt => "created_at",
        OrderBy::UpdatedAt => "updated_at",
    }
}

const fn direction(query: &ListQuery) -> &'static str {
    match query.direction() {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    }
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
