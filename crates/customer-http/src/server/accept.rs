//! Accepts connections, and closes idle and slow ones when few are left.

use std::collections::HashMap;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

use super::limits::ServerLimits;
use super::protocol::Http;
use crate::connection::{Connection, Peer};

/// How often the connections are inspected.
const INSPECTION: Duration = Duration::from_millis(100);

/// How long a connection may wait for its client when all are in use.
const SHORTEST_WAIT: Duration = Duration::from_millis(500);

/// How long a connection is kept when all are in use.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(1);

/// The open connections.
pub(super) struct Connections {
    limits: ServerLimits,
    http: Http,
    tasks: JoinSet<()>,
    open: HashMap<Id, (Arc<Connection>, AbortHandle)>,
    peers: HashMap<Peer, usize>,
    inspection: Interval,
}

impl Connections {
    pub(super) fn new(router: Router, limits: ServerLimits) -> Self {
        let mut inspection = interval(INSPECTION);
        inspection.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            limits,
            http: Http::new(router, &limits),
            tasks: JoinSet::new(),
            open: HashMap::new(),
            peers: HashMap::new(),
            inspection,
        }
    }

    /// Accepts connections and never completes.
    pub(super) async fn accept(&mut self, listener: &TcpListener) {
        loop {
            let is_full = self.open.len() >= self.limits.connections;
            let is_any = !self.open.is_empty();
            let next = async {
                if is_full {
                    return pending().await;
                }
                next(listener).await
            };
            tokio::select! {
                Some(closed) = self.tasks.join_next_with_id() => self.closed(match closed {
                    Ok((id, ())) => id,
                    Err(error) => error.id(),
                }),
                _ = self.inspection.tick(), if is_any => self.inspect(),
                (stream, peer) = next => self.opened(stream, peer),
            }
        }
    }

    /// Closes all connections after their current request.
    pub(super) fn retire_all(self) -> JoinSet<()> {
        for (connection, _) in self.open.values() {
            connection.retire();
        }
        self.tasks
    }

    fn opened(&mut self, stream: TcpStream, peer: Peer) {
        let of_peer = self.peers.entry(peer).or_default();
        let max = self.limits.connections_per_peer;
        if max.is_some_and(|max| *of_peer >= max.get()) {
            return;
        }
        *of_peer += 1;
        let connection = Arc::new(Connection::new(peer));
        let served = self.http.serve(stream, Arc::clone(&connection));
        let task = self.tasks.spawn(served);
        self.open.insert(task.id(), (connection, task));
    }

    fn closed(&mut self, id: Id) {
        let Some((connection, _)) = self.open.remove(&id) else {
            return;
        };
        let peer = connection.peer();
        if let Some(of_peer) = self.peers.get_mut(&peer) {
            *of_peer -= 1;
            if *of_peer == 0 {
                self.peers.remove(&peer);
            }
        }
    }

    /// Whether more than half of the connections are in use.
    fn is_scarce(&self) -> bool {
        self.open.len() > self.limits.connections / 2
    }

    /// Closes the connections that are too old and, if connections are scarce, those
    /// that wait for too long.
    fn inspect(&self) {
        let max_wait = self.scaled(SHORTEST_WAIT, self.limits.head_timeout);
        let lifetime = self.scaled(SHORTEST_LIFETIME, self.limits.connection_lifetime);
        let is_scarce = self.is_scarce();
        for (connection, task) in self.open.values() {
            if is_scarce && connection.evict_after(max_wait) {
                task.abort();
            } else if connection.age() > lifetime {
                connection.retire();
            }
        }
    }

    /// The allowed time: the longest while half of the connections are in use, the
    /// shortest when all are in use.
    fn scaled(&self, shortest: Duration, longest: Duration) -> Duration {
        let max = u32::try_from(self.limits.connections).unwrap_or(u32::MAX);
        let used = u32::try_from(self.open.len()).unwrap_or(u32::MAX);
        let half = max.div_ceil(2).max(1);
        let free = max.saturating_sub(used).min(half);
        let shortest = shortest.min(longest);
        shortest + (longest - shortest) / half * free
    }
}

/// The next connection. An error, such as too few file descriptors, is logged, and the
/// server continues.
async fn next(listener: &TcpListener) -> (TcpStream, Peer) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return (stream, address.into()),
            Err(error) => {
                tracing::warn!(kind = %error.kind(), "cannot accept a connection");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    #[tokio::test]
    async fn the_time_shrinks_with_the_free_connections() {
        let limits = ServerLimits {
            connections: 10,
            ..ServerLimits::DEFAULT
        };
        let mut connections = Connections::new(Router::new(), limits);
        let mut times = Vec::new();
        for _ in 0..=10 {
            let time = connections.scaled(Duration::from_secs(1), Duration::from_secs(11));
            times.push((connections.is_scarce(), time.as_secs()));
            let peer = Peer::from(SocketAddr::from(([127, 0, 0, 1], 1)));
            let task = connections.tasks.spawn(pending());
            let connection = Arc::new(Connection::new(peer));
            connections.open.insert(task.id(), (connection, task));
        }
        let expected = [11, 11, 11, 11, 11, 11, 9, 7, 5, 3, 1];
        assert!(times.iter().map(|(_, time)| *time).eq(expected));
        assert!(
            times
                .iter()
                .map(|(scarce, _)| *scarce)
                .eq((0..=10).map(|used| used > 5))
        );
    }
}
