//! The change log (S9).
//!
//! A number that is assigned during a transaction becomes visible at its commit, possibly
//! after a higher number. Entries therefore have a *log order* that says when they are
//! complete: the id of their transaction. A reader stops before the oldest transaction
//! that runs (`xmin` of its snapshot). All entries before that are visible, and every
//! later one has a higher order.
//!
//! - The transaction ids of two changes of one record can be in the opposite order: a
//!   transaction that has an id can wait for a row. The order of an entry is therefore at
//!   least that of the previous entry of the record, which its row has. A record that is
//!   created again has no row: its insert is repeated if a delete has a higher order, see
//!   `customer_order_of_new`.
//! - Entries of the same order are numbered. The number is taken when the row is locked.
//! - Ids of transactions that a crash aborted are assigned again. A position is therefore
//!   that of an entry, never that of a transaction which may not have been committed.
//! - Another cluster has other transaction ids. The log has an id, which is part of every
//!   position, and a base, which is added to transaction ids. `connect` renews both if the
//!   database is a copy: the new orders are after all existing ones.

use customer_domain::{
    ChangeEntry, ChangeKind, ChangePage, ChangesError, FieldSet, LogPosition, ReadFrom, StoreError,
    TeamId, Timestamp,
};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::Error;
use crate::parameter::{Instant, Parameter};
use crate::retry::retry;
use crate::store::{PostgresStore, Written};
use crate::{log_id, row};

/// A page of a team, with the id of the log and the positions of the last removed and the
/// last complete entry; one row without an entry if the page is empty. It is one statement,
/// and so has one snapshot.
const READ: &str = "SELECT log.id AS log,
        coalesce(pruned.log_order, 0) AS pruned_order,
        coalesce(pruned.sequence, 0) AS pruned_sequence,
        coalesce(last.log_order, pruned.log_order, 0) AS end_order,
        coalesce(last.sequence, pruned.sequence, 0) AS end_sequence,
        entry.*
    FROM (
        SELECT id, base + txid_snapshot_xmin(txid_current_snapshot()) AS high FROM customer_log
    ) AS log
    LEFT JOIN customer_change_pruned AS pruned ON pruned.team_id = $1
    LEFT JOIN LATERAL (
        SELECT log_order, sequence FROM customer_change
        WHERE team_id = $1 AND log_order < high
        ORDER BY log_order DESC, sequence DESC LIMIT 1
    ) AS last ON true
    LEFT JOIN LATERAL (
        SELECT log_order, sequence, uuid, version, kind, fields, time FROM customer_change
        WHERE team_id = $1 AND (log_order, sequence) > ($2, $3) AND log_order < high
        ORDER BY log_order, sequence LIMIT $4
    ) AS entry ON true
    ORDER BY entry.log_order, entry.sequence";

/// Removes the complete entries before the first that is not older than `$2`, at most `$3`.
/// An entry that is not complete is kept: those that become visible before it would be
/// before the last removed one.
const PRUNE: &str = "WITH oldest AS (
        SELECT log_order, sequence, time FROM customer_change
        WHERE team_id = $1 AND log_order < (
            SELECT base + txid_snapshot_xmin(txid_current_snapshot()) FROM customer_log
        ) ORDER BY log_order, sequence LIMIT $3
    ), aged AS (
        SELECT log_order, sequence,
            bool_and(time < $2) OVER (ORDER BY log_order, sequence) AS is_old FROM oldest
    ), last AS (
        SELECT log_order, sequence FROM aged WHERE is_old
        ORDER BY log_order DESC, sequence DESC LIMIT 1
    ), marked AS (
        INSERT INTO customer_change_pruned AS pruned (team_id, log_order, sequence)
        SELECT $1, log_order, sequence FROM last
        ON CONFLICT (team_id) DO UPDATE
            SET log_order = excluded.log_order, sequence = excluded.sequence
            WHERE (pruned.log_order, pruned.sequence) < (excluded.log_order, excluded.sequence)
    )
    DELETE FROM customer_change AS entry USING last
    WHERE team_id = $1 AND (entry.log_order, entry.sequence) <= (last.log_order, last.sequence)";

/// The number of entries that a transaction removes, so that it ends before its deadline.
const PRUNED_AT_ONCE: u32 = 10_000;

/// The place of an entry in the log of a team. The first entry is after the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    order: i64,
    sequence: i64,
}

/// What a position consists of.
struct Position {
    log: Uuid,
    team: Uuid,
    place: Place,
}

impl Position {
    fn parse(position: &LogPosition) -> Option<Self> {
        let mut parts = position.as_str().split('.');
        let found = Self {
            log: Uuid::try_parse(parts.next()?).ok()?,
            team: Uuid::try_parse(parts.next()?).ok()?,
            place: Place {
                order: parts.next()?.parse().ok()?,
                sequence: parts.next()?.parse().ok()?,
            },
        };
        parts.next().is_none().then_some(found)
    }

    fn to_log_position(&self) -> Result<LogPosition, ChangesError> {
        let (log, team) = (self.log.simple(), self.team.simple());
        let Place { order, sequence } = self.place;
        let position = LogPosition::parse(&format!("{log}.{team}.{order}.{sequence}"));
        position.map_err(|_| ChangesError::InvalidPosition)
    }
}

impl PostgresStore {
    pub(crate) async fn read_changes(
        &self,
        team: TeamId,
        from: &ReadFrom,
        limit: u32,
    ) -> Result<ChangePage, ChangesError> {
        if self.engine == Engine::Distributed {
            return Err(ChangesError::Unsupported);
        }
        let position = match from {
            ReadFrom::Position(position) => {
                Some(Position::parse(position).ok_or(ChangesError::InvalidPosition)?)
            }
            ReadFrom::Oldest | ReadFrom::End => None,
        };
        let start = position.as_ref().map(|position| position.place);
        let start = start.unwrap_or_default();
        let limit = match from {
            ReadFrom::End => 0,
            ReadFrom::Oldest | ReadFrom::Position(_) => limit.max(1),
        };
        let parameters = [
            Parameter::uuid(*team.as_uuid()),
            Parameter::integer(start.order),
            Parameter::integer(start.sequence),
            Parameter::integer(limit.into()),
        ];
        let rows = self.query(self.read_deadline(), READ, &parameters).await;
        page(&rows.map_err(StoreError::from)?, team, from, position)
    }

    pub(crate) async fn prune_log(
        &self,
        team: TeamId,
        before: Timestamp,
    ) -> Result<u64, ChangesError> {
        if self.engine == Engine::Distributed {
            return Err(ChangesError::Unsupported);
        }
        let parameters = [
            Parameter::uuid(*team.as_uuid()),
            Parameter::time(before),
            Parameter::integer(PRUNED_AT_ONCE.into()),
        ];
        let mut removed = 0;
        loop {
            let written = self.write(self.write_deadline(), PRUNE, &parameters).await;
            let rows = match written.map_err(StoreError::from)? {
                Written::Rows(rows) => rows,
                Written::Conflict => 0,
            };
            removed += rows;
            if rows < PRUNED_AT_ONCE.into() {
                return Ok(removed);
            }
        }
    }

    /// Expires all positions in the change log (S9), for example after a recovery to a point
    /// in time: entries that readers have seen can be missing, and others have their
    /// transaction ids. [`connect`](Self::connect) does so by itself for a restored dump.
    ///
    /// The user must own the table `customer_change`.
    ///
    /// # Errors
    ///
    /// [`ChangesError`]: there is no log, or the engine failed.
    pub async fn renew_change_log(&self) -> Result<(), ChangesError> {
        if self.engine == Engine::Distributed {
            return Err(ChangesError::Unsupported);
        }
        let deadline = self.write_deadline();
        let renewed = retry(deadline, || async {
            let mut connection = self.connections.get(deadline).await?;
            deadline.read(log_id::renew(&mut connection)).await?;
            deadline.write(self.engine, connection.commit()).await
        });
        Ok(renewed.await.map_err(StoreError::from)?)
    }
}

/// Decodes the rows of [`READ`].
fn page(
    rows: &[Row],
    team: TeamId,
    from: &ReadFrom,
    position: Option<Position>,
) -> Result<ChangePage, ChangesError> {
    let first = rows.first().ok_or_else(|| damaged("id"))?;
    let (log, team) = (column(first, "log")?, *team.as_uuid());
    let removed = place(first, "pruned_order", "pruned_sequence")?;
    let end = place(first, "end_order", "end_sequence")?;
    let start = match (position, from) {
        (None, ReadFrom::End) => end,
        (None, _) => removed,
        // A place after the end is that of an entry which a restored database does not have.
        (Some(position), _)
            if (position.log, position.team) == (log, team)
                && (removed..=end).contains(&position.place) =>
        {
            position.place
        }
        (Some(_), _) => return Err(ChangesError::Expired),
    };
    let has_entry = |row: &&Row| row.try_get::<_, i64>("sequence").is_ok();
    let entries: Vec<_> = rows.iter().filter(has_entry).collect();
    let place = match entries.last() {
        Some(row) => place(row, "log_order", "sequence")?,
        None => start,
    };
    let changes = entries.into_iter().map(entry).collect::<Result<_, _>>();
    Ok(ChangePage {
        changes: changes.map_err(StoreError::from)?,
        next: Position { log, team, place }.to_log_position()?,
    })
}

fn entry(row: &Row) -> Result<ChangeEntry, Error> {
    let id = row::id(row).ok_or_else(|| Error::of_column("uuid", None))?;
    let invalid = |column: &str| Error::of_column(column, Some(id));
    let text = |column| row.try_get::<_, &str>(column).map_err(|_| invalid(column));
    let kind = ChangeKind::from_stored(text("kind")?).ok_or_else(|| invalid("kind"))?;
    let fields = FieldSet::from_stored(text("fields")?).ok_or_else(|| invalid("fields"))?;
    let time: Instant = row.try_get("time").map_err(|_| invalid("time"))?;
    let version = row::version_of(row, id)?;
    Ok(ChangeEntry::new(id, version, kind, fields, time.0))
}

fn place(row: &Row, order: &str, sequence: &str) -> Result<Place, StoreError> {
    Ok(Place {
        order: column(row, order)?,
        sequence: column(row, sequence)?,
    })
}

fn column<'a, T: FromSql<'a>>(row: &'a Row, name: &str) -> Result<T, StoreError> {
    row.try_get(name).map_err(|_| damaged(name))
}

fn damaged(column: &str) -> StoreError {
    StoreError::from(Error::of_column(column, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s9_a_position_has_a_log_a_team_and_a_place() {
        let id = Uuid::from_u128(7).simple();
        let parse = |text: &str| Position::parse(&LogPosition::parse(text).unwrap());
        let valid = format!("{id}.{id}.727.{}", i64::MAX);
        let position = parse(&valid).unwrap();
        assert_eq!(position.to_log_position().unwrap().as_str(), valid);
        for invalid in [
            "727".to_owned(),
            format!("{id}.{id}.727"),
            format!("{id}.{id}.727.1.1"),
            format!("{id}.{id}.a.1"),
            format!("{id}.{id}.727.9223372036854775808"),
            format!("{id}.a.727.1"),
        ] {
            assert!(parse(&invalid).is_none(), "{invalid}");
        }
    }
}
