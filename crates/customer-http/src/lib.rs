//! HTTP endpoint for customer records: a router to mount in an axum service, and a server
//! to run it.
//!
//! All rules are those of [`customer_domain`]; this crate translates between them and
//! HTTP. A service provides four things: a store, a clock, an [`Authenticator`] and a
//! [`RateLimiter`].
//!
//! ```
//! use axum::Router;
//! use axum::routing::get;
//! use customer_domain::{FnClock, TeamId, Timestamp};
//! use customer_http::server::{ServerLimits, serve};
//! use customer_http::{
//!     Authenticator, Caller, ClientId, Credentials, CustomerApi, Unauthorized,
//! };
//! use customer_memory::MemoryStore;
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use tokio::net::{TcpListener, TcpStream};
//! use tokio::sync::oneshot;
//!
//! /// Every caller that knows the password acts for the one team.
//! struct Password(TeamId);
//!
//! impl Authenticator for Password {
//!     async fn authenticate(
//!         &self,
//!         request: &Credentials<'_>,
//!         _now: Timestamp,
//!     ) -> Result<Caller, Unauthorized> {
//!         match request.headers.get("authorization") {
//!             Some(value) if value == "Bearer swordfish" => {
//!                 Ok(Caller::new(ClientId::new("only"), self.0))
//!             }
//!             Some(_) => Err(Unauthorized::because("wrong password")),
//!             None => Err(Unauthorized::because("no password")),
//!         }
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let noon = Timestamp::parse("2026-11-23T12:00:00Z")?; // a service has a real clock
//! let team = TeamId::parse("00000000-0000-0000-0000-000000000001")?;
//! let unlimited = |_: &ClientId| Ok(());
//! let api = CustomerApi::new(MemoryStore::new(), FnClock(move || noon), Password(team), unlimited);
//! let service = Router::new().route("/", get(|| async { "home" })).merge(api.routes());
//!
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let mut client = TcpStream::connect(listener.local_addr()?).await?;
//! let (stop, stopped) = oneshot::channel::<()>();
//! let shutdown = async { drop(stopped.await) };
//! let server = tokio::spawn(serve(listener, service, ServerLimits::DEFAULT, shutdown));
//!
//! client.write_all(b"POST /partners/customers HTTP/1.1\r\n\
//!     host: localhost\r\nauthorization: Bearer swordfish\r\n\
//!     content-type: application/json\r\ncontent-length: 46\r\nconnection: close\r\n\r\n\
//!     {\"customer\":\"Acme\",\"email\":\"ann@acme.example\"}").await?;
//! let mut response = String::new();
//! client.read_to_string(&mut response).await?;
//! assert!(response.starts_with("HTTP/1.1 201 Created\r\n"), "{response}");
//! assert!(response.contains("etag: \"1\"\r\n"));
//!
//! drop(stop);
//! server.await??;
//! # Ok(())
//! # }
//! ```
//!
//! # Routes
//!
//! | | |
//! |---|---|
//! | `POST /partners/customers` | create: 201, `Location` |
//! | `GET /partners/customers` | a page of the team's customers; `search`, `page`, `limit`, `orderBy`, `orderDirection` (S7) |
//! | `GET /partners/customers/{uuid}` | read |
//! | `PUT`, `PATCH /partners/customers/{uuid}` | the same partial update |
//! | `DELETE /partners/customers/{uuid}` | delete: 200, `data` is null |
//! | `GET /partners/customers/find-by-email?email=` | find by the key of an email address (V3) |
//! | `POST /partners/customers/bulk` | up to 100 creates, each on its own: 201 (B1) |
//! | `PATCH /partners/customers/bulk` | up to 100 updates, each on its own: 201 (B1) |
//! | `GET /healthz` | whether the service runs and its store can be used |
//! | `GET /openapi.json` | the file `openapi.json` of this crate: OpenAPI 3.1, with the default [`Limits`] |
//!
//! Every route with `GET` supports `HEAD`. [`CustomerApi::router`] has a response for
//! every other path as well, to be served or nested under a prefix, which `Location`
//! then has, too; [`CustomerApi::routes`] is to be merged with other routes.
//!
//! In a query, `+` is a space as in forms, except in `email`: many email addresses
//! contain a plus sign, and none contains a space.
//!
//! # Responses
//!
//! The envelopes and codes are [`Success`](customer_domain::Success) and
//! [`Failure`](customer_domain::Failure), as JSON that ends with a line feed. If more
//! than one error applies, the response reports the first of these:
//!
//! | | status | code |
//! |---|---|---|
//! | 1 | 404, 405 | `ROUTE_NOT_FOUND`, `METHOD_NOT_ALLOWED` with `Allow` |
//! | 2 | 413, 408 | `PAYLOAD_TOO_LARGE`, `REQUEST_TIMEOUT`: the body is not read |
//! | 3 | 415 | `UNSUPPORTED_MEDIA_TYPE`: not `application/json`, in UTF-8, not encoded |
//! | 4 | 401 | `UNAUTHORIZED`, the same for every cause, except a replay |
//! | 5 | 429 | `RATE_LIMIT_EXCEEDED` with `Retry-After` |
//! | 6 | 400 | `INVALID_CUSTOMER_ID` |
//! | 7 | 400 | `MALFORMED_JSON`, `VALIDATION_FAILED`, for the query as for the body |
//! | 8 | 404 | `CUSTOMER_NOT_FOUND` |
//! | 9 | 412 | `PRECONDITION_FAILED` |
//! | 10 | 409 | `EMAIL_ALREADY_EXISTS`, `CONCURRENT_UPDATE` |
//! | | 503 | `STORE_UNAVAILABLE`, `OVERLOADED` with `Retry-After`: nothing was done |
//! | | 503 | `OUTCOME_UNKNOWN`: a write may have happened |
//! | | 500 | `INTERNAL_ERROR`; the cause is only in the log |
//!
//! The body is read before the caller is known, because the signature covers it, and
//! nothing in it is parsed until then. If the headers alone prove a 415 or 401, the
//! body is not read and not waited for. A body that breaks off, or whose chunks are
//! invalid, is `MALFORMED_JSON`. The codes of [`TransportCode`] and the precedence
//! beyond that of RULES, Responses are decisions of this project.
//!
//! The response to a bulk request is a success, also if rows fail:
//! `data` has `successCount`, `errorCount` and `results`, in the order of the rows. A
//! result is `{index, success: true, customer, warnings?}` or
//! `{index, success: false, error}`, where `error` is the whole response that the
//! single operation would have had (B2). All rows together report at most 100
//! violations (B3). The valid rows are one batch of the store (S10).
//!
//! # Replays
//!
//! The signature of a write is accepted once; see [`ConfigAuthenticator`]. Another
//! [`Authenticator`] decides for itself.
//!
//! # Conditional requests
//!
//! `ETag` is the version of the record, on every response with one record. By
//! RFC 9110:
//!
//! - `If-Match` on a write or a read is compared strongly, so that no weak tag
//!   matches; it may be a list or `*`. If none matches: 412, after 404.
//! - `If-None-Match` is compared weakly: 304 for a read, 412 for a write.
//! - A write with a malformed condition is 412, with a specific message; a
//!   malformed `If-None-Match` on a read is ignored.
//! - The collection, to which `POST` and the bulk requests go, exists and has no
//!   version: `If-Match: *` is true, any other is false.
//! - `find-by-email` has the tag of the customer that `Content-Location` names, and
//!   ignores conditions: two customers of version 1 can follow one another under that
//!   path.
//!
//! # Limits
//!
//! [`Limits`] are those of a request, [`ServerLimits`](server::ServerLimits) those of
//! a connection. The server rejects requests that violate HTTP, and heads that are too
//! large, with 400, 414 and 431, without an envelope.
//!
//! # Logs
//!
//! Each request has a `tracing` span `request` with `request_id`, `method`, `route`,
//! `status` and `code`, and an event `answered` with `duration_us` in it. The id of the
//! request is the caller's `x-request-id` if that is at most 64 letters, digits,
//! hyphens and underscores, otherwise a new one; the response has it, too. The route is
//! the template and never the path, which can contain an email address. No value of a
//! record, and nothing that a caller sent, is logged.
//!
//! If a store panics, the response is `INTERNAL_ERROR`.

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
mod body_budget;
mod condition;
mod config;
mod connection;
mod extract;
mod limits;
mod media_type;
mod observe;
mod query;
mod rate_limit;
mod routes;
pub mod server;
mod transport;

pub use api::CustomerApi;
pub use auth::{
    Authenticator, BindError, Caller, ClientId, ConfigAuthenticator, Credentials,
    DevelopmentAuthenticator, SigningKey, Unauthorized, UserId,
};
pub use config::{Config, ConfigError};
pub use extract::{CustomerBody, CustomerResponse, ErrorResponse, ReadBody};
pub use limits::Limits;
pub use rate_limit::{RateLimiter, RequestsPerMinute, RetryAfter};
pub use transport::TransportCode;
