//! The thread that writes, a group of writes per transaction.

use std::cell::Cell;
use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::error::Error;
use crate::file::OpenFile;
use crate::operations::Operation;
use crate::purge::purge;

/// The number of writes that wait. Later ones wait for a place in the queue.
pub(crate) const QUEUE: usize = 1_024;

/// The number of records above which no further write joins a transaction.
const GROUP: usize = 256;

/// What the thread does.
pub(crate) enum Task {
    Write(Box<dyn Queued>),
    /// S11.
    Purge(oneshot::Sender<Result<(), Error>>),
}

/// A write in the queue. Only the write knows the type of its result, so that no result
/// can be taken for that of another kind of write.
pub(crate) trait Queued: Send {
    /// Whether the caller still waits for the result.
    fn has_caller(&self) -> bool;

    /// Whether the write is to be executed: false if its caller no longer waits. Called
    /// once.
    fn claim(&self) -> bool;

    /// Runs within a transaction.
    ///
    /// # Errors
    ///
    /// The engine failed: the transaction must be rolled back.
    fn run(&self, connection: &Connection) -> Result<Reply<'_>, Error>;

    /// Sends an error to the caller.
    fn fail(&self, error: &Error);

    /// The number of records that it writes.
    fn records(&self) -> usize;
}

/// Sends the result of a write. It is called once the transaction is committed, and
/// dropped if it is not.
pub(crate) type Reply<'a> = Box<dyn FnOnce() + 'a>;

/// The right to decide about a write. Either the thread takes it and executes the write,
/// or the caller takes it when the deadline passes and the write is not executed.
#[derive(Clone, Default)]
pub(crate) struct Claim(Arc<AtomicBool>);

impl Claim {
    /// Whether it was still there.
    pub(crate) fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// The result of a write, to be waited for.
pub(crate) type Written<W> = oneshot::Receiver<WriteResult<W>>;

/// The result of a write, or the error of the engine.
type WriteResult<W> = Result<<W as Operation>::Output, Error>;

/// Makes a write ready for the queue.
pub(crate) fn queued<W: Operation>(write: W) -> (Box<dyn Queued>, Written<W>, Claim) {
    let (sender, receiver) = oneshot::channel();
    let claim = Claim::default();
    let job = Job {
        write,
        sender: Cell::new(Some(sender)),
        claim: claim.clone(),
    };
    (Box::new(job), receiver, claim)
}

/// A write and the sender of its result, which is taken when it is used.
struct Job<W: Operation> {
    write: W,
    sender: Cell<Option<oneshot::Sender<WriteResult<W>>>>,
    claim: Claim,
}

impl<W: Operation> Job<W> {
    fn reply(&self, result: WriteResult<W>) {
        if let Some(sender) = self.sender.take() {
            // The caller may have stopped waiting.
            let _ = sender.send(result);
        }
    }
}

impl<W: Operation> Queued for Job<W> {
    fn has_caller(&self) -> bool {
        let sender = self.sender.take();
        let waits = sender.as_ref().is_some_and(|sender| !sender.is_closed());
        self.sender.set(sender);
        waits
    }

    fn claim(&self) -> bool {
        self.has_caller() && self.claim.take()
    }

    fn run(&self, connection: &Connection) -> Result<Reply<'_>, Error> {
        match self.write.run(connection) {
            Err(error) if !error.is_of_record() => Err(error),
            result => Ok(Box::new(|| self.reply(result))),
        }
    }

    fn fail(&self, error: &Error) {
        self.reply(Err(error.clone()));
    }

    fn records(&self) -> usize {
        self.write.records()
    }
}

/// Writes until all senders of the queue are dropped.
pub(crate) fn run(connection: &Connection, file: &OpenFile, mut queue: mpsc::Receiver<Task>) {
    while let Some(first) = queue.blocking_recv() {
        let (mut group, other) = next_group(first, &mut queue);
        write_group(connection, file, &mut group);
        if let Some(Task::Purge(sender)) = other
            && !sender.is_closed()
        {
            // The caller may have stopped waiting.
            let _ = sender.send(file.check().and_then(|()| purge(connection)));
        }
    }
}

/// The writes up to the next other task or the limit of a transaction, and that task.
fn next_group(
    first: Task,
    queue: &mut mpsc::Receiver<Task>,
) -> (Vec<Box<dyn Queued>>, Option<Task>) {
    let (mut group, mut records) = (Vec::new(), 0);
    let mut next = Some(first);
    while let Some(Task::Write(write)) = next {
        records += write.records();
        group.push(write);
        if records >= GROUP {
            return (group, None);
        }
        next = queue.try_recv().ok();
    }
    (group, next)
}

/// Writes a group in one transaction. If one write makes the engine fail, nothing of
/// the group was written; then each is executed alone, so that the others do not fail
/// with it. Only the group waits for a lock of another process, not each write.
fn write_group(connection: &Connection, file: &OpenFile, group: &mut Vec<Box<dyn Queued>>) {
    // Without a caller there is no reason to wait for a lock.
    group.retain(|write| write.has_caller());
    if group.is_empty() {
        return;
    }
    if let Err(error) = begin(connection, file) {
        return fail(group, &error);
    }
    group.retain(|write| write.claim());
    match run_and_commit(connection, group) {
        Ok(()) => return,
        Err(error @ Error::Commit { .. }) => return fail(group, &error),
        Err(_) => {}
    }
    let mut waiting = group.as_slice();
    while let Some((write, rest)) = waiting.split_first() {
        if let Err(error) = begin(connection, file) {
            return fail(waiting, &error);
        }
        if let Err(error) = run_and_commit(connection, slice::from_ref(write)) {
            write.fail(&error);
        }
        waiting = rest;
    }
}

fn fail(group: &[Box<dyn Queued>], error: &Error) {
    for write in group {
        write.fail(error);
    }
}

/// Begins the transaction of a group. Nothing is written if that fails.
fn begin(connection: &Connection, file: &OpenFile) -> Result<(), Error> {
    file.check()?;
    // Immediate, because a read that becomes a write fails at once when another
    // process has written in between, whatever the timeout.
    Ok(connection.execute_batch("BEGIN IMMEDIATE")?)
}

/// All or nothing: the replies are sent after the commit.
fn run_and_commit(connection: &Connection, group: &[Box<dyn Queued>]) -> Result<(), Error> {
    let replies: Result<Vec<_>, _> = group.iter().map(|write| write.run(connection)).collect();
    let committed = replies.and_then(|replies| {
        let committed = connection.execute_batch("COMMIT");
        committed.map_err(|error| Error::of_commit(&error))?;
        Ok(replies)
    });
    if let Err(error) = &committed {
        // It fails if SQLite has rolled back. If it fails for another reason, the next
        // `BEGIN` returns an error.
        let _ = connection.execute_batch("ROLLBACK");
        if error.is_full() {
            // Makes room in the log, if not in the file: the next writes start at its beginning.
            let _ = connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)");
        }
    }
    committed?.into_iter().for_each(|reply| reply());
    Ok(())
}

#[cfg(test)]
mod tests;
