//! A server for the router: HTTP/1.1 on a listener, with limits against clients
//! that send or read slowly, and a shutdown that finishes the requests in progress.
//!
//! It speaks plain HTTP. A reverse proxy adds TLS and HTTP/2.

mod accept;
mod limits;
mod protocol;

use std::fmt;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;

use accept::Connections;
pub use limits::ServerLimits;

/// A shutdown aborted requests, because they took longer than
/// [`shutdown_timeout`](ServerLimits::shutdown_timeout).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutOff {
    connections: usize,
}

impl CutOff {
    /// The number of connections of these requests.
    #[must_use]
    pub const fn connections(&self) -> usize {
        self.connections
    }
}

impl fmt::Display for CutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the shutdown cut off {} connections", self.connections)
    }
}

impl std::error::Error for CutOff {}

/// Serves the router until the shutdown. Then it stops accepting connections, closes idle
/// ones, and finishes the requests in progress.
///
/// A request of HTTP/1.1 without a valid `Host`, or any request with several, is 400
/// (RFC 9112 §3.2); one whose path and query are longer than 8 KiB is 414. Like 431,
/// these responses have no body.
///
/// # Errors
///
/// [`CutOff`] if some requests did not finish within
/// [`shutdown_timeout`](ServerLimits::shutdown_timeout).
///
/// ```
/// use customer_http::server::{ServerLimits, serve};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
/// let shutdown = async { drop(stopped.await) };
/// let router = axum::Router::new();
/// let server = tokio::spawn(serve(listener, router, ServerLimits::DEFAULT, shutdown));
/// drop(stop);
/// server.await??;
/// # Ok(())
/// # }
/// ```
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ServerLimits,
    shutdown: impl Future<Output = ()>,
) -> Result<(), CutOff> {
    let mut connections = Connections::new(router, limits);
    tokio::select! {
        () = connections.accept(&listener) => {}
        () = shutdown => {}
    }
    drop(listener);
    finish(connections.retire_all(), limits.shutdown_timeout).await
}

async fn finish(mut tasks: JoinSet<()>, patience: Duration) -> Result<(), CutOff> {
    tracing::info!(connections = tasks.len(), "shutting down");
    let all = async { while tasks.join_next().await.is_some() {} };
    if timeout(patience, all).await.is_ok() {
        return Ok(());
    }
    while tasks.try_join_next().is_some() {}
    let connections = tasks.len();
    tasks.shutdown().await;
    Err(CutOff { connections })
}
