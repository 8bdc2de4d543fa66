//! The state of a connection that the server and the endpoint share.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task_local;
use tokio::time::Instant;

task_local! {
    static CURRENT: Arc<Connection>;
}

/// The peer of a connection: an IPv4 address, as the IPv6 address that it is mapped to,
/// or an IPv6 network of 64 bits, because one host can use all its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Peer(u128);

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self(match address.ip().to_canonical() {
            IpAddr::V6(address) => address.to_bits() & (u128::MAX << 64),
            IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        })
    }
}

/// A connection: its peer, and since when the server has been waiting for it.
///
/// The server waits for its client while no request is in progress, while a body or
/// a response is in transfer. It closes such connections if it needs them for others.
#[derive(Debug)]
pub(crate) struct Connection {
    peer: Peer,
    opened: Instant,
    /// Milliseconds after `opened`, or one of the two constants.
    waiting_since: AtomicU64,
    retired: Notify,
}

/// The server is working on a request.
const WORKING: u64 = u64::MAX;

/// The connection must be closed immediately.
const EVICTED: u64 = u64::MAX - 1;

impl Connection {
    /// A connection that waits for its first request.
    pub(crate) fn new(peer: Peer) -> Self {
        Self {
            peer,
            opened: Instant::now(),
            waiting_since: AtomicU64::new(0),
            retired: Notify::new(),
        }
    }

    /// The connection of the current request, if the server is
    /// [`serve`](crate::server::serve).
    pub(crate) fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    /// Makes this the current connection of a future.
    pub(crate) fn scope<T>(
        self: Arc<Self>,
        future: impl Future<Output = T>,
    ) -> impl Future<Output = T> {
        CURRENT.scope(self, future)
    }

    pub(crate) const fn peer(&self) -> Peer {
        self.peer
    }

    pub(crate) fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    /// From now on, the server works on a request.
    pub(crate) fn work(&self) {
        self.set(WORKING);
    }

    /// From now on, the server waits for the client.
    pub(crate) fn wait(&self) {
        self.set(self.now());
    }

    fn set(&self, state: u64) {
        let unless_evicted = |old| (old != EVICTED).then_some(state);
        let relaxed = Ordering::Relaxed;
        // An evicted connection is closed in any case.
        let _ = self
            .waiting_since
            .fetch_update(relaxed, relaxed, unless_evicted);
    }

    fn now(&self) -> u64 {
        let millis = u64::try_from(self.age().as_millis());
        millis.unwrap_or(u64::MAX).min(EVICTED - 1)
    }

    /// Whether the server has been waiting for the client for longer than that. If so,
    /// the connection is evicted, and the caller closes it.
    pub(crate) fn evict_after(&self, max_wait: Duration) -> bool {
        let since = self.waiting_since.load(Ordering::Relaxed);
        let waited = Duration::from_millis(self.now().saturating_sub(since));
        if since >= EVICTED || waited <= max_wait {
            return false;
        }
        let relaxed = Ordering::Relaxed;
        self.waiting_since
            .compare_exchange(since, EVICTED, relaxed, relaxed)
            .is_ok()
    }

    /// Closes the connection after the current request.
    pub(crate) fn retire(&self) {
        self.retired.notify_one();
    }

    /// Completes when the connection is to be closed after the current request.
    pub(crate) async fn retired(&self) {
        self.retired.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> Peer {
        Peer::from(address.parse::<SocketAddr>().unwrap())
    }

    #[test]
    fn a_peer_is_an_ipv4_address_or_an_ipv6_network() {
        assert_eq!(peer("10.0.0.1:1"), peer("10.0.0.1:2"));
        assert_eq!(peer("10.0.0.1:1"), peer("[::ffff:10.0.0.1]:1"));
        assert_ne!(peer("10.0.0.1:1"), peer("10.0.0.2:1"));
        assert_eq!(peer("[2001:db8::1]:1"), peer("[2001:db8::ffff:0:0:1]:1"));
        assert_ne!(peer("[2001:db8::1]:1"), peer("[2001:db8:0:1::1]:1"));
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_connection_that_waits_too_long_is_evicted() {
        let second = Duration::from_secs(1);
        let connection = Connection::new(peer("10.0.0.1:1"));
        let evicted = || connection.evict_after(second);
        tokio::time::advance(second).await;
        assert!(!evicted());
        connection.work();
        tokio::time::advance(10 * second).await;
        assert!(!evicted());
        connection.wait();
        tokio::time::advance(second).await;
        assert!(!evicted());
        tokio::time::advance(second).await;
        assert!(evicted());
        // Only once.
        connection.work();
        connection.wait();
        tokio::time::advance(10 * second).await;
        assert!(!evicted());
    }
}
