//! The store: hands each operation to a thread and waits for the answer.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use customer_domain::{
    Customer, CustomerId, CustomerPage, CustomerStore, DeleteError, EmailKey, InsertError,
    ListQuery, Precondition, ReplaceError, Scan, StoreError, TeamId, Version,
};
use tokio::sync::{mpsc, oneshot};

use crate::connection::{open_reader, open_writer};
use crate::error::{Error, OpenError};
use crate::reader::{self, Found, Read};
use crate::writer::{self, Delete, Insert, Queued, Replace, Write};

/// How many threads read.
const READERS: usize = 2;

/// Customers in a SQLite file.
///
/// It is shared between tasks behind an [`Arc`](std::sync::Arc). When it is
/// dropped it writes what it was handed, and closes the file. See the
/// front page of the crate for an example.
pub struct SqliteStore {
    path: PathBuf,
    /// `None` once it closes, which tells the threads to end.
    queues: Option<Queues>,
    threads: Vec<JoinHandle<()>>,
}

struct Queues {
    writer: mpsc::Sender<Box<dyn Queued>>,
    readers: Vec<mpsc::Sender<Read>>,
    /// Whose turn it is to read.
    turn: AtomicUsize,
}

impl SqliteStore {
    /// Opens a file, and makes it when it is not there. Its directory must be.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says what is wrong with the file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref().to_owned();
        let mut threads = Vec::new();
        let mut spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            let thread = thread::Builder::new().name(format!("customer-sqlite-{name}"));
            thread
                .spawn(run)
                .map(|handle| threads.push(handle))
                .map_err(OpenError::Thread)
        };

        let connection = open_writer(&path)?;
        let (writer, queue) = mpsc::channel(writer::QUEUE);
        spawn("writer", Box::new(move || writer::run(&connection, queue)))?;
        let mut readers = Vec::new();
        for _ in 0..READERS {
            let connection = open_reader(&path)?;
            let (reader, queue) = mpsc::channel(reader::QUEUE);
            spawn("reader", Box::new(move || reader::run(&connection, queue)))?;
            readers.push(reader);
        }
        Ok(Self {
            path,
            queues: Some(Queues {
                writer,
                readers,
                turn: AtomicUsize::new(0),
            }),
            threads,
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a whole copy of the file while it is in use: the state at one
    /// moment, in a file that can be opened as a store.
    ///
    /// # Errors
    ///
    /// When the copy cannot be written, or the engine fails.
    pub async fn backup_to(&self, path: impl Into<PathBuf>) -> Result<(), StoreError> {
        let (sender, answer) = oneshot::channel();
        self.ask(Read::Backup(path.into(), sender)).await?;
        answer.await.unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// Hands a write to the thread, and waits for its result. Until it is handed
    /// over, nothing was written.
    async fn write<W: Write>(&self, write: W) -> Result<(), W::Error> {
        let queues = self
            .queues
            .as_ref()
            .ok_or(Error::Closed)
            .map_err(StoreError::from)?;
        let (write, written) = writer::queued(write);
        let sent = queues.writer.send(write).await;
        sent.map_err(|_| StoreError::from(Error::Closed))?;
        written
            .await
            .map_err(|_| StoreError::from(Error::Abandoned))?
    }

    async fn ask(&self, read: Read) -> Result<(), StoreError> {
        let queues = self.queues.as_ref().ok_or(Error::Closed)?;
        let turn = queues.turn.fetch_add(1, Ordering::Relaxed) % READERS;
        let reader = queues.readers.get(turn).ok_or(Error::Closed)?;
        let sent = reader.send(read).await;
        Ok(sent.map_err(|_| Error::Closed)?)
    }
}

impl CustomerStore for SqliteStore {
    async fn insert(&self, customer: &Customer) -> Result<(), InsertError> {
        self.write(Insert(customer.clone())).await
    }

    async fn get(&self, team: TeamId, id: CustomerId) -> Found {
        let (sender, answer) = oneshot::channel();
        self.ask(Read::Get(team, id, sender)).await?;
        answer.await.map_err(|_| StoreError::from(Error::Closed))?
    }

    async fn find_by_email(&self, team: TeamId, email: &EmailKey) -> Found {
        let (sender, answer) = oneshot::channel();
        self.ask(Read::Find(team, email.clone(), sender)).await?;
        answer.await.map_err(|_| StoreError::from(Error::Closed))?
    }

    async fn replace(&self, customer: &Customer, read: Version) -> Result<(), ReplaceError> {
        self.write(Replace(customer.clone(), read)).await
    }

    async fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<(), DeleteError> {
        self.write(Delete(team, id, precondition)).await
    }

    async fn list(&self, team: TeamId, query: &ListQuery) -> Result<CustomerPage, StoreError> {
        let (sender, answer) = oneshot::channel();
        self.ask(Read::List(team, query.clone(), sender)).await?;
        answer.await.map_err(|_| StoreError::from(Error::Closed))?
    }

    async fn scan(
        &self,
        team: TeamId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Scan, StoreError> {
        let (sender, answer) = oneshot::channel();
        self.ask(Read::Scan(team, after, limit, sender)).await?;
        answer.await.map_err(|_| StoreError::from(Error::Closed))?
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.queues = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to do.
            let _ = thread.join();
        }
    }
}

/// Shows where the file is.
impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
