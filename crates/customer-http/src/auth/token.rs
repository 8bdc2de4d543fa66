//! Bearer tokens, which identify a user and a team.

use std::fmt;

use customer_domain::{TeamId, Timestamp};
use sha2::{Digest, Sha256};

use super::caller::{ClientId, UserId};

/// The SHA-256 of a token, which is stored instead of it.
///
/// A token has at least 128 random bits, so that neither its hash nor the time of a
/// lookup by the hash reveals anything about it, and the hash needs no salt.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenHash([u8; Self::BYTES]);

impl TokenHash {
    const BYTES: usize = 32;

    /// The hash of a token.
    pub(crate) fn of(token: &[u8]) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Parses hexadecimal digits in either case.
    pub(crate) fn parse(hex: &str) -> Option<Self> {
        let mut bytes = [0; Self::BYTES];
        if hex.len() != 2 * Self::BYTES {
            return None;
        }
        base16ct::mixed::decode(hex, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// What a token permits.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) user: UserId,
    pub(crate) team: TeamId,
    /// The clients that may use it; all if empty.
    pub(crate) clients: Vec<ClientId>,
    /// From then on it is invalid.
    pub(crate) expires: Option<Timestamp>,
}

impl Grant {
    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    pub(super) fn is_for(&self, client: &ClientId) -> bool {
        self.clients.is_empty() || self.clients.contains(client)
    }
}
