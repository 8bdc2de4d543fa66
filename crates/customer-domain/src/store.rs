//! The storage interface and its errors.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use crate::change::{Change, MatchBy, Upsert, Upserted, Write, WriteResult};
use crate::change_log::{ChangePage, ReadFrom};
use crate::clock::Clock;
use crate::customer::{Applied, Customer};
use crate::list::{CustomerPage, ListQuery, Scan};
use crate::store_error::{
    ChangesError, DeleteError, InsertError, ReplaceError, StoreError, UpdateError, UpsertError,
};
use crate::value::email::EmailKey;
use crate::value::id::{CustomerId, TeamId};
use crate::value::time::Timestamp;
use crate::value::version::{Precondition, Version};

/// Storage interface for customer records.
///
/// # Contract
///
/// - **S1** Every operation is scoped to one team. Records of other teams are
///   invisible: they are not returned, not modified, and do not conflict. `insert` and
///   `replace` take the team from the record.
/// - **S2** A team has at most one customer per [`EmailKey`], under any interleaving of
///   operations. The check and the write are one atomic step (a unique index, or one
///   lock), never a lookup followed by a write. A record does not conflict with itself,
///   and its old key can be used again at once.
/// - **S3** `replace` fails with [`ReplaceError::VersionConflict`] if the stored version
///   is not the one that was read. Of two replaces that name the same version, one
///   succeeds. `update` is one step: no other write of the record happens between its
///   read and its write, and concurrent updates wait for each other.
/// - **S4** In a store that persists data, `Ok` means that the write is durable and
///   survives a kill of the process at any later point.
/// - **S5** A failure of the engine is a [`StoreError`]. No write is partial. After any
///   error except [`StoreErrorKind::OutcomeUnknown`], the write did not happen.
/// - **S6** A record is read back exactly as written: every code point, every
///   microsecond, the version, the order of the contacts.
/// - **S7** `list` returns the records of the team whose
///   [`SearchKey`](crate::SearchKey) contains the case-folded search text, or all
///   records without one, sorted by the bytes of the requested key and then by id. The
///   page and the total are from one snapshot. [`ListQuery::page_of`] defines the result.
///   `scan` returns every record that exists throughout the traversal.
/// - **S8** A stored row that cannot be decoded is *corrupt*. Reading it, and so
///   updating it, returns [`StoreErrorKind::Corrupt`] with the id of the
///   [`record`](StoreError::record). A list skips it and returns its id in
///   [`CustomerPage::corrupt`], `scan` in [`Scan::corrupt`]. `delete` removes it; only a
///   precondition on a version that cannot be read is [`StoreErrorKind::Corrupt`] too.
///   `replace` reads only the stored version.
/// - **S9** `changes` returns each acknowledged change exactly once, in a store that has
///   a change log.
/// - **S10** `write_batch` has the same results as its writes one after the other.
/// - If more than one error applies, `replace` and `update` return not found before a
///   version conflict before a taken email address, and `insert` a taken id first.
/// - If a future is dropped before it completes, the write may or may not have
///   happened, but it is never partial.
///
/// [`StoreErrorKind::OutcomeUnknown`]: crate::StoreErrorKind::OutcomeUnknown
/// [`StoreErrorKind::Corrupt`]: crate::StoreErrorKind::Corrupt
///
/// `customer-testkit` has a test suite for this contract that runs on any store.
///
/// # Implementation
///
/// The futures must be [`Send`]; `async fn` in the implementation is enough. The trait
/// depends on no async runtime. Every store is also a
/// [`DynCustomerStore`](crate::DynCustomerStore), for use as a trait object, and
/// `Arc<dyn DynCustomerStore>` is a store:
///
/// ```
/// use std::sync::Arc;
/// use customer_domain::{CustomerStore, DynCustomerStore};
///
/// fn erase(store: impl CustomerStore + 'static) -> Arc<dyn DynCustomerStore> {
///     Arc::new(store)
/// }
///
/// fn takes_any_store(store: impl CustomerStore) {}
///
/// # fn both(store: impl CustomerStore + 'static) {
/// takes_any_store(erase(store));
/// # }
/// ```
pub trait CustomerStore: Send + Sync {
    /// Inserts a record.
    ///
    /// # Errors
    ///
    /// [`InsertError`]: its id or its email address is taken, or the engine failed.
    fn insert(&self, customer: &Customer) -> impl Future<Output = Result<(), InsertError>> + Send;

    /// The record with that id in that team, if there is one.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the engine failed, or the record is corrupt (S8).
    fn get(
        &self,
        team: TeamId,
        id: CustomerId,
    ) -> impl Future<Output = Result<Option<Customer>, StoreError>> + Send;

    /// The record with that email key in that team, if there is one.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the engine failed, or the record is corrupt (S8).
    fn find_by_email(
        &self,
        team: TeamId,
        email: &EmailKey,
    ) -> impl Future<Output = Result<Option<Customer>, StoreError>> + Send;

    /// Replaces the record with the same id and team. `read` is the version that it
    /// must have: the one that was read (S3).
    ///
    /// # Errors
    ///
    /// [`ReplaceError`]: there is no such record, it has another version, the email
    /// address is taken, or the engine failed.
    fn replace(
        &self,
        customer: &Customer,
        read: Version,
    ) -> impl Future<Output = Result<(), ReplaceError>> + Send;

    /// Executes a change of one record as one step: reads the record, applies the change
    /// and writes the result (S3). The clock is read once per attempt, after the record.
    /// If no field changes, nothing is written (M3).
    ///
    /// The default implementation uses `get` and `replace`. If another write comes
    /// between, it lets other tasks run and repeats the update, at most
    /// [`MAX_ATTEMPTS`] times in total, unless the precondition names a version.
    ///
    /// # Errors
    ///
    /// [`UpdateError`]: there is no such record, it does not have the expected version,
    /// the email address is taken, or the engine failed.
    fn update(
        &self,
        team: TeamId,
        id: CustomerId,
        change: Change,
        precondition: Precondition,
        clock: Arc<dyn Clock>,
    ) -> impl Future<Output = Result<Applied, UpdateError>> + Send {
        async move { read_and_replace(self, team, id, &change, precondition, &clock).await }
    }

    /// Changes the record that matches, or inserts one if there is none, as one step.
    ///
    /// The default implementation looks up the record and uses `replace` or `insert`,
    /// which fail if another write came between; it then begins again, at most
    /// [`MAX_ATTEMPTS`] times in total.
    ///
    /// # Errors
    ///
    /// [`UpsertError`]: the values for a new record are missing, the id or the email
    /// address is taken, or the engine failed.
    fn upsert(
        &self,
        team: TeamId,
        upsert: Upsert,
        clock: Arc<dyn Clock>,
    ) -> impl Future<Output = Result<Upserted, UpsertError>> + Send {
        async move {
            for _ in 0..MAX_ATTEMPTS {
                if let Some(upserted) = find_and_write(self, team, &upsert, &clock).await? {
                    return Ok(upserted);
                }
                yield_now().await;
            }
            Err(UpsertError::ConcurrentUpdate)
        }
    }

    /// Deletes the record with that id in that team. Its email key can then be used
    /// again.
    ///
    /// # Errors
    ///
    /// [`DeleteError`]: there is no such record, it does not have the expected version,
    /// or the engine failed.
    fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> impl Future<Output = Result<(), DeleteError>> + Send;

    /// A page of the records of that team that match the query, and the total number
    /// of matches (S7). A page after the last is empty. Corrupt rows are skipped (S8).
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the engine failed.
    fn list(
        &self,
        team: TeamId,
        query: &ListQuery,
    ) -> impl Future<Output = Result<CustomerPage, StoreError>> + Send;

    /// At most `limit` records of that team in the order of their ids, beginning after
    /// that id (S7): a step of a traversal of all records. A limit of 0 counts as 1.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the engine failed.
    fn scan(
        &self,
        team: TeamId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> impl Future<Output = Result<Scan, StoreError>> + Send;

    /// Checks that the store can be used, without reading a record. By default it can.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: writes would fail.
    fn check(&self) -> impl Future<Output = Result<(), StoreError>> + Send {
        async { Ok(()) }
    }

    /// Executes writes of one team that are submitted together, with the same results
    /// as one after the other (S10). There is one result for each write, in their order.
    ///
    /// A store may execute them as one durable step: after a crash, either all of them
    /// are stored or none. The default implementation executes one after the other.
    fn write_batch(
        &self,
        team: TeamId,
        writes: Vec<Write>,
        clock: Arc<dyn Clock>,
    ) -> impl Future<Output = Vec<WriteResult>> + Send {
        async move {
            let mut results = Vec::with_capacity(writes.len());
            for write in writes {
                results.push(match write {
                    Write::Insert(customer) => WriteResult::Insert(self.insert(&customer).await),
                    Write::Update(id, change, precondition) => {
                        let clock = Arc::clone(&clock);
                        let applied = self.update(team, id, change, precondition, clock).await;
                        WriteResult::Update(applied.map(Box::new))
                    }
                    Write::Upsert(upsert) => {
                        let upserted = self.upsert(team, upsert, Arc::clone(&clock)).await;
                        WriteResult::Upsert(upserted)
                    }
                    Write::Delete(id, precondition) => {
                        WriteResult::Delete(self.delete(team, id, precondition).await)
                    }
                });
            }
            results
        }
    }

    /// At most `limit` entries of the change log of that team (S9), and the position
    /// after them. A limit of 0 counts as 1.
    ///
    /// A reader that continues from the last position misses no entry and sees none
    /// twice. The entries of one record have the order of its versions. An entry can become
    /// readable after its write was acknowledged, so that an empty page is not an end. The
    /// default implementation is that of a store without a log.
    ///
    /// # Errors
    ///
    /// [`ChangesError`]: there is no log, the position is not valid or has expired, or
    /// the engine failed.
    fn changes(
        &self,
        team: TeamId,
        from: ReadFrom,
        limit: u32,
    ) -> impl Future<Output = Result<ChangePage, ChangesError>> + Send {
        let _ = (team, from, limit);
        async { Err(ChangesError::Unsupported) }
    }

    /// Removes the oldest entries of the change log of that team, up to the first that is
    /// not older than that time, and returns their number (S9). A reader whose position
    /// is before a removed entry gets [`ChangesError::Expired`].
    ///
    /// # Errors
    ///
    /// [`ChangesError`]: there is no log, or the engine failed.
    fn prune_changes(
        &self,
        team: TeamId,
        before: Timestamp,
    ) -> impl Future<Output = Result<u64, ChangesError>> + Send {
        let _ = (team, before);
        async { Err(ChangesError::Unsupported) }
    }
}

/// The maximum number of attempts of the default implementation of
/// [`CustomerStore::update`] (S3). Each failed attempt means that another writer
/// succeeded.
pub const MAX_ATTEMPTS: usize = 4_096;

/// The default implementation of [`CustomerStore::update`].
async fn read_and_replace<S: CustomerStore + ?Sized>(
    store: &S,
    team: TeamId,
    id: CustomerId,
    change: &Change,
    precondition: Precondition,
    clock: &dyn Clock,
) -> Result<Applied, UpdateError> {
    for _ in 0..MAX_ATTEMPTS {
        let customer = store.get(team, id).await?.ok_or(UpdateError::NotFound)?;
        let read = customer.version();
        if !precondition.is_met_by(read) {
            return Err(UpdateError::VersionConflict);
        }
        let applied = customer.apply_change(change, clock.now());
        if applied.changed().is_empty() {
            return Ok(applied);
        }
        match store.replace(applied.customer(), read).await {
            Ok(()) => return Ok(applied),
            // The next attempt checks the precondition again.
            Err(ReplaceError::VersionConflict) => {}
            Err(error) => return Err(error.into()),
        }
        yield_now().await;
    }
    Err(UpdateError::ConcurrentUpdate)
}

/// One attempt of the default implementation of [`CustomerStore::upsert`]; `None` if
/// another write came between.
async fn find_and_write<S: CustomerStore + ?Sized>(
    store: &S,
    team: TeamId,
    upsert: &Upsert,
    clock: &dyn Clock,
) -> Result<Option<Upserted>, UpsertError> {
    let found = match (upsert.by, upsert.email_key()) {
        (MatchBy::Email, Some(key)) => store.find_by_email(team, &key).await?,
        (MatchBy::Email, None) => None,
        (MatchBy::Id, _) => store.get(team, upsert.id).await?,
    };
    let Some(found) = found else {
        let new = upsert.change.to_new()?;
        let new = new.into_customer(upsert.id, team, clock.now());
        return match (store.insert(&new).await, upsert.by) {
            (Ok(()), _) => Ok(Some(Upserted::Created(Box::new(new)))),
            (Err(InsertError::IdTaken), MatchBy::Id) => Ok(None),
            (Err(InsertError::EmailTaken(_)), MatchBy::Email) => Ok(None),
            (Err(InsertError::IdTaken), MatchBy::Email) => Err(UpsertError::IdTaken),
            (Err(InsertError::EmailTaken(id)), MatchBy::Id) => Err(UpsertError::EmailTaken(id)),
            (Err(InsertError::Store(error)), _) => Err(error.into()),
        };
    };
    let read = found.version();
    let applied = found.apply_change(&upsert.change, clock.now());
    if applied.changed().is_empty() {
        return Ok(Some(Upserted::Updated(Box::new(applied))));
    }
    match store.replace(applied.customer(), read).await {
        Ok(()) => Ok(Some(Upserted::Updated(Box::new(applied)))),
        Err(ReplaceError::NotFound | ReplaceError::VersionConflict) => Ok(None),
        Err(ReplaceError::EmailTaken(id)) => Err(UpsertError::EmailTaken(id)),
        Err(ReplaceError::Store(error)) => Err(error.into()),
    }
}

/// Lets other tasks of the executor run, so that writers of one record take turns.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
