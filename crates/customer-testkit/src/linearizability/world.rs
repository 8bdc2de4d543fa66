//! The state that the clients of a history share, and their calls to the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::history::{Answer, Call, Row};
use crate::conformance::samples::{micros, noon, value, version};
use crate::ids::{fresh_id, fresh_team};
use customer_domain::{
    Applied, Change, Clock, Customer, CustomerId, CustomerPatch, CustomerStore, DeleteError,
    EmailAddress, FnClock, InsertError, NewCustomer, NullableUpdate, PhoneNumber, Precondition,
    ReplaceError, StoreError, StoreErrorKind, TeamId, Update, UpdateError, Write, WriteResult,
};

/// The number of clients and operations of a history. Few ids, addresses and teams make
/// conflicts frequent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workload {
    /// The number of clients.
    pub clients: usize,
    /// The number of operations of each client.
    pub operations: usize,
    /// The number of teams. More teams make the check faster and conflicts rarer.
    pub teams: usize,
    /// The number of ids, the same in every team.
    pub ids: u8,
    /// The number of addresses, the same in every team.
    pub emails: u8,
    /// The version of inserted records.
    pub first_version: FirstVersion,
    /// The seed of the random choices.
    pub seed: u64,
}

/// The version of the records that a history inserts.
///
/// A store that updates optimistically (the default implementation of
/// [`CustomerStore::update`]) compares versions. It cannot tell a record from another
/// one that was inserted with the same id after a delete and has reached the same
/// version. Services choose a new id for each customer, so that this does not occur.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstVersion {
    /// Every insert uses a different version, far from the others.
    #[default]
    Distinct,
    /// Always version 1: for stores that execute an update under a lock.
    One,
}

/// The difference between the versions of two inserts, larger than the number of updates
/// of any record.
const VERSIONS_PER_INSERT: u64 = 10_000;

/// 8 clients with 50 operations each.
impl Default for Workload {
    fn default() -> Self {
        Self {
            clients: 8,
            operations: 50,
            teams: 2,
            ids: 4,
            emails: 4,
            first_version: FirstVersion::Distinct,
            seed: 0,
        }
    }
}

/// The state that all clients share.
#[derive(Debug)]
pub(super) struct World {
    pub(super) workload: Workload,
    pub(super) teams: Vec<TeamId>,
    pub(super) ids: Vec<CustomerId>,
    pub(super) clock: AtomicU64,
    /// The number of inserts so far.
    pub(super) inserts: AtomicU64,
}

impl World {
    pub(super) fn new(workload: Workload) -> Self {
        Self {
            workload,
            teams: (0..workload.teams).map(|_| fresh_team()).collect(),
            ids: (0..workload.ids).map(|_| fresh_id()).collect(),
            clock: AtomicU64::new(0),
            inserts: AtomicU64::new(0),
        }
    }

    /// One team with fixed ids, the same in every execution.
    pub(super) fn fixed(ids: u8) -> Self {
        Self {
            workload: Workload::default(),
            teams: vec![Uuid::nil().into()],
            ids: (0..ids)
                .map(|id| Uuid::from_u128(id.into()).into())
                .collect(),
            clock: AtomicU64::new(0),
            inserts: AtomicU64::new(0),
        }
    }

    pub(super) fn first_version(&self) -> u64 {
        match self.workload.first_version {
            FirstVersion::Distinct => {
                1 + VERSIONS_PER_INSERT * self.inserts.fetch_add(1, Ordering::SeqCst)
            }
            FirstVersion::One => 1,
        }
    }

    pub(super) fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    /// Calls the store. `None` if the call failed and therefore did not happen.
    pub(super) async fn run<S: CustomerStore>(
        &self,
        store: &S,
        team: usize,
        call: Call,
    ) -> Option<Answer> {
        match call {
            Call::Insert(row) => self.inserted(store.insert(&self.customer(team, row)).await),
            Call::Replace { row, read } => {
                let customer = self.customer(team, row);
                self.replaced(store.replace(&customer, version(read)).await)
            }
            Call::Update {
                id,
                email,
                tag,
                version,
            } => {
                let (id, change) = (self.id(id), change(email, tag));
                let (team_id, precondition) = (self.teams[team], precondition(version));
                let applied = store.update(team_id, id, change, precondition, clock());
                self.updated(team, applied.await)
            }
            Call::Delete { id, version } => {
                let (team, precondition) = (self.teams[team], precondition(version));
                deleted(store.delete(team, self.id(id), precondition).await)
            }
            Call::Get { id } => self.found(team, store.get(self.teams[team], self.id(id)).await),
            Call::Find { email } => {
                let key = address(email).key();
                self.found(team, store.find_by_email(self.teams[team], &key).await)
            }
        }
    }

    /// The write for a batch, if the call can be part of one.
    pub(super) fn write(&self, team: usize, call: Call) -> Option<Write> {
        match call {
            Call::Insert(row) => Some(Write::Insert(Box::new(self.customer(team, row)))),
            Call::Update {
                id,
                email,
                tag,
                version,
            } => {
                let change = change(email, tag);
                Some(Write::Update(self.id(id), change, precondition(version)))
            }
            Call::Delete { id, version } => Some(Write::Delete(self.id(id), precondition(version))),
            Call::Replace { .. } | Call::Get { .. } | Call::Find { .. } => None,
        }
    }

    /// Submits a write as a batch of one.
    ///
    /// # Panics
    ///
    /// If the batch does not return exactly one result of the same kind.
    pub(super) async fn run_batch<S: CustomerStore>(
        &self,
        store: &S,
        team: usize,
        write: Write,
    ) -> Option<Answer> {
        let batch = vec![write.clone()];
        let mut results = store.write_batch(self.teams[team], batch, clock()).await;
        match (write, results.pop(), results.len()) {
            (Write::Insert(_), Some(WriteResult::Insert(result)), 0) => self.inserted(result),
            (Write::Update(..), Some(WriteResult::Update(result)), 0) => {
                self.updated(team, result.map(|applied| *applied))
            }
            (Write::Delete(..), Some(WriteResult::Delete(result)), 0) => deleted(result),
            (write, last, _) => panic!("S10: the last result of {write:?} alone is {last:?}"),
        }
    }

    fn id(&self, id: u8) -> CustomerId {
        self.ids[usize::from(id)]
    }

    /// The record of a row. Its times are derived from its version: the clock does not
    /// move, so an update adds a microsecond (M3).
    fn customer(&self, team: usize, row: Row) -> Customer {
        let mut record = NewCustomer::new(value("Acme"), address(row.email))
            .with_main_phone(phone(row.tag))
            .into_customer(self.id(row.id), self.teams[team], noon())
            .into_record();
        let age = i64::try_from(row.version).unwrap_or(i64::MAX);
        record.updated_at = micros(noon().as_micros().saturating_add(age));
        record.into_customer(self.teams[team], version(row.version))
    }

    fn inserted(&self, outcome: Result<(), InsertError>) -> Option<Answer> {
        match outcome {
            Ok(()) => Some(Answer::Done),
            Err(InsertError::IdTaken) => Some(Answer::IdTaken),
            Err(InsertError::EmailTaken(id)) => Some(self.email_taken(id)),
            Err(InsertError::Store(error)) => failed(&error),
        }
    }

    fn replaced(&self, outcome: Result<(), ReplaceError>) -> Option<Answer> {
        match outcome {
            Ok(()) => Some(Answer::Done),
            Err(ReplaceError::NotFound) => Some(Answer::NotFound),
            Err(ReplaceError::VersionConflict) => Some(Answer::VersionConflict),
            Err(ReplaceError::EmailTaken(id)) => Some(self.email_taken(id)),
            Err(ReplaceError::Store(error)) => failed(&error),
        }
    }

    /// An update that the store gave up after conflicts did not happen, like one that
    /// failed.
    fn updated(&self, team: usize, outcome: Result<Applied, UpdateError>) -> Option<Answer> {
        match outcome {
            Ok(applied) => {
                let previous = self.row(team, &applied.previous());
                let row = self.row(team, applied.customer());
                let updated = previous.zip(row);
                Some(
                    updated.map_or(Answer::Foreign, |(previous, row)| Answer::Updated {
                        previous,
                        row,
                    }),
                )
            }
            Err(UpdateError::NotFound) => Some(Answer::NotFound),
            Err(UpdateError::VersionConflict) => Some(Answer::VersionConflict),
            Err(UpdateError::EmailTaken(id)) => Some(self.email_taken(id)),
            Err(UpdateError::ConcurrentUpdate) => None,
            Err(UpdateError::Store(error)) => failed(&error),
        }
    }

    fn email_taken(&self, holder: CustomerId) -> Answer {
        match self.number(holder) {
            Some(id) => Answer::EmailTaken(id),
            None => Answer::Foreign,
        }
    }

    /// The number of an id in the history.
    fn number(&self, id: CustomerId) -> Option<u8> {
        let number = self.ids.iter().position(|known| *known == id)?;
        u8::try_from(number).ok()
    }

    fn found(&self, team: usize, read: Result<Option<Customer>, StoreError>) -> Option<Answer> {
        let answer = match read.ok()? {
            None => Answer::Found(None),
            Some(customer) => match self.row(team, &customer) {
                Some(row) => Answer::Found(Some(row)),
                None => Answer::Foreign,
            },
        };
        Some(answer)
    }

    /// The row of a record; `None` if no client of this history wrote it.
    fn row(&self, team: usize, customer: &Customer) -> Option<Row> {
        let id = self.number(customer.id())?;
        let email = customer.email().as_str().strip_prefix("email")?;
        let row = Row {
            id,
            email: email.split('@').next()?.parse().ok()?,
            version: customer.version().get(),
            tag: customer
                .main_phone()?
                .as_str()
                .strip_prefix('+')?
                .parse()
                .ok()?,
        };
        (*customer == self.customer(team, row)).then_some(row)
    }
}

fn address(email: u8) -> EmailAddress {
    value(&format!("email{email}@acme.example"))
}

fn phone(tag: u32) -> PhoneNumber {
    value(&format!("+{tag}"))
}

/// The change of an update.
fn change(email: Option<u8>, tag: u32) -> Change {
    let patch = CustomerPatch::new().with_main_phone(NullableUpdate::Set(phone(tag)));
    match email {
        Some(email) => patch.with_email(Update::Set(address(email))).into(),
        None => patch.into(),
    }
}

fn precondition(wanted: Option<u64>) -> Precondition {
    wanted.map_or(Precondition::Any, |wanted| {
        Precondition::Version(version(wanted))
    })
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(FnClock(noon))
}

fn deleted(outcome: Result<(), DeleteError>) -> Option<Answer> {
    match outcome {
        Ok(()) => Some(Answer::Done),
        Err(DeleteError::NotFound) => Some(Answer::NotFound),
        Err(DeleteError::VersionConflict) => Some(Answer::VersionConflict),
        Err(DeleteError::Store(error)) => failed(&error),
    }
}

fn failed(error: &StoreError) -> Option<Answer> {
    (error.kind() == StoreErrorKind::OutcomeUnknown).then_some(Answer::Unknown)
}
