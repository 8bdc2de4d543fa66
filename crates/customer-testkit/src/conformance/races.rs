//! S2 and S3 under many tasks at once. The races can be run alone, for as many
//! rounds as one likes.

use std::sync::Arc;

use customer_domain::{
    Customer, CustomerId, CustomerPatch, CustomerStore, FnClock, InsertError, NullableUpdate,
    Precondition, ReplaceError, Update, update_customer,
};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::check::{accepted, add, ensure, find, get, same, stored};
use super::samples::{customer, noon, team, value, with_email};
use super::{CaseFailure, CaseResult};

/// The environment variable with the number of rounds of each race.
pub const ROUNDS_VARIABLE: &str = "CUSTOMER_TESTKIT_ROUNDS";

/// The number of rounds of each race when nothing is said.
pub const DEFAULT_ROUNDS: usize = 20;

/// The number of tasks in the races of the suite.
const TASKS: usize = 64;

pub(super) fn rounds() -> usize {
    std::env::var(ROUNDS_VARIABLE)
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(DEFAULT_ROUNDS)
}

/// S2: of 64 tasks that insert a customer of one address, one succeeds.
///
/// # Errors
///
/// What the store did against the contract.
pub async fn s2_one_of_64_inserts_gets_the_email<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> CaseResult {
    race_inserts(&store, TASKS, rounds()).await
}

/// S2: of 64 tasks that give their customer one address, one succeeds.
///
/// # Errors
///
/// What the store did against the contract.
pub async fn s2_one_of_64_replaces_gets_the_email<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> CaseResult {
    race_replaces(&store, TASKS, rounds()).await
}

/// S3: 64 tasks each change one record until they are told that it is done, and
/// no change is lost.
///
/// # Errors
///
/// What the store did against the contract.
pub async fn s3_no_update_of_64_is_lost<S: CustomerStore + 'static>(store: Arc<S>) -> CaseResult {
    race_updates(&store, TASKS, rounds().div_ceil(10)).await
}

/// S3: of 64 replaces that name one version, one succeeds.
///
/// # Errors
///
/// What the store did against the contract.
pub async fn s3_one_of_64_replaces_of_a_version_wins<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> CaseResult {
    race_versions(&store, TASKS, rounds()).await
}

/// S2: in each round as many tasks insert a customer of one new address, and
/// exactly one succeeds.
///
/// # Errors
///
/// What the store did against the contract.
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

/// S2: in each round as many tasks give a customer of their own one new address,
/// and exactly one succeeds.
///
/// # Errors
///
/// What the store did against the contract.
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
            stored(&**store, &rival, "S5: a refused replace changes nothing").await?;
            rivals.push(rival);
        }
    }
    Ok(())
}

/// S3: in each round as many tasks change one record through
/// [`update_customer`], again and again until it is done: the last version
/// counts every change.
///
/// # Errors
///
/// What the store did against the contract.
pub async fn race_updates<S: CustomerStore + 'static>(
    store: &Arc<S>,
    tasks: usize,
    rounds: usize,
) -> CaseResult {
    for _ in 0..rounds {
        let first = customer(team(), "a@acme.example");
        add(&**store, &[&first]).await?;
        let (team, id) = (first.team(), first.id());
        let outcomes = at_once(0..tasks, |task| {
            let store = Arc::clone(store);
            async move {
                let phone = value(&format!("+1415{task}"));
                let patch = CustomerPatch::new().with_main_phone(NullableUpdate::Set(phone));
                let clock = Arc::new(FnClock(noon));
                let any = Precondition::Any;
                let applied = update_customer(&*store, clock, team, id, patch, any).await;
                let applied = accepted(applied, "S3: no concurrent update is rejected")?;
                Ok(applied.into_customer())
            }
        })
        .await?;
        no_update_was_lost(&**store, &first, outcomes).await?;
    }
    Ok(())
}

/// S3: in each round as many tasks replace one version of one record, and
/// exactly one succeeds.
///
/// # Errors
///
/// What the store did against the contract.
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
            // Never the phone of the last winner: its version is in it too.
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

/// As many spellings of one address, which no other round has.
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

/// Runs a task for each, all from one moment on, and waits for all.
async fn at_once<I, T, Fut>(
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
        "S5: a store under load answers with an outcome; the answer was {error:?}"
    ))
}

async fn the_winner_has_the_email<S: CustomerStore>(
    store: &S,
    outcomes: Vec<Result<Customer, CustomerId>>,
) -> CaseResult {
    let winners: Vec<&Customer> = outcomes.iter().flatten().collect();
    let [winner] = winners.as_slice() else {
        return Err(CaseFailure::new(format!(
            "S2: of all who want an address at once exactly one gets it, and {} did",
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

async fn no_update_was_lost<S: CustomerStore>(
    store: &S,
    first: &Customer,
    acknowledged: Vec<Customer>,
) -> CaseResult {
    let mut versions: Vec<u64> = acknowledged.iter().map(|c| c.version().get()).collect();
    versions.sort_unstable();
    let each_once = (2..).take(versions.len());
    ensure!(
        versions.iter().copied().eq(each_once),
        "S3: every acknowledged change has a version of its own, and they were {versions:?}"
    );
    let last = accepted(get(store, first).await, "S5: a get succeeds")?;
    let latest = acknowledged.into_iter().max_by_key(Customer::version);
    let latest = latest.as_ref().unwrap_or(first);
    let rule = "S3: the last acknowledged change is stored";
    same(last.as_ref(), latest, "get", rule)
}
