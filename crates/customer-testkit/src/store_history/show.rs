//! Formats calls and results for the message of a failed history.

use std::fmt::{Display, Formatter, Result};

use customer_domain::{Change, Customer, Precondition};

use super::call::{Answer, Call};
use super::world::World;

/// A record with the values that the calls of a history choose.
struct Record<'a>(&'a Customer);

impl Display for Record<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self(record) = self;
        write!(
            f,
            "{} version {}: {:?}, {}, {}, createdAt {}, updatedAt {}, {} contacts",
            record.id(),
            record.version(),
            record.name().as_str(),
            record.email().as_str(),
            record
                .main_phone()
                .map_or("no phone", |phone| phone.as_str()),
            record.created_at(),
            record.updated_at(),
            record.contacts().len()
        )
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Insert(customer) => {
                write!(f, "insert in {}: {}", customer.team(), Record(customer))
            }
            Self::Create(team, id, new) => {
                let email = new.email.as_str();
                write!(
                    f,
                    "create in {team}: {id}: {:?}, {email}",
                    new.name.as_str()
                )
            }
            Self::Get(team, id) => write!(f, "get in {team}: {id}"),
            Self::Find(team, email) => write!(f, "find in {team}: {}", email.as_str()),
            Self::Replace(customer, read) => {
                let team = customer.team();
                write!(f, "replace version {read} in {team}: {}", Record(customer))
            }
            Self::Delete(team, id, precondition) => {
                write!(f, "delete in {team}: {id}{}", If(*precondition))
            }
            Self::Update(team, id, change, precondition) => {
                write!(f, "update in {team}: {id}{}: ", If(*precondition))?;
                changes(f, change)
            }
            Self::Upsert(team, upsert) => {
                write!(f, "upsert in {team}: {} by {:?}: ", upsert.id, upsert.by)?;
                changes(f, &upsert.change)
            }
            Self::Batch(team, calls) => {
                write!(f, "batch in {team}")?;
                calls.iter().try_for_each(|call| write!(f, "\n    {call}"))
            }
            Self::List(team, text, query) => {
                let (by, direction) = (query.order_by().as_str(), query.direction().as_str());
                let (page, limit) = (query.page(), query.limit());
                write!(
                    f,
                    "list in {team}: {text:?} by {by} {direction}, page {page} of {limit}"
                )
            }
            Self::Scan(team, after, limit) => write!(f, "scan in {team}: {limit} after {after:?}"),
        }
    }
}

fn changes(f: &mut Formatter<'_>, change: &Change) -> Result {
    let patch = serde_json::to_string(change.patch()).unwrap_or_default();
    match change.contacts() {
        Some(contacts) => write!(f, "{patch}, {} contacts", contacts.len()),
        None => f.write_str(&patch),
    }
}

struct If(Precondition);

impl Display for If {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Precondition::Any => Ok(()),
            Precondition::Version(version) => write!(f, " if version {version}"),
        }
    }
}

impl Display for Answer {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Created(customer) => write!(f, "created {}", Record(customer)),
            Self::Updated(applied) => {
                let previous = applied.previous();
                let (before, after) = (Record(&previous), Record(applied.customer()));
                write!(f, "updated {before} to {after}")
            }
            Self::Found(Some(customer)) => write!(f, "found {}", Record(customer)),
            Self::Batch(answers) => answers
                .iter()
                .try_for_each(|answer| write!(f, "\n    {answer}")),
            Self::Listed(page) => {
                write!(f, "a page of {} of {:?}", page.records.len(), page.total)?;
                all(f, &page.records)
            }
            Self::Scanned(scan) => {
                write!(f, "{} records, next {:?}", scan.records.len(), scan.next)?;
                all(f, &scan.records)
            }
            other => write!(f, "{other:?}"),
        }
    }
}

impl Display for World {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} records", self.records().len())?;
        all(f, self.records())
    }
}

fn all(f: &mut Formatter<'_>, records: &[Customer]) -> Result {
    let mut records = records.iter();
    records.try_for_each(|record| write!(f, "\n    in {}: {}", record.team(), Record(record)))
}
