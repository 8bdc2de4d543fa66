//! S2 and S3 with many concurrent tasks. The races can also be run separately, with any
//! number of rounds.

use std::sync::Arc;

use customer_domain::{
    Applied, Clock, Customer, CustomerId, CustomerPatch, CustomerStore, InsertError,
    NullableUpdate, Precondition, ReplaceError, Update, UpdateError,
};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::check::{absent, accepted, add, ensure, find, same, stored};
use super::failure::{CaseFailure, CaseResult};
use super::samples::{customer, noon, team, value, with_email};
use super::updates::{TickingClock, email, later, phone, update};

/// The environment variable with the number of rounds of each race.
pub const ROUNDS_VARIABLE: &str = "CUSTOMER_TESTKIT_ROUNDS";

/// The default number of rounds of each race.
pub const DEFAULT_ROUNDS: usize = 20;

/// The number of tasks in the races of the suite.
pub(super) const TASKS: usize = 64;

pub(super) fn rounds() -> usize {
    std::env::var(ROUNDS_VARIABLE)
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(DEFAULT_ROUNDS)
}

/// S2: of 64 tasks that insert a customer with the same address, one succeeds.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_one_of_64_inserts_gets_the_email<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> CaseResult {
    race_inserts(&store, TASKS, rounds()).await
}

/// S2: of 64 tasks that replace the address of a customer with the same address, one
/// succeeds.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_one_of_64_replaces_gets_the_email<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> CaseResult {
    race_replaces(&store, TASKS, rounds()).await
}

/// S3: 64 tasks update one record without an expected version. All succeed, and no
/// update is lost.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_64_updates_of_one_record_all_succeed<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> CaseResult {
    race_updates(&store, TASKS, rounds().div_ceil(10)).await
}

/// S3: of 64 replaces that expect the same version, one succeeds.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_one_of_64_replaces_of_a_version_wins<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> CaseResult {
    race_versions(&store, TASKS, rounds()).await
}

/// S2: in each round, that number of tasks insert a customer with the same new address,
/// and exactly one succeeds.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn race_inserts<S: CustomerStore + 'static>(
    store: &Arc<S>,
    tasks: usize,
    rounds: usize,
) -> CaseResult {
    let team = team();
    for round in 0..rounds {
        let rivals = spelt_differently(tasks, round).map(|email| customer(team, &email));
        let outcomes = at_once(rivals, |rival| {
            let store = Arc::clone(store);
            async move {
                match store.insert(&rival).await {
                    Ok(()) => Ok(Ok(rival)),
                    Err(InsertError::EmailTaken(holder)) => Ok(Err(holder)),
                    Err(error) => Err(unexpected(&error)),
                }
            }
        })
        .await?;
        the_winner_has_the_email(&**store, outcomes).await?;
    }
    Ok(())
}

/// S2: in each round, that number of tasks change the address of their own customer to
/// the same new address, and exactly one succeeds.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn race_replaces<S: CustomerStore + 'static>(
    store: &Arc<S>,
    tasks: usize,
    rounds: usize,
) -> CaseResult {
    let team = team();
    let mut rivals = Vec::with_capacity(tasks);
    for task in 0..tasks {
        let rival = customer(team, &format!("task{task}@acme.example"));
        add(&**store, &[&rival]).await?;
        rivals.push(rival);
    }
    for round in 0..rounds {
        let wishes: Vec<_> = rivals
            .drain(..)
            .zip(spelt_differently(tasks, round))
            .collect();
        let outcomes = at_once(wishes, |(rival, email)| {
            let store = Arc::clone(store);
            async move {
                let moved = with_email(&rival, &email);
                match store.replace(&moved, rival.version()).await {
                    Ok(()) => Ok((moved, None)),
                    Err(ReplaceError::EmailTaken(holder)) => Ok((rival, Some(holder))),
                    Err(error) => Err(unexpected(&error)),
                }
            }
        })
        .await?;
        let winners = outcomes
            .iter()
            .map(|(c, holder)| holder.map_or_else(|| Ok(c.clone()), Err))
            .collect();
        the_winner_has_the_email(&**store, winners).await?;
        for (rival, _) in outcomes {
            stored(&**store, &rival, "S5: a rejected replace changes nothing").await?;
            rivals.push(rival);
        }
    }
    Ok(())
}

/// S3: in each round, that number of tasks update one record without an expected version.
/// All succeed, and each sees the record that the previous one wrote.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn race_updates<S: CustomerStore + 'static>(
    store: &Arc<S>,
    tasks: usize,
    rounds: usize,
) -> CaseResult {
    for _ in 0..rounds {
        let first = customer(team(), "a@acme.example");
        add(&**store, &[&first]).await?;
        let updates = update_at_once(store, &first, tasks, later()).await?;
        no_update_was_lost(&**store, &first, &updates).await?;
    }
    Ok(())
}

/// Each task updates the record once. The results are in the order of the versions.
async fn update_at_once<S: CustomerStore + 'static>(
    store: &Arc<S>,
    first: &Customer,
    tasks: usize,
    clock: Arc<dyn Clock>,
) -> Result<Vec<Applied>, CaseFailure> {
    let (team, id) = (first.team(), first.id());
    let mut updates = at_once(0..tasks, |task| {
        let (store, clock) = (Arc::clone(store), Arc::clone(&clock));
        async move {
            let any = Precondition::Any;
            let change = phone(&format!("+1415{task}")).into();
            let applied = store.update(team, id, change, any, clock).await;
            accepted(applied, "S3: no concurrent update is rejected")
        }
    })
    .await?;
    updates.sort_by_key(|applied| applied.customer().version());
    Ok(updates)
}

/// S3: the clock is read after the record, so that the times of concurrent updates are
/// in the order of their versions without a correction (M3).
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s3_the_clock_is_read_after_the_record<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> CaseResult {
    for _ in 0..rounds().div_ceil(4) {
        let first = customer(team(), "a@acme.example");
        add(&*store, &[&first]).await?;
        let clock = Arc::new(TickingClock::default());
        for applied in update_at_once(&store, &first, TASKS, clock).await? {
            let updated_at = applied.customer().updated_at();
            let since = updated_at.as_micros() - noon().as_micros();
            ensure!(
                since % TickingClock::TICK == 0,
                "S3: an update reads the clock after the record; updatedAt of version {} is {updated_at}, which is the time of the version before it plus a correction",
                applied.customer().version()
            );
        }
    }
    Ok(())
}

/// S2: of 64 tasks that update their own customer to the same address, one succeeds.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_one_of_64_updates_gets_the_email<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let rivals: Vec<_> = (0..TASKS)
        .map(|task| customer(team, &format!("task{task}@acme.example")))
        .collect();
    add(&*store, &rivals.iter().collect::<Vec<_>>()).await?;
    for round in 0..rounds().div_ceil(4) {
        let wishes = rivals.iter().cloned().zip(spelt_differently(TASKS, round));
        let outcomes = at_once(wishes, |(rival, address)| {
            let store = Arc::clone(&store);
            async move {
                match update(&*store, &rival, email(&address), Precondition::Any).await {
                    Ok(applied) => Ok(Ok(applied.into_customer())),
                    Err(UpdateError::EmailTaken(holder)) => Ok(Err(holder)),
                    Err(error) => Err(unexpected(&error)),
                }
            }
        })
        .await?;
        the_winner_has_the_email(&*store, outcomes).await?;
    }
    Ok(())
}

/// S1: updates do not restore a record that is deleted concurrently.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s1_updates_do_not_restore_a_deleted_customer<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> CaseResult {
    for _ in 0..rounds() {
        let first = customer(team(), "a@acme.example");
        add(&*store, &[&first]).await?;
        at_once(0..8, |task| {
            let (store, first) = (Arc::clone(&store), first.clone());
            async move {
                let any = Precondition::Any;
                if task == 4 {
                    let deleted = store.delete(first.team(), first.id(), any).await;
                    return accepted(deleted, "S1: a customer of the team can be deleted");
                }
                let patch = phone(&format!("+{task}"));
                match update(&*store, &first, patch, any).await {
                    Ok(_) | Err(UpdateError::NotFound) => Ok(()),
                    Err(error) => Err(unexpected(&error)),
                }
            }
        })
        .await?;
        let rule = "S1: an update does not restore a deleted customer";
        absent(&*store, &first, rule).await?;
    }
    Ok(())
}

/// S3: in each round, that number of tasks replace one version of one record, and exactly
/// one succeeds.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn race_versions<S: CustomerStore + 'static>(
    store: &Arc<S>,
    tasks: usize,
    rounds: usize,
) -> CaseResult {
    let mut latest = customer(team(), "a@acme.example");
    add(&**store, &[&latest]).await?;
    for _ in 0..rounds {
        let read = latest.version();
        let rivals = (0..tasks).map(|task| {
            let phone = value(&format!("+1415{task}"));
            let patch = CustomerPatch::new().with_main_phone(NullableUpdate::Set(phone));
            // The name contains the version, so every replace changes the record, even if
            // the phone number is that of the last winner.
            super::samples::changed(
                &latest,
                &patch.with_name(Update::Set(value(&format!("{read}")))),
            )
        });
        let outcomes = at_once(rivals, |rival| {
            let store = Arc::clone(store);
            async move {
                match store.replace(&rival, read).await {
                    Ok(()) => Ok(Some(rival)),
                    Err(ReplaceError::VersionConflict) => Ok(None),
                    Err(error) => Err(unexpected(&error)),
                }
            }
        })
        .await?;
        let mut winners = outcomes.into_iter().flatten();
        let (Some(winner), None) = (winners.next(), winners.next()) else {
            let rule = "S3: of two replaces of one version exactly one wins";
            return Err(CaseFailure::new(rule));
        };
        stored(&**store, &winner, "S3: what the winner wrote is there").await?;
        latest = winner;
    }
    Ok(())
}

/// Spellings of one address, different in each round.
fn spelt_differently(tasks: usize, round: usize) -> impl Iterator<Item = String> {
    (0..tasks).map(move |task| {
        let case = |bit: usize, lower: char| {
            if task >> bit & 1 == 1 {
                lower.to_ascii_uppercase()
            } else {
                lower
            }
        };
        let (r, a, c, e) = (case(0, 'r'), case(1, 'a'), case(2, 'c'), case(3, 'e'));
        format!("{r}{a}{c}{e}{round}@acme.example")
    })
}

/// Runs one task per value, starts all at the same time, and waits for them.
pub(super) async fn at_once<I, T, Fut>(
    each: impl IntoIterator<Item = I>,
    run: impl Fn(I) -> Fut,
) -> Result<Vec<T>, CaseFailure>
where
    T: Send + 'static,
    Fut: Future<Output = Result<T, CaseFailure>> + Send + 'static,
{
    let runs: Vec<_> = each.into_iter().map(run).collect();
    let start = Arc::new(Barrier::new(runs.len()));
    let mut tasks = JoinSet::new();
    for run in runs {
        let start = Arc::clone(&start);
        tasks.spawn(async move {
            start.wait().await;
            run.await
        });
    }
    let mut outcomes = Vec::new();
    while let Some(outcome) = tasks.join_next().await {
        let failed = |panic| CaseFailure::new(format!("S5: the store panicked: {panic}"));
        outcomes.push(outcome.map_err(failed)??);
    }
    Ok(outcomes)
}

fn unexpected(error: &impl std::fmt::Debug) -> CaseFailure {
    CaseFailure::new(format!(
        "S5: a store under load returns a result; it was {error:?}"
    ))
}

async fn the_winner_has_the_email<S: CustomerStore>(
    store: &S,
    outcomes: Vec<Result<Customer, CustomerId>>,
) -> CaseResult {
    let winners: Vec<&Customer> = outcomes.iter().flatten().collect();
    let [winner] = winners.as_slice() else {
        return Err(CaseFailure::new(format!(
            "S2: of concurrent writes that take one address exactly one succeeds; {} did",
            winners.len()
        )));
    };
    ensure!(
        outcomes
            .iter()
            .all(|outcome| outcome.as_ref().map_or_else(|id| *id, Customer::id) == winner.id()),
        "S2: the others get the id of the customer that has the address"
    );
    let found = find(store, winner.team(), winner.email()).await?;
    let rule = "S2: the address finds the customer that got it";
    same(found.as_ref(), winner, "find_by_email", rule)?;
    stored(store, winner, "S2: the one who got the address is stored").await
}

/// Checks that the updates have the versions after that of the record, without a gap, and
/// that each changed the record of the previous one.
async fn no_update_was_lost<S: CustomerStore>(
    store: &S,
    first: &Customer,
    updates: &[Applied],
) -> CaseResult {
    let mut latest = first;
    for applied in updates {
        let rule = "S3: an update changes the record that the update before it wrote";
        same(Some(&applied.previous()), latest, "an update", rule)?;
        let (version, expected) = (applied.customer().version(), latest.version().get() + 1);
        ensure!(
            version.get() == expected,
            "S3: each update has a version of its own, without a gap; it is {version}, expected is {expected}"
        );
        latest = applied.customer();
    }
    stored(store, latest, "S3: the last update is stored").await
}
