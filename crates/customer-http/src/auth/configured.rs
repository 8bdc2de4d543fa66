//! The authenticator of a configuration.

use std::collections::HashMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use customer_domain::{TeamId, Timestamp};
use http::{HeaderMap, Method};

use super::caller::{Authenticator, Caller, ClientId, Credentials, Unauthorized};
use super::presented::Presented;
use super::replay::{Replayed, UsedSignatures};
use super::signature::{Signed, SigningKey, TimedSignature};
use super::token::{Grant, TokenHash};

/// Authenticates the clients and the tokens of a [`Config`](crate::Config).
///
/// A request has a signature, which proves the client and that the request was not
/// changed, and a bearer token, which proves the user and the team. It is rejected
///
/// - unless `x-client-id`, `x-timestamp`, `x-signature` and `Authorization` are
///   present exactly once each;
/// - if its timestamp is further from the server's clock than the configuration
///   allows, in either direction;
/// - if the client is unknown, or the signature is not that of
///   [`SigningKey::sign`];
/// - if the token is unknown, has expired, or is not for this client; or if its team
///   is not one of the client's;
/// - if it is a replay.
///
/// # Replays
///
/// The signature of a write is accepted once. It is used up when the body has been
/// validated, immediately before the store is called: a request with an invalid body
/// and one over the rate limit do not use it up. If the store then reports that it
/// did nothing (503 `STORE_UNAVAILABLE`), the signature can be used again; after any
/// other outcome it cannot. A replay is 401 with `details.reason`:
/// `"SIGNATURE_USED"`, and does not count for the rate limit.
///
/// The signature does not cover the query. Two identical writes (same method, path
/// and body) within one tick of the client's timestamp, a second or a millisecond,
/// have the same signature, so the second is a replay. Reads are not limited to one
/// use by default: a replayed read reveals nothing new to its sender, and two reads
/// that differ only in the query have the same signature. `single_use` in the
/// configuration selects no replay protection, or single-use reads.
///
/// Used signatures are remembered in this process, as long as their timestamp is
/// accepted: another process, or this one after a restart, accepts each one more time.
/// The rate limit and the accepted timestamps bound their number: 1,100 for each client
/// by default, of some 60 bytes each.
#[derive(Debug)]
pub struct ConfigAuthenticator {
    clients: HashMap<Arc<str>, Client>,
    tokens: HashMap<TokenHash, Grant>,
    rules: SignatureRules,
}

#[derive(Debug)]
struct Client {
    id: ClientId,
    key: SigningKey,
    teams: Vec<TeamId>,
    used: UsedSignatures,
}

/// The rules for signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignatureRules {
    /// How far a timestamp may be from the clock.
    pub(crate) max_skew: Duration,
    /// Which requests use up their signature.
    pub(crate) single_use: SingleUse,
}

/// Which requests use up their signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SingleUse {
    None,
    #[default]
    Writes,
    All,
}

impl SingleUse {
    fn includes(self, method: &Method) -> bool {
        match self {
            Self::None => false,
            Self::Writes => !matches!(*method, Method::GET | Method::HEAD),
            Self::All => true,
        }
    }
}

/// A client, and the teams it may act for.
#[derive(Clone, Debug)]
pub(crate) struct KnownClient {
    pub(crate) id: ClientId,
    pub(crate) key: SigningKey,
    pub(crate) teams: Vec<TeamId>,
}

/// What the headers of a request prove, apart from the signature.
struct Claims<'a> {
    presented: Presented<'a>,
    client: &'a Client,
    grant: &'a Grant,
}

impl ConfigAuthenticator {
    /// With memory for all signatures that a client can use within the rate limit
    /// while they are accepted.
    pub(crate) fn new(
        clients: Vec<KnownClient>,
        tokens: HashMap<TokenHash, Grant>,
        rules: SignatureRules,
        requests_per_minute: NonZeroU32,
    ) -> Self {
        let capacity = capacity(rules.max_skew, requests_per_minute);
        let known = |client: KnownClient| {
            let client = Client {
                id: client.id,
                key: client.key,
                teams: client.teams,
                used: UsedSignatures::new(capacity),
            };
            (Arc::from(client.id.as_str()), client)
        };
        Self {
            clients: clients.into_iter().map(known).collect(),
            tokens,
            rules,
        }
    }

    /// Checks everything that does not need the body.
    fn claims<'a>(
        &'a self,
        headers: &'a HeaderMap,
        now: Timestamp,
    ) -> Result<Claims<'a>, &'static str> {
        let presented = Presented::read(headers)?;
        if !self.is_current(presented.signed_at, now) {
            return Err("x-timestamp is too far from the clock");
        }
        // Client ids are not secret, so the response time may reveal that there is no
        // such client.
        let client = self.clients.get(presented.client);
        let client = client.ok_or("unknown client")?;
        let grant = self.grant(&presented, client, now)?;
        Ok(Claims {
            presented,
            client,
            grant,
        })
    }

    fn caller(&self, request: &Credentials<'_>, now: Timestamp) -> Result<Caller, Unauthorized> {
        let claims = self.claims(request.headers, now);
        let claims = claims.map_err(Unauthorized::because)?;
        let presented = &claims.presented;
        let signed = Signed {
            method: request.method,
            path: request.path,
            timestamp: presented.timestamp,
            body: request.body,
        };
        if !claims.client.key.verifies(signed, presented.signature) {
            return Err(Unauthorized::because("wrong signature"));
        }
        let caller = Caller::new(claims.client.id.clone(), claims.grant.team)
            .with_user(claims.grant.user.clone());
        if !self.rules.single_use.includes(request.method) {
            return Ok(caller);
        }
        let signature = presented.timed_signature();
        let checked = claims.client.used.check(signature);
        checked.map_err(|Replayed| Unauthorized::replay())?;
        Ok(caller.with_signature(signature))
    }

    /// The signature that the request uses up, if any, and the used signatures of its
    /// client.
    fn single_use(&self, caller: &Caller) -> Option<(&UsedSignatures, TimedSignature)> {
        let signature = caller.signature()?;
        let client = self.clients.get(caller.client().as_str())?;
        Some((&client.used, signature))
    }

    /// What the token permits for this client.
    fn grant(
        &self,
        presented: &Presented<'_>,
        client: &Client,
        now: Timestamp,
    ) -> Result<&Grant, &'static str> {
        let token = TokenHash::of(presented.token);
        let grant = self.tokens.get(&token).ok_or("unknown token")?;
        if grant.is_expired(now) {
            return Err("the token has expired");
        }
        if !grant.is_for(&client.id) {
            return Err("the token is for another client");
        }
        if !client.teams.contains(&grant.team) {
            return Err("the client may not act for the team of the token");
        }
        Ok(grant)
    }

    fn is_current(&self, signed_at: Timestamp, now: Timestamp) -> bool {
        let skew = signed_at.as_micros().abs_diff(now.as_micros());
        u128::from(skew) <= self.rules.max_skew.as_micros()
    }

    /// The earliest time of a signature that is accepted now.
    fn oldest(&self, now: Timestamp) -> Timestamp {
        let skew = i64::try_from(self.rules.max_skew.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(now.as_micros().saturating_sub(skew)).unwrap_or(Timestamp::MIN)
    }
}

/// How many signatures a client can use while the first of them is accepted: a burst
/// of a minute's requests, and those of the time from the earliest to the latest
/// timestamp that is accepted.
fn capacity(max_skew: Duration, requests_per_minute: NonZeroU32) -> NonZeroUsize {
    let minutes = (2 * max_skew.as_secs()).div_ceil(60) + 1;
    let requests = u64::from(requests_per_minute.get()).saturating_mul(minutes);
    let requests = usize::try_from(requests).unwrap_or(usize::MAX);
    NonZeroUsize::new(requests).unwrap_or(NonZeroUsize::MIN)
}

impl Authenticator for ConfigAuthenticator {
    async fn authenticate(
        &self,
        request: &Credentials<'_>,
        now: Timestamp,
    ) -> Result<Caller, Unauthorized> {
        self.caller(request, now)
    }

    fn check_headers(&self, headers: &HeaderMap, now: Timestamp) -> Result<(), Unauthorized> {
        let claims = self.claims(headers, now);
        claims.map(drop).map_err(Unauthorized::because)
    }

    async fn claim(
        &self,
        _request: &Credentials<'_>,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<(), Unauthorized> {
        let Some((used, signature)) = self.single_use(caller) else {
            return Ok(());
        };
        let claimed = used.claim(signature, self.oldest(now));
        claimed.map_err(|Replayed| Unauthorized::replay())
    }

    async fn release(&self, _request: &Credentials<'_>, caller: &Caller) {
        if let Some((used, signature)) = self.single_use(caller) {
            used.release(signature);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_all_signatures_within_the_rate_limit() {
        for (skew, requests, expected) in [(300, 100, 1100), (1, 1, 2), (3600, 6000, 726_000)] {
            let requests = NonZeroU32::new(requests).unwrap();
            let capacity = capacity(Duration::from_secs(skew), requests);
            assert_eq!(capacity.get(), expected);
        }
    }
}
