//! The endpoint of customer records over HTTP: a router to mount in a service,
//! and a server for those who have none.
//!
//! All rules are those of [`customer_domain`]; this crate translates between
//! them and HTTP. A service brings four things: a store, a clock, a way to tell
//! [who a request comes from](Authenticator), and
//! [how often one may ask](RateLimiter).
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
//! /// Whoever knows the password acts for the one team.
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
//! let mut answer = String::new();
//! client.read_to_string(&mut answer).await?;
//! assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
//! assert!(answer.contains("etag: \"1\"\r\n"));
//!
//! drop(stop);
//! server.await??;
//! # Ok(())
//! # }
//! ```
//!
//! # The routes
//!
//! | | |
//! |---|---|
//! | `POST /partners/customers` | create: 201, `Location` |
//! | `GET /partners/customers` | a page of the team's customers; `search`, `page`, `limit`, `orderBy`, `orderDirection` (S7) |
//! | `GET /partners/customers/{uuid}` | read |
//! | `PUT`, `PATCH /partners/customers/{uuid}` | the same partial update |
//! | `DELETE /partners/customers/{uuid}` | delete: 200, `data` is null |
//! | `GET /partners/customers/find-by-email?email=` | find by the key of an email address (V3) |
//! | `PATCH`, `POST /partners/customers/bulk` | up to 100 updates, each on its own: 201 |
//! | `GET /healthz` | whether the service runs and its store can be used |
//! | `GET /openapi.json` | the file `openapi.json` of this crate: OpenAPI 3.1, with the default [`Limits`] |
//!
//! `HEAD` goes where `GET` does. [`CustomerApi::router`] has an answer for every
//! other path as well, to be served or nested under a prefix, which `Location`
//! then has, too; [`CustomerApi::routes`] is to be merged beside other routes.
//!
//! # What is answered
//!
//! The envelopes and codes are [`Success`](customer_domain::Success) and
//! [`Failure`](customer_domain::Failure). When more than one refusal applies, the
//! first of these is told:
//!
//! | | status | code |
//! |---|---|---|
//! | 1 | 404, 405 | `ROUTE_NOT_FOUND`, `METHOD_NOT_ALLOWED` with `Allow` |
//! | 2 | 413, 408 | `PAYLOAD_TOO_LARGE`, `REQUEST_TIMEOUT`: the body is not read |
//! | 3 | 415 | `UNSUPPORTED_MEDIA_TYPE`: not `application/json`, in UTF-8, not encoded |
//! | 4 | 401 | `UNAUTHORIZED`, the same for every cause |
//! | 5 | 429 | `RATE_LIMIT_EXCEEDED` with `Retry-After` |
//! | 6 | 400 | `INVALID_CUSTOMER_ID` |
//! | 7 | 400 | `MALFORMED_JSON`, `VALIDATION_FAILED`, for the query as for the body |
//! | 8 | 404 | `CUSTOMER_NOT_FOUND` |
//! | 9 | 412 | `PRECONDITION_FAILED` |
//! | 10 | 409 | `EMAIL_ALREADY_EXISTS`, `CONCURRENT_UPDATE` |
//! | | 500, 503 | `INTERNAL_ERROR`, `STORE_UNAVAILABLE`, `OUTCOME_UNKNOWN`; the cause is only in the log |
//!
//! So the body is read before it is known who sent it, for the signature is over
//! its bytes; nothing in it is parsed until it is. A body that breaks off, or
//! whose chunks are none, is `MALFORMED_JSON`. The codes of [`TransportCode`] and
//! the precedence beyond that of SPEC §7 are decisions of this project.
//!
//! The answer to a bulk update is a success whatever became of its rows: `data`
//! has `successCount`, `errorCount` and `results`, in the order of the rows. A
//! result is `{index, success: true, customer, warnings?}` or
//! `{index, success: false, error}`, where `error` is the whole envelope that an
//! update of that customer alone would have been refused with. A row is read by
//! the very code that reads an update ([`BulkUpdate`](customer_domain::BulkUpdate)).
//!
//! # Conditional requests
//!
//! `ETag` is the version of the record, on every answer with one record. By
//! RFC 9110:
//!
//! - `If-Match` on a write or a read is compared strongly, so that no weak tag
//!   matches; it may be a list or `*`. When none matches: 412, after 404.
//! - `If-None-Match` is compared weakly: 304 for a read, 412 for a write.
//! - A condition that cannot be read protects what it was meant to: a write under
//!   it is refused with 412, and `If-None-Match` on a read is passed over.
//! - The collection, where `POST` and the bulk update go, is there and has no
//!   version: `If-Match: *` holds, any other does not.
//! - `find-by-email` has the tag of the customer that `Content-Location` names,
//!   and passes over conditions: two customers of version 1 can follow one another
//!   under that path.
//!
//! # Limits
//!
//! [`Limits`] are those of a request, [`ServerLimits`](server::ServerLimits) those
//! of a connection. A head that is too large is answered with 431 and what is no
//! HTTP with 400, by the server and so without an envelope.
//!
//! # What is told to those who run it
//!
//! Each request has a `tracing` span `request` with `request_id`, `method`,
//! `route`, `status` and `code`, and an event `answered` with `duration_us` in
//! it. The name of the request is the caller's `x-request-id` when that is at most
//! 64 letters, digits, hyphens and underscores, otherwise a new one; the answer
//! has it, too. The route is the template and never the path, in which an email
//! address can be. No value of a record, and nothing a caller sent, is traced.
//!
//! A store that panics is answered for with `INTERNAL_ERROR`.

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
mod connection;
mod limits;
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
pub use limits::Limits;
pub use rate_limit::{RateLimiter, RequestsPerMinute, RetryAfter};
pub use transport::TransportCode;
