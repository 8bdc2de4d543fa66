//! The threads that read.

use std::sync::{Arc, Mutex, Weak};

use customer_domain::Customer;
use rusqlite::{Connection, Params};
use tokio::sync::{mpsc, oneshot};

use crate::error::Error;
use crate::load::Busy;
use crate::row;

/// The number of reads that wait for a thread. Later ones wait for a place in the queue.
pub(crate) const QUEUE: usize = 256;

/// The number of instructions of SQLite's virtual machine after which a statement
/// checks that its caller still waits: below a millisecond.
const INSTRUCTIONS: std::ffi::c_int = 10_000;

/// A read in the queue.
pub(crate) type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The queue of some threads; each takes the next read when it is free.
pub(crate) type Queue = Arc<Mutex<mpsc::Receiver<Job>>>;

/// A read, the receiver of its result and the caller: when the caller is dropped, the
/// read is interrupted, or not started.
pub(crate) fn job<T: Send + 'static>(
    read: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, Error>>, Arc<()>) {
    let (sender, receiver) = oneshot::channel();
    let caller = Arc::new(());
    let is_gone = gone(&caller);
    let job = Box::new(move |connection: &mut Connection| {
        if !is_gone() {
            let _ = sender.send(interruptible(connection, is_gone, read));
        }
    });
    (job, receiver, caller)
}

/// Whether the caller is dropped.
pub(crate) fn gone(caller: &Arc<()>) -> impl Fn() -> bool + Send + 'static {
    let caller: Weak<()> = Arc::downgrade(caller);
    move || caller.strong_count() == 0
}

/// Runs a read, and interrupts its statements when the condition is true.
fn interruptible<T>(
    connection: &mut Connection,
    condition: impl Fn() -> bool + Send + 'static,
    read: impl FnOnce(&Connection) -> T,
) -> T {
    // The result differs between the versions of rusqlite. It is an error for borrowed
    // connections only.
    let _ = connection.progress_handler(INSTRUCTIONS, Some(condition));
    let result = read(connection);
    let _ = connection.progress_handler(0, None::<fn() -> bool>);
    result
}

/// Reads until all senders of the queue are dropped. A read sees what was committed
/// when it began, and so every acknowledged write.
pub(crate) fn run(connection: &mut Connection, queue: &Queue, busy: &Busy) {
    while let Some(job) = next(queue) {
        let _busy = busy.enter();
        job(connection);
    }
}

/// Waits for the next read; the other threads wait for the lock.
fn next(queue: &Queue) -> Option<Job> {
    queue.lock().ok()?.blocking_recv()
}

/// The record that a statement returns, if there is one.
pub(crate) fn find(
    connection: &Connection,
    sql: &str,
    key: impl Params,
) -> Result<Option<Customer>, Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(key)?;
    rows.next()?.map(row::read).transpose()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    /// A statement that ends only if it is interrupted.
    pub(crate) const ENDLESS: &str =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
        SELECT count(*) FROM n";

    fn endless(connection: &Connection) -> Result<i64, Error> {
        Ok(connection.query_row(ENDLESS, [], |row| row.get(0))?)
    }

    #[test]
    fn s5_a_read_is_interrupted_when_its_caller_is_dropped() {
        let mut connection = Connection::open_in_memory().unwrap();
        static STARTED: AtomicBool = AtomicBool::new(false);
        let (job, mut receiver, caller) = job(|connection| {
            STARTED.store(true, Ordering::Release);
            endless(connection)
        });
        thread::scope(|scope| {
            scope.spawn(|| job(&mut connection));
            while !STARTED.load(Ordering::Acquire) {
                thread::yield_now();
            }
            drop(caller);
        });
        assert!(matches!(
            receiver.try_recv(),
            Ok(Err(Error::Engine {
                extended: rusqlite::ffi::SQLITE_INTERRUPT,
                ..
            }))
        ));
        // The next read is not interrupted.
        let count = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 99999)
            SELECT count(*) FROM n";
        let count = connection.query_row(count, [], |row| row.get(0));
        assert_eq!(count, Ok(99_999));
    }

    #[test]
    fn s5_a_read_whose_caller_is_dropped_is_not_started() {
        let mut connection = Connection::open_in_memory().unwrap();
        let (job, mut receiver, caller) = job(|_| Ok(()));
        drop(caller);
        job(&mut connection);
        assert!(receiver.try_recv().is_err());
    }
}
