//! A store with injected faults.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use customer_domain::{
    Applied, Change, ChangePage, ChangesError, Clock, Customer, CustomerId, CustomerPage,
    CustomerStore, DeleteError, EmailKey, InsertError, ListQuery, Precondition, ReadFrom,
    ReplaceError, Scan, StoreError, StoreErrorKind, TeamId, Timestamp, UpdateError, Upsert,
    UpsertError, Upserted, Version, Write, WriteResult,
};
use tokio::task::yield_now;

use crate::cancel::poll_times;
use crate::random::Random;

/// The maximum number of times that a delay yields and that a cancelled operation is
/// polled.
const MAX_STEPS: u64 = 4;

/// A fault of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The operation fails before it reaches the store:
    /// [`Unavailable`](StoreErrorKind::Unavailable).
    Before,
    /// The operation reaches the store, and its result is lost:
    /// [`OutcomeUnknown`](StoreErrorKind::OutcomeUnknown) for a write.
    After,
    /// The operation yields a few times before and after it reaches the store.
    Delay,
    /// The future of the operation is polled a few times and dropped. If it did not
    /// complete, the result of a write is
    /// [`OutcomeUnknown`](StoreErrorKind::OutcomeUnknown).
    Cancel,
    /// The operation reaches the store twice, like a repeated network message, and the
    /// first result is returned. This keeps the contract only for a single client: with
    /// several, an insert that is repeated after a delete restores the record. A batch is
    /// not repeated, because its writes can change one record more than once.
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

    /// The faults under which the store keeps its contract for concurrent clients.
    pub const CONCURRENT: &'static [Self] = &[Self::Before, Self::After, Self::Delay, Self::Cancel];
}

/// Selects the fault of each operation. The same seed and the same order of operations
/// give the same faults.
#[derive(Clone, Debug)]
pub struct FaultPlan {
    seed: u64,
    faults: &'static [Fault],
    percent: u64,
}

impl FaultPlan {
    /// Creates a plan in which about that percentage of the operations has one of these
    /// faults.
    #[must_use]
    pub const fn new(seed: u64, faults: &'static [Fault], percent: u64) -> Self {
        Self {
            seed,
            faults,
            percent,
        }
    }

    /// The fault of the operation with that number, and how many times it yields or is
    /// polled.
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

/// A store that passes its operations to another store and injects the faults of a plan.
///
/// It keeps the contract of a store under every plan: an acknowledged write happened, a
/// write that is [`Unavailable`](StoreErrorKind::Unavailable) did not happen, and one
/// that is [`OutcomeUnknown`](StoreErrorKind::OutcomeUnknown) happened completely or not
/// at all. In a batch of unknown outcome this applies to each write. Use it to test code
/// that is built on a store.
///
/// ```
/// use customer_domain::{CustomerId, CustomerStore, StoreErrorKind, TeamId};
/// use customer_testkit::{Fault, FaultPlan, FaultyStore};
///
/// async fn fails(store: impl CustomerStore, team: TeamId, id: CustomerId) {
///     let always = FaultPlan::new(7, &[Fault::Before], 100);
///     let store = FaultyStore::new(store, always);
///     let found = store.get(team, id).await;
///     assert_eq!(found.map_err(|e| e.kind()), Err(StoreErrorKind::Unavailable));
/// }
/// ```
#[derive(Debug)]
pub struct FaultyStore<S> {
    store: S,
    plan: FaultPlan,
    operations: AtomicU64,
}

impl<S> FaultyStore<S> {
    /// Wraps a store with the faults of a plan.
    pub const fn new(store: S, plan: FaultPlan) -> Self {
        Self {
            store,
            plan,
            operations: AtomicU64::new(0),
        }
    }

    /// The wrapped store.
    pub const fn inner(&self) -> &S {
        &self.store
    }

    /// Runs an operation with the next fault of the plan. A lost result becomes an error
    /// of that kind.
    async fn pass<T, E: From<StoreError>, Fut: Future<Output = Result<T, E>>>(
        &self,
        lost: StoreErrorKind,
        operation: impl Fn() -> Fut,
    ) -> Result<T, E> {
        let fault = self.next_fault();
        let result = with_fault(fault, &operation).await;
        if matches!(fault, Some((Fault::Twice, _))) {
            let _ignored = operation().await;
        }
        result.unwrap_or_else(|reached| {
            let kind = match reached {
                Reached::No => StoreErrorKind::Unavailable,
                Reached::Unknown => lost,
            };
            Err(StoreError::new(kind).into())
        })
    }

    fn next_fault(&self) -> Option<(Fault, usize)> {
        self.plan
            .fault(self.operations.fetch_add(1, Ordering::SeqCst))
    }
}

/// Whether the operation reached the store, if it has no result.
#[derive(Clone, Copy)]
enum Reached {
    No,
    Unknown,
}

/// Runs an operation once with a fault. An error means that there is no result.
async fn with_fault<T, Fut: Future<Output = T>>(
    fault: Option<(Fault, usize)>,
    operation: &impl Fn() -> Fut,
) -> Result<T, Reached> {
    match fault {
        None | Some((Fault::Twice, _)) => Ok(operation().await),
        Some((Fault::Before, _)) => Err(Reached::No),
        Some((Fault::After, _)) => {
            let _lost = operation().await;
            Err(Reached::Unknown)
        }
        Some((Fault::Delay, steps)) => {
            yield_times(steps).await;
            let result = operation().await;
            yield_times(steps).await;
            Ok(result)
        }
        Some((Fault::Cancel, steps)) => {
            let result = poll_times(operation(), steps).await;
            result.ok_or(Reached::Unknown)
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

    async fn update(
        &self,
        team: TeamId,
        id: CustomerId,
        change: Change,
        precondition: Precondition,
        clock: Arc<dyn Clock>,
    ) -> Result<Applied, UpdateError> {
        self.pass(StoreErrorKind::OutcomeUnknown, || {
            let (change, clock) = (change.clone(), Arc::clone(&clock));
            self.store.update(team, id, change, precondition, clock)
        })
        .await
    }

    async fn upsert(
        &self,
        team: TeamId,
        upsert: Upsert,
        clock: Arc<dyn Clock>,
    ) -> Result<Upserted, UpsertError> {
        self.pass(StoreErrorKind::OutcomeUnknown, || {
            let (upsert, clock) = (upsert.clone(), Arc::clone(&clock));
            self.store.upsert(team, upsert, clock)
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
    /// One fault applies to the whole batch.
    async fn write_batch(
        &self,
        team: TeamId,
        writes: Vec<Write>,
        clock: Arc<dyn Clock>,
    ) -> Vec<WriteResult> {
        let batch = || {
            let (writes, clock) = (writes.clone(), Arc::clone(&clock));
            self.store.write_batch(team, writes, clock)
        };
        let kind = match with_fault(self.next_fault(), &batch).await {
            Ok(results) => return results,
            Err(Reached::No) => StoreErrorKind::Unavailable,
            Err(Reached::Unknown) => StoreErrorKind::OutcomeUnknown,
        };
        let failed = |write: &Write| write.failed(StoreError::new(kind));
        writes.iter().map(failed).collect()
    }

    async fn changes(
        &self,
        team: TeamId,
        from: ReadFrom,
        limit: u32,
    ) -> Result<ChangePage, ChangesError> {
        self.pass(StoreErrorKind::Unavailable, || {
            self.store.changes(team, from.clone(), limit)
        })
        .await
    }

    async fn prune_changes(&self, team: TeamId, before: Timestamp) -> Result<u64, ChangesError> {
        self.pass(StoreErrorKind::OutcomeUnknown, || {
            self.store.prune_changes(team, before)
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
    fn a_plan_has_every_fault_at_about_its_percentage() {
        let plan = FaultPlan::new(3, Fault::ALL, 25);
        let met: Vec<_> = (0..4_000).filter_map(|n| plan.fault(n)).collect();
        assert!((800..1_200).contains(&met.len()), "{}", met.len());
        for fault in Fault::ALL {
            assert!(met.iter().any(|(met, _)| met == fault), "{fault:?}");
        }
        assert_eq!(FaultPlan::new(3, &[], 100).fault(0), None);
    }
}
