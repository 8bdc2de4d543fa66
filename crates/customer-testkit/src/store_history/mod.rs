//! One client and a store that fails on purpose: every answer is one that a
//! plain map would have given.
//!
//! The bytes choose the calls and the faults. What the store may hold is kept
//! as a list of [`World`]s: one as long as every answer comes, and two after a
//! write whose outcome nobody knows, until a later answer rules one out.

mod call;
mod choose;
mod list;
mod world;

use arbitrary::Unstructured;
use customer_domain::CustomerStore;

use self::call::{Answer, Call, run};
use self::choose::choose;
use self::world::World;
use crate::{Fault, FaultPlan, FaultyStore};

/// The most worlds that are kept before the store is read to decide.
const MAX_WORLDS: usize = 16;

/// Each fault by itself, and all of them.
const FAULTS: &[&[Fault]] = &[
    Fault::ALL,
    &[Fault::Before],
    &[Fault::After],
    &[Fault::Cancel],
    &[Fault::Twice],
];

/// Any bytes as a sequence of calls of an empty store, with faults on their way:
/// every answer, and what is stored in the end, is that of a plain map (SPEC
/// §6), where a write of unknown outcome was done whole or not at all.
///
/// Inserts, reads, replaces, deletes and lists are among the calls, and the use
/// cases that create and update.
///
/// # Panics
///
/// When that does not hold.
pub fn store_history<S: CustomerStore>(store: S, bytes: &[u8]) {
    // No I/O, no timers: quick to build, and a task runs where it is called.
    match tokio::runtime::Builder::new_current_thread().build() {
        Ok(runtime) => runtime.block_on(history(store, &mut Unstructured::new(bytes))),
        Err(error) => panic!("there is no runtime: {error}"),
    }
}

async fn history<S: CustomerStore>(store: S, u: &mut Unstructured<'_>) {
    let Ok(Plans {
        percent,
        outer,
        inner,
    }) = plans(u)
    else {
        return;
    };
    let store = FaultyStore::new(FaultyStore::new(store, inner), outer);
    let mut worlds = vec![World::default()];
    while !u.is_empty()
        && let Ok(call) = choose(u, &worlds[0])
    {
        let answer = run(&store, &call).await;
        let has_failed = matches!(answer, Answer::NotDone | Answer::Unknown);
        assert!(percent > 0 || !has_failed, "{answer:?} without a fault");
        worlds = explained(&worlds, &call, &answer);
        if worlds.len() > MAX_WORLDS {
            worlds = read(store.inner().inner(), worlds).await;
        }
    }
    read(store.inner().inner(), worlds).await;
}

/// Faults on their way to a store that takes its time inside, so that an
/// operation can be cut off half way.
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

/// The worlds after a call that was answered so.
///
/// # Panics
///
/// When there is none.
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
    assert!(
        !after.is_empty(),
        "{answer:?} to {call:?} in none of {worlds:?}"
    );
    after
}

/// Reads all there may be, without faults: the one world that is left.
async fn read<S: CustomerStore>(store: &S, mut worlds: Vec<World>) -> Vec<World> {
    for call in call::reads() {
        let answer = run(store, &call).await;
        let was_read = matches!(answer, Answer::Found(_) | Answer::Listed(_));
        assert!(was_read, "{answer:?} to {call:?}");
        worlds = explained(&worlds, &call, &answer);
    }
    assert_eq!(worlds.len(), 1, "all that is stored was read");
    worlds
}
