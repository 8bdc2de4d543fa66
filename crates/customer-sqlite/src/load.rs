//! The load of a store: what waits, and what is being read.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The load of a store at one moment, for metrics: see
/// [`SqliteStore::load`](crate::SqliteStore::load).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteLoad {
    /// The writes that wait for the thread that writes: at most 1,024. Further ones wait
    /// for a place and are not counted.
    pub queued_writes: usize,
    /// The reads of single records that wait for a thread: at most 256, as with the writes.
    pub queued_reads: usize,
    /// The lists, and other reads of many records, that wait for a thread: at most 256.
    pub queued_lists: usize,
    /// The threads that read at the moment, of four.
    pub busy_readers: usize,
}

/// The number of threads that are busy.
#[derive(Debug, Default)]
pub(crate) struct Busy(AtomicUsize);

impl Busy {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts the thread until the result is dropped.
    pub(crate) fn enter(&self) -> Entered<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Entered(self)
    }
}

/// A thread that is counted.
pub(crate) struct Entered<'a>(&'a Busy);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
