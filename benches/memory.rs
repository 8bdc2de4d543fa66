//! Operations of the memory store, whose futures never wait.

use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use customer_domain::{
    CustomerPatch, CustomerStore, EmailAddress, FnClock, Precondition, Timestamp, UpdateError,
    update_customer,
};
use customer_memory::MemoryStore;

use crate::customers::{email, ids, typical};

/// A prime, so that consecutive operations do not touch adjacent memory.
const STRIDE: u128 = 7919;

const BODIES: [&[u8]; 2] = [
    br#"{"mainPhone": "+14155550100"}"#,
    br#"{"mainPhone": "+14155550101"}"#,
];

/// A store filled with customers.
pub(crate) struct Filled {
    store: MemoryStore,
    count: u128,
    now: Timestamp,
}

impl Filled {
    /// Fills a store with `count` customers.
    ///
    /// # Panics
    ///
    /// If a customer cannot be inserted.
    pub(crate) fn new(count: u128) -> Self {
        let store = MemoryStore::new();
        for number in 0..count {
            let customer = typical(number).expect("its values are valid");
            ready(store.insert(&customer)).expect("its id and address are unique");
        }
        Self {
            store,
            count,
            now: Timestamp::parse("2026-11-25T12:00:00Z").expect("a timestamp"),
        }
    }

    /// Executes `updates` updates, one after the other, each from the bytes of a body to
    /// the stored record. `round` selects the body, so that each update is a change.
    ///
    /// # Panics
    ///
    /// If an update fails or changes nothing.
    pub(crate) fn update(&self, first: u128, updates: u128, round: usize) {
        let now = self.now;
        let clock = Arc::new(FnClock(move || now));
        let body = BODIES[round % BODIES.len()];
        for step in first..first + updates {
            let (team, id) = ids(step * STRIDE % self.count);
            let update = async {
                let patch = CustomerPatch::from_json(black_box(body)).expect("a valid body");
                let any = Precondition::Any;
                update_customer(&self.store, clock.clone(), team, id, &patch, any).await
            };
            let applied: Result<_, UpdateError> = ready(update);
            assert!(applied.is_ok_and(|applied| !applied.changed().is_empty()));
        }
    }
}

#[allow(dead_code, reason = "the benchmark `scale` counts only updates")]
impl Filled {
    /// Looks up `times` customers by id.
    ///
    /// # Panics
    ///
    /// If one is not found.
    pub(crate) fn get(&self, first: u128, times: u128) {
        for step in first..first + times {
            let (team, id) = ids(step * STRIDE % self.count);
            let found = ready(self.store.get(team, id)).expect("there is no engine that can fail");
            assert!(black_box(found).is_some());
        }
    }

    /// The email addresses of all customers.
    pub(crate) fn addresses(&self) -> Vec<String> {
        (0..self.count).map(email).collect()
    }

    /// Looks up `times` customers by email address, each from the string of the address to
    /// the record.
    ///
    /// # Panics
    ///
    /// If one is not found.
    pub(crate) fn find(&self, addresses: &[String], first: u128, times: u128) {
        for step in first..first + times {
            let number = step * STRIDE % self.count;
            let (team, _) = ids(number);
            let address = &addresses[usize::try_from(number).expect("an index of a vector")];
            let address = EmailAddress::parse(black_box(address)).expect("an address");
            let found = ready(self.store.find_by_email(team, &address.key()));
            assert!(black_box(found).is_ok_and(|found| found.is_some()));
        }
    }
}

/// The output of a future of the memory store.
///
/// # Panics
///
/// If the future is not ready at once.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the memory store never waits"),
    }
}
