//! The deadline of an operation (S5).

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::engine::Engine;
use crate::error::{Error, Failed};

/// The time at which an operation ends.
#[derive(Clone, Copy)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    pub(crate) fn after(timeout: Duration) -> Self {
        let now = Instant::now();
        // Beyond any clock means without end; a day is as good.
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self(now.checked_add(timeout).unwrap_or(now + DAY))
    }

    /// Whether a pause of that length ends before the deadline.
    pub(crate) fn allows(self, pause: Duration) -> bool {
        Instant::now() + pause < self.0
    }

    /// `None` if the deadline passed.
    pub(crate) async fn limit<T>(self, step: impl Future<Output = T>) -> Option<T> {
        timeout_at(self.0, step).await.ok()
    }

    /// Runs a statement that reads or prepares.
    pub(crate) async fn read<T>(
        self,
        statement: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Failed> {
        match self.limit(statement).await {
            Some(result) => result.map_err(|error| Failed::of_read(&error)),
            None => Err(Failed::Finally(Error::Late)),
        }
    }

    /// Runs a statement that writes and commits.
    pub(crate) async fn write<T>(
        self,
        engine: Engine,
        statement: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Failed> {
        match self.limit(statement).await {
            Some(result) => result.map_err(|error| Failed::of_write(&error, engine)),
            None => Err(Failed::Finally(Error::Unacknowledged)),
        }
    }
}
