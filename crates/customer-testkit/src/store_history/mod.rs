//! Checks one client of a store with injected faults: every result is that of a plain
//! list.
//!
//! The bytes choose the calls and the faults. The possible contents of the store are a
//! list of [`World`]s: one while every result is known, two after a write of unknown
//! outcome, until a later result excludes one of them.

mod call;
mod choose;
mod list;
mod show;
mod world;

use arbitrary::Unstructured;
use customer_domain::CustomerStore;

use self::call::{Answer, Call, run};
use self::choose::choose;
use self::world::World;
use crate::{Fault, FaultPlan, FaultyStore};

/// The number of worlds above which the store is read to exclude all but one.
const MAX_WORLDS: usize = 16;

/// All faults, and each fault by itself.
const FAULTS: &[&[Fault]] = &[
    Fault::ALL,
    &[Fault::Before],
    &[Fault::After],
    &[Fault::Cancel],
    &[Fault::Twice],
];

/// Any bytes as a sequence of calls to an empty store with faults. Every result, and the
/// records at the end, are those of a plain list (RULES, Store); a write of unknown
/// outcome happened completely or not at all.
///
/// The calls are the methods of [`CustomerStore`],
/// batches, and the use case that creates a customer.
///
/// # Panics
///
/// If the property does not hold. The message has the calls and results, one per line.
#[track_caller]
pub fn store_history<S: CustomerStore>(store: S, bytes: &[u8]) {
    // No I/O and no timers: cheap to build, and a task runs on the caller's thread.
    let outcome = match tokio::runtime::Builder::new_current_thread().build() {
        Ok(runtime) => runtime.block_on(history(store, &mut Unstructured::new(bytes))),
        Err(error) => panic!("there is no runtime: {error}"),
    };
    if let Err(message) = outcome {
        panic!("{message}");
    }
}

async fn history<S: CustomerStore>(store: S, u: &mut Unstructured<'_>) -> Result<(), String> {
    let Ok(Plans {
        percent,
        outer,
        inner,
    }) = plans(u)
    else {
        return Ok(());
    };
    let store = FaultyStore::new(FaultyStore::new(store, inner), outer);
    let mut states = States {
        worlds: vec![World::default()],
        log: Vec::new(),
    };
    while !u.is_empty()
        && let Ok(call) = choose(u, &states.worlds[0])
    {
        let answer = run(&store, &call).await;
        if percent == 0 && has_failed(&answer) {
            return Err(format!("S5: {call} failed without a fault: {answer}"));
        }
        states.explain(call, answer)?;
        if states.worlds.len() > MAX_WORLDS {
            states.read(store.inner().inner()).await?;
        }
    }
    states.read(store.inner().inner()).await
}

fn has_failed(answer: &Answer) -> bool {
    match answer {
        Answer::NotDone | Answer::Unknown => true,
        Answer::Batch(answers) => answers.iter().any(has_failed),
        _ => false,
    }
}

/// The faults, with delays inside them, so that an operation can be dropped half-way.
struct Plans {
    percent: u64,
    outer: FaultPlan,
    inner: FaultPlan,
}

fn plans(u: &mut Unstructured<'_>) -> arbitrary::Result<Plans> {
    let percent = *u.choose(&[0, 15, 50])?;
    let faults = u.choose(FAULTS)?;
    let seed: u8 = u.arbitrary()?;
    Ok(Plans {
        percent,
        outer: FaultPlan::new(seed.into(), faults, percent),
        inner: FaultPlan::new(!u64::from(seed), &[Fault::Delay], percent),
    })
}

/// The possible records of the store after the calls so far.
struct States {
    worlds: Vec<World>,
    log: Vec<(Call, Answer)>,
}

impl States {
    /// Keeps only the worlds in which the call has that result.
    fn explain(&mut self, call: Call, answer: Answer) -> Result<(), String> {
        let after = match (&call, &answer) {
            (Call::Batch(_, calls), Answer::Batch(answers)) => {
                // S10: one result per write.
                let is_complete = calls.len() == answers.len();
                let before = if is_complete {
                    self.worlds.clone()
                } else {
                    Vec::new()
                };
                calls
                    .iter()
                    .zip(answers)
                    .fold(before, |worlds, (call, answer)| {
                        explained(&worlds, call, answer)
                    })
            }
            _ => explained(&self.worlds, &call, &answer),
        };
        self.log.push((call, answer));
        if after.is_empty() {
            return Err(self.message());
        }
        self.worlds = after;
        Ok(())
    }

    /// Reads everything without faults, so that one world remains.
    async fn read<S: CustomerStore>(&mut self, store: &S) -> Result<(), String> {
        for call in call::reads() {
            let answer = run(store, &call).await;
            if has_failed(&answer) {
                return Err(format!("S5: {call} failed without a fault: {answer}"));
            }
            self.explain(call, answer)?;
        }
        if self.worlds.len() > 1 {
            return Err(format!("not every record was read\n{}", self.message()));
        }
        Ok(())
    }

    /// The calls and results, and the possible records before the last call.
    fn message(&self) -> String {
        let mut message = "the last result is not that of a plain list of records".to_owned();
        for (number, (call, answer)) in self.log.iter().enumerate() {
            message.push_str(&format!("\n  [{number}] {call} -> {answer}"));
        }
        for world in &self.worlds {
            message.push_str(&format!("\n  possible before the last call: {world}"));
        }
        message
    }
}

/// The worlds after a call with that result.
fn explained(worlds: &[World], call: &Call, answer: &Answer) -> Vec<World> {
    let mut after: Vec<World> = Vec::new();
    for world in worlds {
        let (expected, next) = world.step(call);
        let possible = match answer {
            Answer::NotDone => vec![world.clone()],
            Answer::Unknown => vec![next, world.clone()],
            answer if *answer == expected => vec![next],
            _ => Vec::new(),
        };
        for world in possible {
            if !after.contains(&world) {
                after.push(world);
            }
        }
    }
    after
}
