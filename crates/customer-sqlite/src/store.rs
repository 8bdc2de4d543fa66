//! The store: hands each operation to a thread and waits for its result.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use customer_domain::{
    Applied, Change, ChangePage, ChangesError, Clock, Customer, CustomerId, CustomerPage,
    CustomerStore, DeleteError, EmailKey, InsertError, ListQuery, Precondition, ReadFrom,
    ReplaceError, Scan, StoreError, TeamId, Timestamp, UpdateError, Upsert, UpsertError, Upserted,
    Version, Write, WriteResult,
};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::backup;
use crate::builder::{IfMissing, SqliteStoreBuilder};
use crate::changes;
use crate::connection::{create_private, open_reader, open_writer};
use crate::error::{Error, OpenError};
use crate::file::OpenFile;
use crate::list;
use crate::load::{Busy, SqliteLoad};
use crate::operations::{
    Batch, Delete, Insert, InsertOrUpdate, Operation, Prune, RenewLog, Replace, Update,
};
use crate::reader;
use crate::row;
use crate::timer::Timer;
use crate::writer::{self, Task};

/// The number of threads that read single records, and the number of those that list. A
/// slow list delays other lists, but no read of a single record.
const READERS: usize = 2;

/// Customers in a SQLite file.
///
/// Share it between tasks in an [`Arc`]. When it is dropped, it finishes the write that
/// it executes and closes the file. The front page of the crate has an example.
pub struct SqliteStore {
    path: PathBuf,
    file: Arc<OpenFile>,
    read_deadline: Duration,
    write_deadline: Duration,
    timer: Timer,
    busy_readers: Arc<Busy>,
    /// `None` once it closes, which ends the threads.
    queues: Option<Queues>,
    threads: Vec<JoinHandle<()>>,
}

struct Queues {
    writer: mpsc::Sender<Task>,
    records: mpsc::Sender<reader::Job>,
    lists: mpsc::Sender<reader::Job>,
}

impl SqliteStore {
    /// Opens a file with the default options, and creates it if there is none.
    ///
    /// # Errors
    ///
    /// [`OpenError`] names the problem of the file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::builder(path).open()
    }

    /// Options to open a file with: deadlines, and whether to create it.
    pub fn builder(path: impl AsRef<Path>) -> SqliteStoreBuilder {
        SqliteStoreBuilder::new(path.as_ref().to_owned())
    }

    fn open_with(options: &SqliteStoreBuilder) -> Result<Self, OpenError> {
        let path = options.path.clone();
        match options.if_missing {
            IfMissing::Create => create_private(&path)?,
            IfMissing::Fail if path.exists() => {}
            IfMissing::Fail => return Err(OpenError::NotFound),
        }
        let connection = open_writer(&path)?;
        let file = Arc::new(OpenFile::new(&path).map_err(OpenError::CannotCreate)?);
        let busy_readers = Arc::new(Busy::default());
        let mut threads = Vec::new();

        let (writer, queue) = mpsc::channel(writer::QUEUE);
        let opened = Arc::clone(&file);
        threads.push(spawn("writer", move || {
            writer::run(&connection, &opened, queue);
        })?);
        let mut readers = |name| {
            let (sender, queue) = mpsc::channel(reader::QUEUE);
            let queue: reader::Queue = Arc::new(Mutex::new(queue));
            for _ in 0..READERS {
                let mut connection = open_reader(&path)?;
                let (queue, busy) = (Arc::clone(&queue), Arc::clone(&busy_readers));
                threads.push(spawn(name, move || {
                    reader::run(&mut connection, &queue, &busy);
                })?);
            }
            Ok::<_, OpenError>(sender)
        };
        let (records, lists) = (readers("reader")?, readers("list")?);
        Ok(Self {
            path,
            file,
            read_deadline: options.read_deadline,
            write_deadline: options.write_deadline,
            timer: Timer::start().map_err(OpenError::Thread)?,
            busy_readers,
            queues: Some(Queues {
                writer,
                records,
                lists,
            }),
            threads,
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The load at the moment, for metrics: what waits, and how many threads read.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("customers.db");
    /// let store = customer_sqlite::SqliteStore::open(&path)?;
    /// assert_eq!(store.load().queued_writes, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn load(&self) -> SqliteLoad {
        let queues = self.queues.as_ref();
        SqliteLoad {
            queued_writes: queues.map_or(0, |queues| queued(&queues.writer)),
            queued_reads: queues.map_or(0, |queues| queued(&queues.records)),
            queued_lists: queues.map_or(0, |queues| queued(&queues.lists)),
            busy_readers: self.busy_readers.count(),
        }
    }

    /// Makes a complete copy of the file while it is in use: the state at one moment, in
    /// a file that can be opened as a store. Only the owner can read a new file. No
    /// deadline applies; dropping the future ends the copying.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the copy cannot be written, or the engine failed.
    pub async fn backup_to(&self, path: impl Into<PathBuf>) -> Result<(), StoreError> {
        let (source, path) = (self.path.clone(), path.into());
        let (sender, receiver) = oneshot::channel();
        let caller = Arc::new(());
        let is_gone = reader::gone(&caller);
        spawn("backup", move || {
            // The caller may have stopped waiting.
            let _ = sender.send(backup::copy(&source, &path, is_gone));
        })
        .map_err(Error::from_open)?;
        let copied = receiver.await;
        drop(caller);
        Ok(copied.map_err(|_| Error::Closed)??)
    }

    /// Removes what deleted and replaced values left in the files (S11): copies the
    /// write-ahead log into the file, rewrites the file and truncates the log.
    ///
    /// Writes wait in the meantime: about a second per 100 MB. The file system needs free
    /// space of twice the size of the file, and that of temporary files of once. No
    /// deadline applies.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](customer_domain::StoreErrorKind::Unavailable) if a list or another
    /// process still reads an earlier state after [`BUSY_TIMEOUT`](crate::BUSY_TIMEOUT):
    /// repeat it. Otherwise the engine failed, for example because the disk is full; the
    /// records are not affected.
    pub async fn purge(&self) -> Result<(), StoreError> {
        let (sender, receiver) = oneshot::channel();
        let sent = self.queues()?.writer.send(Task::Purge(sender)).await;
        sent.map_err(|_| Error::Closed)?;
        Ok(receiver.await.map_err(|_| Error::Closed)??)
    }

    /// Expires all positions in the change log (S9). Call it after the file was restored
    /// from a copy: entries that readers have seen can be missing, and their numbers would
    /// be used again.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the engine failed.
    pub async fn renew_change_log(&self) -> Result<(), StoreError> {
        Ok(self.write(RenewLog).await?)
    }

    fn queues(&self) -> Result<&Queues, Error> {
        self.queues.as_ref().ok_or(Error::Closed)
    }

    /// Hands a write to the thread and waits for its result until the deadline.
    async fn write<W: Operation>(&self, write: W) -> Result<W::Output, Error> {
        let (write, written, claim) = writer::queued(write);
        let result = async {
            let sent = self.queues()?.writer.send(Task::Write(write)).await;
            sent.map_err(|_| Error::Closed)?;
            written.await.map_err(|_| Error::Abandoned)?
        };
        match self.timer.within(self.write_deadline, result).await {
            Some(result) => result,
            None if claim.take() => Err(Error::Deadline),
            None => Err(Error::LateWrite),
        }
    }

    /// Hands a read to a thread and waits for its result until the deadline. If the
    /// future is dropped or the deadline passes, the read is interrupted.
    async fn read<T: Send + 'static>(
        &self,
        queue: fn(&Queues) -> &mpsc::Sender<reader::Job>,
        read: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, receiver, caller) = reader::job(read);
        let result = async {
            let sent = queue(self.queues()?).send(job).await;
            sent.map_err(|_| Error::Closed)?;
            receiver.await.map_err(|_| Error::Closed)?
        };
        let result = self.timer.within(self.read_deadline, result).await;
        drop(caller);
        Ok(result.unwrap_or(Err(Error::Deadline))?)
    }
}

impl SqliteStoreBuilder {
    /// Opens the file. Unless there is one it is created, with access for its owner
    /// only; its directory must exist.
    ///
    /// # Errors
    ///
    /// [`OpenError`] names the problem of the file.
    pub fn open(&self) -> Result<SqliteStore, OpenError> {
        SqliteStore::open_with(self)
    }
}

/// The number of tasks in a queue.
fn queued<T>(queue: &mpsc::Sender<T>) -> usize {
    queue.max_capacity() - queue.capacity()
}

/// Starts a thread of a store.
fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, OpenError> {
    let thread = thread::Builder::new().name(format!("customer-sqlite-{name}"));
    thread.spawn(run).map_err(OpenError::Thread)
}

impl CustomerStore for SqliteStore {
    async fn insert(&self, customer: &Customer) -> Result<(), InsertError> {
        let written = self.write(Insert(customer.clone())).await;
        written.map_err(StoreError::from)?
    }

    async fn get(&self, team: TeamId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        let get = move |connection: &Connection| {
            let key = (team.as_uuid().as_bytes(), id.as_uuid().as_bytes());
            reader::find(connection, &row::GET, key)
        };
        self.read(|queues| &queues.records, get).await
    }

    async fn find_by_email(
        &self,
        team: TeamId,
        email: &EmailKey,
    ) -> Result<Option<Customer>, StoreError> {
        let email = email.clone();
        let find = move |connection: &Connection| {
            let key = (team.as_uuid().as_bytes(), email.as_str());
            reader::find(connection, &row::FIND, key)
        };
        self.read(|queues| &queues.records, find).await
    }

    async fn replace(&self, customer: &Customer, read: Version) -> Result<(), ReplaceError> {
        let written = self.write(Replace(customer.clone(), read)).await;
        written.map_err(StoreError::from)?
    }

    async fn update(
        &self,
        team: TeamId,
        id: CustomerId,
        change: Change,
        precondition: Precondition,
        clock: Arc<dyn Clock>,
    ) -> Result<Applied, UpdateError> {
        let update = Update {
            team,
            id,
            change,
            precondition,
            clock,
        };
        self.write(update).await.map_err(StoreError::from)?
    }

    async fn upsert(
        &self,
        team: TeamId,
        upsert: Upsert,
        clock: Arc<dyn Clock>,
    ) -> Result<Upserted, UpsertError> {
        let upsert = InsertOrUpdate {
            team,
            upsert,
            clock,
        };
        self.write(upsert).await.map_err(StoreError::from)?
    }

    async fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<(), DeleteError> {
        let written = self.write(Delete(team, id, precondition)).await;
        written.map_err(StoreError::from)?
    }

    async fn list(&self, team: TeamId, query: &ListQuery) -> Result<CustomerPage, StoreError> {
        let query = query.clone();
        let list = move |connection: &Connection| list::page(connection, team, &query);
        self.read(|queues| &queues.lists, list).await
    }

    async fn scan(
        &self,
        team: TeamId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Scan, StoreError> {
        let scan = move |connection: &Connection| list::scan(connection, team, after, limit);
        self.read(|queues| &queues.lists, scan).await
    }

    /// Checks that the file was not deleted, moved or replaced.
    async fn check(&self) -> Result<(), StoreError> {
        Ok(self.file.check()?)
    }

    async fn changes(
        &self,
        team: TeamId,
        from: ReadFrom,
        limit: u32,
    ) -> Result<ChangePage, ChangesError> {
        let read = move |connection: &Connection| changes::read(connection, team, &from, limit);
        self.read(|queues| &queues.lists, read).await?
    }

    async fn prune_changes(&self, team: TeamId, before: Timestamp) -> Result<u64, ChangesError> {
        let pruned = self.write(Prune(team, before)).await;
        Ok(pruned.map_err(StoreError::from)?)
    }

    async fn write_batch(
        &self,
        team: TeamId,
        writes: Vec<Write>,
        clock: Arc<dyn Clock>,
    ) -> Vec<WriteResult> {
        if writes.is_empty() {
            return Vec::new();
        }
        let writes = Arc::new(writes);
        let batch = Batch {
            team,
            writes: Arc::clone(&writes),
            clock,
        };
        let written = self.write(batch).await;
        written.unwrap_or_else(|error| {
            let failed = writes
                .iter()
                .map(|write| write.failed(error.clone().into()));
            failed.collect()
        })
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

/// Shows the path of the file.
impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
