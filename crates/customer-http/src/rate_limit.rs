//! The rate limit.

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use governor::Quota;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;

use crate::auth::ClientId;

/// Limits the rate of the requests of each client.
///
/// It is called once for every request whose caller is known, whatever its outcome. A
/// closure is a rate limiter:
///
/// ```
/// use customer_http::{ClientId, RateLimiter, RetryAfter};
///
/// let unlimited = |_: &ClientId| Ok(());
/// assert!(unlimited.check(&ClientId::new("acme")).is_ok());
///
/// let closed = |_: &ClientId| Err(RetryAfter::from_secs(60));
/// assert_eq!(closed.check(&ClientId::new("acme")).map_err(RetryAfter::as_secs), Err(60));
/// ```
pub trait RateLimiter: Send + Sync + 'static {
    /// Counts a request of a client.
    ///
    /// # Errors
    ///
    /// The time to wait, if the client sent too many requests.
    fn check(&self, client: &ClientId) -> Result<(), RetryAfter>;
}

impl<F> RateLimiter for F
where
    F: Fn(&ClientId) -> Result<(), RetryAfter> + Send + Sync + 'static,
{
    fn check(&self, client: &ClientId) -> Result<(), RetryAfter> {
        self(client)
    }
}

/// The time that a client has to wait, the value of `Retry-After`: whole seconds, at least
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RetryAfter(NonZeroU64);

impl RetryAfter {
    /// That number of seconds; one for zero.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        match NonZeroU64::new(seconds) {
            Some(seconds) => Self(seconds),
            None => Self(NonZeroU64::MIN),
        }
    }

    /// The seconds.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0.get()
    }
}

impl RetryAfter {
    /// Rounded up, so that a request is accepted after that time.
    fn from_wait(wait: Duration) -> Self {
        let part = u64::from(wait.subsec_nanos() > 0);
        Self::from_secs(wait.as_secs().saturating_add(part))
    }
}

/// Allows each client a number of requests per minute.
///
/// After a pause a client can send all of them at once; each is available again after its
/// share of the minute. At 100 per minute these are 100 at once, and then one every 0.6
/// seconds.
///
/// A client that could send all its requests again is removed from memory at some point:
/// there are at most twice as many as in the last minute, or 1,024.
///
/// ```
/// use customer_http::{ClientId, RateLimiter, RequestsPerMinute};
///
/// let limiter = RequestsPerMinute::default();
/// let acme = ClientId::new("acme");
/// for _ in 0..100 {
///     assert!(limiter.check(&acme).is_ok());
/// }
/// assert_eq!(limiter.check(&acme).map_err(|wait| wait.as_secs()), Err(1));
/// assert!(limiter.check(&ClientId::new("bolt")).is_ok());
/// ```
pub struct RequestsPerMinute(Limiter<DefaultClock>);

/// With a clock that tests can set.
struct Limiter<C: Clock> {
    clients: Clients<C>,
    /// The number of clients in memory at which some are removed.
    room: AtomicUsize,
}

type Clients<C> = governor::RateLimiter<
    ClientId,
    HashMapStateStore<ClientId>,
    C,
    NoOpMiddleware<<C as Clock>::Instant>,
>;

/// The number of clients that always fit into memory.
const ROOM: usize = 1024;

impl RequestsPerMinute {
    /// The requests per minute of the published interface.
    pub const DEFAULT: NonZeroU32 = NonZeroU32::new(100).unwrap();

    /// That number of requests per minute for each client.
    #[must_use]
    pub fn new(requests: NonZeroU32) -> Self {
        Self(Limiter::new(requests, DefaultClock::default()))
    }
}

impl<C: Clock> Limiter<C> {
    fn new(requests: NonZeroU32, clock: C) -> Self {
        Self {
            clients: Clients::hashmap_with_clock(Quota::per_minute(requests), clock),
            room: AtomicUsize::new(ROOM),
        }
    }

    fn check(&self, client: &ClientId) -> Result<(), RetryAfter> {
        let checked = self.clients.check_key(client);
        self.make_room();
        checked.map_err(|rejected| {
            let now = self.clients.clock().now();
            RetryAfter::from_wait(rejected.wait_time_from(now))
        })
    }

    /// Removes clients after a pause, if there are too many. The limit grows with the
    /// rest, so that the cost per request stays small.
    fn make_room(&self) {
        if self.clients.len() > self.room.load(Ordering::Relaxed) {
            self.clients.retain_recent();
            self.clients.shrink_to_fit();
            let room = self.clients.len().saturating_mul(2).max(ROOM);
            self.room.store(room, Ordering::Relaxed);
        }
    }
}

impl RateLimiter for RequestsPerMinute {
    fn check(&self, client: &ClientId) -> Result<(), RetryAfter> {
        self.0.check(client)
    }
}

impl Default for RequestsPerMinute {
    fn default() -> Self {
        Self::new(Self::DEFAULT)
    }
}

impl fmt::Debug for RequestsPerMinute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestsPerMinute")
            .field("clients", &self.0.clients.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn limiter(requests: u32) -> (Limiter<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let requests = NonZeroU32::new(requests).unwrap();
        (Limiter::new(requests, clock.clone()), clock)
    }

    fn wait(limiter: &Limiter<FakeRelativeClock>, client: &str) -> Option<u64> {
        let checked = limiter.check(&ClientId::new(client));
        checked.err().map(RetryAfter::as_secs)
    }

    #[test]
    fn a_burst_of_100_requests_then_one_per_share_of_a_minute() {
        let (limiter, clock) = limiter(100);
        for _ in 0..100 {
            assert_eq!(wait(&limiter, "acme"), None);
        }
        assert_eq!(wait(&limiter, "acme"), Some(1));
        clock.advance(Duration::from_millis(599));
        assert_eq!(wait(&limiter, "acme"), Some(1));
        clock.advance(Duration::from_millis(1));
        assert_eq!(wait(&limiter, "acme"), None);
        assert_eq!(wait(&limiter, "acme"), Some(1));
        clock.advance(Duration::from_secs(60));
        for _ in 0..100 {
            assert_eq!(wait(&limiter, "acme"), None);
        }
        assert_eq!(wait(&limiter, "acme"), Some(1));
    }

    #[test]
    fn a_request_after_the_returned_wait_is_accepted() {
        for requests in [1, 7, 40, 61, 1000] {
            let (limiter, clock) = limiter(requests);
            for _ in 0..requests {
                assert_eq!(wait(&limiter, "acme"), None);
            }
            for _ in 0..50 {
                clock.advance(Duration::from_millis(137));
                if let Some(seconds) = wait(&limiter, "acme") {
                    assert!(
                        u128::from(seconds) <= 60_000_u128.div_ceil(requests.into()).div_ceil(1000)
                    );
                    clock.advance(Duration::from_secs(seconds));
                    assert_eq!(wait(&limiter, "acme"), None, "{requests}");
                }
            }
        }
    }

    #[test]
    fn clients_do_not_wait_for_each_other() {
        let (limiter, _) = limiter(1);
        assert_eq!(wait(&limiter, "acme"), None);
        assert_eq!(wait(&limiter, "acme"), Some(60));
        assert_eq!(wait(&limiter, "bolt"), None);
    }

    #[test]
    fn a_wait_is_rounded_up_to_whole_seconds() {
        for (millis, seconds) in [(0, 1), (1, 1), (999, 1), (1000, 1), (1001, 2), (59_999, 60)] {
            let wait = RetryAfter::from_wait(Duration::from_millis(millis));
            assert_eq!(wait.as_secs(), seconds, "{millis}");
        }
        assert_eq!(RetryAfter::from_wait(Duration::MAX).as_secs(), u64::MAX);
    }

    #[test]
    fn idle_clients_are_removed_from_memory() {
        let (limiter, clock) = limiter(100);
        for number in 0..100_000 {
            assert_eq!(wait(&limiter, &number.to_string()), None);
            clock.advance(Duration::from_millis(10));
            assert!(limiter.clients.len() <= ROOM + 1);
        }
        // A client that has used up its requests is kept.
        for _ in 0..100 {
            assert_eq!(wait(&limiter, "acme"), None);
        }
        for number in 0..10_000 {
            wait(&limiter, &number.to_string());
        }
        assert_eq!(wait(&limiter, "acme"), Some(1));
    }
}
