//! Delivers the changes of customers to a queue, at least once each.
//!
//! `cargo run -p customer-sqlite --example relay`
//!
//! The relay reads a page of the change log, delivers its entries, and only then saves the
//! position. After a crash in between it delivers the page again, so that the receiver has
//! to ignore entries that it has seen: the id and the version identify an entry.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use customer_domain::{
    ChangeEntry, ChangesError, CustomerId, CustomerPatch, CustomerStore, FnClock, LogPosition,
    NewCustomer, NullableUpdate, Precondition, ReadFrom, TeamId, Timestamp, create_customer,
    update_customer,
};
use customer_sqlite::SqliteStore;
use tokio::sync::mpsc::{Sender, channel};

/// The number of entries that are delivered before the position is saved.
const PAGE: u32 = 100;

/// Delivers all entries after the saved position.
async fn relay(
    store: &impl CustomerStore,
    team: TeamId,
    queue: &Sender<ChangeEntry>,
    saved: &Path,
) -> Result<(), Box<dyn Error>> {
    let mut from = match fs::read_to_string(saved) {
        Ok(position) => ReadFrom::Position(LogPosition::parse(&position)?),
        Err(_) => ReadFrom::Oldest,
    };
    loop {
        let page = match store.changes(team, from, PAGE).await {
            // The entries were pruned, or the database was restored: the receiver needs
            // all customers (`CustomerStore::scan`), and then the changes from here on.
            Err(ChangesError::Expired) => {
                println!("the position has expired");
                store.changes(team, ReadFrom::End, PAGE).await?
            }
            page => page?,
        };
        let is_end = page.changes.is_empty();
        for change in page.changes {
            queue.send(change).await?;
        }
        fs::write(saved, page.next.as_str())?;
        if is_end {
            return Ok(());
        }
        from = ReadFrom::Position(page.next);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let saved = directory.path().join("position");
    let store = SqliteStore::open(directory.path().join("customers.db"))?;
    let team = TeamId::parse("00000000-0000-0000-0000-000000000001")?;
    let id = CustomerId::parse("67e55044-10b1-426f-9247-bb680e5fe0c8")?;
    let noon = Timestamp::parse("2026-11-23T12:00:00Z")?;
    let clock = Arc::new(FnClock(move || noon));

    let (queue, mut receiver) = channel(PAGE as usize);
    let new = NewCustomer::new("Acme".parse()?, "ann@acme.example".parse()?);
    create_customer(&store, &clock, team, id, new).await?;
    relay(&store, team, &queue, &saved).await?;

    let patch = CustomerPatch::new().with_main_phone(NullableUpdate::Set("+14155550100".parse()?));
    let _ = update_customer(&store, clock, team, id, patch, Precondition::Any).await?;
    store.delete(team, id, Precondition::Any).await?;
    relay(&store, team, &queue, &saved).await?;

    drop(queue);
    while let Some(change) = receiver.recv().await {
        let (kind, version) = (change.kind.as_str(), change.version);
        println!("{kind} version {version}: {}", change.fields);
    }
    Ok(())
}
