//! Memory for the bodies of requests that are not yet authenticated.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

use crate::connection::Peer;
use crate::limits::Limits;

/// How long a body waits for memory before its request is rejected.
const PATIENCE: Duration = Duration::from_secs(5);

/// The fraction of the memory that one peer can use, as a divisor.
const PEER_SHARE: usize = 4;

/// Memory for the bodies of requests that are not yet authenticated: in total, and a
/// quarter of it for each peer. One body always fits.
#[derive(Debug)]
pub(crate) struct BodyBudget {
    max: usize,
    max_per_peer: usize,
    used: Mutex<Used>,
    released: Notify,
}

/// Bytes in use.
#[derive(Debug, Default)]
struct Used {
    total: usize,
    peers: HashMap<Peer, usize>,
}

/// The memory reserved for one request. It is released on drop.
#[derive(Debug)]
pub(crate) struct Charge<'b> {
    budget: &'b BodyBudget,
    /// `None` if the server is not [`serve`](crate::server::serve).
    peer: Option<Peer>,
    bytes: usize,
}

/// No memory became free in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exhausted;

impl BodyBudget {
    pub(crate) fn new(limits: &Limits) -> Self {
        let max = limits.unauthenticated_bytes;
        let largest_body = limits.body_bytes.max(limits.bulk_body_bytes);
        Self {
            max: max.max(largest_body),
            max_per_peer: (max / PEER_SHARE).max(largest_body),
            used: Mutex::default(),
            released: Notify::new(),
        }
    }

    pub(crate) const fn charge(&self, peer: Option<Peer>) -> Charge<'_> {
        Charge {
            budget: self,
            peer,
            bytes: 0,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Used> {
        // No code panics while it holds the lock.
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Charge<'_> {
    /// Reserves memory for the given number of bytes, waiting up to five seconds for it.
    pub(crate) async fn add(&mut self, bytes: usize) -> Result<(), Exhausted> {
        if self.try_add(bytes) {
            return Ok(());
        }
        let budget = self.budget;
        let added = async {
            loop {
                let mut released = pin!(budget.released.notified());
                // Before the attempt, so that no release is missed.
                released.as_mut().enable();
                if self.try_add(bytes) {
                    return;
                }
                released.await;
            }
        };
        timeout(PATIENCE, added).await.map_err(|_| Exhausted)
    }

    /// Reserves memory if it is free.
    pub(crate) fn try_add(&mut self, bytes: usize) -> bool {
        let mut used = self.budget.lock();
        let total = used.total.saturating_add(bytes);
        if total > self.budget.max {
            return false;
        }
        if let Some(peer) = self.peer {
            let of_peer = used.peers.entry(peer).or_default();
            let sum = of_peer.saturating_add(bytes);
            if sum > self.budget.max_per_peer {
                return false;
            }
            *of_peer = sum;
        }
        used.total = total;
        self.bytes += bytes;
        true
    }
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut used = self.budget.lock();
        used.total = used.total.saturating_sub(self.bytes);
        if let Some(peer) = self.peer
            && let Entry::Occupied(mut of_peer) = used.peers.entry(peer)
        {
            *of_peer.get_mut() -= self.bytes;
            if *of_peer.get() == 0 {
                of_peer.remove();
            }
        }
        drop(used);
        self.budget.released.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    const KIB: usize = 1024;

    fn budget() -> BodyBudget {
        BodyBudget::new(&Limits {
            body_bytes: KIB,
            bulk_body_bytes: 2 * KIB,
            unauthenticated_bytes: 16 * KIB,
            ..Limits::DEFAULT
        })
    }

    fn peer(address: &str) -> Option<Peer> {
        let address: SocketAddr = address.parse().unwrap();
        Some(Peer::from(address))
    }

    #[tokio::test(start_paused = true)]
    async fn one_peer_has_a_quarter_and_all_have_the_whole() {
        let budget = budget();
        let mut charges = Vec::new();
        for host in 1..=4 {
            let mut charge = budget.charge(peer(&format!("10.0.0.{host}:1")));
            assert_eq!(charge.add(4 * KIB).await, Ok(()));
            charges.push(charge);
            let mut further = budget.charge(peer(&format!("10.0.0.{host}:2")));
            assert_eq!(further.add(1).await, Err(Exhausted));
        }
        let mut fifth = budget.charge(peer("10.0.0.5:1"));
        assert_eq!(fifth.add(1).await, Err(Exhausted));
        charges.pop();
        assert_eq!(fifth.add(4 * KIB).await, Ok(()));
        drop((charges, fifth));
        assert_eq!(budget.lock().total, 0);
        assert!(budget.lock().peers.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiting_request_continues_when_memory_is_released() {
        let budget = budget();
        let mut first = budget.charge(peer("10.0.0.1:1"));
        first.add(3 * KIB).await.unwrap();
        let mut second = budget.charge(peer("10.0.0.1:2"));
        let (added, ()) = tokio::join!(second.add(2 * KIB), async {
            tokio::time::sleep(PATIENCE / 2).await;
            drop(first);
        });
        assert_eq!(added, Ok(()));
    }

    #[tokio::test]
    async fn the_largest_body_fits_whatever_the_limit() {
        let small = BodyBudget::new(&Limits {
            unauthenticated_bytes: 1,
            ..Limits::DEFAULT
        });
        let mut charge = small.charge(peer("10.0.0.1:1"));
        let largest = Limits::DEFAULT.bulk_body_bytes;
        assert_eq!(charge.add(largest).await, Ok(()));
    }

    #[tokio::test]
    async fn without_a_peer_only_the_total_is_limited() {
        let budget = budget();
        let mut charge = budget.charge(None);
        assert_eq!(charge.add(16 * KIB).await, Ok(()));
        assert!(!charge.try_add(1));
    }
}
