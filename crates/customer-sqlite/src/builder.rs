//! How a store is opened.

use std::path::PathBuf;
use std::time::Duration;

/// Options of a store: [`SqliteStore::builder`](crate::SqliteStore::builder).
///
/// ```
/// use std::time::Duration;
/// use customer_sqlite::SqliteStore;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("customers.db");
/// let store = SqliteStore::builder(&path)
///     .read_deadline(Duration::from_secs(2))
///     .write_deadline(Duration::from_secs(4))
///     .open()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SqliteStoreBuilder {
    pub(crate) path: PathBuf,
    pub(crate) read_deadline: Duration,
    pub(crate) write_deadline: Duration,
    pub(crate) if_missing: IfMissing,
}

/// What to do if there is no file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum IfMissing {
    Create,
    Fail,
}

impl SqliteStoreBuilder {
    /// The default deadline of reads.
    pub const READ_DEADLINE: Duration = Duration::from_secs(5);

    /// The default deadline of writes.
    pub const WRITE_DEADLINE: Duration = Duration::from_secs(10);

    pub(crate) const fn new(path: PathBuf) -> Self {
        Self {
            path,
            read_deadline: Self::READ_DEADLINE,
            write_deadline: Self::WRITE_DEADLINE,
            if_missing: IfMissing::Create,
        }
    }

    /// Sets the maximum time of a read, a list or a scan, including the wait for a thread.
    /// When it has passed, the statement is interrupted and the result is
    /// [`Unavailable`](customer_domain::StoreErrorKind::Unavailable).
    #[must_use]
    pub const fn read_deadline(mut self, deadline: Duration) -> Self {
        self.read_deadline = deadline;
        self
    }

    /// Sets the maximum time of a write, including the wait for the writes before it.
    /// When it has passed, a write that was not started is not executed, and the result
    /// is [`Unavailable`](customer_domain::StoreErrorKind::Unavailable); for one that was
    /// started it is [`OutcomeUnknown`](customer_domain::StoreErrorKind::OutcomeUnknown).
    #[must_use]
    pub const fn write_deadline(mut self, deadline: Duration) -> Self {
        self.write_deadline = deadline;
        self
    }

    /// Opens only a file that exists.
    #[must_use]
    pub const fn existing(mut self) -> Self {
        self.if_missing = IfMissing::Fail;
        self
    }
}
