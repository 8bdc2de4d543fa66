//! A client of a history.

use std::collections::HashMap;
use std::sync::Arc;

use customer_domain::CustomerStore;
use tokio::task::yield_now;

use super::history::{Answer, Call, Operation, Row, Submission};
use super::world::World;
use crate::random::Random;

/// A client that chooses its calls at random, often on the records it has seen.
pub(super) struct Client<S> {
    store: Arc<S>,
    world: Arc<World>,
    number: usize,
    random: Random,
    /// The last row that the client read or wrote, by team and id.
    seen: HashMap<(usize, u8), Row>,
    /// The number of records that the client wrote.
    writes: u32,
    operations: Vec<Operation>,
}

impl<S: CustomerStore> Client<S> {
    pub(super) fn new(store: Arc<S>, world: Arc<World>, number: usize) -> Self {
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

    pub(super) async fn act(&mut self) {
        let team = self.random.below(self.world.teams.len() as u64) as usize;
        let call = self.choose(team);
        let batched = self.world.write(team, call);
        let batched = batched.filter(|_| self.random.below(4) == 0);
        let submission = match batched {
            Some(_) => Submission::Batch,
            None => Submission::Single,
        };
        // Pauses before and after the call make the intervals of the clients overlap,
        // even on a store that returns immediately.
        let (before, after) = (self.random.below(3), self.random.below(3));
        let called = self.world.tick();
        yield_times(before).await;
        let answer = match batched {
            Some(write) => self.world.run_batch(&*self.store, team, write).await,
            None => self.world.run(&*self.store, team, call).await,
        };
        yield_times(after).await;
        let answered = self.world.tick();
        if let Some(answer) = answer {
            self.learn(team, call, answer);
            self.operations.push(Operation {
                client: self.number,
                team,
                submission,
                call,
                answer,
                called,
                answered,
            });
        }
    }

    pub(super) fn into_operations(self) -> Vec<Operation> {
        self.operations
    }

    fn choose(&mut self, team: usize) -> Call {
        let id = self.random.below(self.world.ids.len() as u64) as u8;
        let email = self.random.below(u64::from(self.world.workload.emails)) as u8;
        let moves = self.random.below(2) == 0;
        let seen = self.seen.get(&(team, id)).copied();
        match (self.random.below(100), seen) {
            (0..20, _) => {
                let first = self.world.first_version();
                Call::Insert(self.write(id, email, first))
            }
            (20..35, Some(seen)) => Call::Replace {
                row: self.write(id, if moves { email } else { seen.email }, seen.version + 1),
                read: seen.version,
            },
            (35..55, _) => Call::Update {
                id,
                email: moves.then_some(email),
                tag: self.write(id, email, 1).tag,
                version: None,
            },
            (55..60, Some(seen)) => Call::Update {
                id,
                email: moves.then_some(email),
                tag: self.write(id, email, 1).tag,
                version: Some(seen.version),
            },
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
            // No client writes a million records.
            tag: self.number as u32 * 1_000_000 + self.writes,
        }
    }

    fn learn(&mut self, team: usize, call: Call, answer: Answer) {
        let row = match (call, answer) {
            (_, Answer::Found(row)) => row,
            (_, Answer::Updated { row, .. }) => Some(row),
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
