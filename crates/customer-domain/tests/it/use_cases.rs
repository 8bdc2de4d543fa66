//! The use cases with a store of one record, and the store as a trait object.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use customer_domain::{
    Applied, Customer, CustomerId, CustomerPage, CustomerPatch, CustomerStore, DeleteError,
    DynCustomerStore, EmailKey, ErrorCode, Failure, FnClock, InsertError, ListQuery, MAX_ATTEMPTS,
    NewCustomer, NullableUpdate, Precondition, ReplaceError, Scan, SearchText, StoreError,
    StoreErrorKind, TeamId, Update, UpdateError, Version, create_customer, update_customer,
};

use crate::{acme, id, noon, team};

/// Stores one record. Other writers change it before the first calls of `replace`.
#[derive(Default)]
pub(crate) struct OneRecord {
    record: Mutex<Option<Customer>>,
    other_writes: AtomicUsize,
    writes: AtomicUsize,
}

impl OneRecord {
    pub(crate) fn holding(customer: Customer) -> Self {
        Self {
            record: Mutex::new(Some(customer)),
            ..Self::default()
        }
    }

    pub(crate) fn with_other_writes(self, times: usize) -> Self {
        self.other_writes.store(times, Ordering::Relaxed);
        self
    }

    pub(crate) fn stored(&self) -> Option<Customer> {
        self.record.lock().unwrap().clone()
    }

    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::Relaxed)
    }
}

impl CustomerStore for OneRecord {
    async fn insert(&self, customer: &Customer) -> Result<(), InsertError> {
        let mut record = self.record.lock().unwrap();
        match &*record {
            Some(stored) if stored.id() == customer.id() => Err(InsertError::IdTaken),
            Some(stored) => Err(InsertError::EmailTaken(stored.id())),
            None => {
                *record = Some(customer.clone());
                Ok(())
            }
        }
    }

    async fn get(&self, team: TeamId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        let stored = self.stored();
        Ok(stored.filter(|stored| stored.team() == team && stored.id() == id))
    }

    async fn find_by_email(
        &self,
        team: TeamId,
        email: &EmailKey,
    ) -> Result<Option<Customer>, StoreError> {
        let stored = self.stored();
        Ok(stored.filter(|stored| stored.team() == team && stored.email().key() == *email))
    }

    async fn replace(&self, customer: &Customer, read: Version) -> Result<(), ReplaceError> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        if customer.name().as_str() == "Broken" {
            return Err(StoreError::new(StoreErrorKind::OutcomeUnknown).into());
        }
        let mut record = self.record.lock().unwrap();
        let stored = record.as_mut().ok_or(ReplaceError::NotFound)?;
        let others = self.other_writes.load(Ordering::Relaxed);
        if others > 0 {
            self.other_writes.store(others - 1, Ordering::Relaxed);
            *stored = stored
                .clone()
                .apply(&phone(&format!("+{others}")), noon())
                .into_customer();
        }
        if stored.version() != read {
            return Err(ReplaceError::VersionConflict);
        }
        if customer.email().as_str() == "taken@acme.example" {
            return Err(ReplaceError::EmailTaken(
                CustomerId::from(uuid::Uuid::nil()),
            ));
        }
        *stored = customer.clone();
        Ok(())
    }

    async fn delete(
        &self,
        _team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<(), DeleteError> {
        let mut record = self.record.lock().unwrap();
        let stored = record.take_if(|stored| stored.id() == id);
        let stored = stored.ok_or(DeleteError::NotFound)?;
        if !precondition.is_met_by(stored.version()) {
            *record = Some(stored);
            return Err(DeleteError::VersionConflict);
        }
        Ok(())
    }

    async fn list(&self, _team: TeamId, query: &ListQuery) -> Result<CustomerPage, StoreError> {
        Ok(query.page_of(&self.stored()))
    }

    async fn scan(
        &self,
        team: TeamId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Scan, StoreError> {
        let _ = team;
        Ok(Scan::of(&self.stored(), after, limit))
    }
}

/// The output of a future that waits only to let other tasks run.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

fn phone(number: &str) -> CustomerPatch {
    CustomerPatch::new().with_main_phone(NullableUpdate::Set(number.parse().unwrap()))
}

fn version(number: u64) -> Version {
    Version::from_stored(number).unwrap()
}

fn update(
    store: &OneRecord,
    patch: &CustomerPatch,
    precondition: Precondition,
) -> Result<Customer, UpdateError> {
    let clock = Arc::new(FnClock(noon));
    let updated = update_customer(store, clock, team(), id(), patch, precondition);
    ready(updated).map(Applied::into_customer)
}

#[test]
fn s3_an_update_is_applied_to_the_record_of_a_concurrent_writer() {
    let store = OneRecord::holding(acme()).with_other_writes(MAX_ATTEMPTS - 1);
    let patch = CustomerPatch::new().with_email(Update::Set("new@acme.example".parse().unwrap()));
    let updated = update(&store, &patch, Precondition::Any).unwrap();
    assert_eq!(store.stored().as_ref(), Some(&updated));
    assert_eq!(updated.email().as_str(), "new@acme.example");
    assert_eq!(updated.main_phone().unwrap().as_str(), "+1");
    assert_eq!(updated.version(), version(MAX_ATTEMPTS as u64 + 1));
    assert_eq!(store.writes(), MAX_ATTEMPTS);
}

/// Counts how often it is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn s3_an_update_lets_other_tasks_run_before_it_is_repeated() {
    let store = OneRecord::holding(acme()).with_other_writes(2);
    let (patch, clock) = (phone("+14155550199"), Arc::new(FnClock(noon)));
    let mut updated = pin!(update_customer(
        &store,
        clock,
        team(),
        id(),
        &patch,
        Precondition::Any
    ));
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(wakes.clone());
    let mut context = Context::from_waker(&waker);
    for attempt in 1..=2 {
        assert!(updated.as_mut().poll(&mut context).is_pending());
        assert_eq!(wakes.0.load(Ordering::Relaxed), attempt);
    }
    assert!(updated.as_mut().poll(&mut context).is_ready());
}

#[test]
fn s3_an_update_gives_up_after_the_last_attempt() {
    let store = OneRecord::holding(acme()).with_other_writes(MAX_ATTEMPTS);
    let patch = CustomerPatch::new().with_email(Update::Set("new@acme.example".parse().unwrap()));
    let outcome = update(&store, &patch, Precondition::Any);
    assert!(matches!(outcome, Err(UpdateError::ConcurrentUpdate)));
    assert_eq!(store.writes(), MAX_ATTEMPTS);
}

#[test]
fn s3_an_update_with_an_expected_version_is_not_repeated() {
    let other = OneRecord::holding(acme());
    let outcome = update(&other, &phone("+1"), Precondition::Version(version(2)));
    assert!(matches!(outcome, Err(UpdateError::VersionConflict)));
    assert_eq!((other.stored(), other.writes()), (Some(acme()), 0));

    let concurrent = OneRecord::holding(acme()).with_other_writes(1);
    let expected = Precondition::Version(Version::FIRST);
    let outcome = update(&concurrent, &phone("+2"), expected);
    assert!(matches!(outcome, Err(UpdateError::VersionConflict)));
    assert_eq!(concurrent.writes(), 1);

    let alone = OneRecord::holding(acme());
    assert!(update(&alone, &phone("+2"), expected).is_ok());
}

#[test]
fn m3_an_update_that_changes_no_field_is_not_written() {
    let store = OneRecord::holding(acme());
    let same = phone("+14155550100");
    assert_eq!(update(&store, &same, Precondition::Any).unwrap(), acme());
    assert_eq!(store.writes(), 0);
}

#[test]
fn every_error_of_the_store_has_its_code() {
    let outcome = update(&OneRecord::default(), &phone("+1"), Precondition::Any);
    let code =
        |outcome: Result<Customer, UpdateError>| Failure::from(outcome.unwrap_err()).code().clone();
    assert_eq!(code(outcome), ErrorCode::CustomerNotFound);

    let store = OneRecord::holding(acme());
    let taken = CustomerPatch::new().with_email(Update::Set("taken@acme.example".parse().unwrap()));
    let outcome = update(&store, &taken, Precondition::Any);
    assert_eq!(code(outcome), ErrorCode::EmailAlreadyExists);

    let broken = CustomerPatch::new().with_name(Update::Set("Broken".parse().unwrap()));
    let outcome = update(&store, &broken, Precondition::Any);
    assert_eq!(code(outcome), ErrorCode::OutcomeUnknown);
    assert_eq!((store.stored(), store.writes()), (Some(acme()), 2));

    assert_eq!(
        UpdateError::ConcurrentUpdate.code(),
        ErrorCode::ConcurrentUpdate
    );
    assert_eq!(
        UpdateError::VersionConflict.code(),
        ErrorCode::PreconditionFailed
    );
}

#[test]
fn a_customer_is_created_with_the_given_id_and_time() {
    let store = OneRecord::default();
    let new = NewCustomer::new("Acme".parse().unwrap(), "a@acme.example".parse().unwrap());
    let expected = new.clone().into_customer(id(), team(), noon());
    let created = ready(create_customer(&store, &FnClock(noon), team(), id(), new)).unwrap();
    assert_eq!(created, expected);
    assert_eq!(store.stored(), Some(expected));
}

#[test]
fn a_trait_object_is_the_same_store() {
    let plain = Arc::new(OneRecord::default());
    let store: Arc<dyn DynCustomerStore> = plain.clone();
    let (acme, key) = (acme(), acme().email().key());
    let missing = ReplaceError::NotFound.to_string();
    let replaced = ready(store.replace(&acme, Version::FIRST));
    assert_eq!(replaced.unwrap_err().to_string(), missing);

    ready(store.insert(&acme)).unwrap();
    assert_eq!(plain.stored().as_ref(), Some(&acme));
    let again = ready(store.insert(&acme));
    assert!(matches!(again, Err(InsertError::IdTaken)));
    let got = ready(store.get(team(), acme.id())).unwrap();
    assert_eq!(got.as_ref(), Some(&acme));
    let found = ready(store.find_by_email(team(), &key)).unwrap();
    assert_eq!(found.as_ref(), Some(&acme));
    let page = ready(store.list(team(), &ListQuery::new())).unwrap();
    assert_eq!((page.records, page.total), (vec![acme.clone()], Some(1)));
    let nothing = ListQuery::new().with_search(SearchText::parse("nothing").unwrap());
    assert_eq!(ready(store.list(team(), &nothing)).unwrap().total, Some(0));

    let next = acme.clone().apply(&phone("+1"), noon()).into_customer();
    ready(store.replace(&next, acme.version())).unwrap();
    assert_eq!(plain.stored().as_ref(), Some(&next));

    let expected = Precondition::Version(acme.version());
    let conflict = ready(store.delete(team(), acme.id(), expected));
    assert!(matches!(conflict, Err(DeleteError::VersionConflict)));
    ready(store.delete(team(), acme.id(), Precondition::Any)).unwrap();
    assert_eq!(ready(store.get(team(), acme.id())).unwrap(), None);
    assert_eq!(plain.stored(), None);
}

#[test]
fn a_precondition_is_met_only_by_its_version() {
    let expected = Precondition::Version(version(2));
    assert!(expected.is_met_by(version(2)));
    assert!(!expected.is_met_by(version(1)));
    assert!(Precondition::Any.is_met_by(version(1)));
}
