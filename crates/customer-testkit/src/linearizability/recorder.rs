//! Records calls that the caller makes.

use std::sync::{Mutex, PoisonError};

use customer_domain::CustomerStore;

use super::history::{Call, History, Operation, Submission};
use super::record::audit;
use super::world::World;

/// Records calls that the test makes itself, for a scheduler that explores the
/// interleavings of their steps. The ids are the same in every execution.
///
/// ```
/// use customer_domain::CustomerStore;
/// use customer_testkit::linearizability::{Call, Recorder, CheckError, check};
///
/// async fn read_once(store: &impl CustomerStore) -> Result<(), CheckError> {
///     let recorder = Recorder::new(2, 2);
///     recorder.call(store, 0, Call::Get { id: 1 }).await;
///     check(&recorder.into_history(store).await)
/// }
/// ```
#[derive(Debug)]
pub struct Recorder {
    world: World,
    emails: u8,
    operations: Mutex<Vec<Operation>>,
}

impl Recorder {
    /// Creates a recorder for one team, with ids and addresses below these numbers.
    #[must_use]
    pub fn new(ids: u8, emails: u8) -> Self {
        Self {
            world: World::fixed(ids),
            emails,
            operations: Mutex::default(),
        }
    }

    /// Calls the store as that client and records the operation.
    pub async fn call<S: CustomerStore>(&self, store: &S, client: usize, call: Call) {
        let called = self.world.tick();
        let answer = self.world.run(store, 0, call).await;
        let answered = self.world.tick();
        let Some(answer) = answer else {
            return;
        };
        let operation = Operation {
            client,
            team: 0,
            submission: Submission::Single,
            call,
            answer,
            called,
            answered,
        };
        let operations = self.operations.lock();
        operations
            .unwrap_or_else(PoisonError::into_inner)
            .push(operation);
    }

    /// The history, followed by a read of every id and address.
    pub async fn into_history<S: CustomerStore>(self, store: &S) -> History {
        let operations = self.operations.into_inner();
        let mut history = History {
            operations: operations.unwrap_or_else(PoisonError::into_inner),
            teams: self.world.teams.clone(),
            ids: self.world.ids.clone(),
            emails: self.emails,
            clock: self.world.tick(),
        };
        audit(store, &mut history).await;
        history
    }
}
