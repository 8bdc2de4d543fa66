//! The latency of the store.

use std::sync::Arc;

use customer_domain::{
    Applied, BoxFuture, Change, ChangePage, ChangesError, Clock, Customer, CustomerId,
    CustomerPage, DeleteError, DynCustomerStore, EmailKey, InsertError, ListQuery, Precondition,
    ReadFrom, ReplaceError, Scan, StoreError, TeamId, Timestamp, UpdateError, Upsert, UpsertError,
    Upserted, Version, Write, WriteResult,
};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tokio::time::Instant;

use super::duration::HISTOGRAM;

/// The metrics of a store.
#[derive(Clone)]
pub(super) struct StoreMetrics {
    durations: Family<ResultLabels, Histogram, fn() -> Histogram>,
    in_progress: Family<OperationLabels, Gauge>,
}

#[derive(Clone, Debug, EncodeLabelSet, PartialEq, Eq, Hash)]
struct ResultLabels {
    operation: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, PartialEq, Eq, Hash)]
struct OperationLabels {
    operation: &'static str,
}

/// Counts an operation as in progress until it is completed or dropped.
struct InProgress(Gauge);

impl InProgress {
    fn start(gauge: Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl StoreMetrics {
    pub(super) fn new() -> Self {
        Self {
            durations: Family::new_with_constructor(HISTOGRAM),
            in_progress: Family::default(),
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "store_operation_duration",
            "Time of a store operation, including the time in its queue",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register(
            "store_operations_in_progress",
            "Store operations in progress, including those in a queue",
            self.in_progress.clone(),
        );
    }

    /// Measures an operation. A conflict or a missing record is not a failure of the
    /// store.
    fn measure<'a, T: 'a>(
        &'a self,
        operation: &'static str,
        future: BoxFuture<'a, T>,
        is_failure: fn(&T) -> bool,
    ) -> BoxFuture<'a, T> {
        Box::pin(async move {
            let started = Instant::now();
            let labels = OperationLabels { operation };
            let in_progress = InProgress::start(self.in_progress.get_or_create_owned(&labels));
            let outcome = future.await;
            drop(in_progress);
            let result = if is_failure(&outcome) { "failed" } else { "ok" };
            let labels = ResultLabels { operation, result };
            let seconds = started.elapsed().as_secs_f64();
            self.durations.get_or_create(&labels).observe(seconds);
            outcome
        })
    }
}

/// A store whose operations are measured.
///
/// It implements the trait object and not `CustomerStore`, whose default methods
/// would hide those of the inner store: here a forgotten method is a compile error.
pub(super) struct MeasuredStore {
    pub(super) inner: Arc<dyn DynCustomerStore>,
    pub(super) metrics: StoreMetrics,
}

impl DynCustomerStore for MeasuredStore {
    fn dyn_insert<'a>(&'a self, customer: &'a Customer) -> BoxFuture<'a, Result<(), InsertError>> {
        let inserted = self.inner.dyn_insert(customer);
        self.metrics.measure("insert", inserted, |result| {
            matches!(result, Err(InsertError::Store(_)))
        })
    }

    fn dyn_get(
        &self,
        team: TeamId,
        id: CustomerId,
    ) -> BoxFuture<'_, Result<Option<Customer>, StoreError>> {
        let read = self.inner.dyn_get(team, id);
        self.metrics.measure("get", read, Result::is_err)
    }

    fn dyn_find_by_email<'a>(
        &'a self,
        team: TeamId,
        email: &'a EmailKey,
    ) -> BoxFuture<'a, Result<Option<Customer>, StoreError>> {
        let found = self.inner.dyn_find_by_email(team, email);
        self.metrics.measure("find_by_email", found, Result::is_err)
    }

    fn dyn_replace<'a>(
        &'a self,
        customer: &'a Customer,
        read: Version,
    ) -> BoxFuture<'a, Result<(), ReplaceError>> {
        let replaced = self.inner.dyn_replace(customer, read);
        self.metrics.measure("replace", replaced, |result| {
            matches!(result, Err(ReplaceError::Store(_)))
        })
    }

    fn dyn_update(
        &self,
        team: TeamId,
        id: CustomerId,
        change: Change,
        precondition: Precondition,
        clock: Arc<dyn Clock>,
    ) -> BoxFuture<'_, Result<Applied, UpdateError>> {
        let updated = self.inner.dyn_update(team, id, change, precondition, clock);
        self.metrics.measure("update", updated, |result| {
            matches!(result, Err(UpdateError::Store(_)))
        })
    }

    fn dyn_upsert(
        &self,
        team: TeamId,
        upsert: Upsert,
        clock: Arc<dyn Clock>,
    ) -> BoxFuture<'_, Result<Upserted, UpsertError>> {
        let upserted = self.inner.dyn_upsert(team, upsert, clock);
        self.metrics.measure("upsert", upserted, |result| {
            matches!(result, Err(UpsertError::Store(_)))
        })
    }

    fn dyn_delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> BoxFuture<'_, Result<(), DeleteError>> {
        let deleted = self.inner.dyn_delete(team, id, precondition);
        self.metrics.measure("delete", deleted, |result| {
            matches!(result, Err(DeleteError::Store(_)))
        })
    }

    fn dyn_check(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        let checked = self.inner.dyn_check();
        self.metrics.measure("check", checked, Result::is_err)
    }

    fn dyn_list<'a>(
        &'a self,
        team: TeamId,
        query: &'a ListQuery,
    ) -> BoxFuture<'a, Result<CustomerPage, StoreError>> {
        let listed = self.inner.dyn_list(team, query);
        self.metrics.measure("list", listed, Result::is_err)
    }

    fn dyn_scan(
        &self,
        team: TeamId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Scan, StoreError>> {
        let scanned = self.inner.dyn_scan(team, after, limit);
        self.metrics.measure("scan", scanned, Result::is_err)
    }

    fn dyn_changes(
        &self,
        team: TeamId,
        from: ReadFrom,
        limit: u32,
    ) -> BoxFuture<'_, Result<ChangePage, ChangesError>> {
        let read = self.inner.dyn_changes(team, from, limit);
        let failed = |read: &Result<_, _>| matches!(read, Err(ChangesError::Store(_)));
        self.metrics.measure("changes", read, failed)
    }

    fn dyn_prune_changes(
        &self,
        team: TeamId,
        before: Timestamp,
    ) -> BoxFuture<'_, Result<u64, ChangesError>> {
        let pruned = self.inner.dyn_prune_changes(team, before);
        let failed = |pruned: &Result<_, _>| matches!(pruned, Err(ChangesError::Store(_)));
        self.metrics.measure("prune_changes", pruned, failed)
    }

    fn dyn_write_batch(
        &self,
        team: TeamId,
        writes: Vec<Write>,
        clock: Arc<dyn Clock>,
    ) -> BoxFuture<'_, Vec<WriteResult>> {
        let written = self.inner.dyn_write_batch(team, writes, clock);
        self.metrics.measure("write_batch", written, |results| {
            results.iter().any(|result| {
                matches!(
                    result,
                    WriteResult::Insert(Err(InsertError::Store(_)))
                        | WriteResult::Update(Err(UpdateError::Store(_)))
                        | WriteResult::Upsert(Err(UpsertError::Store(_)))
                        | WriteResult::Delete(Err(DeleteError::Store(_)))
                )
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn an_abandoned_operation_is_not_in_progress_any_more() {
        let metrics = StoreMetrics::new();
        let gauge = metrics
            .in_progress
            .get_or_create_owned(&OperationLabels { operation: "get" });
        let forever: BoxFuture<'_, Result<(), StoreError>> = Box::pin(pending());
        let mut measured = metrics.measure("get", forever, Result::is_err);
        let polled = tokio::time::timeout(Duration::ZERO, &mut measured).await;
        assert!(polled.is_err());
        assert_eq!(gauge.get(), 1);
        drop(measured);
        assert_eq!(gauge.get(), 0);
    }
}
