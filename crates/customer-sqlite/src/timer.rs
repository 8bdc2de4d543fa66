//! Deadlines, on any executor.

use std::io;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// A thread with a timer. The callers of a store need no runtime.
pub(crate) struct Timer {
    /// `None` once it is dropped.
    runtime: Option<Runtime>,
}

impl Timer {
    pub(crate) fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("customer-sqlite-timer")
            .enable_time()
            .build()?;
        Ok(Self {
            runtime: Some(runtime),
        })
    }

    /// The output of a future; `None` after the limit. The future is then dropped.
    pub(crate) async fn within<F: Future>(&self, limit: Duration, future: F) -> Option<F::Output> {
        let limited = {
            let _context = self.runtime.as_ref().map(Runtime::enter);
            timeout(limit, future)
        };
        limited.await.ok()
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // Dropping a runtime is not allowed in an asynchronous context.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
