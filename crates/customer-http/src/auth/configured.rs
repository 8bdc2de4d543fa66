//! The authenticator of a configuration.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use customer_domain::{TeamId, Timestamp};

use super::caller::{Authenticator, Caller, ClientId, Credentials, Unauthorized};
use super::presented::Presented;
use super::replay::{Replayed, UsedSignatures};
use super::signature::{Signed, SigningKey};
use super::token::{Grant, TokenHash};

/// Knows the clients and the tokens of a [`Config`](crate::Config).
///
/// A request proves two things, and both are required: its signature, which
/// client sent it, and that it was not changed on the way; its bearer token, for
/// which user and team. It is refused
///
/// - unless `x-client-id`, `x-timestamp`, `x-signature` and `Authorization` are
///   there, once each;
/// - when its timestamp is further from the server's clock than the configuration
///   allows, either way;
/// - when the client is not known, or the signature not that of
///   [`SigningKey::sign`];
/// - when the token is not known, has expired, or is not for this client; and when
///   its team is not one the client may act for;
/// - when the same signature was accepted before.
///
/// The last is looked at last, so that only a client itself uses up its
/// signatures. Two requests that are alike within the resolution of their timestamps have
/// the same signature: a client that sends more than one a second sends
/// milliseconds, and signs anew what it sends again. The query is not signed, so
/// that two reads that differ in nothing else are alike.
///
/// What was accepted is remembered in this process: another process does not know
/// of it, nor does this one when it is started again.
///
/// An unknown client costs the same work as a wrong signature, and the secrets and
/// tokens are compared in constant time or by their hash.
#[derive(Debug)]
pub struct ConfigAuthenticator {
    clients: HashMap<Arc<str>, Client>,
    tokens: HashMap<TokenHash, Grant>,
    /// What the signature of an unknown client is compared with.
    nobodys_key: SigningKey,
    max_skew: Duration,
}

/// What is known of a client.
#[derive(Debug)]
struct Client {
    id: ClientId,
    key: SigningKey,
    teams: Vec<TeamId>,
    used: UsedSignatures,
}

/// How signatures are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignatureRules {
    /// How far a timestamp may be from the clock.
    pub(crate) max_skew: Duration,
    /// How many signatures of a client are remembered.
    pub(crate) remembered: NonZeroUsize,
}

/// A client, and the teams it may act for.
#[derive(Clone, Debug)]
pub(crate) struct KnownClient {
    pub(crate) id: ClientId,
    pub(crate) key: SigningKey,
    pub(crate) teams: Vec<TeamId>,
}

impl ConfigAuthenticator {
    pub(crate) fn new(
        clients: Vec<KnownClient>,
        tokens: HashMap<TokenHash, Grant>,
        rules: SignatureRules,
    ) -> Self {
        let known = |client: KnownClient| {
            let client = Client {
                id: client.id,
                key: client.key,
                teams: client.teams,
                used: UsedSignatures::new(rules.remembered),
            };
            (Arc::from(client.id.as_str()), client)
        };
        Self {
            clients: clients.into_iter().map(known).collect(),
            tokens,
            nobodys_key: SigningKey::new(b""),
            max_skew: rules.max_skew,
        }
    }

    fn caller(&self, request: &Credentials<'_>, now: Timestamp) -> Result<Caller, &'static str> {
        let presented = Presented::read(request.headers)?;
        if !self.is_current(presented.signed_at, now) {
            return Err("x-timestamp is too far from the clock");
        }
        let client = self.signer(request, &presented)?;
        let grant = self.grant(&presented, client, now)?;
        let oldest = self.oldest(now);
        client
            .used
            .use_up(presented.signature, presented.signed_at, oldest)
            .map_err(|Replayed| "the signature was used before")?;
        Ok(Caller::new(client.id.clone(), grant.team).with_user(grant.user.clone()))
    }

    /// The client that signed the request.
    fn signer(
        &self,
        request: &Credentials<'_>,
        presented: &Presented<'_>,
    ) -> Result<&Client, &'static str> {
        let client = self.clients.get(presented.client);
        let signed = Signed {
            method: request.method,
            path: request.path,
            timestamp: presented.timestamp,
            body: request.body,
        };
        // Before it is looked at whether there is such a client.
        let key = client.map_or(&self.nobodys_key, |client| &client.key);
        let is_signed = key.verifies(signed, presented.signature);
        match client {
            Some(client) if is_signed => Ok(client),
            Some(_) => Err("wrong signature"),
            None => Err("unknown client"),
        }
    }

    /// What the token allows that client.
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
        u128::from(skew) <= self.max_skew.as_micros()
    }

    /// The earliest time of a signature that is accepted now.
    fn oldest(&self, now: Timestamp) -> Timestamp {
        let skew = i64::try_from(self.max_skew.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(now.as_micros().saturating_sub(skew)).unwrap_or(Timestamp::MIN)
    }
}

impl Authenticator for ConfigAuthenticator {
    async fn authenticate(
        &self,
        request: &Credentials<'_>,
        now: Timestamp,
    ) -> Result<Caller, Unauthorized> {
        self.caller(request, now).map_err(Unauthorized::because)
    }
}
