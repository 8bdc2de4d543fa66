//! Signed requests.

use customer_domain::Timestamp;
use customer_http::{
    Authenticator, Caller, Config, ConfigAuthenticator, Credentials, SigningKey, Unauthorized,
};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

pub(crate) const SHOP_SECRET: &str = "kept-between-the-client-and-the-server";
pub(crate) const BANK_SECRET: &str = "another-secret-between-others-of-them";
pub(crate) const TOKEN: &str = "a-token-drawn-at-random";

/// Two clients and some tokens; `TOKEN` is of a user of the first team.
pub(crate) const CONFIG: &str = include_str!("../config.toml");

/// A request with its credentials.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn config() -> Config {
    Config::from_toml(CONFIG).unwrap()
}

pub(crate) fn authenticator() -> ConfigAuthenticator {
    config().authenticator()
}

/// 2026-11-25T12:00:00Z
pub(crate) fn noon() -> Timestamp {
    Timestamp::parse("2026-11-25T12:00:00Z").unwrap()
}

impl Request {
    /// An update by the client `shop`, signed at noon, with every required header.
    pub(crate) fn update() -> Self {
        let path = "/partners/customers/67e55044-10b1-426f-9247-bb680e5fe0c8";
        Self::signed(Method::PATCH, path, "1795608000", br#"{"mainPhone":null}"#)
    }

    /// A request by the client `shop`, with every required header.
    pub(crate) fn signed(method: Method, path: &str, timestamp: &str, body: &[u8]) -> Self {
        let request = Self {
            method,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: body.to_vec(),
        };
        request
            .with("x-client-id", "shop")
            .with("authorization", &format!("Bearer {TOKEN}"))
            .sign(SHOP_SECRET, timestamp)
    }

    /// Signs the current content.
    pub(crate) fn sign(self, secret: &str, timestamp: &str) -> Self {
        let key = SigningKey::new(secret.as_bytes());
        let signature = key.sign(&self.method, &self.path, timestamp, &self.body);
        self.with("x-timestamp", timestamp)
            .with("x-signature", &signature)
    }

    /// Sets a header, replacing any with the same name.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.headers.remove(name);
        self
    }

    /// The request with two values of that header.
    pub(crate) fn twice(mut self, name: &'static str) -> Self {
        let value = self.headers[name].clone();
        self.headers.append(name, value);
        self
    }

    pub(crate) fn credentials(&self) -> Credentials<'_> {
        Credentials {
            method: &self.method,
            path: self.path.split('?').next().unwrap(),
            headers: &self.headers,
            body: &self.body,
        }
    }

    /// The result of an authenticator.
    pub(crate) fn authenticate(
        &self,
        authenticator: &ConfigAuthenticator,
        now: Timestamp,
    ) -> Result<Caller, Unauthorized> {
        let credentials = self.credentials();
        let authenticated = authenticator.authenticate(&credentials, now);
        authenticated.now_or_never().unwrap()
    }

    /// Claims its signature.
    pub(crate) fn claim(
        &self,
        authenticator: &ConfigAuthenticator,
        now: Timestamp,
    ) -> Result<(), Unauthorized> {
        let caller = self.authenticate(authenticator, now)?;
        let credentials = self.credentials();
        let claimed = authenticator.claim(&credentials, &caller, now);
        claimed.now_or_never().unwrap()
    }
}
