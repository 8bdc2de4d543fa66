//! Code built on a store tolerates the faults of the store.

use std::sync::Arc;

use customer_domain::{
    CustomerId, CustomerPatch, CustomerStore, FnClock, NewCustomer, NullableUpdate, Precondition,
    StoreErrorKind, TeamId, Timestamp, UpdateError, update_customer,
};
use customer_testkit::linearizability::{Workload, audit, check, record};
use customer_testkit::{Fault, FaultPlan, FaultyStore};
use uuid::Uuid;

use crate::broken::{BrokenStore, Flaw};

/// A store with delays inside its operations, so that an operation can be dropped
/// half-way.
fn faulty(
    seed: u64,
    faults: &'static [Fault],
    percent: u64,
) -> FaultyStore<FaultyStore<BrokenStore>> {
    let slow = FaultyStore::new(
        BrokenStore::new(Flaw::None),
        FaultPlan::new(!seed, &[Fault::Delay], 60),
    );
    FaultyStore::new(slow, FaultPlan::new(seed, faults, percent))
}

#[tokio::test]
async fn s5_acknowledged_writes_are_kept_under_every_fault_plan() {
    for seed in 0..300 {
        let store = Arc::new(faulty(seed, Fault::ALL, 40));
        let workload = Workload {
            clients: 1,
            teams: 1,
            seed,
            ..Workload::default()
        };
        let mut history = record(&store, workload).await;
        audit(store.inner().inner(), &mut history).await;
        check(&history).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
}

/// S3, S5: an acknowledged update is stored as returned, a failed one changed nothing,
/// and one of unknown outcome happened once or not at all.
#[tokio::test]
async fn s3_s5_an_update_happens_once_or_not_at_all() {
    let (team, id) = (
        TeamId::from(Uuid::from_u128(1)),
        CustomerId::from(Uuid::from_u128(2)),
    );
    let noon = Timestamp::parse("2026-11-23T12:00:00Z").unwrap();
    let clock = Arc::new(FnClock(move || noon));
    let mut met = [0; 3];
    for seed in 0..100 {
        let store = faulty(seed, Fault::ALL, 40);
        let new = NewCustomer::new("Acme".parse().unwrap(), "a@acme.example".parse().unwrap());
        let clean = store.inner().inner();
        let mut latest = new.into_customer(id, team, noon);
        clean.insert(&latest).await.unwrap();
        for n in 0..30 {
            let phone = format!("+{n}").parse().unwrap();
            let patch = CustomerPatch::new().with_main_phone(NullableUpdate::Set(phone));
            let done = latest.clone().apply(&patch, noon).into_customer();
            let answer =
                update_customer(&store, clock.clone(), team, id, &patch, Precondition::Any).await;
            let stored = clean.get(team, id).await.unwrap().unwrap();
            match answer {
                Ok(applied) => {
                    met[0] += 1;
                    assert_eq!(applied.into_customer(), done);
                    assert_eq!(
                        stored, done,
                        "seed {seed}: an acknowledged update is stored"
                    );
                }
                Err(UpdateError::Store(e)) if e.kind() == StoreErrorKind::OutcomeUnknown => {
                    met[1] += 1;
                    assert!(
                        stored == done || stored == latest,
                        "seed {seed}: the update happened once or not at all"
                    );
                }
                Err(UpdateError::Store(_)) => {
                    met[2] += 1;
                    assert_eq!(
                        stored, latest,
                        "seed {seed}: a failed update changed nothing"
                    );
                }
                Err(error) => panic!("seed {seed}: {error}"),
            }
            latest = stored;
        }
    }
    assert!(met.iter().all(|times| *times > 100), "{met:?}");
}
