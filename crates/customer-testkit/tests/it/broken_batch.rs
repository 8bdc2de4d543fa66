//! The batches of a broken store.

use std::collections::HashSet;
use std::sync::Arc;

use customer_domain::{
    BoxFuture, Clock, CustomerId, CustomerStore, DeleteError, FnClock, InsertError, Precondition,
    TeamId, UpdateError, UpsertError, Write, WriteResult,
};
use tokio::task::yield_now;

use crate::broken::{BrokenStore, Flaw};

/// A batch with the flaw of the store. Without a flaw, its writes are executed one after
/// the other.
pub(crate) async fn write_batch(
    store: &BrokenStore,
    team: TeamId,
    writes: Vec<Write>,
    clock: Arc<dyn Clock>,
) -> Vec<WriteResult> {
    let mut clock = clock;
    if store.is(Flaw::BatchReadsTheClockOnce) {
        let now = clock.now();
        clock = Arc::new(FnClock(move || now));
    }
    if store.is(Flaw::BatchTornWhenDropped) {
        tear(store, team, &writes).await;
    }
    let mut order: Vec<usize> = (0..writes.len()).collect();
    if store.is(Flaw::BatchDeletesFirst) {
        order.sort_by_key(|n| !matches!(writes[*n], Write::Delete(..)));
    }
    let mut rejected_before = HashSet::new();
    if store.is(Flaw::BatchChecksFirst) {
        rejected_before = unknown_ids(store, team, &writes);
    }
    let (mut seen, mut has_failed) = (HashSet::new(), false);
    let mut results: Vec<Option<WriteResult>> = Vec::new();
    results.resize_with(writes.len(), || None);
    for n in order {
        let write = &writes[n];
        let id = id(write);
        let is_repeated = !seen.insert(id) && store.is(Flaw::BatchWritesAnIdOnce);
        let is_stopped = has_failed && store.is(Flaw::BatchStopsAtAnError);
        let result = if is_stopped || is_repeated || rejected_before.contains(&id) {
            not_found(write)
        } else {
            one(store, team, write, &clock).await
        };
        has_failed |= is_rejected(&result);
        results[n] = Some(result);
    }
    let mut results: Vec<_> = results.into_iter().flatten().collect();
    match store.flaw {
        Flaw::BatchIsRejectedAsAWhole if has_failed => {
            results = writes.iter().map(not_found).collect();
        }
        Flaw::BatchOmitsRejectedWrites => results.retain(|result| !is_rejected(result)),
        Flaw::BatchSortsItsResults => {
            let mut sorted: Vec<_> = writes.iter().map(id).zip(results).collect();
            sorted.sort_by_key(|(id, _)| *id);
            results = sorted.into_iter().map(|(_, result)| result).collect();
        }
        _ => {}
    }
    let inserted = writes
        .iter()
        .filter(|write| matches!(write, Write::Insert(_)));
    store.rows().batched.extend(inserted.map(id));
    results
}

fn id(write: &Write) -> CustomerId {
    match write {
        Write::Insert(customer) => customer.id(),
        Write::Update(id, ..) | Write::Delete(id, _) => *id,
        Write::Upsert(upsert) => upsert.id,
    }
}

fn not_found(write: &Write) -> WriteResult {
    match write {
        Write::Insert(_) => WriteResult::Insert(Err(InsertError::IdTaken)),
        Write::Update(..) => WriteResult::Update(Err(UpdateError::NotFound)),
        Write::Delete(..) => WriteResult::Delete(Err(DeleteError::NotFound)),
        Write::Upsert(_) => WriteResult::Upsert(Err(UpsertError::IdTaken)),
    }
}

fn is_rejected(result: &WriteResult) -> bool {
    match result {
        WriteResult::Insert(result) => result.is_err(),
        WriteResult::Update(result) => result.is_err(),
        WriteResult::Upsert(result) => result.is_err(),
        WriteResult::Delete(result) => result.is_err(),
    }
}

/// Ids of updates and deletes for which no record exists before the batch.
fn unknown_ids(store: &BrokenStore, team: TeamId, writes: &[Write]) -> HashSet<CustomerId> {
    let is_change = |write: &&Write| matches!(write, Write::Update(..) | Write::Delete(..));
    let changes = writes.iter().filter(is_change);
    let ids = changes.map(id);
    ids.filter(|id| store.stored(team, *id).is_none()).collect()
}

fn one<'a>(
    store: &'a BrokenStore,
    team: TeamId,
    write: &'a Write,
    clock: &'a Arc<dyn Clock>,
) -> BoxFuture<'a, WriteResult> {
    Box::pin(async move {
        match write {
            Write::Insert(customer) => WriteResult::Insert(store.insert(customer).await),
            Write::Update(id, change, precondition) if store.is(Flaw::BatchOfTwoSteps) => {
                WriteResult::Update(two_steps(store, team, *id, change, *precondition, clock).await)
            }
            Write::Update(id, change, precondition) => {
                let (change, clock) = (change.clone(), Arc::clone(clock));
                let applied = store.update(team, *id, change, *precondition, clock).await;
                WriteResult::Update(applied.map(Box::new))
            }
            Write::Delete(id, precondition) => {
                WriteResult::Delete(store.delete(team, *id, *precondition).await)
            }
            Write::Upsert(upsert) => {
                let (upsert, clock) = (upsert.clone(), Arc::clone(clock));
                WriteResult::Upsert(store.upsert(team, upsert, clock).await)
            }
        }
    })
}

/// Reads and then writes, ignoring concurrent writes.
async fn two_steps(
    store: &BrokenStore,
    team: TeamId,
    id: CustomerId,
    change: &customer_domain::Change,
    precondition: Precondition,
    clock: &Arc<dyn Clock>,
) -> Result<Box<customer_domain::Applied>, UpdateError> {
    let stored = store.stored(team, id).ok_or(UpdateError::NotFound)?;
    if !precondition.is_met_by(stored.version()) {
        return Err(UpdateError::VersionConflict);
    }
    let applied = stored.apply_change(change, clock.now());
    yield_now().await;
    let place = store.place(team, id);
    store
        .rows()
        .records
        .insert(place, applied.customer().clone());
    Ok(Box::new(applied))
}

/// Frees the addresses of all deletes before the records are deleted.
async fn tear(store: &BrokenStore, team: TeamId, writes: &[Write]) {
    for write in writes {
        if let Write::Delete(id, _) = write
            && let Some(stored) = store.stored(team, *id)
        {
            let key = store.key(team, stored.email());
            store.rows().owners.remove(&key);
            yield_now().await;
            store.rows().owners.insert(key, *id);
        }
    }
}
