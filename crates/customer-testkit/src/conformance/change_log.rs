//! S9: the change log. A store without one passes these cases.
//!
//! A change can become readable later than its write is acknowledged. The cases therefore
//! end with a *marker*, a customer that is inserted after the other changes, and read until
//! they see its entry.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use customer_domain::{
    Change, ChangeEntry, ChangeKind, ChangePage, ChangesError, Contacts, Customer, CustomerId,
    CustomerPatch, CustomerStore, Field, FieldSet, LogPosition, MatchBy, Precondition, ReadFrom,
    TeamId, Timestamp, Update, Upsert, Write,
};

use super::check::{accepted, add, ensure, ensure_rejected};
use super::failure::{CaseFailure, CaseResult};
use super::races::{at_once, rounds};
use super::samples::{customer, full_customer, team, value, version, with_phone};
use super::updates::{email, later, phone, update};
use crate::ids::{fresh_id, fresh_team};

/// The parts of an entry that the cases compare. The store sets the time of a delete.
type Seen = (CustomerId, u64, ChangeKind, FieldSet);

/// S9: each write that changed a record has one entry, in the order of the writes.
/// Rejected writes and updates that change nothing have none.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s9_each_change_has_one_entry<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let first = full_customer(team(), "a@acme.example");
    let (team, id) = (first.team(), first.id());
    let Some(start) = end(&*store, team).await? else {
        return Ok(());
    };
    add(&*store, &[&first]).await?;
    let any = Precondition::Any;
    let done = "S9: a write without a conflict succeeds";
    let second = with_phone(&first, "+9");
    accepted(store.replace(&second, first.version()).await, done)?;
    let _ = accepted(
        update(&*store, &second, email("b@acme.example"), any).await,
        done,
    )?;
    let _ = accepted(
        update(&*store, &second, CustomerPatch::new(), any).await,
        done,
    )?;
    let no_contacts = Change::from(Contacts::NONE);
    let _ = accepted(
        store.update(team, id, no_contacts, any, later()).await,
        done,
    )?;
    ensure!(
        store.insert(&first).await.is_err(),
        "S2: a taken id is not inserted"
    );
    let old = Precondition::Version(version(1));
    ensure!(
        store.delete(team, id, old).await.is_err(),
        "S3: an old version is not deleted"
    );
    accepted(store.delete(team, id, any).await, done)?;

    let fields = |fields: &[Field]| fields.iter().copied().collect::<FieldSet>();
    let expected = [
        (
            id,
            1,
            ChangeKind::Created,
            ChangeEntry::created(&first).fields,
        ),
        (id, 2, ChangeKind::Updated, fields(&[Field::MainPhone])),
        (id, 3, ChangeKind::Updated, fields(&[Field::Email])),
        (id, 4, ChangeKind::Updated, fields(&[Field::Contacts])),
        (id, 5, ChangeKind::Deleted, FieldSet::EMPTY),
    ];
    same(&*store, team, start, &expected).await
}

/// S9: the writes of a batch and upserts have their entries too.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s9_batches_and_upserts_have_their_entries<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let first = full_customer(team(), "a@acme.example");
    let (team, id, other) = (first.team(), first.id(), fresh_id());
    let Some(start) = end(&*store, team).await? else {
        return Ok(());
    };
    let any = Precondition::Any;
    let name = CustomerPatch::new().with_name(Update::Set(value("Other")));
    let new = name.with_email(Update::Set(value("o@acme.example")));
    let upsert = |change: &CustomerPatch| {
        let (by, change) = (MatchBy::Email, change.into());
        Write::Upsert(Upsert {
            by,
            id: other,
            change,
        })
    };
    let writes = vec![
        Write::Insert(Box::new(first.clone())),
        Write::Insert(Box::new(first.clone())),
        Write::Update(id, phone("+9").into(), any),
        upsert(&new),
        upsert(&new.clone().with_main_phone(phone("+7").main_phone)),
        Write::Delete(id, any),
    ];
    store.write_batch(team, writes, later()).await;
    let fields = |fields: &[Field]| fields.iter().copied().collect::<FieldSet>();
    let values = [Field::Name, Field::Email, Field::Status];
    let expected = [
        (
            id,
            1,
            ChangeKind::Created,
            ChangeEntry::created(&first).fields,
        ),
        (id, 2, ChangeKind::Updated, fields(&[Field::MainPhone])),
        (other, 1, ChangeKind::Created, fields(&values)),
        (other, 2, ChangeKind::Updated, fields(&[Field::MainPhone])),
        (id, 3, ChangeKind::Deleted, FieldSet::EMPTY),
    ];
    same(&*store, team, start, &expected).await
}

/// S1: a reader sees only entries of its team, and a position of another team is
/// rejected.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s9_a_log_is_of_one_team<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let (one, other) = (
        customer(team(), "a@acme.example"),
        customer(fresh_team(), "a@acme.example"),
    );
    let Some(start) = end(&*store, one.team()).await? else {
        return Ok(());
    };
    add(&*store, &[&other, &one]).await?;
    let created = ChangeEntry::created(&one);
    let expected = [(one.id(), 1, ChangeKind::Created, created.fields)];
    same(&*store, one.team(), start.clone(), &expected).await?;
    let foreign = store
        .changes(other.team(), ReadFrom::Position(start), 10)
        .await;
    ensure!(
        matches!(
            foreign,
            Err(ChangesError::Expired | ChangesError::InvalidPosition)
        ),
        "S9: a position of another team is rejected; the result was {foreign:?}"
    );
    let invalid = accepted(
        LogPosition::parse("not.a-position"),
        "the position is well-formed",
    )?;
    ensure_rejected!(
        store
            .changes(one.team(), ReadFrom::Position(invalid), 10)
            .await,
        ChangesError::InvalidPosition,
        "S9: a position that no store returned is not valid"
    );
    Ok(())
}

/// S9: pruning removes the oldest entries; a reader at a removed position gets an error.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s9_the_position_of_a_pruned_entry_has_expired<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let first = customer(team(), "a@acme.example");
    let team = first.team();
    let Some(start) = end(&*store, team).await? else {
        return Ok(());
    };
    add(&*store, &[&first]).await?;
    let after_first = read_to(
        &*store,
        team,
        ReadFrom::Position(start.clone()),
        1,
        first.id(),
    )
    .await?;
    let updated = accepted(
        update(&*store, &first, phone("+9"), Precondition::Any).await,
        "S3: an update without a conflict succeeds",
    )?;
    let marker = mark(&*store, team).await?;
    let end = read_to(&*store, team, ReadFrom::Position(start.clone()), 10, marker).await?;
    let time = updated.customer().updated_at();
    let pruned = accepted(store.prune_changes(team, time).await, "S9: a log is pruned")?;
    ensure!(
        pruned == 1,
        "S9: pruning removes the one older entry; it removed {pruned}"
    );
    ensure_rejected!(
        store.changes(team, ReadFrom::Position(start), 10).await,
        ChangesError::Expired,
        "S9: a position before a removed entry has expired"
    );
    for from in [ReadFrom::Position(after_first.next), ReadFrom::Oldest] {
        let kept = accepted(
            store.changes(team, from.clone(), 10).await,
            "S9: the log is read after it was pruned",
        )?;
        ensure!(
            kept.changes == end.changes[1..],
            "S9: the entries that were kept are read from {from:?}; they are {:?}",
            kept.changes
        );
    }
    let all = accepted(
        store.prune_changes(team, Timestamp::MAX).await,
        "S9: a log is pruned",
    )?;
    ensure!(
        all == 2,
        "S9: pruning removes the other entries; it removed {all}"
    );
    for from in [ReadFrom::Position(end.next), ReadFrom::Oldest] {
        let none = accepted(
            store.changes(team, from, 10).await,
            "S9: the position after the last entry does not expire",
        )?;
        ensure!(none.changes.is_empty(), "S9: a removed entry is not read");
    }
    Ok(())
}

/// The pause before the log is read again when there is nothing new.
const PAUSE: Duration = Duration::from_millis(1);

/// Writers and readers of the concurrent case.
const WRITERS: usize = 16;
const READERS: usize = 2;

/// S9: readers that follow the log during writes miss no entry and see none twice. The
/// entries of one record are in the order of its versions.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s9_readers_follow_concurrent_writers<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> CaseResult {
    let one_team = team();
    let record = |number| customer(one_team, &format!("a{number}@acme.example"));
    let records: Vec<_> = (0..4).map(record).collect();
    if end(&*store, one_team).await?.is_none() {
        return Ok(());
    }
    add(&*store, &records.iter().collect::<Vec<_>>()).await?;
    let (writing, marker) = (Arc::new(AtomicUsize::new(WRITERS)), record(records.len()));
    let tasks = at_once(0..WRITERS + READERS, |task| {
        let (store, writing) = (Arc::clone(&store), Arc::clone(&writing));
        let (records, marker) = (records.clone(), marker.clone());
        async move {
            if task >= WRITERS {
                let read = read_to(&*store, one_team, ReadFrom::Oldest, 3, marker.id());
                return read.await.map(|read| Some(read.changes));
            }
            write(&*store, task, &records).await?;
            if writing.fetch_sub(1, Ordering::SeqCst) == 1 {
                add(&*store, &[&marker]).await?;
            }
            Ok(None)
        }
    });
    let read: Vec<_> = tasks.await?.into_iter().flatten().collect();
    for entries in read {
        in_order(&entries)?;
        for record in &records {
            let stored = accepted(store.get(one_team, record.id()).await, "S5: a get succeeds")?;
            let last = stored.map_or(0, |stored| stored.version().get());
            let found = entries.iter().filter(|entry| entry.id == record.id());
            let found = found.count() as u64;
            ensure!(
                found == last,
                "S9: each of the {last} versions of {} has an entry; a reader saw {found}",
                record.id()
            );
        }
        let (created, deleted) = entries
            .iter()
            .fold((0, 0), |(c, d), entry| match entry.kind {
                ChangeKind::Created => (c + 1, d),
                ChangeKind::Deleted => (c, d + 1),
                _ => (c, d),
            });
        ensure!(
            (created, deleted) == (records.len() + WRITERS + 1, WRITERS),
            "S9: every insert and delete has an entry; a reader saw {created} and {deleted}"
        );
    }
    Ok(())
}

/// Updates shared records, and inserts and deletes another one.
async fn write<S: CustomerStore>(store: &S, task: usize, records: &[Customer]) -> CaseResult {
    let done = "S9: a write without a conflict succeeds";
    let own = customer(records[0].team(), &format!("own{task}@acme.example"));
    accepted(store.insert(&own).await, done)?;
    for number in 0..rounds() {
        let record = &records[(task + number) % records.len()];
        let patch = phone(&format!("+{task}{number}"));
        let _ = accepted(update(store, record, patch, Precondition::Any).await, done)?;
    }
    accepted(
        store.delete(own.team(), own.id(), Precondition::Any).await,
        done,
    )
}

/// Inserts a customer after all other changes, and returns its id.
async fn mark<S: CustomerStore>(store: &S, team: TeamId) -> Result<CustomerId, CaseFailure> {
    let id = fresh_id();
    let marker = customer(team, &format!("{id}@marker.example"));
    add(store, &[&marker]).await?;
    Ok(marker.id())
}

/// Reads up to the first entry of that customer; waits until it is readable. Returns all
/// entries and the position after them.
async fn read_to<S: CustomerStore>(
    store: &S,
    team: TeamId,
    mut from: ReadFrom,
    limit: u32,
    last: CustomerId,
) -> Result<ChangePage, CaseFailure> {
    let mut changes = Vec::new();
    loop {
        let page = store.changes(team, from, limit).await;
        let ChangePage {
            changes: read,
            next,
        } = accepted(page, "S9: the log is read")?;
        ensure!(
            read.len() <= limit.max(1) as usize,
            "S9: a page has at most {limit} entries, or one; it has {}",
            read.len()
        );
        if read.is_empty() {
            tokio::time::sleep(PAUSE).await;
        }
        let is_last = read.iter().any(|entry| entry.id == last);
        changes.extend(read);
        if is_last {
            return Ok(ChangePage { changes, next });
        }
        from = ReadFrom::Position(next);
    }
}

/// The entries of each record have the versions 1, 2, …, without a gap.
fn in_order(entries: &[ChangeEntry]) -> CaseResult {
    let mut last = BTreeMap::new();
    for entry in entries {
        let last = last.entry(entry.id).or_insert(0);
        let (id, version) = (entry.id, entry.version.get());
        ensure!(
            version == *last + 1,
            "S9: the entries of {id} are in the order of its versions; {version} is after {last}"
        );
        *last = version;
    }
    Ok(())
}

/// The position at the end of the log; `None` if the store has no log.
async fn end<S: CustomerStore>(
    store: &S,
    team: TeamId,
) -> Result<Option<LogPosition>, CaseFailure> {
    match store.changes(team, ReadFrom::End, 1).await {
        Err(ChangesError::Unsupported) => Ok(None),
        page => {
            let page = accepted(page, "S9: the end of the log is read")?;
            ensure!(
                page.changes.is_empty(),
                "S9: there is no entry after the end of the log"
            );
            Ok(Some(page.next))
        }
    }
}

/// Checks that the log has exactly these entries from that position on, for several page
/// sizes.
async fn same<S: CustomerStore>(
    store: &S,
    team: TeamId,
    start: LogPosition,
    expected: &[Seen],
) -> CaseResult {
    let marker = mark(store, team).await?;
    for limit in [0, 1, 2, 1_000] {
        let read = read_to(
            store,
            team,
            ReadFrom::Position(start.clone()),
            limit,
            marker,
        )
        .await?;
        let entry = |entry: &ChangeEntry| (entry.id, entry.version.get(), entry.kind, entry.fields);
        let seen: Vec<_> = read.changes.iter().map(entry).collect();
        ensure!(
            seen.split_last().is_some_and(|(_, seen)| seen == expected),
            "S9: with pages of {limit}, the log is {seen:?}, expected is {expected:?} and a marker"
        );
    }
    Ok(())
}
