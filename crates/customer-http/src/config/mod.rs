//! The configuration of a server: clients, tokens and limits.

mod error;
mod secret;
mod shape;

use std::collections::{HashMap, HashSet};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::Path;
use std::time::Duration;

use customer_domain::UnknownFields;
use secrecy::{ExposeSecret, SecretString};

use crate::auth::{
    ClientId, ConfigAuthenticator, Grant, KnownClient, SignatureRules, SigningKey, TokenHash,
    UserId,
};
use crate::limits::Limits;
use crate::rate_limit::RequestsPerMinute;
use crate::server::ServerLimits;

pub use error::ConfigError;
use secret::SecretSources;
use shape::{
    ClientTable, File, LimitsTable, Name, ServerTable, SignatureTable, TokenTable, UnknownFieldsKey,
};

/// The minimum length of a secret in bytes: that of the hash.
const MIN_SECRET_BYTES: usize = 32;

/// The configuration of a server, read from TOML.
///
#[doc = concat!("```toml\n", include_str!("../../server.toml"), "```")]
///
/// A secret has at least 32 bytes, and its bytes are the key; a token is random.
/// `openssl rand -hex 32` creates either. `secret_env` names an environment variable and
/// `secret_file` a file relative to the configuration, without its last line feed. Two
/// clients cannot have the same secret, and an unknown key is an error.
///
/// `Debug` and errors show neither secrets nor tokens.
///
/// ```
/// use customer_http::Config;
///
/// let config = Config::from_toml(r#"
///     [[clients]]
///     id = "shop"
///     secret = "kept-between-the-client-and-the-server"
///     teams = ["00000000-0000-0000-0000-000000000001"]
/// "#)?;
/// let authenticator = config.authenticator();
/// let rate_limiter = config.rate_limiter();
/// # Ok::<(), customer_http::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct Config {
    clients: Vec<KnownClient>,
    tokens: HashMap<TokenHash, Grant>,
    signature: SignatureRules,
    requests_per_minute: NonZeroU32,
    limits: Limits,
    server_limits: ServerLimits,
    unknown_fields: UnknownFields,
}

impl Config {
    /// The example above. It accepts no request as it stands: the file with the secret is
    /// missing, and no token has this hash.
    pub const EXAMPLE: &str = include_str!("../../server.toml");

    /// Reads the configuration in that file.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the file, or a secret that it refers to, cannot be read or is
    /// invalid.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map(SecretString::from);
        let text = text.map_err(ConfigError::Read)?;
        let directory = path.parent().unwrap_or(Path::new(""));
        Self::read(text.expose_secret(), &SecretSources::of_process(directory))
    }

    /// Reads a configuration. A relative `secret_file` is in the current directory.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if it, or a secret that it refers to, is invalid.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Self::read(text, &SecretSources::of_process(Path::new("")))
    }

    fn read(text: &str, sources: &SecretSources<'_>) -> Result<Self, ConfigError> {
        let file = File::parse(text)?;
        let clients = clients(file.clients.0, sources)?;
        Ok(Self {
            tokens: tokens(file.tokens, &clients)?,
            clients,
            signature: file.signature.into(),
            requests_per_minute: file.rate_limit.requests_per_minute,
            limits: file.limits.into(),
            server_limits: file.server.into(),
            unknown_fields: file.unknown_fields.into(),
        })
    }

    /// Creates the authenticator for these clients and tokens. Each authenticator
    /// remembers used signatures separately.
    #[must_use]
    pub fn authenticator(&self) -> ConfigAuthenticator {
        ConfigAuthenticator::new(
            self.clients.clone(),
            self.tokens.clone(),
            self.signature,
            self.requests_per_minute,
        )
    }

    /// The rate limiter.
    #[must_use]
    pub fn rate_limiter(&self) -> RequestsPerMinute {
        RequestsPerMinute::new(self.requests_per_minute)
    }

    /// The clients, each with the key that it signs requests with
    /// ([`SigningKey::sign`]).
    pub fn signing_keys(&self) -> impl Iterator<Item = (&ClientId, &SigningKey)> {
        self.clients.iter().map(|client| (&client.id, &client.key))
    }

    /// The limits of a request.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// The limits of the connections.
    #[must_use]
    pub const fn server_limits(&self) -> ServerLimits {
        self.server_limits
    }

    /// How to treat unknown fields of a body (P7, P13).
    #[must_use]
    pub const fn unknown_fields(&self) -> UnknownFields {
        self.unknown_fields
    }
}

/// The clients, each with its secret.
fn clients(
    tables: Vec<ClientTable>,
    sources: &SecretSources<'_>,
) -> Result<Vec<KnownClient>, ConfigError> {
    let (mut ids, mut secrets) = (HashSet::new(), HashSet::new());
    let mut clients = Vec::with_capacity(tables.len());
    for (index, mut table) in tables.into_iter().enumerate() {
        let place = format!("clients[{index}]");
        let secret = sources.read(table.secret(), &place)?;
        let secret = secret.expose_secret().as_bytes();
        if secret.len() < MIN_SECRET_BYTES {
            let problem = format!("the secret has fewer than {MIN_SECRET_BYTES} bytes");
            return Err(ConfigError::at(place, problem));
        }
        // Compared by hash, so that no copy of the secret remains in memory.
        if !secrets.insert(TokenHash::of(secret)) {
            return Err(ConfigError::at(place, "another client has the same secret"));
        }
        let Name(id) = table.id;
        if !ids.insert(id.clone()) {
            return Err(ConfigError::at(place, "another client has the same id"));
        }
        clients.push(KnownClient {
            id: ClientId::new(id),
            key: SigningKey::new(secret),
            teams: table.teams.0,
        });
    }
    Ok(clients)
}

/// The grants by token hash. A token that no client can use is an error.
fn tokens(
    tables: Vec<TokenTable>,
    clients: &[KnownClient],
) -> Result<HashMap<TokenHash, Grant>, ConfigError> {
    let mut tokens = HashMap::with_capacity(tables.len());
    for (index, table) in tables.into_iter().enumerate() {
        let place = format!("tokens[{index}]");
        let may_act = |client: &&KnownClient| client.teams.contains(&table.team);
        let bound = match &table.clients {
            None if clients.iter().any(|client| may_act(&client)) => Vec::new(),
            None => return Err(ConfigError::at(place, "no client may act for the team")),
            Some(names) => bound(&names.0, clients, may_act)
                .map_err(|problem| ConfigError::at(format!("{place}.clients"), problem))?,
        };
        let grant = Grant {
            user: UserId::new(table.user.0),
            team: table.team,
            clients: bound,
            expires: table.expires,
        };
        if tokens.insert(table.sha256, grant).is_some() {
            return Err(ConfigError::at(place, "another token has the same sha256"));
        }
    }
    Ok(tokens)
}

/// The clients with those names, which must all be allowed to act.
fn bound(
    names: &[Name],
    clients: &[KnownClient],
    may_act: impl Fn(&&KnownClient) -> bool,
) -> Result<Vec<ClientId>, &'static str> {
    let known = |Name(name): &Name| {
        let mut of_name = clients.iter().filter(|client| client.id.as_str() == name);
        let client = of_name.next().ok_or("there is no such client")?;
        if !may_act(&client) {
            return Err("the client may not act for the team");
        }
        Ok(client.id.clone())
    };
    names.iter().map(known).collect()
}

impl From<SignatureTable> for SignatureRules {
    fn from(table: SignatureTable) -> Self {
        Self {
            max_skew: Duration::from_secs(table.max_skew_seconds.into()),
            single_use: table.single_use,
        }
    }
}

impl From<LimitsTable> for Limits {
    fn from(table: LimitsTable) -> Self {
        let default = Self::DEFAULT;
        let seconds = |seconds: NonZeroU32| Duration::from_secs(seconds.get().into());
        Self {
            body_bytes: table
                .body_bytes
                .map_or(default.body_bytes, NonZeroUsize::get),
            bulk_body_bytes: table
                .bulk_body_bytes
                .map_or(default.bulk_body_bytes, NonZeroUsize::get),
            body_timeout: table
                .body_timeout_seconds
                .map_or(default.body_timeout, seconds),
            unauthenticated_bytes: table
                .unauthenticated_bytes
                .map_or(default.unauthenticated_bytes, NonZeroUsize::get),
        }
    }
}

impl From<ServerTable> for ServerLimits {
    fn from(table: ServerTable) -> Self {
        let default = Self::DEFAULT;
        let seconds = |seconds: NonZeroU32| Duration::from_secs(seconds.get().into());
        Self {
            connections: table
                .connections
                .map_or(default.connections, NonZeroUsize::get),
            connections_per_peer: table.connections_per_peer,
            connection_lifetime: table
                .connection_lifetime_seconds
                .map_or(default.connection_lifetime, seconds),
            ..default
        }
    }
}

impl From<UnknownFieldsKey> for UnknownFields {
    fn from(key: UnknownFieldsKey) -> Self {
        match key {
            UnknownFieldsKey::Reject => Self::Reject,
            UnknownFieldsKey::Ignore => Self::Ignore,
        }
    }
}
