//! The format of the file: its keys and the range of their values.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use customer_domain::{TeamId, Timestamp};
use secrecy::SecretString;
use serde::de::{Deserialize, Deserializer, Error};

use super::error::ConfigError;
use super::secret::SecretKeys;
use crate::auth::{SingleUse, TokenHash};
use crate::rate_limit::RequestsPerMinute;

/// The maximum length of the name of a client or a user, in characters.
const MAX_NAME_CHARS: usize = 100;

/// How far a timestamp may be from the clock: the default and the maximum, in seconds.
const DEFAULT_SKEW_SECONDS: u32 = 300;
const MAX_SKEW_SECONDS: u32 = 3600;

/// The whole file.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) unknown_fields: UnknownFieldsKey,
    pub(super) clients: NotEmpty<ClientTable>,
    #[serde(default)]
    pub(super) tokens: Vec<TokenTable>,
    #[serde(default)]
    pub(super) signature: SignatureTable,
    #[serde(default)]
    pub(super) rate_limit: RateLimitTable,
    #[serde(default)]
    pub(super) limits: LimitsTable,
    #[serde(default)]
    pub(super) server: ServerTable,
}

/// `unknown_fields`
#[derive(Clone, Copy, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum UnknownFieldsKey {
    #[default]
    Reject,
    Ignore,
}

/// `[[clients]]`
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientTable {
    pub(super) id: Name,
    secret: Option<SecretString>,
    secret_env: Option<String>,
    secret_file: Option<PathBuf>,
    pub(super) teams: NotEmpty<TeamId>,
}

/// `[[tokens]]`
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenTable {
    #[serde(deserialize_with = "token_hash")]
    pub(super) sha256: TokenHash,
    pub(super) user: Name,
    pub(super) team: TeamId,
    pub(super) clients: Option<NotEmpty<Name>>,
    pub(super) expires: Option<Timestamp>,
}

/// `[signature]`
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SignatureTable {
    #[serde(deserialize_with = "skew")]
    pub(super) max_skew_seconds: u32,
    pub(super) single_use: SingleUse,
}

/// `[rate_limit]`
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RateLimitTable {
    pub(super) requests_per_minute: NonZeroU32,
}

/// `[limits]`
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsTable {
    pub(super) body_bytes: Option<NonZeroUsize>,
    pub(super) bulk_body_bytes: Option<NonZeroUsize>,
    pub(super) body_timeout_seconds: Option<NonZeroU32>,
    pub(super) unauthenticated_bytes: Option<NonZeroUsize>,
}

/// `[server]`
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ServerTable {
    pub(super) connections: Option<NonZeroUsize>,
    pub(super) connections_per_peer: Option<NonZeroUsize>,
    pub(super) connection_lifetime_seconds: Option<NonZeroU32>,
}

/// The name of a client or a user: 1 to 100 visible ASCII characters, which are valid
/// in a header.
#[derive(Debug)]
pub(super) struct Name(pub(super) String);

/// A list with at least one element.
#[derive(Debug)]
pub(super) struct NotEmpty<T>(pub(super) Vec<T>);

impl File {
    /// Parses the content of a file.
    pub(super) fn parse(text: &str) -> Result<Self, ConfigError> {
        let toml = toml::Deserializer::parse(text).map_err(|error| {
            let (line, column) = position(text, &error);
            ConfigError::Syntax {
                line,
                column,
                problem: error.message().to_owned(),
            }
        })?;
        serde_path_to_error::deserialize(toml).map_err(|error| ConfigError::Value {
            line: position(text, error.inner()).0,
            key: key(error.path()),
            problem: problem(error.inner()),
        })
    }
}

impl ClientTable {
    /// The source of its secret.
    pub(super) fn secret(&mut self) -> SecretKeys {
        SecretKeys {
            secret: self.secret.take(),
            secret_env: self.secret_env.take(),
            secret_file: self.secret_file.take(),
        }
    }
}

impl Default for SignatureTable {
    fn default() -> Self {
        Self {
            max_skew_seconds: DEFAULT_SKEW_SECONDS,
            single_use: SingleUse::default(),
        }
    }
}

impl Default for RateLimitTable {
    fn default() -> Self {
        Self {
            requests_per_minute: RequestsPerMinute::DEFAULT,
        }
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let is_visible = name.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_visible || name.is_empty() || name.len() > MAX_NAME_CHARS {
            let problem = format!("a name has 1 to {MAX_NAME_CHARS} visible ASCII characters");
            return Err(D::Error::custom(problem));
        }
        Ok(Self(name))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for NotEmpty<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = Vec::deserialize(deserializer)?;
        if list.is_empty() {
            return Err(D::Error::custom("the list is empty"));
        }
        Ok(Self(list))
    }
}

fn token_hash<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TokenHash, D::Error> {
    let hex = String::deserialize(deserializer)?;
    TokenHash::parse(&hex).ok_or_else(|| D::Error::custom("a SHA-256 has 64 hex digits"))
}

fn skew<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let seconds = u32::deserialize(deserializer)?;
    if (1..=MAX_SKEW_SECONDS).contains(&seconds) {
        return Ok(seconds);
    }
    Err(D::Error::custom(format!(
        "it is from 1 to {MAX_SKEW_SECONDS} seconds"
    )))
}

/// Line and column of an error, in characters from 1.
fn position(text: &str, error: &toml::de::Error) -> (usize, usize) {
    let offset = error.span().map_or(0, |span| span.start);
    let before = text.get(..offset).unwrap_or(text);
    let line = before.lines().count().max(1) + usize::from(before.ends_with('\n'));
    let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
    (line, column)
}

fn key(path: &serde_path_to_error::Path) -> String {
    match path.to_string().as_str() {
        "." => "the configuration".to_owned(),
        key => key.to_owned(),
    }
}

/// The problem, without the value: serde reports `invalid type: string "…", expected
/// a sequence`, and the value may be a secret.
fn problem(error: &toml::de::Error) -> String {
    let message = error.message();
    let repeats_value = message.starts_with("invalid ");
    match message.rsplit_once(", expected ") {
        Some((_, "a nonzero usize" | "a nonzero u32" | "u32")) if repeats_value => {
            "expected a whole number from 1".to_owned()
        }
        Some((_, expected)) if repeats_value => format!("expected {expected}"),
        Some(_) | None => message.to_owned(),
    }
}
