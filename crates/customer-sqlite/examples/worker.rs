//! A worker without HTTP: it applies patches from a queue to customers in a SQLite file.
//!
//! `cargo run -p customer-sqlite --example worker`
//!
//! The queue, here a channel, delivers each message at least once. A broker acknowledges a
//! message when [`handle`] returns.
//!
//! - **Delivered twice:** a patch sets values, so the second time it changes nothing (M5),
//!   unless another patch was applied in between. If the message names an expected version,
//!   the second time is a version conflict, and changes nothing in either case; the worker
//!   then checks whether the record already has the values.
//! - **Retried:** the store is unavailable, the outcome of the write is unknown, or other
//!   writes came between. The worker waits and repeats, so that the messages of a customer
//!   stay in order.
//! - **Dead letters:** an invalid patch, a missing customer, a taken email address, a record
//!   that has changed since. They contain ids, paths and codes, and no values.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use customer_domain::{
    Clock, CustomerId, CustomerPatch, CustomerStore, ErrorCode, Failure, FieldSet, FnClock,
    NewCustomer, Precondition, TeamId, Timestamp, UpdateError, Version, create_customer,
    update_customer,
};
use customer_sqlite::SqliteStore;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::sleep;

/// The number of times that a message is tried.
const ATTEMPTS: u32 = 10;
/// The pause after the first attempt. Each is twice as long as the one before.
const PAUSE: Duration = Duration::from_millis(10);

/// A patch for a customer, as the queue delivers it.
#[derive(Clone)]
struct Message {
    number: usize,
    customer: CustomerId,
    expected: Precondition,
    body: &'static str,
}

/// Why a message was not applied: for a log, a queue or a table that people read.
#[derive(Debug, PartialEq, Eq)]
struct DeadLetter {
    message: usize,
    customer: CustomerId,
    code: ErrorCode,
    violations: Vec<String>,
}

impl DeadLetter {
    fn new(message: &Message, failure: &Failure) -> Self {
        let violations = failure.violations().into_iter().flat_map(|all| all.iter());
        let violations = violations.map(|one| format!("{} {}", one.field(), one.code()));
        Self {
            message: message.number,
            customer: message.customer,
            code: failure.code().clone(),
            violations: violations.collect(),
        }
    }
}

impl fmt::Display for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code.as_str(), self.violations.join(", "))
    }
}

/// The worker: a store, a clock and the team whose customers it updates.
struct Worker<S> {
    store: S,
    clock: Arc<dyn Clock>,
    team: TeamId,
}

impl<S: CustomerStore> Worker<S> {
    /// Handles all messages of the queue, and returns the dead letters.
    async fn run(&self, mut queue: Receiver<Message>) -> Vec<DeadLetter> {
        let mut dead_letters = Vec::new();
        while let Some(message) = queue.recv().await {
            match self.handle(&message).await {
                Ok(changed) => println!("{} applied: changed [{changed}]", message.number),
                Err(letter) => {
                    println!("{} dead letter: {letter}", message.number);
                    dead_letters.push(letter);
                }
            }
        }
        dead_letters
    }

    /// Applies a message, and repeats it while the cause of its failure can go away.
    async fn handle(&self, message: &Message) -> Result<FieldSet, DeadLetter> {
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            match self.apply(message).await {
                Ok(changed) => return Ok(changed),
                Err(failure) if attempt < ATTEMPTS && is_transient(failure.code()) => {
                    sleep(pause).await;
                    pause *= 2;
                    attempt += 1;
                }
                Err(failure) => return Err(DeadLetter::new(message, &failure)),
            }
        }
    }

    async fn apply(&self, message: &Message) -> Result<FieldSet, Failure> {
        let patch = CustomerPatch::from_json(message.body.as_bytes())?;
        let clock = Arc::clone(&self.clock);
        let (customer, expected) = (message.customer, message.expected);
        let change = patch.clone();
        match update_customer(&self.store, clock, self.team, customer, change, expected).await {
            Ok(applied) => Ok(applied.changed()),
            Err(UpdateError::VersionConflict) if self.is_applied(customer, &patch).await? => {
                Ok(FieldSet::EMPTY)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the record already has all values of the patch.
    async fn is_applied(&self, id: CustomerId, patch: &CustomerPatch) -> Result<bool, Failure> {
        let record = self.store.get(self.team, id).await?;
        let applied = record.map(|record| record.apply(patch, self.clock.now()));
        Ok(applied.is_some_and(|applied| applied.changed().is_empty()))
    }
}

fn is_transient(code: &ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::StoreUnavailable | ErrorCode::OutcomeUnknown | ErrorCode::ConcurrentUpdate
    )
}

/// The expected version and the body of each message, for one customer.
const MESSAGES: &[(Option<u64>, &str)] = &[
    // Change the contact information.
    (
        None,
        r#"{"email": "accounts@acme.example", "mainPhone": "+14155550199"}"#,
    ),
    // Change the status, if nothing else has changed. The queue delivers it twice.
    (Some(2), r#"{"status": "inactive"}"#),
    (Some(2), r#"{"status": "inactive"}"#),
    // Decided on version 2, which another message has changed.
    (Some(2), r#"{"status": "active"}"#),
    // Replace an address, and remove it.
    (
        None,
        r#"{"billingAddress": {"street": "1 Rue de la Paix", "city": "Paris"}}"#,
    ),
    (None, r#"{"billingAddress": null}"#),
    // Several violations: all are reported.
    (
        None,
        r#"{"customer": " ", "email": "nope", "billing_address": {}, "contacts": []}"#,
    ),
    (None, r#"{"status": "#),
];

/// Queues the messages for a customer, handles them and returns the dead letters.
async fn deliver(
    worker: &Worker<impl CustomerStore>,
    customer: CustomerId,
) -> Result<Vec<DeadLetter>, Box<dyn Error>> {
    let (sender, queue) = channel(MESSAGES.len());
    for (number, (expected, body)) in MESSAGES.iter().enumerate() {
        let expected = expected.and_then(Version::from_stored);
        let message = Message {
            number,
            customer,
            expected: expected.map_or(Precondition::Any, Precondition::Version),
            body,
        };
        sender.send(message).await?;
    }
    drop(sender);
    Ok(worker.run(queue).await)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let noon = Timestamp::parse("2026-11-23T12:00:00Z")?;
    let worker = Worker {
        store: SqliteStore::open(directory.path().join("customers.db"))?,
        clock: Arc::new(FnClock(move || noon)),
        team: TeamId::parse("00000000-0000-0000-0000-000000000001")?,
    };
    let customer = CustomerId::parse("67e55044-10b1-426f-9247-bb680e5fe0c8")?;
    let new = NewCustomer::new("Acme".parse()?, "billing@acme.example".parse()?);
    create_customer(&worker.store, &worker.clock, worker.team, customer, new).await?;

    let dead_letters = deliver(&worker, customer).await?;
    println!("{} dead letters", dead_letters.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use customer_testkit::{Fault, FaultPlan, FaultyStore};

    use super::*;

    /// The record and the dead letters after all messages.
    async fn outcome(percent: u64, seed: u64) -> (String, Vec<DeadLetter>) {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(directory.path().join("customers.db")).unwrap();
        let noon = Timestamp::parse("2026-11-23T12:00:00Z").unwrap();
        let team = TeamId::parse("00000000-0000-0000-0000-000000000001").unwrap();
        let id = CustomerId::parse("67e55044-10b1-426f-9247-bb680e5fe0c8").unwrap();
        let new = NewCustomer::new(
            "Acme".parse().unwrap(),
            "billing@acme.example".parse().unwrap(),
        );
        let clock = Arc::new(FnClock(move || noon));
        let created = create_customer(&store, &clock, team, id, new).await;
        assert!(created.is_ok());

        // A lost result of a write is as if the message were delivered again.
        let faults = FaultPlan::new(seed, &[Fault::Before, Fault::After], percent);
        let store = FaultyStore::new(store, faults);
        let worker = Worker { store, clock, team };
        let dead_letters = deliver(&worker, id).await.unwrap();
        let record = worker.store.inner().get(team, id).await.unwrap().unwrap();
        (serde_json::to_string(&record).unwrap(), dead_letters)
    }

    #[tokio::test]
    async fn messages_that_cannot_be_applied_are_dead_letters_without_values() {
        let (record, dead_letters) = outcome(0, 0).await;
        assert!(record.contains(r#""status":"inactive","billingAddress":null"#));
        let letters: Vec<_> = dead_letters
            .iter()
            .map(|letter| (letter.message, letter.to_string()))
            .collect();
        let violations = "VALIDATION_FAILED customer BLANK, email INVALID_EMAIL, \
             billing_address UNKNOWN_FIELD, contacts CONTACTS_NOT_UPDATABLE";
        let expected = [
            (3, "PRECONDITION_FAILED "),
            (6, violations),
            (7, "MALFORMED_JSON "),
        ];
        assert_eq!(
            letters,
            expected.map(|(number, text)| (number, text.to_owned()))
        );
    }

    #[tokio::test]
    async fn s5_failures_of_the_store_and_repeated_messages_do_not_change_the_result() {
        let expected = outcome(0, 0).await;
        for seed in 0..8 {
            assert_eq!(outcome(40, seed).await, expected, "seed {seed}");
        }
    }
}
