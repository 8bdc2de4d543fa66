//! The threads that read.

use std::path::PathBuf;

use customer_domain::{
    Customer, CustomerId, CustomerPage, EmailKey, ListQuery, Scan, StoreError, TeamId,
};
use rusqlite::{Connection, Params};
use tokio::sync::{mpsc, oneshot};

use crate::error::Error;
use crate::list;
use crate::row;

/// How many reads may wait for a thread. Who comes later waits for a place.
pub(crate) const QUEUE: usize = 256;

/// A record, if there is one.
pub(crate) type Found = Result<Option<Customer>, StoreError>;

/// A read, and where its answer goes.
pub(crate) enum Read {
    Get(TeamId, CustomerId, oneshot::Sender<Found>),
    Find(TeamId, EmailKey, oneshot::Sender<Found>),
    List(
        TeamId,
        ListQuery,
        oneshot::Sender<Result<CustomerPage, StoreError>>,
    ),
    Scan(
        TeamId,
        Option<CustomerId>,
        u32,
        oneshot::Sender<Result<Scan, StoreError>>,
    ),
    Backup(PathBuf, oneshot::Sender<Result<(), StoreError>>),
}

/// Reads until all who could ask are gone. A read sees what was committed when
/// it began, and so all that was acknowledged before.
pub(crate) fn run(connection: &Connection, mut queue: mpsc::Receiver<Read>) {
    while let Some(read) = queue.blocking_recv() {
        // Whoever asked may have gone away.
        match read {
            Read::Get(team, id, sender) => {
                let key = (team.as_uuid().as_bytes(), id.as_uuid().as_bytes());
                let _ = sender.send(find(connection, &row::GET, key).map_err(StoreError::from));
            }
            Read::Find(team, email, sender) => {
                let key = (team.as_uuid().as_bytes(), email.as_str());
                let _ = sender.send(find(connection, &row::FIND, key).map_err(StoreError::from));
            }
            Read::List(team, query, sender) => {
                let _ = sender.send(list::page(connection, team, &query).map_err(StoreError::from));
            }
            Read::Scan(team, after, limit, sender) => {
                let scan = list::scan(connection, team, after, limit);
                let _ = sender.send(scan.map_err(StoreError::from));
            }
            Read::Backup(path, sender) => {
                let _ = sender.send(backup(connection, &path).map_err(StoreError::from));
            }
        }
    }
}

fn find(connection: &Connection, sql: &str, key: impl Params) -> Result<Option<Customer>, Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(key)?;
    rows.next()?.map(row::read).transpose()
}

/// A whole copy, in steps that let others write in between.
fn backup(connection: &Connection, path: &std::path::Path) -> Result<(), Error> {
    const PAGES: std::ffi::c_int = 256;
    let mut copy = Connection::open(path)?;
    let backup = rusqlite::backup::Backup::new(connection, &mut copy)?;
    backup.run_to_completion(PAGES, std::time::Duration::ZERO, None)?;
    Ok(())
}
