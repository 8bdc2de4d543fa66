//! The endpoint of customer records over HTTP: a router to mount, and a server.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

mod api;
mod auth;
mod config;
mod limits;
mod rate_limit;

pub use api::CustomerApi;
pub use auth::{
    Authenticator, BindError, Caller, ClientId, ConfigAuthenticator, Credentials,
    DevelopmentAuthenticator, SigningKey, Unauthorized, UserId,
};
pub use config::{Config, ConfigError};
pub use limits::Limits;
pub use rate_limit::{RateLimiter, RequestsPerMinute, RetryAfter};
