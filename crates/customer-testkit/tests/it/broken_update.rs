//! The updates of a broken store.

use std::sync::Arc;

use customer_domain::{
    Applied, Change, Clock, Customer, CustomerId, CustomerStore, InsertError, MatchBy,
    Precondition, ReplaceError, TeamId, Timestamp, Update, UpdateError, Upsert, UpsertError,
    Upserted,
};
use tokio::task::yield_now;

use crate::broken::{BrokenStore, Flaw};

/// An update with the flaw of the store. Without a flaw, it reads and replaces, and
/// repeats both after a conflict.
pub(crate) async fn update(
    store: &BrokenStore,
    team: TeamId,
    id: CustomerId,
    change: &Change,
    precondition: Precondition,
    clock: &dyn Clock,
) -> Result<Applied, UpdateError> {
    let first_reading = store
        .is(Flaw::UpdateReadsTheClockFirst)
        .then(|| clock.now());
    let mut first_read = None;
    if store.is(Flaw::UpdateChecksTheEmailFirst) {
        check_email(store, team, id, change)?;
    }
    loop {
        let stored = get(store, team, id).await?;
        let read = stored.version();
        let is_met = precondition.is_met_by(read) || store.is(Flaw::UpdateIgnoresTheVersion);
        if !is_met {
            return Err(UpdateError::VersionConflict);
        }
        if [
            Flaw::UpdateReadsTheClockFirst,
            Flaw::UpdateIsRejectedAfterAConflict,
            Flaw::UpdateReturnsAStaleRecord,
        ]
        .contains(&store.flaw)
        {
            yield_now().await;
        }
        let now = first_reading.unwrap_or_else(|| clock.now());
        if store.is(Flaw::UpdateReadsTheClockTwice) {
            clock.now();
        }
        let applied = apply(store, stored.clone(), change, now);
        first_read.get_or_insert(stored);
        if applied.changed().is_empty() && !store.is(Flaw::UpdateWithoutAChangeWrites) {
            return Ok(applied);
        }
        match write(store, &applied).await {
            Ok(()) if store.is(Flaw::UpdateReturnsAStaleRecord) => {
                let stale = first_read.unwrap_or_else(|| applied.into_customer());
                return Ok(stale.apply_change(change, now));
            }
            Ok(()) => return Ok(applied),
            Err(ReplaceError::VersionConflict)
                if precondition == Precondition::Any
                    && !store.is(Flaw::UpdateIsRejectedAfterAConflict) => {}
            Err(error) => return Err(error.into()),
        }
        yield_now().await;
    }
}

async fn get(store: &BrokenStore, team: TeamId, id: CustomerId) -> Result<Customer, UpdateError> {
    let elsewhere = || {
        let rows = store.rows();
        let of_id = rows.records.values().find(|customer| customer.id() == id);
        of_id.cloned()
    };
    match store.get(team, id).await? {
        Some(customer) => Ok(customer),
        None if store.is(Flaw::UpdateOfAnyTeam) => elsewhere().ok_or(UpdateError::NotFound),
        None => Err(UpdateError::NotFound),
    }
}

fn check_email(
    store: &BrokenStore,
    team: TeamId,
    id: CustomerId,
    change: &Change,
) -> Result<(), UpdateError> {
    let Update::Set(email) = &change.patch().email else {
        return Ok(());
    };
    let owner = store.rows().owners.get(&store.key(team, email)).copied();
    match owner.filter(|owner| *owner != id) {
        Some(owner) => Err(UpdateError::EmailTaken(owner)),
        None => Ok(()),
    }
}

fn apply(store: &BrokenStore, stored: Customer, change: &Change, now: Timestamp) -> Applied {
    if store.is(Flaw::UpdateSkipsContacts) {
        return stored.apply(change.patch(), now);
    }
    stored.apply_change(change, now)
}

async fn write(store: &BrokenStore, applied: &Applied) -> Result<(), ReplaceError> {
    let (customer, previous) = (applied.customer(), applied.previous());
    let (team, id) = (customer.team(), customer.id());
    match store.flaw {
        Flaw::UpdateInTwoSteps => {
            yield_now().await;
            let mut rows = store.rows();
            if !rows.records.contains_key(&store.place(team, id)) {
                return Err(ReplaceError::NotFound);
            }
            put(store, &mut rows, customer, &previous);
            Ok(())
        }
        Flaw::UpdateRestores => {
            yield_now().await;
            let is_there = store.stored(team, id).is_some();
            if is_there {
                return store.replace(customer, previous.version()).await;
            }
            put(store, &mut store.rows(), customer, &previous);
            Ok(())
        }
        Flaw::UpdateLooksUpTheEmail => {
            let key = store.key(team, customer.email());
            let owner = store.rows().owners.get(&key).copied();
            if let Some(owner) = owner.filter(|owner| *owner != id) {
                return Err(ReplaceError::EmailTaken(owner));
            }
            yield_now().await;
            put(store, &mut store.rows(), customer, &previous);
            Ok(())
        }
        Flaw::UpdateTornWhenDropped => {
            let key = store.key(team, previous.email());
            let owner = store.rows().owners.remove(&key);
            yield_now().await;
            store.rows().owners.extend(owner.map(|owner| (key, owner)));
            store.replace(customer, previous.version()).await
        }
        Flaw::UpdateWithoutAChangeWrites if applied.changed().is_empty() => {
            let next = previous.version().get() + 1;
            let next = customer_domain::Version::from_stored(next).unwrap();
            let next = customer.record().clone().into_customer(team, next);
            store.replace(&next, previous.version()).await
        }
        _ => store.replace(customer, previous.version()).await,
    }
}

/// An upsert with the flaw of the store. Without a flaw, it finds the record, updates or
/// inserts it, and starts again after a conflict.
pub(crate) async fn upsert(
    store: &BrokenStore,
    team: TeamId,
    upsert: Upsert,
    clock: Arc<dyn Clock>,
) -> Result<Upserted, UpsertError> {
    let mut upsert = upsert;
    match store.flaw {
        Flaw::UpsertIgnoresTheKind => upsert.by = MatchBy::Id,
        Flaw::UpsertDropsContacts => upsert.change = upsert.change.patch().into(),
        Flaw::UpsertNeedsEveryValue => drop(upsert.change.to_new()?),
        _ => {}
    }
    for _ in 0..100 {
        let found = match (upsert.by, upsert.email_key()) {
            _ if store.is(Flaw::UpsertAlwaysInserts) => None,
            (MatchBy::Email, Some(key)) => store.find_by_email(team, &key).await?,
            (MatchBy::Email, None) => None,
            (MatchBy::Id, _) => store.get(team, upsert.id).await?,
        };
        yield_now().await;
        if let Some(found) = found {
            let change = upsert.change.clone();
            let read = Precondition::Version(found.version());
            let applied = store.update(team, found.id(), change, read, clock.clone());
            match applied.await {
                Ok(applied) => return Ok(Upserted::Updated(Box::new(applied))),
                Err(UpdateError::EmailTaken(id)) => return Err(UpsertError::EmailTaken(id)),
                Err(UpdateError::Store(error)) => return Err(error.into()),
                Err(_) => continue,
            }
        }
        let new = upsert.change.to_new()?;
        let new = new.into_customer(upsert.id, team, clock.now());
        if store.is(Flaw::UpsertLooksUpTheEmail) {
            put(store, &mut store.rows(), &new, &new);
            return Ok(Upserted::Created(Box::new(new)));
        }
        let again = !store.is(Flaw::UpsertAlwaysInserts);
        match (store.insert(&new).await, upsert.by) {
            (Ok(()), _) => return Ok(Upserted::Created(Box::new(new))),
            (Err(InsertError::IdTaken), MatchBy::Id) if again => {}
            (Err(InsertError::EmailTaken(_)), MatchBy::Email) if again => {}
            (Err(InsertError::IdTaken), _) => return Err(UpsertError::IdTaken),
            (Err(InsertError::EmailTaken(id)), _) => return Err(UpsertError::EmailTaken(id)),
            (Err(InsertError::Store(error)), _) => return Err(error.into()),
        }
    }
    Err(UpsertError::ConcurrentUpdate)
}

/// Writes the record without checks.
fn put(
    store: &BrokenStore,
    rows: &mut crate::broken::Rows,
    customer: &Customer,
    previous: &Customer,
) {
    let (team, id) = (customer.team(), customer.id());
    rows.owners.remove(&store.key(team, previous.email()));
    rows.owners.insert(store.key(team, customer.email()), id);
    rows.records.insert(store.place(team, id), customer.clone());
}
