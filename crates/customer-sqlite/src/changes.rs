//! The change log (S9). There is one writer, so the order of the numbers is the order of
//! the commits.

use customer_domain::{
    ChangeEntry, ChangeKind, ChangePage, ChangesError, CustomerId, FieldSet, LogPosition, ReadFrom,
    TeamId, Timestamp,
};
use rusqlite::{Connection, Row};
use uuid::Uuid;

use crate::error::Error;
use crate::row;

/// Numbers of removed entries are not used again.
const PUSH: &str =
    "INSERT INTO customer_change (team_id, sequence, uuid, version, kind, fields, time)
    VALUES (?1, 1 + coalesce(
        (SELECT max(sequence) FROM customer_change WHERE team_id = ?1),
        (SELECT sequence FROM customer_change_pruned WHERE team_id = ?1),
        0
    ), ?2, ?3, ?4, ?5, ?6)";

/// Adds an entry within the transaction of its write.
pub(crate) fn push(
    connection: &Connection,
    team: TeamId,
    entry: &ChangeEntry,
) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(PUSH)?;
    statement.execute((
        team.as_uuid().as_bytes(),
        entry.id.as_uuid().as_bytes(),
        // Only the entry of a deleted record can have a greater one.
        i64::try_from(entry.version.get()).unwrap_or(i64::MAX),
        entry.kind.as_str(),
        entry.fields.to_string(),
        entry.time.as_micros(),
    ))?;
    Ok(())
}

/// A page of the log of a team; the inner error is that of the position.
pub(crate) fn read(
    connection: &Connection,
    team: TeamId,
    from: &ReadFrom,
    limit: u32,
) -> Result<Result<ChangePage, ChangesError>, Error> {
    // It only reads, so nothing is lost when it is dropped.
    let transaction = connection.unchecked_transaction()?;
    let log: [u8; 16] =
        transaction.query_row("SELECT id FROM customer_log", [], |row| row.get(0))?;
    let log = Uuid::from_bytes(log);
    let (removed, end) = bounds(&transaction, team)?;
    let start = match from {
        ReadFrom::Oldest => removed,
        ReadFrom::End => end,
        ReadFrom::Position(position) => match parse(position) {
            None => return Ok(Err(ChangesError::InvalidPosition)),
            Some(found) if (found.log, found.team) != (log, *team.as_uuid()) => {
                return Ok(Err(ChangesError::Expired));
            }
            Some(found) => found.sequence,
        },
    };
    if !(removed..=end).contains(&start) {
        return Ok(Err(ChangesError::Expired));
    }
    let mut statement = transaction.prepare_cached(
        "SELECT uuid, version, kind, fields, time, sequence FROM customer_change
        WHERE team_id = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3",
    )?;
    let mut rows = statement.query((team.as_uuid().as_bytes(), start, limit.max(1)))?;
    let (mut changes, mut last) = (Vec::new(), start);
    while let Some(row) = rows.next()? {
        changes.push(entry(row)?);
        last = row.get("sequence")?;
    }
    let next = format!("{}.{}.{last}", log.simple(), team.as_uuid().simple());
    let next = LogPosition::parse(&next).map_err(|_| ChangesError::InvalidPosition);
    Ok(next.map(|next| ChangePage { changes, next }))
}

/// The numbers of the last removed entry and of the last entry; 0 for none.
fn bounds(connection: &Connection, team: TeamId) -> Result<(i64, i64), Error> {
    let mut statement = connection.prepare_cached(
        "SELECT
            coalesce((SELECT sequence FROM customer_change_pruned WHERE team_id = ?1), 0),
            (SELECT max(sequence) FROM customer_change WHERE team_id = ?1)",
    )?;
    let (removed, last): (i64, Option<i64>) = statement
        .query_row([team.as_uuid().as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    Ok((removed, last.unwrap_or(removed)))
}

fn entry(row: &Row<'_>) -> Result<ChangeEntry, Error> {
    let id = row::id(row, 0);
    let column = |name: &str| Error::Row {
        column: name.to_owned(),
        id,
    };
    let id: CustomerId = id.ok_or_else(|| column("uuid"))?;
    let version = row::version_of(row.get("version")?, id)?;
    let kind: String = row.get("kind")?;
    let kind = ChangeKind::from_stored(&kind).ok_or_else(|| column("kind"))?;
    let fields: String = row.get("fields")?;
    let fields = FieldSet::from_stored(&fields).ok_or_else(|| column("fields"))?;
    let time = Timestamp::from_micros(row.get("time")?).ok_or_else(|| column("time"))?;
    Ok(ChangeEntry::new(id, version, kind, fields, time))
}

/// What a position consists of.
struct Position {
    log: Uuid,
    team: Uuid,
    sequence: i64,
}

fn parse(position: &LogPosition) -> Option<Position> {
    let mut parts = position.as_str().split('.');
    let found = Position {
        log: Uuid::try_parse(parts.next()?).ok()?,
        team: Uuid::try_parse(parts.next()?).ok()?,
        sequence: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(found)
}

/// Removes the oldest entries of the team up to the first that is not older than that
/// time, and returns their number.
pub(crate) fn prune(
    connection: &Connection,
    team: TeamId,
    before: Timestamp,
) -> Result<u64, Error> {
    let team = team.as_uuid().as_bytes();
    let last: Option<i64> = connection.query_row(
        "SELECT max(sequence) FROM customer_change WHERE team_id = ?1 AND sequence < coalesce(
            (SELECT sequence FROM customer_change WHERE team_id = ?1 AND time >= ?2
            ORDER BY sequence LIMIT 1),
            9223372036854775807
        )",
        (team, before.as_micros()),
        |row| row.get(0),
    )?;
    let Some(last) = last else {
        return Ok(0);
    };
    connection.execute(
        "INSERT INTO customer_change_pruned (team_id, sequence) VALUES (?1, ?2)
        ON CONFLICT (team_id) DO UPDATE SET sequence = excluded.sequence",
        (team, last),
    )?;
    let pruned = connection.execute(
        "DELETE FROM customer_change WHERE team_id = ?1 AND sequence <= ?2",
        (team, last),
    )?;
    Ok(pruned as u64)
}

/// Gives the log another id, so that positions of the file that was copied are not taken
/// for those of the copy.
pub(crate) fn renew(connection: &Connection) -> Result<(), Error> {
    connection.execute("UPDATE customer_log SET id = randomblob(16)", [])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::connection::{create_private, open_writer};

    #[test]
    fn s9_an_entry_does_not_plan_its_statement_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("customers.db");
        create_private(&path).unwrap();
        let connection = open_writer(&path).unwrap();
        for number in 1..4 {
            let (team, id) = (Uuid::from_u128(number % 2), Uuid::from_u128(number));
            let version = customer_domain::Version::FIRST;
            let entry = ChangeEntry::deleted(id.into(), version, Timestamp::MIN);
            push(&connection, team.into(), &entry).unwrap();
        }
        let statement = connection.prepare_cached(PUSH).unwrap();
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
