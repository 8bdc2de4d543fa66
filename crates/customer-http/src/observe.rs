//! The trace of a request: a span without personal data.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};

use axum::extract::{MatchedPath, Request};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use customer_domain::ErrorCode;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::level_filters::LevelFilter;
use tracing::{Instrument, Span};
use uuid::Uuid;

use crate::answer::Rejection;

/// The header with the id of a request, in both directions.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is accepted from the caller, in bytes.
const MAX_REQUEST_ID_BYTES: usize = 64;

/// A handler with its state and the request it traces. A layer of the router would need
/// two more boxes and a clone of the route per request; extractors would need one more
/// box.
#[derive(Clone)]
pub(crate) struct Observed<H>(pub(crate) H);

impl<H, F, S> Handler<(), S> for Observed<H>
where
    H: FnOnce(S, Box<Request>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output: IntoResponse> + Send + 'static,
    S: Send + 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    /// Assigns an id, executes the request in a span, and converts a panic into a
    /// response.
    fn call(self, request: Request, state: S) -> Self::Future {
        let id = RequestId::of(request.headers());
        let span = span(&request, &id);
        // Unless tracing is disabled. `enabled!` would not do: filters of layers cache
        // its result for the next event.
        let started = (LevelFilter::current() >= LevelFilter::INFO).then(Instant::now);
        // A future keeps its arguments to the end, so they are small.
        let request = Box::new(request);
        // Each future is created where it is awaited: if moved, it would be stored twice.
        Box::pin(async move {
            let answering = self.0(state, request).map(IntoResponse::into_response);
            let answering = AssertUnwindSafe(answering).catch_unwind();
            let mut answering = pin!(answering.instrument(span));
            let answered = answering.as_mut().await;
            let span = answering.span();
            let mut response = span.in_scope(|| {
                let response = answered.unwrap_or_else(|_| panicked());
                if let Some(started) = started {
                    record(span, &response, started);
                }
                response
            });
            response.headers_mut().insert(REQUEST_ID, id.0);
            response
        })
    }
}

/// The span has the template of the route and never the path, which can contain
/// anything, nor the query, which can contain an email address.
fn span(request: &Request, id: &RequestId) -> Span {
    tracing::info_span!(
        "request",
        request_id = %id,
        method = method(request.method()),
        route = request.extensions().get().map_or("", MatchedPath::as_str),
        status = Empty,
        code = Empty,
    )
}

/// The panic hook of the process has reported it already.
fn panicked() -> Response {
    tracing::error!("the request panicked");
    Rejection::from(ErrorCode::InternalError)
        .closing()
        .into_response()
}

fn record(span: &Span, response: &Response, started: Instant) {
    span.record("status", response.status().as_u16());
    if let Some(code) = response.extensions().get::<ErrorCode>() {
        span.record("code", code.as_str());
    }
    let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::info!(duration_us, "answered");
}

/// The method, if it is a standard one: the caller can choose any other.
fn method(method: &Method) -> &str {
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
        Method::CONNECT,
    ];
    if known.contains(method) {
        method.as_str()
    } else {
        "OTHER"
    }
}

/// The id of a request.
struct RequestId(HeaderValue);

impl RequestId {
    /// The caller's, if it is well-formed, so that both logs have the same id;
    /// otherwise a new one.
    fn of(headers: &HeaderMap) -> Self {
        match headers.get(REQUEST_ID) {
            Some(sent) if is_well_formed(sent) => Self(sent.clone()),
            Some(_) | None => Self::random(),
        }
    }

    fn random() -> Self {
        let mut buffer = Uuid::encode_buffer();
        let text = Uuid::new_v4().hyphenated().encode_lower(&mut buffer);
        // Hexadecimal digits and hyphens are valid in a header.
        Self(HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("unknown")))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// Letters, digits, hyphens and underscores, and so never an email address.
fn is_well_formed(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    (1..=MAX_REQUEST_ID_BYTES).contains(&bytes.len())
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_taken_from_the_caller_only_when_it_is_well_formed() {
        for (sent, taken) in [
            ("a", true),
            ("4bf92f3577b34da6a3ce929d0e0e4736", true),
            ("A-z_9", true),
            (&*"x".repeat(64), true),
            (&*"x".repeat(65), false),
            ("", false),
            ("ann@acme.example", false),
            ("ann.lee", false),
            ("a b", false),
            ("é", false),
        ] {
            let value = HeaderValue::from_bytes(sent.as_bytes()).unwrap();
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, value.clone());
            assert_eq!(RequestId::of(&headers).0 == value, taken, "{sent}");
        }
    }

    #[test]
    fn an_unknown_method_is_logged_as_other() {
        let odd = Method::from_bytes(b"ANN").unwrap();
        assert_eq!(method(&odd), "OTHER");
        assert_eq!(method(&Method::PATCH), "PATCH");
    }
}
