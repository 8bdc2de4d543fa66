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

mod admit;
mod answer;
mod api;
mod auth;
mod condition;
mod config;
mod limits;
mod observe;
mod openapi;
mod rate_limit;
mod routes;
pub mod server;

pub use api::CustomerApi;
pub use auth::{
    Authenticator, BindError, Caller, ClientId, ConfigAuthenticator, Credentials,
    DevelopmentAuthenticator, SigningKey, Unauthorized, UserId,
};
pub use config::{Config, ConfigError};
pub use limits::Limits;
pub use rate_limit::{RateLimiter, RequestsPerMinute, RetryAfter};
