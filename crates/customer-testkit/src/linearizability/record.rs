//! Runs concurrent clients on a store and records their operations.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use customer_domain::CustomerStore;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::client::Client;
use super::history::{Call, History, Operation, Submission};
use super::world::{Workload, World};

/// Runs the clients of a workload concurrently on the store, in new teams, and records
/// every call and result.
///
/// Requires a `tokio` runtime.
///
/// # Panics
///
/// If the store panics.
pub async fn record<S: CustomerStore + 'static>(store: &Arc<S>, workload: Workload) -> History {
    let world = Arc::new(World::new(workload));
    let start = Arc::new(Barrier::new(workload.clients));
    let mut clients = JoinSet::new();
    for number in 0..workload.clients {
        let mut client = Client::new(Arc::clone(store), Arc::clone(&world), number);
        let start = Arc::clone(&start);
        clients.spawn(async move {
            start.wait().await;
            for _ in 0..workload.operations {
                client.act().await;
            }
            client.into_operations()
        });
    }
    let operations = clients.join_all().await.into_iter().flatten().collect();
    History {
        operations,
        teams: world.teams.clone(),
        ids: world.ids.clone(),
        emails: workload.emails,
        clock: world.clock.load(Ordering::SeqCst),
    }
}

/// Reads every id and every address of the history, one after the other, and adds these
/// reads to the history, so that the last writes are checked too.
pub async fn audit<S: CustomerStore>(store: &S, history: &mut History) {
    let world = World {
        workload: Workload::default(),
        teams: history.teams.clone(),
        ids: history.ids.clone(),
        clock: AtomicU64::new(history.clock),
        inserts: AtomicU64::new(0),
    };
    for team in 0..world.teams.len() {
        let gets = (0..world.ids.len() as u8).map(|id| Call::Get { id });
        let finds = (0..history.emails).map(|email| Call::Find { email });
        for call in gets.chain(finds) {
            let called = world.tick();
            if let Some(answer) = world.run(store, team, call).await {
                history.operations.push(Operation {
                    client: Operation::AUDIT,
                    team,
                    submission: Submission::Single,
                    call,
                    answer,
                    called,
                    answered: world.tick(),
                });
            }
        }
    }
    history.clock = world.tick();
}
