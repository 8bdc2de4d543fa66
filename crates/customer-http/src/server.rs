//! A server for the router: HTTP/1.1 on a listener, with limits against clients
//! that send or read slowly, and a shutdown that finishes what was begun.
//!
//! It speaks plain HTTP. Encryption and HTTP/2 are the business of what stands
//! in front of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

/// What a client may take of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// The largest head of a request: its line and its headers, in bytes. A
    /// larger one is answered with 431. More than 100 headers are, too.
    pub head_bytes: usize,
    /// How long the head of a request may take to arrive, and how long a
    /// connection may wait for the next. It is closed then.
    pub head_timeout: Duration,
    /// How long a client may take to read a part of an answer. The connection
    /// is closed then.
    pub write_timeout: Duration,
    /// The most connections at a time. Further ones wait until one closes. Each
    /// can make the server hold one body, of at most the size in
    /// [`Limits`](crate::Limits).
    pub connections: usize,
    /// How long a shutdown waits for what was begun.
    pub shutdown_timeout: Duration,
}

impl ServerLimits {
    /// 32 KiB and 30 seconds for the head of a request, 30 seconds for the
    /// answer, 1,024 connections, 30 seconds for a shutdown.
    pub const DEFAULT: Self = Self {
        head_bytes: 32 * 1024,
        head_timeout: Duration::from_secs(30),
        write_timeout: Duration::from_secs(30),
        connections: 1024,
        shutdown_timeout: Duration::from_secs(30),
    };
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Requests that a shutdown cut off: they took longer than it was to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutOff {
    connections: usize,
}

impl CutOff {
    /// On how many connections.
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

/// Serves until the shutdown is asked for; then takes no more connections,
/// closes the idle ones, and finishes the requests that were begun.
///
/// # Errors
///
/// [`CutOff`] when some were not done within
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
    let connections = Arc::new(Semaphore::new(limits.connections));
    let http = protocol(&limits);
    let graceful = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = async {
            // The semaphore is never closed.
            let permit = Arc::clone(&connections).acquire_owned().await.ok();
            (accept(&listener).await, permit)
        };
        let (stream, permit) = tokio::select! {
            accepted = accepted => accepted,
            // Reaps what is done, so that the set does not grow.
            Some(_) = tasks.join_next() => continue,
            () = &mut shutdown => break,
        };
        let stream = TokioIo::new(Box::pin(timed(stream, &limits)));
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(http.serve_connection(stream, service));
        tasks.spawn(async move {
            if let Err(error) = connection.await {
                log_broken(&error);
            }
            drop(permit);
        });
    }
    drop(listener);
    finish(graceful, tasks, limits.shutdown_timeout).await
}

async fn finish(
    graceful: GracefulShutdown,
    mut tasks: JoinSet<()>,
    patience: Duration,
) -> Result<(), CutOff> {
    tracing::info!(connections = graceful.count(), "shutting down");
    let all = async {
        graceful.shutdown().await;
        while tasks.join_next().await.is_some() {}
    };
    if timeout(patience, all).await.is_ok() {
        return Ok(());
    }
    while tasks.try_join_next().is_some() {}
    let connections = tasks.len();
    tasks.shutdown().await;
    Err(CutOff { connections })
}

/// The next connection. That there is none, for want of file descriptors say, is
/// no reason to stop.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                tracing::warn!(kind = %error.kind(), "cannot accept a connection");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn protocol(limits: &ServerLimits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        // An answer is small: it is sooner copied behind its head than gathered.
        .writev(false)
        .max_header_size(limits.head_bytes);
    http
}

fn timed(stream: TcpStream, limits: &ServerLimits) -> TimeoutStream<TcpStream> {
    // An answer is small and written at once; a failure to say so costs time only.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write_timeout));
    stream
}

/// A connection that broke off, was too slow or spoke no HTTP. What it said is
/// not told.
fn log_broken(error: &hyper::Error) {
    tracing::debug!(
        timeout = error.is_timeout(),
        parse = error.is_parse(),
        "a connection broke off"
    );
}
