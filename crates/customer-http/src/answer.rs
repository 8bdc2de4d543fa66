//! HTTP responses: the envelopes of RULES, Responses.

use std::convert::Infallible;
use std::error::Error;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use customer_domain::{BodyError, Customer, ErrorCode, Failure, Success, Version, Violations};
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::condition::entity_tag;
use crate::rate_limit::RetryAfter;
use crate::transport::TransportCode;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Records are personal data: no cache between here and the caller keeps them.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// How long a client waits after a 503 that guarantees that nothing was done.
const UNAVAILABLE: RetryAfter = RetryAfter::from_secs(1);

/// The initial capacity: enough for most responses with one record, so that the buffer
/// does not grow.
const RECORD_BYTES: usize = 1024;

/// The response if another one cannot be serialized: the envelope of
/// `INTERNAL_ERROR`.
const FAULT: &str =
    "{\"status\":\"error\",\"message\":\"Something went wrong.\",\"code\":\"INTERNAL_ERROR\"}\n";

/// The response to a request that succeeded.
pub(crate) fn success<T: Serialize>(status: StatusCode, success: &Success<T>) -> Response {
    json(status, success)
}

/// The response with one record, and its version as the entity tag, besides the given
/// headers.
pub(crate) fn record(
    headers: HeaderMap,
    status: StatusCode,
    success: &Success<&Customer>,
) -> Response {
    let mut body = Vec::with_capacity(RECORD_BYTES);
    success.write_json(&mut body);
    body.push(b'\n');
    let mut response = response(headers, status, body.into());
    let tag = entity_tag(success.data().version());
    response.headers_mut().insert(ETAG, tag);
    response
}

fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    match serde_json::to_vec(body) {
        Ok(mut body) => {
            // So that a terminal prompt begins on its own line.
            body.push(b'\n');
            response(HeaderMap::new(), status, body.into())
        }
        Err(_) => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            response(HeaderMap::new(), status, FAULT.into())
        }
    }
}

fn response(headers: HeaderMap, status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    response
}

/// 304: the caller has this version of the record already.
pub(crate) fn not_modified(version: Version) -> Response {
    let headers = [(ETAG, entity_tag(version)), (CACHE_CONTROL, NO_STORE)];
    // Without a known size: axum would otherwise send the size of an empty body, which is
    // not the size of the record (RFC 9110 §8.6).
    let body = Body::from_stream(stream::empty::<Result<Bytes, Infallible>>());
    (StatusCode::NOT_MODIFIED, headers, body).into_response()
}

/// A document that is already JSON.
pub(crate) fn document(json: &'static str) -> Response {
    ([(CONTENT_TYPE, JSON)], json).into_response()
}

/// The response to a request that was rejected or failed.
#[derive(Debug)]
pub(crate) struct Rejection {
    status: StatusCode,
    failure: Failure,
    /// Boxed, so that a `Result` with this error stays small.
    headers: Option<Box<HeaderMap>>,
}

impl Rejection {
    const fn new(status: StatusCode, failure: Failure) -> Self {
        Self {
            status,
            failure,
            headers: None,
        }
    }

    /// 429, with the time to wait.
    pub(crate) fn retry_after(wait: RetryAfter) -> Self {
        Self::from(ErrorCode::RateLimitExceeded).wait(wait)
    }

    fn wait(self, wait: RetryAfter) -> Self {
        self.with_header(RETRY_AFTER, wait.as_secs().into())
    }

    /// Closes the connection, because the rest of the body was not read.
    pub(crate) fn closing(self) -> Self {
        self.with_header(CONNECTION, HeaderValue::from_static("close"))
    }

    /// Adds a header.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.get_or_insert_default().insert(name, value);
        self
    }
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        let is_unavailable = *failure.code() == ErrorCode::StoreUnavailable;
        let rejection = Self::new(status(failure.code()), failure);
        if is_unavailable {
            return rejection.wait(UNAVAILABLE);
        }
        rejection
    }
}

impl From<TransportCode> for Rejection {
    fn from(code: TransportCode) -> Self {
        let rejection = Self::new(status_code(code.http_status()), code.into());
        match code {
            TransportCode::Overloaded => rejection.wait(UNAVAILABLE),
            TransportCode::RouteNotFound
            | TransportCode::MethodNotAllowed
            | TransportCode::RequestTimeout => rejection,
        }
    }
}

impl From<ErrorCode> for Rejection {
    fn from(code: ErrorCode) -> Self {
        Failure::new(code).into()
    }
}

impl From<BodyError> for Rejection {
    fn from(error: BodyError) -> Self {
        Failure::from(error).into()
    }
}

impl From<Violations> for Rejection {
    fn from(violations: Violations) -> Self {
        Failure::from(violations).into()
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        log_fault(self.status, &self.failure);
        let mut response = json(self.status, &self.failure);
        if let Some(headers) = self.headers {
            response.headers_mut().extend(*headers);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 9110 §15.5.2 requires it.
            let challenge = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        // Read by the span of the request.
        response
            .extensions_mut()
            .insert(self.failure.code().clone());
        response
    }
}

/// The status of a response with a code of the domain.
pub(crate) fn status(code: &ErrorCode) -> StatusCode {
    status_code(code.http_status())
}

fn status_code(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Logs the causes of a failure of the service, which are not part of the response.
/// Those of a store contain no personal data.
pub(crate) fn log_fault(status: StatusCode, failure: &Failure) {
    if !status.is_server_error() {
        return;
    }
    let mut causes = String::new();
    let mut source = failure.source();
    while let Some(cause) = source {
        if !causes.is_empty() {
            causes.push_str(": ");
        }
        causes.push_str(&cause.to_string());
        source = cause.source();
    }
    let code = failure.code().as_str();
    tracing::error!(code, causes, "the request failed");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fallback_is_the_envelope_of_an_internal_error() {
        let envelope = serde_json::to_string(&Failure::new(ErrorCode::InternalError));
        assert_eq!(envelope.ok().as_deref(), Some(FAULT.trim_end()));
    }

    #[test]
    fn every_code_has_a_valid_http_status() {
        let domain = ErrorCode::ALL.iter().map(ErrorCode::http_status);
        let transport = TransportCode::ALL.iter().map(|code| code.http_status());
        for number in domain.chain(transport) {
            assert_eq!(status_code(number), number);
        }
    }
}
