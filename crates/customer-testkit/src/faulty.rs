//! A store that fails on purpose.

use std::sync::atomic::{AtomicU64, Ordering};

use customer_domain::{
    Customer, CustomerId, CustomerPage, CustomerStore, DeleteError, EmailKey, InsertError,
    ListQuery, Precondition, ReplaceError, Scan, StoreError, StoreErrorKind, TeamId, Version,
};
use tokio::task::yield_now;

use crate::cancel::poll_times;
use crate::random::Random;

/// The most times a delay yields and a cancelled operation is polled.
const MAX_STEPS: u64 = 4;

/// What can go wrong with an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It fails before it reaches the store:
    /// [`Unavailable`](StoreErrorKind::Unavailable).
    Before,
    /// It reaches the store and its answer is lost:
    /// [`OutcomeUnknown`](StoreErrorKind::OutcomeUnknown) for a write.
    After,
    /// It yields a few times before it reaches the store and after.
    Delay,
    /// Its future is polled a few times and dropped. When it was not done by
    /// then, that is [`OutcomeUnknown`](StoreErrorKind::OutcomeUnknown) for a
    /// write.
    Cancel,
    /// It reaches the store twice, as a network repeats a message, and the first
    /// answer is returned. Harmless as long as nobody else writes in between:
    /// an insert that comes again after a rival's delete brings the record back.
    Twice,
}

impl Fault {
    /// Every fault.
    pub const ALL: &'static [Self] = &[
        Self::Before,
        Self::After,
        Self::Delay,
        Self::Cancel,
        Self::Twice,
    ];

    /// The faults under which the store keeps its contract for all who use it
    /// at once.
    pub const CONCURRENT: &'static [Self] = &[Self::Before, Self::After, Self::Delay, Self::Cancel];
}

/// Which operation meets which fault: the same for the same seed and the same
/// order of operations.
#[derive(Clone, Debug)]
pub struct FaultPlan {
    seed: u64,
    faults: &'static [Fault],
    percent: u64,
}

impl FaultPlan {
    /// A plan by which about so many operations of a hundred meet one of these
    /// faults.
    #[must_use]
    pub const fn new(seed: u64, faults: &'static [Fault], percent: u64) -> Self {
        Self {
            seed,
            faults,
            percent,
        }
    }

    /// The fault of the operation of that number, and how many steps it takes.
    #[must_use]
    pub fn fault(&self, operation: u64) -> Option<(Fault, usize)> {
        let mut random = Random::new(self.seed, operation);
        if self.faults.is_empty() || random.below(100) >= self.percent {
            return None;
        }
        let fault = self.faults[random.below(self.faults.len() as u64) as usize];
        Some((fault, random.below(MAX_STEPS + 1) as usize))
    }
}

/// A store whose operations meet the faults of a plan on their way to another
/// store.
///
/// Whatever the plan, it keeps the contract of a store: what it acknowledges
/// happened, after [`Unavailable`](StoreErrorKind::Unavailable) nothing did, and
/// after [`OutcomeUnknown`](StoreErrorKind::OutcomeUnknown) all of it or
/// nothing. So what is built on a store can be tried for what it makes of that.
///
/// ```
/// use customer_domain::{CustomerStore, StoreErrorKind, TeamId};
/// use customer_memory::MemoryStore;
/// use customer_testkit::{Fault, FaultPlan, FaultyStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), customer_domain::ValueError> {
/// let always = FaultPlan::new(7, &[Fault::Before], 100);
/// let store = FaultyStore::new(MemoryStore::new(), always);
/// let team = TeamId::parse("00000000-0000-0000-0000-000000000001")?;
/// let key = customer_domain::EmailAddress::parse("a@acme.example")?.key();
/// let found = store.find_by_email(team, &key).await;
/// assert_eq!(found.map_err(|e| e.kind()), Err(StoreErrorKind::Unavailable));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FaultyStore<S> {
    store: S,
    plan: FaultPlan,
    operations: AtomicU64,
}

impl<S> FaultyStore<S> {
    /// That store behind the faults of the plan.
    pub const fn new(store: S, plan: FaultPlan) -> Self {
        Self {
            store,
            plan,
            operations: AtomicU64::new(0),
        }
    }

    /// The store behind the faults.
    pub const fn inner(&self) -> &S {
        &self.store
    }

    /// Does an operation with the next fault of the plan. When its answer is
    /// lost, that is an error of that kind.
    async fn pass<T, E: From<StoreError>, Fut: Future<Output = Result<T, E>>>(
        &self,
        lost: StoreErrorKind,
        operation: impl Fn() -> Fut,
    ) -> Result<T, E> {
        let number = self.operations.fetch_add(1, Ordering::SeqCst);
        let lost = || Err(StoreError::new(lost).into());
        match self.plan.fault(number) {
            None => operation().await,
            Some((Fault::Before, _)) => Err(StoreError::new(StoreErrorKind::Unavailable).into()),
            Some((Fault::After, _)) => {
                let _lost = operation().await;
                lost()
            }
            Some((Fault::Delay, steps)) => {
                yield_times(steps).await;
                let answer = operation().await;
                yield_times(steps).await;
                answer
            }
            Some((Fault::Cancel, steps)) => match poll_times(operation(), steps).await {
                Some(answer) => answer,
                None => lost(),
            },
            Some((Fault::Twice, _)) => {
                let answer = operation().await;
                let _ignored = operation().await;
                answer
            }
        }
    }
}

async fn yield_times(times: usize) {
    for _ in 0..times {
        yield_now().await;
    }
}

impl<S: CustomerStore> CustomerStore for FaultyStore<S> {
    async fn insert(&self, customer: &Customer) -> Result<(), InsertError> {
        self.pass(StoreErrorKind::OutcomeUnknown, || {
            self.store.insert(customer)
        })
        .await
    }

    async fn get(&self, team: TeamId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        self.pass(StoreErrorKind::Unavailable, || self.store.get(team, id))
            .await
    }

    async fn find_by_email(
        &self,
        team: TeamId,
        email: &EmailKey,
    ) -> Result<Option<Customer>, StoreError> {
        self.pass(StoreErrorKind::Unavailable, || {
            self.store.find_by_email(team, email)
        })
        .await
    }

    async fn replace(&self, customer: &Customer, read: Version) -> Result<(), ReplaceError> {
        self.pass(StoreErrorKind::OutcomeUnknown, || {
            self.store.replace(customer, read)
        })
        .await
    }

    async fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<(), DeleteError> {
        self.pass(StoreErrorKind::OutcomeUnknown, || {
            self.store.delete(team, id, precondition)
        })
        .await
    }

    async fn list(&self, team: TeamId, query: &ListQuery) -> Result<CustomerPage, StoreError> {
        self.pass(StoreErrorKind::Unavailable, || self.store.list(team, query))
            .await
    }

    async fn scan(
        &self,
        team: TeamId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Scan, StoreError> {
        self.pass(StoreErrorKind::Unavailable, || {
            self.store.scan(team, after, limit)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_the_same_for_the_same_seed() {
        let faults = |seed| {
            let plan = FaultPlan::new(seed, Fault::ALL, 50);
            (0..200).map(move |n| plan.fault(n)).collect::<Vec<_>>()
        };
        assert_eq!(faults(1), faults(1));
        assert_ne!(faults(1), faults(2));
    }

    #[test]
    fn a_plan_has_every_fault_about_as_often_as_it_says() {
        let plan = FaultPlan::new(3, Fault::ALL, 25);
        let met: Vec<_> = (0..4_000).filter_map(|n| plan.fault(n)).collect();
        assert!((800..1_200).contains(&met.len()), "{}", met.len());
        for fault in Fault::ALL {
            assert!(met.iter().any(|(met, _)| met == fault), "{fault:?}");
        }
        assert_eq!(FaultPlan::new(3, &[], 100).fault(0), None);
    }
}
