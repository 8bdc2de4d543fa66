//! Clients that use a store at once, and write down what they see.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use customer_domain::{
    Customer, CustomerId, CustomerStore, DeleteError, EmailAddress, InsertError, NewCustomer,
    Precondition, ReplaceError, StoreError, StoreErrorKind, TeamId,
};
use tokio::sync::Barrier;
use tokio::task::{JoinSet, yield_now};

use super::history::{Answer, Call, History, Operation, Row};
use crate::conformance::samples::{noon, value, version};
use crate::ids::{fresh_id, fresh_team};
use crate::random::Random;

/// Who does what: so many clients that do so many operations each, on a few ids
/// and addresses in a few teams, all chosen by the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workload {
    /// The number of clients.
    pub clients: usize,
    /// The number of operations of each.
    pub operations: usize,
    /// The number of teams. More of them make the check faster and conflicts
    /// rarer.
    pub teams: usize,
    /// The number of ids, the same in every team.
    pub ids: u8,
    /// The number of addresses, the same in every team.
    pub emails: u8,
    /// What the clients choose by.
    pub seed: u64,
}

/// 8 clients that do 50 operations each.
impl Default for Workload {
    fn default() -> Self {
        Self {
            clients: 8,
            operations: 50,
            teams: 2,
            ids: 4,
            emails: 4,
            seed: 0,
        }
    }
}

/// Lets the clients of a workload use the store at once, in new teams, and
/// writes down every call and answer.
///
/// It must be called on a `tokio` runtime.
///
/// # Panics
///
/// When the store does.
pub async fn record<S: CustomerStore + 'static>(store: &Arc<S>, workload: Workload) -> History {
    let world = Arc::new(World::new(workload));
    let start = Arc::new(Barrier::new(workload.clients));
    let mut clients = JoinSet::new();
    for number in 0..workload.clients {
        let mut client = Client::new(Arc::clone(store), Arc::clone(&world), number);
        let start = Arc::clone(&start);
        clients.spawn(async move {
            start.wait().await;
            for _ in 0..workload.operations {
                client.act().await;
            }
            client.operations
        });
    }
    let operations = clients.join_all().await.into_iter().flatten().collect();
    History {
        operations,
        teams: world.teams.clone(),
        ids: world.ids.clone(),
        emails: workload.emails,
        clock: world.clock.load(Ordering::SeqCst),
    }
}

/// Reads every id and every address of the history, one after the other, and
/// adds what it sees: so that the last writes must be explained as well.
pub async fn audit<S: CustomerStore>(store: &S, history: &mut History) {
    let world = World {
        workload: Workload::default(),
        teams: history.teams.clone(),
        ids: history.ids.clone(),
        clock: AtomicU64::new(history.clock),
    };
    for team in 0..world.teams.len() {
        let gets = (0..world.ids.len() as u8).map(|id| Call::Get { id });
        let finds = (0..history.emails).map(|email| Call::Find { email });
        for call in gets.chain(finds) {
            let called = world.tick();
            if let Some(answer) = world.run(store, team, call).await {
                history.operations.push(Operation {
                    client: usize::MAX,
                    team,
                    call,
                    answer,
                    called,
                    answered: world.tick(),
                });
            }
        }
    }
    history.clock = world.tick();
}

/// What all clients share.
struct World {
    workload: Workload,
    teams: Vec<TeamId>,
    ids: Vec<CustomerId>,
    clock: AtomicU64,
}

impl World {
    fn new(workload: Workload) -> Self {
        Self {
            workload,
            teams: (0..workload.teams).map(|_| fresh_team()).collect(),
            ids: (0..workload.ids).map(|_| fresh_id()).collect(),
            clock: AtomicU64::new(0),
        }
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    /// Does a call. `None` when the store declined it, and so did not do it.
    async fn run<S: CustomerStore>(&self, store: &S, team: usize, call: Call) -> Option<Answer> {
        match call {
            Call::Insert(row) => self.inserted(store.insert(&self.customer(team, row)).await),
            Call::Replace { row, read } => {
                let customer = self.customer(team, row);
                self.replaced(store.replace(&customer, version(read)).await)
            }
            Call::Delete {
                id,
                version: wanted,
            } => {
                let precondition = wanted.map_or(Precondition::Any, |wanted| {
                    Precondition::Version(version(wanted))
                });
                let id = self.ids[usize::from(id)];
                deleted(store.delete(self.teams[team], id, precondition).await)
            }
            Call::Get { id } => {
                let id = self.ids[usize::from(id)];
                self.found(team, store.get(self.teams[team], id).await)
            }
            Call::Find { email } => {
                let key = address(email).key();
                self.found(team, store.find_by_email(self.teams[team], &key).await)
            }
        }
    }

    fn customer(&self, team: usize, row: Row) -> Customer {
        NewCustomer::new(value("Acme"), address(row.email))
            .with_main_phone(value(&format!("+{}", row.tag)))
            .into_customer(self.ids[usize::from(row.id)], self.teams[team], noon())
            .into_record()
            .into_customer(self.teams[team], version(row.version))
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

    /// `None` for a record that no client of this history wrote.
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

struct Client<S> {
    store: Arc<S>,
    world: Arc<World>,
    number: usize,
    random: Random,
    /// What it saw last, by team and id.
    seen: HashMap<(usize, u8), Row>,
    /// How many records it wrote.
    writes: u32,
    operations: Vec<Operation>,
}

impl<S: CustomerStore> Client<S> {
    fn new(store: Arc<S>, world: Arc<World>, number: usize) -> Self {
        Self {
            store,
            random: Random::new(world.workload.seed, number as u64),
            world,
            number,
            seen: HashMap::new(),
            writes: 0,
            operations: Vec::new(),
        }
    }

    async fn act(&mut self) {
        let team = self.random.below(self.world.teams.len() as u64) as usize;
        let call = self.choose(team);
        // The moments of call and answer are farther apart than the store takes,
        // so that the clients meet on one that answers at once.
        let (before, after) = (self.random.below(3), self.random.below(3));
        let called = self.world.tick();
        yield_times(before).await;
        let answer = self.world.run(&*self.store, team, call).await;
        yield_times(after).await;
        let answered = self.world.tick();
        if let Some(answer) = answer {
            self.learn(team, call, answer);
            self.operations.push(Operation {
                client: self.number,
                team,
                call,
                answer,
                called,
                answered,
            });
        }
    }

    fn choose(&mut self, team: usize) -> Call {
        let id = self.random.below(self.world.ids.len() as u64) as u8;
        let email = self.random.below(u64::from(self.world.workload.emails)) as u8;
        let seen = self.seen.get(&(team, id)).copied();
        match (self.random.below(100), seen) {
            (0..20, _) => Call::Insert(self.write(id, email, 1)),
            (20..60, Some(seen)) => {
                let email = if self.random.below(2) == 0 {
                    seen.email
                } else {
                    email
                };
                Call::Replace {
                    row: self.write(id, email, seen.version + 1),
                    read: seen.version,
                }
            }
            (60..66, _) => Call::Delete { id, version: None },
            (66..72, Some(seen)) => Call::Delete {
                id,
                version: Some(seen.version),
            },
            (72..85, _) => Call::Find { email },
            _ => Call::Get { id },
        }
    }

    fn write(&mut self, id: u8, email: u8, version: u64) -> Row {
        self.writes += 1;
        Row {
            id,
            email,
            version,
            // No client writes as many as a thousand thousand.
            tag: self.number as u32 * 1_000_000 + self.writes,
        }
    }

    fn learn(&mut self, team: usize, call: Call, answer: Answer) {
        let row = match (call, answer) {
            (_, Answer::Found(row)) => row,
            (Call::Insert(row) | Call::Replace { row, .. }, Answer::Done) => Some(row),
            _ => None,
        };
        if let Some(row) = row {
            self.seen.insert((team, row.id), row);
        }
    }
}

async fn yield_times(times: u64) {
    for _ in 0..times {
        yield_now().await;
    }
}
