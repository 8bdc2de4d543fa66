//! S7: a page of a list, and the traversal of a team. Searches, totals and the ids of a
//! page are read from one index; then the rows of the page are read.

use std::sync::LazyLock;

use customer_domain::{
    Customer, CustomerId, CustomerPage, Direction, ListQuery, OrderBy, Scan, SearchText, TeamId,
};
use rusqlite::{Connection, Params};

use crate::error::Error;
use crate::row::{self, COLUMNS};

/// The number of a row within the file.
type RowId = i64;

/// Up to this number of hits, a list in another order than that of the search index
/// reads the sort keys of the hits from their rows. Above, it reads the index of the
/// order until the page is full.
const FEW: usize = 1_000;

/// The narrowest index of a team.
const COUNT: &str = "SELECT count(*) FROM customer INDEXED BY customer_id WHERE team_id = ?1";

static ROW: LazyLock<String> = LazyLock::new(|| {
    let columns = &*COLUMNS;
    format!("SELECT {columns} FROM customer WHERE rowid = ?1")
});

/// The page and the total, from one snapshot (S7).
pub(crate) fn page(
    connection: &Connection,
    team: TeamId,
    query: &ListQuery,
) -> Result<CustomerPage, Error> {
    // It only reads: nothing is lost when it is dropped.
    let snapshot = connection.unchecked_transaction()?;
    let team = team.as_uuid().as_bytes();
    let (ids, total) = match query.search() {
        None if query.has_total() => (all(&snapshot, team, query)?, Some(count(&snapshot, team)?)),
        None => (all(&snapshot, team, query)?, None),
        Some(search) => found(&snapshot, team, query, search)?,
    };
    let mut page = CustomerPage {
        total,
        ..CustomerPage::default()
    };
    for row in read(&snapshot, &ROW, ids.into_iter().map(|id| [id]))? {
        match row {
            Ok(record) => page.records.push(record),
            Err(id) => page.corrupt.push(id),
        }
    }
    Ok(page)
}

/// A step of a traversal by id (S7).
pub(crate) fn scan(
    connection: &Connection,
    team: TeamId,
    after: Option<CustomerId>,
    limit: u32,
) -> Result<Scan, Error> {
    let after = after.map(|id| *id.as_uuid().as_bytes());
    // The empty value is less than any id.
    let after = after.as_ref().map_or(&[][..], |id| id);
    // One more row shows whether there is a next step.
    let rows = i64::from(limit.max(1)) + 1;
    let parameters = (team.as_uuid().as_bytes(), after, rows);
    Ok(Scan::from_rows(
        read(connection, &row::SCAN, [parameters])?,
        limit,
    ))
}

/// The records that a statement returns, and the ids of the corrupt rows if they are
/// UUIDs.
fn read<P: Params>(
    connection: &Connection,
    sql: &str,
    parameters: impl IntoIterator<Item = P>,
) -> Result<Vec<Result<Customer, CustomerId>>, Error> {
    let (mut read, mut corrupt) = (Vec::new(), Vec::new());
    let mut statement = connection.prepare_cached(sql)?;
    for parameters in parameters {
        let mut rows = statement.query(parameters)?;
        while let Some(row) = rows.next()? {
            match row::read(row) {
                Ok(record) => read.push(Ok(record)),
                Err(Error::Row { id, .. }) => {
                    corrupt.push(id);
                    read.extend(id.map(Err));
                }
                Err(error) => return Err(error),
            }
        }
    }
    if !corrupt.is_empty() {
        tracing::warn!(rows = corrupt.len(), ids = ?corrupt, "a list skipped corrupt rows");
    }
    Ok(read)
}

fn count(connection: &Connection, team: &[u8; 16]) -> Result<u64, Error> {
    let mut statement = connection.prepare_cached(COUNT)?;
    let count: i64 = statement.query_row([team], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// A page of all rows.
fn all(connection: &Connection, team: &[u8; 16], query: &ListQuery) -> Result<Vec<RowId>, Error> {
    let order = Order::of(query);
    let sql = format!(
        "SELECT rowid FROM customer INDEXED BY {} WHERE team_id = ?1 {order} LIMIT ?2 OFFSET ?3",
        order.index
    );
    let mut ids = Vec::new();
    let (limit, offset) = (query.limit(), offset(query));
    each(connection, &sql, (team, limit, offset), |id| {
        ids.push(id);
        true
    })?;
    Ok(ids)
}

/// A page of the rows that a search finds, and their number if it is known.
fn found(
    connection: &Connection,
    team: &[u8; 16],
    query: &ListQuery,
    search: &SearchText,
) -> Result<(Vec<RowId>, Option<u64>), Error> {
    let names = Order::new(OrderBy::Name, query.direction());
    let sql = format!(
        "SELECT rowid FROM customer INDEXED BY customer_search
        WHERE team_id = ?1 AND instr(search_key, ?2) > 0 {names}"
    );
    let is_enough =
        |hits: usize| query.order_by() == OrderBy::Name && !query.has_total() && hits >= end(query);
    let mut hits = Vec::new();
    each(connection, &sql, (team, search.as_str()), |id| {
        hits.push(id);
        !is_enough(hits.len())
    })?;
    let total = query.has_total().then_some(hits.len() as u64);
    let ids = match query.order_by() {
        OrderBy::Name => window(hits, query),
        OrderBy::Email | OrderBy::CreatedAt | OrderBy::UpdatedAt if hits.len() <= FEW => {
            sorted(connection, &hits, query)?
        }
        OrderBy::Email | OrderBy::CreatedAt | OrderBy::UpdatedAt => {
            in_order(connection, team, hits, query)?
        }
    };
    Ok((ids, total))
}

/// A page of a few hits, sorted by the keys in their rows.
fn sorted(connection: &Connection, hits: &[RowId], query: &ListQuery) -> Result<Vec<RowId>, Error> {
    let order = Order::of(query);
    let sql = format!(
        "SELECT rowid FROM customer WHERE rowid IN (SELECT value FROM json_each(?1)) {order}"
    );
    let mut ids = Vec::new();
    each(connection, &sql, [format!("{hits:?}")], |id| {
        ids.push(id);
        true
    })?;
    Ok(window(ids, query))
}

/// A page of many hits, in the order of an index.
fn in_order(
    connection: &Connection,
    team: &[u8; 16],
    mut hits: Vec<RowId>,
    query: &ListQuery,
) -> Result<Vec<RowId>, Error> {
    hits.sort_unstable();
    let order = Order::of(query);
    let sql = format!(
        "SELECT rowid FROM customer INDEXED BY {} WHERE team_id = ?1 {order}",
        order.index
    );
    let end = end(query).min(hits.len());
    let mut ids = Vec::new();
    each(connection, &sql, [team], |id| {
        if hits.binary_search(&id).is_ok() {
            ids.push(id);
        }
        ids.len() != end
    })?;
    Ok(window(ids, query))
}

/// The page of all ids.
fn window(ids: Vec<RowId>, query: &ListQuery) -> Vec<RowId> {
    let start = end(query).saturating_sub(query.limit() as usize);
    ids.into_iter().take(end(query)).skip(start).collect()
}

/// The number of rows up to the end of the page.
fn end(query: &ListQuery) -> usize {
    let offset = usize::try_from(query.offset()).unwrap_or(usize::MAX);
    offset.saturating_add(query.limit() as usize)
}

/// The number of rows before the page, as a signed number.
fn offset(query: &ListQuery) -> i64 {
    i64::try_from(query.offset()).unwrap_or(i64::MAX)
}

/// Calls a function with each id that a statement returns, until it returns false.
fn each(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    mut on_id: impl FnMut(RowId) -> bool,
) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        if !on_id(row.get(0)?) {
            break;
        }
    }
    Ok(())
}

/// The order of a list, as `ORDER BY`, and its index. Strings and ids are compared as
/// bytes; the id decides between equal keys.
struct Order {
    index: &'static str,
    keys: &'static [&'static str],
    direction: &'static str,
}

impl Order {
    const fn of(query: &ListQuery) -> Self {
        Self::new(query.order_by(), query.direction())
    }

    const fn new(by: OrderBy, direction: Direction) -> Self {
        let (index, keys): (_, &[&str]) = match by {
            OrderBy::Name => ("customer_search", &["search_key", "uuid"]),
            // No two records of a team have the same key.
            OrderBy::Email => ("customer_email", &["email_key"]),
            OrderBy::CreatedAt => ("customer_created", &["created_at", "uuid"]),
            OrderBy::UpdatedAt => ("customer_updated", &["updated_at", "uuid"]),
        };
        let direction = match direction {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        };
        Self {
            index,
            keys,
            direction,
        }
    }
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys: Vec<_> = self
            .keys
            .iter()
            .map(|key| format!("{key} {}", self.direction))
            .collect();
        write!(f, "ORDER BY {}", keys.join(", "))
    }
}

#[cfg(test)]
mod tests;
