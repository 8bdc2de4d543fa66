//! Chooses the calls of a client from bytes.

use arbitrary::{Result, Unstructured};
use customer_domain::{
    Change, Contact, Contacts, Customer, CustomerId, CustomerPatch, Direction, EmailAddress,
    ListQuery, MatchBy, NewCustomer, NullableUpdate, OrderBy, Precondition, SearchText, TeamId,
    Timestamp, Update, Upsert, Version,
};

use super::call::{ADDRESSES, Call, IDS, TEAMS, id, now, team};
use super::world::World;
use crate::conformance::samples::{at_version, contacts, micros, value, with};

/// Names whose order or case folding differs from that of their bytes.
const NAMES: &[&str] = &[
    "Acme",
    "acme",
    "Straße",
    "STRASSE & Co",
    "Z_1",
    "\u{FF5E}",
    "😀",
];

/// Search texts before case folding (S7), including some that match only across two
/// values or only as a pattern.
const TEXTS: &[&str] = &[
    "ACME", "strasse", "ß", "e", "@acme", "BÜCHER", "xn--", "+1", "2", "%", "_", "acmeann", "😀",
];

/// The largest number of writes in a batch.
const MAX_BATCH: usize = 4;

/// The next call, often on a record that exists.
pub(super) fn choose(u: &mut Unstructured<'_>, world: &World) -> Result<Call> {
    let team = team(u.int_in_range(0..=TEAMS - 1)?);
    Ok(match u.int_in_range(0..=9)? {
        0 | 5 | 6 => write(u, world, team)?,
        1 => Call::Create(team, any_id(u)?, new(u)?),
        2 => Call::Get(team, any_id(u)?),
        3 => Call::Find(team, email(u)?),
        4 => {
            let id = any_id(u)?;
            let stored = world.get(team, id);
            let read = version(u, stored)?;
            let customer = match stored {
                Some(stored) => {
                    let applied = stored.clone().apply_change(&change(u)?, now());
                    applied.into_customer()
                }
                None => new(u)?.into_customer(id, team, now()),
            };
            Call::Replace(written(u, &customer)?, read)
        }
        7 => Call::Scan(team, after(u)?, *u.choose(&[0, 1, 2, 3, 100])?),
        8 => {
            let length = u.int_in_range(0..=MAX_BATCH)?;
            let writes = (0..length).map(|_| write(u, world, team));
            Call::Batch(team, writes.collect::<Result<_>>()?)
        }
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

/// A write for a batch.
fn write(u: &mut Unstructured<'_>, world: &World, team: TeamId) -> Result<Call> {
    let id = any_id(u)?;
    let stored = world.get(team, id);
    Ok(match u.int_in_range(0..=4)? {
        0 => {
            let customer = new(u)?.into_customer(id, team, now());
            Call::Insert(written(u, &customer)?)
        }
        3 => {
            let by = *u.choose(&[MatchBy::Email, MatchBy::Id])?;
            let change = if u.ratio(3, 4)? {
                complete(u)?
            } else {
                change(u)?
            };
            Call::Upsert(team, Upsert { by, id, change })
        }
        1 => Call::Delete(team, id, precondition(u, stored)?),
        _ => Call::Update(team, id, change(u)?, precondition(u, stored)?),
    })
}

fn any_id(u: &mut Unstructured<'_>) -> Result<CustomerId> {
    Ok(id(u.int_in_range(0..=IDS - 1)?))
}

fn after(u: &mut Unstructured<'_>) -> Result<Option<CustomerId>> {
    Ok(if u.arbitrary()? {
        Some(any_id(u)?)
    } else {
        None
    })
}

fn change(u: &mut Unstructured<'_>) -> Result<Change> {
    Ok(match u.int_in_range(0..=7)? {
        0 => Contacts::NONE.into(),
        1 => contacts(vec![Contact::new(value("Ann"))]).into(),
        _ => patch(u)?.into(),
    })
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

/// A change that has all values of a new customer.
fn complete(u: &mut Unstructured<'_>) -> Result<Change> {
    let name = value(u.choose(NAMES)?);
    let patch = patch(u)?.with_name(Update::Set(name));
    Ok(patch.with_email(Update::Set(email(u)?)).into())
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

/// The record in another version, or with times a microsecond apart.
fn written(u: &mut Unstructured<'_>, customer: &Customer) -> Result<Customer> {
    let version = version(u, Some(customer))?;
    let (created_at, updated_at) = (near(u)?, near(u)?);
    let written = with(customer, |record| {
        record.created_at = created_at;
        record.updated_at = updated_at;
    });
    Ok(at_version(&written, version))
}

/// The time of the clock, or a microsecond before or after.
fn near(u: &mut Unstructured<'_>) -> Result<Timestamp> {
    Ok(micros(now().as_micros() + u.choose(&[0, 0, 0, -1, 1])?))
}

/// A query, often with small pages, so that there are several.
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
    let with_total: bool = u.arbitrary()?;
    match query {
        Ok(query) if with_total => Ok(query),
        Ok(query) => Ok(query.without_total()),
        Err(error) => panic!("a query of the test kit is not valid: {error}"),
    }
}

/// The version of the record, or sometimes an adjacent one.
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
