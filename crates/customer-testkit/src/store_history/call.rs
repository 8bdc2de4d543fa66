//! The calls of a client, and their answers.

use std::sync::Arc;

use customer_domain::{
    Applied, Customer, CustomerId, CustomerPage, CustomerPatch, CustomerStore, DeleteError,
    Direction, EmailAddress, FnClock, InsertError, ListQuery, NewCustomer, OrderBy, Precondition,
    ReplaceError, StoreError, StoreErrorKind, TeamId, Timestamp, UpdateError, Version,
    create_customer, update_customer,
};
use uuid::Uuid;

use crate::conformance::samples::{noon, value};

pub(super) const TEAMS: u8 = 2;
pub(super) const IDS: u8 = 4;

/// Addresses in the spellings that are one by V3, a line each.
pub(super) const ADDRESSES: &[&[&str]] = &[
    &["ann@acme.example", "ANN@Acme.EXAMPLE"],
    &["bob@bücher.example", "Bob@xn--bcher-kva.example"],
    &["straße@acme.example", "STRASSE@acme.example"],
    &["a.nn@acme.example"],
];

/// Which of the addresses that is, however it is spelt.
pub(super) fn address_number(email: &EmailAddress) -> usize {
    let spelt = |spellings: &&[&str]| spellings.contains(&email.as_str());
    match ADDRESSES.iter().position(spelt) {
        Some(number) => number,
        None => panic!("no call has another address"),
    }
}

/// A call of the store, or of a use case on it.
#[derive(Debug)]
pub(super) enum Call {
    Insert(Customer),
    Create(TeamId, CustomerId, NewCustomer),
    Get(TeamId, CustomerId),
    Find(TeamId, EmailAddress),
    Replace(Customer, Version),
    Delete(TeamId, CustomerId, Precondition),
    Update(TeamId, CustomerId, CustomerPatch, Precondition),
    /// With the text as it was spelt, which the query keeps folded.
    List(TeamId, Option<&'static str>, ListQuery),
}

/// What came of a call. A precondition that failed is a version conflict.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    Done,
    Created(Box<Customer>),
    Updated(Box<Applied>),
    Found(Option<Box<Customer>>),
    Listed(CustomerPage),
    IdTaken,
    /// By the customer of this id.
    EmailTaken(CustomerId),
    NotFound,
    VersionConflict,
    /// The store failed and did not do it.
    NotDone,
    /// The store failed, and a write was done or not.
    Unknown,
}

/// The time, which stands still: what that does to a record is the merge's.
pub(super) fn now() -> Timestamp {
    noon()
}

/// Calls that read all there may be.
pub(super) fn reads() -> impl Iterator<Item = Call> {
    (0..TEAMS).map(team).flat_map(|team| {
        let gets = (0..IDS).map(move |n| Call::Get(team, id(n)));
        let addresses = ADDRESSES.iter().copied().flatten();
        let finds = addresses.map(move |text| Call::Find(team, value(text)));
        let list = move |by: &OrderBy| {
            let query = ListQuery::new().with_order(*by, Direction::Ascending);
            Call::List(team, None, query)
        };
        gets.chain(finds).chain(OrderBy::ALL.iter().map(list))
    })
}

pub(super) fn team(number: u8) -> TeamId {
    Uuid::from_u128(number.into()).into()
}

/// The same ids in every team.
pub(super) fn id(number: u8) -> CustomerId {
    Uuid::from_u128(number.into()).into()
}

/// Does a call.
pub(super) async fn run<S: CustomerStore>(store: &S, call: &Call) -> Answer {
    match call {
        Call::Insert(customer) => match store.insert(customer).await {
            Ok(()) => Answer::Done,
            Err(InsertError::IdTaken) => Answer::IdTaken,
            Err(InsertError::EmailTaken(id)) => Answer::EmailTaken(id),
            Err(InsertError::Store(error)) => failed(&error),
        },
        Call::Create(team, id, new) => {
            match create_customer(store, &FnClock(now), *team, *id, new.clone()).await {
                Ok(customer) => Answer::Created(Box::new(customer)),
                Err(InsertError::IdTaken) => Answer::IdTaken,
                Err(InsertError::EmailTaken(id)) => Answer::EmailTaken(id),
                Err(InsertError::Store(error)) => failed(&error),
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
            match store.delete(*team, *id, *precondition).await {
                Ok(()) => Answer::Done,
                Err(DeleteError::NotFound) => Answer::NotFound,
                Err(DeleteError::VersionConflict) => Answer::VersionConflict,
                Err(DeleteError::Store(error)) => failed(&error),
            }
        }
        Call::Update(team, id, patch, precondition) => {
            match update_customer(
                store,
                Arc::new(FnClock(now)),
                *team,
                *id,
                patch,
                *precondition,
            )
            .await
            {
                Ok(applied) => Answer::Updated(Box::new(applied)),
                Err(UpdateError::NotFound) => Answer::NotFound,
                Err(UpdateError::VersionConflict) => Answer::VersionConflict,
                Err(UpdateError::EmailTaken(id)) => Answer::EmailTaken(id),
                Err(UpdateError::Store(error)) => failed(&error),
                Err(UpdateError::ConcurrentUpdate) => panic!("nobody else writes"),
            }
        }
        Call::List(team, _, query) => match store.list(*team, query).await {
            Ok(page) => Answer::Listed(page),
            Err(error) => not_read(&error),
        },
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
        kind => panic!("no plan makes that of a read: {kind:?}"),
    }
}

fn failed(error: &StoreError) -> Answer {
    match error.kind() {
        StoreErrorKind::Unavailable => Answer::NotDone,
        StoreErrorKind::OutcomeUnknown => Answer::Unknown,
        kind => panic!("no plan makes that: {kind:?}"),
    }
}
