//! Request admission: size, content type, authentication and rate limit (413/415 → 401 →
//! 429, the precedence of RULES, Responses), before the body is parsed.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use customer_domain::{BodyError, Clock, CustomerStore, Details, ErrorCode, Failure, Timestamp};
use http::header::EXPECT;
use http::request::Parts;
use http::{HeaderMap, Uri};
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::answer::Rejection;
use crate::api::CustomerApi;
use crate::auth::{Authenticator, Caller, Credentials, Unauthorized};
use crate::body_budget::{Charge, Exhausted};
use crate::connection::Connection;
use crate::limits::Limits;
use crate::media_type;
use crate::rate_limit::RateLimiter;
use crate::transport::TransportCode;

/// How much of the rest of a rejected body is read and discarded, so that a client
/// that sends all of it before it reads gets the response.
const DISCARDED_BYTES: usize = 2 * 1024 * 1024;

/// How long that may take.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(1);

/// The body that a route takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// No body. If there is one, it is read only for authentication.
    Nothing,
    /// JSON about one customer.
    Json,
    /// JSON about many.
    BulkJson,
}

impl Takes {
    const fn max_bytes(self, limits: &Limits) -> usize {
        match self {
            Self::Nothing | Self::Json => limits.body_bytes,
            Self::BulkJson => limits.bulk_body_bytes,
        }
    }

    const fn is_json(self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Json | Self::BulkJson => true,
        }
    }
}

/// A request whose caller is known.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) caller: Caller,
    pub(crate) body: Bytes,
    head: Parts,
    /// When the caller was authenticated.
    at: Timestamp,
}

impl Admitted {
    pub(crate) const fn uri(&self) -> &Uri {
        &self.head.uri
    }

    pub(crate) const fn head(&self) -> &Parts {
        &self.head
    }

    pub(crate) const fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The response to a body with that error, with a message for the usual causes of
    /// malformed JSON.
    pub(crate) fn invalid(&self, error: BodyError) -> Rejection {
        let is_malformed = matches!(error, BodyError::Malformed(_));
        let failure = Failure::from(error);
        Rejection::from(match cause(&self.body) {
            Some(message) if is_malformed => failure.with_message(message),
            Some(_) | None => failure,
        })
    }
}

/// Why a body is not JSON, if its first bytes show it.
fn cause(body: &[u8]) -> Option<&'static str> {
    match body {
        [] => Some("The request body is empty; it must be a JSON object."),
        [0xEF, 0xBB, 0xBF, ..] => Some("The request body must not begin with a byte order mark."),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, _, ..] | [_, 0, ..] => {
            Some("The request body must be in UTF-8, not in UTF-16 or UTF-32.")
        }
        _ => None,
    }
}

impl<S, C, A, R> CustomerApi<S, C, A, R>
where
    S: CustomerStore + 'static,
    C: Clock + 'static,
    A: Authenticator,
    R: RateLimiter,
{
    /// Reads a request and finds its caller.
    ///
    /// # Errors
    ///
    /// The first that applies of 413 or 408, 415, 401 and 429; 401 before the body is
    /// read, if the headers alone prove it; 503 if there is no memory for the body.
    pub(crate) async fn admit(
        &self,
        request: Request,
        takes: Takes,
    ) -> Result<Admitted, Rejection> {
        let (head, body) = request.into_parts();
        if let Err(rejection) = self.check_head(&head, &body, takes) {
            return Err(self.discard(&head, body, rejection).await);
        }
        let connection = head.extensions.get::<Arc<Connection>>();
        let peer = connection.map(|connection| connection.peer());
        let mut charge = self.body_budget.charge(peer);
        let body = if body.is_end_stream() {
            Bytes::new()
        } else {
            connection.inspect(|connection| connection.wait());
            let body = self.receive(&head, body, takes, &mut charge).await?;
            connection.inspect(|connection| connection.work());
            body
        };
        let (credentials, at) = (credentials(&head, &body), self.clock.now());
        let caller = self.authenticator.authenticate(&credentials, at);
        let caller = caller.await.map_err(unauthorized)?;
        drop(charge);
        self.rate_limiter
            .check(caller.client())
            .map_err(Rejection::retry_after)?;
        Ok(Admitted {
            caller,
            body,
            head,
            at,
        })
    }

    /// What can be checked without the body.
    fn check_head(&self, head: &Parts, body: &Body, takes: Takes) -> Result<(), Rejection> {
        if announced(body) > takes.max_bytes(&self.limits) {
            return Err(ErrorCode::PayloadTooLarge.into());
        }
        if takes.is_json() {
            media_type::check(head)?;
        }
        if body.is_end_stream() {
            // The caller is authenticated next.
            return Ok(());
        }
        let checked = self
            .authenticator
            .check_headers(&head.headers, self.clock.now());
        checked.map_err(unauthorized)
    }

    async fn receive(
        &self,
        head: &Parts,
        body: Body,
        takes: Takes,
        charge: &mut Charge<'_>,
    ) -> Result<Bytes, Rejection> {
        let max = takes.max_bytes(&self.limits);
        let read = timeout(self.limits.body_timeout, read(body, max, charge)).await;
        Err(match read {
            Ok(Ok(body)) => return Ok(body),
            Ok(Err(Unread::TooLarge(rest))) => {
                self.discard(head, rest, ErrorCode::PayloadTooLarge.into())
                    .await
            }
            // A body that breaks off or violates HTTP is not JSON.
            Ok(Err(Unread::Broken)) => Rejection::from(ErrorCode::MalformedJson).closing(),
            Ok(Err(Unread::NoMemory)) => Rejection::from(TransportCode::Overloaded).closing(),
            Err(_) => Rejection::from(TransportCode::RequestTimeout).closing(),
        })
    }

    /// Discards the body of a rejected request. If that takes too much or too long, or
    /// if the client waits for `100 Continue`, the connection is closed instead.
    async fn discard(&self, head: &Parts, body: Body, rejection: Rejection) -> Rejection {
        let patience = self.limits.body_timeout.min(DISCARD_TIMEOUT);
        let is_done = body.is_end_stream()
            || !head.headers.contains_key(EXPECT)
                && timeout(patience, drain(body)).await == Ok(true);
        if is_done {
            rejection
        } else {
            rejection.closing()
        }
    }

    /// Executes the operation of a valid request in the store, once for each signature:
    /// uses up the credentials, and releases them if the store did nothing.
    ///
    /// # Errors
    ///
    /// 401 if the credentials were used before, otherwise the failure of the operation.
    pub(crate) async fn once<T>(
        &self,
        admitted: &Admitted,
        operation: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Rejection> {
        let credentials = credentials(&admitted.head, &admitted.body);
        let caller = &admitted.caller;
        let claimed = self.authenticator.claim(&credentials, caller, admitted.at);
        claimed.await.map_err(unauthorized)?;
        let outcome = operation.await;
        if let Err(failure) = &outcome
            && *failure.code() == ErrorCode::StoreUnavailable
        {
            self.authenticator.release(&credentials, caller).await;
        }
        Ok(outcome?)
    }
}

fn credentials<'a>(head: &'a Parts, body: &'a [u8]) -> Credentials<'a> {
    Credentials {
        method: &head.method,
        path: head.uri.path(),
        headers: &head.headers,
        body,
    }
}

fn unauthorized(unauthorized: Unauthorized) -> Rejection {
    tracing::debug!(reason = unauthorized.reason(), "not authenticated");
    let failure = Failure::new(ErrorCode::Unauthorized);
    if !unauthorized.is_replay() {
        return failure.into();
    }
    let mut details = Details::default();
    details.reason = Some("SIGNATURE_USED".into());
    let message = "The signature was already used; sign the request again.";
    failure.with_message(message).with_details(details).into()
}

/// Why a body was not read.
enum Unread {
    /// It is larger than the limit; the rest of it.
    TooLarge(Body),
    Broken,
    NoMemory,
}

impl From<Exhausted> for Unread {
    fn from(_: Exhausted) -> Self {
        Self::NoMemory
    }
}

/// Reads a body of at most that size, and charges it as it arrives. One that arrives in
/// one piece is not copied.
async fn read(mut body: Body, max: usize, charge: &mut Charge<'_>) -> Result<Bytes, Unread> {
    let mut first = Bytes::new();
    let mut all = Vec::new();
    while let Some(data) = next(&mut body).await? {
        if first.len().max(all.len()) + data.len() > max {
            return Err(Unread::TooLarge(body));
        }
        charge.add(data.len()).await?;
        if first.is_empty() {
            first = data;
            continue;
        }
        if all.is_empty() {
            all.extend_from_slice(&first);
        }
        all.extend_from_slice(&data);
    }
    Ok(if all.is_empty() { first } else { all.into() })
}

/// A lower bound for the size of a body, from `Content-Length`.
fn announced(body: &Body) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

async fn next(body: &mut Body) -> Result<Option<Bytes>, Unread> {
    while let Some(frame) = body.frame().await {
        // Trailers are ignored.
        if let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// Whether the rest of a body was read to its end.
async fn drain(mut body: Body) -> bool {
    let mut room = DISCARDED_BYTES;
    if announced(&body) > room {
        return false;
    }
    while let Ok(Some(data)) = next(&mut body).await {
        match room.checked_sub(data.len()) {
            Some(left) => room = left,
            None => return false,
        }
    }
    body.is_end_stream()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body_budget::BodyBudget;

    #[tokio::test]
    async fn a_body_of_many_pieces_is_read_up_to_the_limit() {
        let budget = BodyBudget::new(&Limits::DEFAULT);
        for (pieces, max, len) in [
            (&[][..], 0, Some(0)),
            (&["ab"], 2, Some(2)),
            (&["ab"], 1, None),
            (&["a", "", "b", "c"], 3, Some(3)),
            (&["a", "b", "cd"], 3, None),
        ] {
            let stream =
                futures_util::stream::iter(pieces.iter().map(|p| Ok::<_, axum::Error>(*p)));
            let outcome = read(Body::from_stream(stream), max, &mut budget.charge(None)).await;
            assert_eq!(outcome.ok().map(|body| body.len()), len, "{pieces:?}");
        }
    }
}
