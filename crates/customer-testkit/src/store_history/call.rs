//! What the client calls, out of bytes, and what it is answered.

use arbitrary::{Result, Unstructured};
use customer_domain::{
    Applied, CreateError, Customer, CustomerId, CustomerPage, CustomerPatch, CustomerStore,
    DeleteError, Direction, EmailAddress, InsertError, ListQuery, NewCustomer, OrderBy,
    Precondition, ReplaceError, SearchText, StoreError, StoreErrorKind, TeamId, Timestamp,
    UpdateError, Version, create_customer, update_customer,
};
use uuid::Uuid;

use super::world::World;
use crate::conformance::samples::{micros, noon, value, with};

const TEAMS: u8 = 2;
const IDS: u8 = 4;

/// Addresses in the spellings that are one by V3, a line each.
const ADDRESSES: &[&[&str]] = &[
    &["ann@acme.example", "ANN@Acme.EXAMPLE"],
    &["bob@bücher.example", "Bob@xn--bcher-kva.example"],
    &["straße@acme.example", "STRASSE@acme.example"],
    &["a.nn@acme.example"],
];

/// Names that are sorted and found by their folded form alone.
const NAMES: &[&str] = &[
    "Acme",
    "acme",
    "Straße",
    "STRASSE & Co",
    "Z_1",
    "\u{FF5E}",
    "😀",
];

/// What is searched for, each in a spelling of its own (S7). `%` and `_` are no
/// patterns, and nothing is found across two values.
const TEXTS: &[&str] = &[
    "ACME", "strasse", "ß", "e", "@acme", "BÜCHER", "xn--", "+1", "2", "%", "_", "acmeann", "😀",
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
    EmailTaken,
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

/// The next call. It is near to what the world holds, so that writes meet.
pub(super) fn choose(u: &mut Unstructured<'_>, world: &World) -> Result<Call> {
    let (team, id) = (
        team(u.int_in_range(0..=TEAMS - 1)?),
        id(u.int_in_range(0..=IDS - 1)?),
    );
    let stored = world.get(team, id);
    Ok(match u.int_in_range(0..=7)? {
        0 => {
            let customer = new(u)?.into_customer(id, team, now());
            Call::Insert(written(u, &customer)?)
        }
        1 => Call::Create(team, id, new(u)?),
        2 => Call::Get(team, id),
        3 => Call::Find(team, email(u)?),
        4 => {
            let read = version(u, stored)?;
            let customer = match stored {
                Some(stored) => stored.apply(&patch(u)?, now()).customer,
                None => new(u)?.into_customer(id, team, now()),
            };
            Call::Replace(written(u, &customer)?, read)
        }
        5 => Call::Delete(team, id, precondition(u, stored)?),
        6 => Call::Update(team, id, patch(u)?, precondition(u, stored)?),
        _ => {
            let text = if u.arbitrary()? {
                Some(*u.choose(TEXTS)?)
            } else {
                None
            };
            Call::List(team, text, query(u, text)?)
        }
    })
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

fn team(number: u8) -> TeamId {
    Uuid::from_u128(number.into()).into()
}

/// The same ids in every team.
fn id(number: u8) -> CustomerId {
    Uuid::from_u128(number.into()).into()
}

fn email(u: &mut Unstructured<'_>) -> Result<EmailAddress> {
    let spellings = u.choose(ADDRESSES)?;
    Ok(value(u.choose(spellings)?))
}

fn new(u: &mut Unstructured<'_>) -> Result<NewCustomer> {
    let name = value(u.choose(NAMES)?);
    let new = NewCustomer::new(name, email(u)?);
    let number: u8 = u.arbitrary()?;
    Ok(new.with_main_phone(value(&format!("+{number}"))))
}

fn patch(u: &mut Unstructured<'_>) -> Result<CustomerPatch> {
    let patch = CustomerPatch::new();
    Ok(match u.int_in_range(0..=4)? {
        0 => patch.with_email(Update::Set(email(u)?)),
        3 => patch.with_name(Update::Set(value(u.choose(NAMES)?))),
        1 => {
            let number: u8 = u.arbitrary()?;
            patch.with_main_phone(NullableUpdate::Set(value(&format!("+{number}"))))
        }
        2 => patch.with_main_phone(NullableUpdate::Clear),
        _ => patch,
    })
}

/// A record as a store may be given one: of any version, and a few microseconds
/// older or younger.
fn written(u: &mut Unstructured<'_>, customer: &Customer) -> Result<Customer> {
    let version = version(u, Some(customer))?;
    let (created_at, updated_at) = (near(u)?, near(u)?);
    Ok(with(customer, |parts| {
        parts.version = version;
        parts.created_at = created_at;
        parts.updated_at = updated_at;
    }))
}

/// Now, most often, or an instant beside it.
fn near(u: &mut Unstructured<'_>) -> Result<Timestamp> {
    Ok(micros(now().as_micros() + u.choose(&[0, 0, 0, -1, 1])?))
}

/// Often of one record or two a page, so that there is more than one page.
/// Often of one record or two a page, so that there is more than one page.
fn query(u: &mut Unstructured<'_>, text: Option<&str>) -> Result<ListQuery> {
    let query = ListQuery::new().with_order(*u.choose(OrderBy::ALL)?, *u.choose(Direction::ALL)?);
    let (page, limit) = (
        *u.choose(&[1, 2, 3, u32::MAX])?,
        *u.choose(&[1, 2, 3, 100])?,
    );
    let query = query
        .with_page(page)
        .and_then(|query| query.with_limit(limit));
    let query = query.and_then(|query| {
        Ok(match text {
            Some(text) => query.with_search(SearchText::parse(text)?),
            None => query,
        })
    });
    match query {
        Ok(query) => Ok(query),
        Err(error) => panic!("a query of the kit is not valid: {error}"),
    }
}

/// The version of the record, most often, or one beside it.
fn version(u: &mut Unstructured<'_>, stored: Option<&Customer>) -> Result<Version> {
    let number = stored.map_or(1, |stored| stored.version().get());
    let number = match u.int_in_range(0..=7)? {
        0 => number - 1,
        1 => number.saturating_add(1),
        2 => u64::MAX,
        _ => number,
    };
    Ok(Version::from_stored(number).unwrap_or(Version::FIRST))
}

fn precondition(u: &mut Unstructured<'_>, stored: Option<&Customer>) -> Result<Precondition> {
    Ok(if u.arbitrary()? {
        Precondition::Version(version(u, stored)?)
    } else {
        Precondition::Any
    })
}

/// Does a call.
pub(super) async fn run<S: CustomerStore>(store: &S, call: &Call) -> Answer {
    match call {
        Call::Insert(customer) => match store.insert(customer).await {
            Ok(()) => Answer::Done,
            Err(InsertError::IdTaken) => Answer::IdTaken,
            Err(InsertError::EmailTaken) => Answer::EmailTaken,
            Err(InsertError::Store(error)) => failed(&error),
        },
        Call::Create(team, id, new) => {
            match create_customer(store, &now, *team, *id, new.clone()).await {
                Ok(customer) => Answer::Created(Box::new(customer)),
                Err(CreateError::IdTaken) => Answer::IdTaken,
                Err(CreateError::EmailTaken) => Answer::EmailTaken,
                Err(CreateError::Store(error)) => failed(&error),
            }
        }
        Call::Get(team, id) => found(store.get(*team, *id).await),
        Call::Find(team, email) => found(store.find_by_email(*team, &email.key()).await),
        Call::Replace(customer, read) => match store.replace(customer, *read).await {
            Ok(()) => Answer::Done,
            Err(ReplaceError::NotFound) => Answer::NotFound,
            Err(ReplaceError::VersionConflict) => Answer::VersionConflict,
            Err(ReplaceError::EmailTaken) => Answer::EmailTaken,
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
            match update_customer(store, &now, *team, *id, patch, *precondition).await {
                Ok(applied) => Answer::Updated(Box::new(applied)),
                Err(UpdateError::NotFound) => Answer::NotFound,
                Err(UpdateError::VersionConflict) => Answer::VersionConflict,
                Err(UpdateError::EmailTaken) => Answer::EmailTaken,
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

fn found(read: std::result::Result<Option<Customer>, StoreError>) -> Answer {
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
