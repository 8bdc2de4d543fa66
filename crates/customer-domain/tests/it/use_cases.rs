//! The use cases on a store of one record, and the store as a trait object.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use customer_domain::{
    Customer, CustomerId, CustomerPage, CustomerPatch, CustomerStore, DeleteError,
    DynCustomerStore, EmailKey, ErrorCode, Failure, InsertError, ListQuery, MAX_ATTEMPTS,
    NewCustomer, Precondition, ReplaceError, SearchText, StoreError, StoreErrorKind, TeamId,
    UpdateError, Version, create_customer, update_customer,
};

use crate::{acme, id, noon, team};

/// Room for one record, and rivals that write between a read and a write.
#[derive(Default)]
struct OneRecord {
    record: Mutex<Option<Customer>>,
    rivals: AtomicUsize,
    writes: AtomicUsize,
}

impl OneRecord {
    fn holding(customer: Customer) -> Self {
        Self {
            record: Mutex::new(Some(customer)),
            ..Self::default()
        }
    }

    fn rivalled(self, times: usize) -> Self {
        self.rivals.store(times, Ordering::Relaxed);
        self
    }

    fn stored(&self) -> Option<Customer> {
        self.record.lock().unwrap().clone()
    }

    fn writes(&self) -> usize {
        self.writes.load(Ordering::Relaxed)
    }
}

impl CustomerStore for OneRecord {
    async fn insert(&self, customer: &Customer) -> Result<(), InsertError> {
        let mut record = self.record.lock().unwrap();
        match &*record {
            Some(stored) if stored.id() == customer.id() => Err(InsertError::IdTaken),
            Some(_) => Err(InsertError::EmailTaken),
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
        let rivals = self.rivals.load(Ordering::Relaxed);
        if rivals > 0 {
            self.rivals.store(rivals - 1, Ordering::Relaxed);
            *stored = stored.apply(&phone(&format!("+{rivals}")), noon()).customer;
        }
        if stored.version() != read {
            return Err(ReplaceError::VersionConflict);
        }
        if customer.email().as_str() == "taken@acme.example" {
            return Err(ReplaceError::EmailTaken);
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
}

/// The answer of a future that waits for nothing.
fn answer<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it waits for something"),
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
    let updated = update_customer(store, &noon, team(), id(), patch, precondition);
    answer(updated).map(|applied| applied.customer)
}

#[test]
fn s3_an_update_is_applied_to_what_a_rival_wrote() {
    let store = OneRecord::holding(acme()).rivalled(MAX_ATTEMPTS - 1);
    let patch = CustomerPatch::new().with_email(Update::Set("new@acme.example".parse().unwrap()));
    let updated = update(&store, &patch, Precondition::Any).unwrap();
    assert_eq!(store.stored().as_ref(), Some(&updated));
    assert_eq!(updated.email().as_str(), "new@acme.example");
    assert_eq!(updated.main_phone().unwrap().as_str(), "+1");
    assert_eq!(updated.version(), version(MAX_ATTEMPTS as u64 + 1));
    assert_eq!(store.writes(), MAX_ATTEMPTS);
}

#[test]
fn s3_an_update_gives_up_after_so_many_attempts() {
    let store = OneRecord::holding(acme()).rivalled(MAX_ATTEMPTS);
    let patch = CustomerPatch::new().with_email(Update::Set("new@acme.example".parse().unwrap()));
    let outcome = update(&store, &patch, Precondition::Any);
    assert!(matches!(outcome, Err(UpdateError::ConcurrentUpdate)));
    assert_eq!(store.writes(), MAX_ATTEMPTS);
}

#[test]
fn s3_a_version_that_the_caller_fixed_is_not_tried_again() {
    let other = OneRecord::holding(acme());
    let outcome = update(&other, &phone("+1"), Precondition::Version(version(2)));
    assert!(matches!(outcome, Err(UpdateError::VersionConflict)));
    assert_eq!((other.stored(), other.writes()), (Some(acme()), 0));

    let rivalled = OneRecord::holding(acme()).rivalled(1);
    let fixed = Precondition::Version(Version::FIRST);
    let outcome = update(&rivalled, &phone("+2"), fixed);
    assert!(matches!(outcome, Err(UpdateError::VersionConflict)));
    assert_eq!(rivalled.writes(), 1);

    let alone = OneRecord::holding(acme());
    assert!(update(&alone, &phone("+2"), fixed).is_ok());
}

#[test]
fn m3_where_nothing_changes_nothing_is_written() {
    let store = OneRecord::holding(acme());
    let same = phone("+14155550100");
    assert_eq!(update(&store, &same, Precondition::Any).unwrap(), acme());
    assert_eq!(store.writes(), 0);
}

#[test]
fn every_other_outcome_of_an_update_is_the_stores() {
    let outcome = update(&OneRecord::default(), &phone("+1"), Precondition::Any);
    let code = |outcome: Result<Customer, UpdateError>| Failure::from(outcome.unwrap_err()).code();
    assert_eq!(code(outcome), ErrorCode::CustomerNotFound);

    let store = OneRecord::holding(acme());
    let taken = CustomerPatch::new().with_email(Update::Set("taken@acme.example".parse().unwrap()));
    let outcome = update(&store, &taken, Precondition::Any);
    assert_eq!(code(outcome), ErrorCode::EmailAlreadyExists);

    let broken = CustomerPatch::new().with_name(Update::Set("Broken".parse().unwrap()));
    let outcome = update(&store, &broken, Precondition::Any);
    assert_eq!(code(outcome), ErrorCode::StoreUnavailable);
    assert_eq!((store.stored(), store.writes()), (Some(acme()), 2));

    let code = Failure::from(UpdateError::ConcurrentUpdate).code();
    assert_eq!(code, ErrorCode::ConcurrentUpdate);
    let code = Failure::from(UpdateError::VersionConflict).code();
    assert_eq!(code, ErrorCode::PreconditionFailed);
}

#[test]
fn a_customer_is_created_with_the_id_and_the_time_it_was_given() {
    let store = OneRecord::default();
    let new = NewCustomer::new("Acme".parse().unwrap(), "a@acme.example".parse().unwrap());
    let expected = new.clone().into_customer(id(), team(), noon());
    let created = answer(create_customer(&store, &noon, team(), id(), new)).unwrap();
    assert_eq!(created, expected);
    assert_eq!(store.stored(), Some(expected));
}

#[test]
fn a_store_behind_a_pointer_is_the_same_store() {
    let plain = Arc::new(OneRecord::default());
    let store: Arc<dyn DynCustomerStore> = plain.clone();
    let (acme, key) = (acme(), acme().email().key());
    let missing = ReplaceError::NotFound.to_string();
    let replaced = answer(store.replace(&acme, Version::FIRST));
    assert_eq!(replaced.unwrap_err().to_string(), missing);

    answer(store.insert(&acme)).unwrap();
    assert_eq!(plain.stored().as_ref(), Some(&acme));
    let again = answer(store.insert(&acme));
    assert!(matches!(again, Err(InsertError::IdTaken)));
    let got = answer(store.get(team(), acme.id())).unwrap();
    assert_eq!(got.as_ref(), Some(&acme));
    let found = answer(store.find_by_email(team(), &key)).unwrap();
    assert_eq!(found.as_ref(), Some(&acme));
    let page = answer(store.list(team(), &ListQuery::new())).unwrap();
    assert_eq!((page.records, page.total), (vec![acme.clone()], 1));
    let nothing = ListQuery::new().with_search(SearchText::parse("nothing").unwrap());
    assert_eq!(answer(store.list(team(), &nothing)).unwrap().total, 0);

    let next = acme.apply(&phone("+1"), noon()).customer;
    answer(store.replace(&next, acme.version())).unwrap();
    assert_eq!(plain.stored().as_ref(), Some(&next));

    let fixed = Precondition::Version(acme.version());
    let refused = answer(store.delete(team(), acme.id(), fixed));
    assert!(matches!(refused, Err(DeleteError::VersionConflict)));
    answer(store.delete(team(), acme.id(), Precondition::Any)).unwrap();
    assert_eq!(answer(store.get(team(), acme.id())).unwrap(), None);
    assert_eq!(plain.stored(), None);
}

#[test]
fn a_precondition_is_met_by_its_version_alone() {
    let fixed = Precondition::Version(version(2));
    assert!(fixed.is_met_by(version(2)));
    assert!(!fixed.is_met_by(version(1)));
    assert!(Precondition::Any.is_met_by(version(1)));
}
