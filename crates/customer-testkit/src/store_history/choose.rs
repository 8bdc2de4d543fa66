//! Chooses the calls of a client from bytes.

use arbitrary::{Result, Unstructured};
use customer_domain::{
    Customer, CustomerPatch, Direction, EmailAddress, ListQuery, NewCustomer, NullableUpdate,
    OrderBy, Precondition, SearchText, Timestamp, Update, Version,
};

use super::call::{ADDRESSES, Call, IDS, TEAMS, id, now, team};
use super::world::World;
use crate::conformance::samples::{at_version, micros, value, with};

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
                Some(stored) => stored.clone().apply(&patch(u)?, now()).into_customer(),
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
    let written = with(customer, |record| {
        record.created_at = created_at;
        record.updated_at = updated_at;
    });
    Ok(at_version(&written, version))
}

/// Now, most often, or an instant beside it.
fn near(u: &mut Unstructured<'_>) -> Result<Timestamp> {
    Ok(micros(now().as_micros() + u.choose(&[0, 0, 0, -1, 1])?))
}

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
