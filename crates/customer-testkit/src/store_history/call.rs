//! The calls of a client and their results.

use std::sync::Arc;

use customer_domain::{
    Applied, Change, Clock, Customer, CustomerId, CustomerPage, CustomerStore, DeleteError,
    Direction, EmailAddress, FnClock, InsertError, ListQuery, NewCustomer, OrderBy, Precondition,
    ReplaceError, Scan, StoreError, StoreErrorKind, TeamId, Timestamp, UpdateError, Upsert,
    UpsertError, Upserted, Version, Write, WriteResult, create_customer,
};
use uuid::Uuid;

use crate::conformance::samples::{noon, value};

pub(super) const TEAMS: u8 = 2;
pub(super) const IDS: u8 = 4;

/// Email addresses: the spellings in one line have the same key (V3).
pub(super) const ADDRESSES: &[&[&str]] = &[
    &["ann@acme.example", "ANN@Acme.EXAMPLE"],
    &["bob@bücher.example", "Bob@xn--bcher-kva.example"],
    &["straße@acme.example", "STRASSE@acme.example"],
    &["a.nn@acme.example"],
];

/// The number of the line that contains an address.
pub(super) fn address_number(email: &EmailAddress) -> usize {
    let has_it = |spellings: &&[&str]| spellings.contains(&email.as_str());
    match ADDRESSES.iter().position(has_it) {
        Some(number) => number,
        None => panic!("every address of a call is one of these"),
    }
}

/// A call of the store, or of the use case that creates a customer.
#[derive(Clone, Debug)]
pub(super) enum Call {
    Insert(Customer),
    Create(TeamId, CustomerId, NewCustomer),
    Get(TeamId, CustomerId),
    Find(TeamId, EmailAddress),
    Replace(Customer, Version),
    Delete(TeamId, CustomerId, Precondition),
    Update(TeamId, CustomerId, Change, Precondition),
    Upsert(TeamId, Upsert),
    /// Inserts, updates, upserts and deletes of one team.
    Batch(TeamId, Vec<Self>),
    /// A list, with the search text before case folding; the query has it case-folded.
    List(TeamId, Option<&'static str>, ListQuery),
    Scan(TeamId, Option<CustomerId>, u32),
}

/// The result of a call. A failed precondition is a version conflict.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    Done,
    Created(Box<Customer>),
    Updated(Box<Applied>),
    Found(Option<Box<Customer>>),
    Batch(Vec<Self>),
    Listed(CustomerPage),
    Scanned(Scan),
    IdTaken,
    /// The email address is taken by the customer with this id.
    EmailTaken(CustomerId),
    NotFound,
    VersionConflict,
    /// The store gave up after conflicts, which a single client cannot cause.
    GivenUp,
    /// An upsert without the values of a new record.
    Incomplete,
    /// The store failed, and the call did not happen.
    NotDone,
    /// The store failed, and a write may or may not have happened.
    Unknown,
}

/// A constant time: how time changes a record is tested with the merge.
pub(super) fn now() -> Timestamp {
    noon()
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(FnClock(now))
}

/// Calls that read every possible record of a store in every way.
pub(super) fn reads() -> impl Iterator<Item = Call> {
    (0..TEAMS).map(team).flat_map(|team| {
        let gets = (0..IDS).map(move |n| Call::Get(team, id(n)));
        let addresses = ADDRESSES.iter().copied().flatten();
        let finds = addresses.map(move |text| Call::Find(team, value(text)));
        let list = move |by: &OrderBy| {
            let query = ListQuery::new().with_order(*by, Direction::Ascending);
            Call::List(team, None, query)
        };
        let scans = [1, 100].map(move |limit| Call::Scan(team, None, limit));
        gets.chain(finds)
            .chain(OrderBy::ALL.iter().map(list))
            .chain(scans)
    })
}

pub(super) fn team(number: u8) -> TeamId {
    Uuid::from_u128(number.into()).into()
}

/// The same ids in every team.
pub(super) fn id(number: u8) -> CustomerId {
    Uuid::from_u128(number.into()).into()
}

/// Calls the store.
///
/// # Panics
///
/// If the results of a batch do not match its writes, or an error is one that no fault
/// causes.
pub(super) async fn run<S: CustomerStore>(store: &S, call: &Call) -> Answer {
    match call {
        Call::Insert(customer) => inserted(store.insert(customer).await),
        Call::Create(team, id, new) => {
            match create_customer(store, &FnClock(now), *team, *id, new.clone()).await {
                Ok(customer) => Answer::Created(Box::new(customer)),
                Err(error) => inserted(Err(error)),
            }
        }
        Call::Get(team, id) => found(store.get(*team, *id).await),
        Call::Find(team, email) => found(store.find_by_email(*team, &email.key()).await),
        Call::Replace(customer, read) => match store.replace(customer, *read).await {
            Ok(()) => Answer::Done,
            Err(ReplaceError::NotFound) => Answer::NotFound,
            Err(ReplaceError::VersionConflict) => Answer::VersionConflict,
            Err(ReplaceError::EmailTaken(id)) => Answer::EmailTaken(id),
            Err(ReplaceError::Store(error)) => failed(&error),
        },
        Call::Delete(team, id, precondition) => {
            deleted(store.delete(*team, *id, *precondition).await)
        }
        Call::Update(team, id, change, precondition) => {
            let update = store.update(*team, *id, change.clone(), *precondition, clock());
            updated(update.await.map(Box::new))
        }
        Call::Upsert(team, upsert) => upserted(store.upsert(*team, upsert.clone(), clock()).await),
        Call::Batch(team, calls) => {
            let writes: Vec<Write> = calls.iter().map(write).collect();
            let results = store.write_batch(*team, writes, clock()).await;
            Answer::Batch(results.into_iter().map(written).collect())
        }
        Call::List(team, _, query) => match store.list(*team, query).await {
            Ok(page) => Answer::Listed(page),
            Err(error) => not_read(&error),
        },
        Call::Scan(team, after, limit) => match store.scan(*team, *after, *limit).await {
            Ok(scan) => Answer::Scanned(scan),
            Err(error) => not_read(&error),
        },
    }
}

fn write(call: &Call) -> Write {
    match call {
        Call::Insert(customer) => Write::Insert(Box::new(customer.clone())),
        Call::Update(_, id, change, precondition) => {
            Write::Update(*id, change.clone(), *precondition)
        }
        Call::Upsert(_, upsert) => Write::Upsert(upsert.clone()),
        Call::Delete(_, id, precondition) => Write::Delete(*id, *precondition),
        other => panic!("not a call of a batch: {other:?}"),
    }
}

fn written(result: WriteResult) -> Answer {
    match result {
        WriteResult::Insert(result) => inserted(result),
        WriteResult::Update(result) => updated(result),
        WriteResult::Delete(result) => deleted(result),
        WriteResult::Upsert(result) => upserted(result),
    }
}

fn inserted(result: Result<(), InsertError>) -> Answer {
    match result {
        Ok(()) => Answer::Done,
        Err(InsertError::IdTaken) => Answer::IdTaken,
        Err(InsertError::EmailTaken(id)) => Answer::EmailTaken(id),
        Err(InsertError::Store(error)) => failed(&error),
    }
}

fn updated(result: Result<Box<Applied>, UpdateError>) -> Answer {
    match result {
        Ok(applied) => Answer::Updated(applied),
        Err(UpdateError::NotFound) => Answer::NotFound,
        Err(UpdateError::VersionConflict) => Answer::VersionConflict,
        Err(UpdateError::EmailTaken(id)) => Answer::EmailTaken(id),
        Err(UpdateError::Store(error)) => failed(&error),
        Err(UpdateError::ConcurrentUpdate) => Answer::GivenUp,
    }
}

fn upserted(result: Result<Upserted, UpsertError>) -> Answer {
    match result {
        Ok(Upserted::Created(customer)) => Answer::Created(customer),
        Ok(Upserted::Updated(applied)) => Answer::Updated(applied),
        Err(UpsertError::Invalid(_)) => Answer::Incomplete,
        Err(UpsertError::IdTaken) => Answer::IdTaken,
        Err(UpsertError::EmailTaken(id)) => Answer::EmailTaken(id),
        Err(UpsertError::Store(error)) => failed(&error),
        Err(UpsertError::ConcurrentUpdate) => Answer::GivenUp,
    }
}

fn deleted(result: Result<(), DeleteError>) -> Answer {
    match result {
        Ok(()) => Answer::Done,
        Err(DeleteError::NotFound) => Answer::NotFound,
        Err(DeleteError::VersionConflict) => Answer::VersionConflict,
        Err(DeleteError::Store(error)) => failed(&error),
    }
}

fn found(read: Result<Option<Customer>, StoreError>) -> Answer {
    match read {
        Ok(customer) => Answer::Found(customer.map(Box::new)),
        Err(error) => not_read(&error),
    }
}

fn not_read(error: &StoreError) -> Answer {
    match error.kind() {
        StoreErrorKind::Unavailable => Answer::NotDone,
        kind => panic!("no fault makes a read fail like this: {kind:?}"),
    }
}

fn failed(error: &StoreError) -> Answer {
    match error.kind() {
        StoreErrorKind::Unavailable => Answer::NotDone,
        StoreErrorKind::OutcomeUnknown => Answer::Unknown,
        kind => panic!("no fault makes a write fail like this: {kind:?}"),
    }
}
