//! Request admission: size, content type, authentication and rate limit (413/415 → 401 →
//! 429, the precedence of RULES, Responses), before the body is parsed.

use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use customer_domain::{BodyError, Clock, CustomerStore, Details, ErrorCode, Failure, Timestamp};
use futures_util::FutureExt;
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

    /// An empty map in the memory of the headers, for those of the response.
    pub(crate) fn into_empty_headers(self: Box<Self>) -> HeaderMap {
        let mut headers = self.head.headers;
        headers.clear();
        headers
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
    /// The first that applies of 413 or 408, 415, 401 and 429; 401 before waiting for the
    /// body, if the headers alone prove it; 503 if there is no memory for the body.
    pub(crate) async fn admit(
        &self,
        mut request: Box<Request>,
        takes: Takes,
    ) -> Result<Box<Admitted>, Rejection> {
        let checked = self.check_head(&request, takes);
        if let Err(rejection) = checked {
            return Err(Box::pin(self.discard(&mut request, rejection)).await);
        }
        let peer = Connection::current().map(|connection| connection.peer());
        let mut charge = self.body_budget.charge(peer);
        let body = self.receive(&mut request, takes, &mut charge).await?;
        let at = self.clock.now();
        let credentials = Credentials {
            method: request.method(),
            path: request.uri().path(),
            headers: request.headers(),
            body: &body,
        };
        let caller = self.authenticator.authenticate(&credentials, at);
        let caller = caller.await.map_err(unauthorized)?;
        drop(charge);
        self.rate_limiter
            .check(caller.client())
            .map_err(Rejection::retry_after)?;
        Ok(Box::new(Admitted {
            caller,
            body,
            head: request.into_parts().0,
            at,
        }))
    }

    /// What can be checked without the body.
    fn check_head(&self, request: &Request, takes: Takes) -> Result<(), Rejection> {
        if announced(request.body()) > takes.max_bytes(&self.limits) {
            return Err(ErrorCode::PayloadTooLarge.into());
        }
        if takes.is_json() {
            media_type::check(request)?;
        }
        Ok(())
    }

    /// Receives the body. Most have arrived together with the head; otherwise it checks
    /// the headers before it waits.
    async fn receive(
        &self,
        request: &mut Request,
        takes: Takes,
        charge: &mut Charge<'_>,
    ) -> Result<Bytes, Rejection> {
        if request.body().is_end_stream() {
            return Ok(Bytes::new());
        }
        let max = takes.max_bytes(&self.limits);
        let arrived = if expects_continue(request) {
            // Reading would ask the client for the body.
            None
        } else {
            next(request.body_mut()).now_or_never()
        };
        match arrived {
            Some(Ok(Some(whole)))
                if request.body().is_end_stream()
                    && whole.len() <= max
                    && charge.try_add(whole.len()) =>
            {
                Ok(whole)
            }
            begun => Box::pin(self.wait_for_body(request, begun, max, charge)).await,
        }
    }

    async fn wait_for_body(
        &self,
        request: &mut Request,
        begun: Option<Read>,
        max: usize,
        charge: &mut Charge<'_>,
    ) -> Result<Bytes, Rejection> {
        let (headers, now) = (request.headers(), self.clock.now());
        if let Err(error) = self.authenticator.check_headers(headers, now) {
            return Err(self.discard(request, unauthorized(error)).await);
        }
        let connection = Connection::current();
        connection.as_ref().inspect(|connection| connection.wait());
        let body = read(begun, request.body_mut(), max, charge);
        let read = timeout(self.limits.body_timeout, body).await;
        connection.as_ref().inspect(|connection| connection.work());
        Err(match read {
            Ok(Ok(body)) => return Ok(body),
            Ok(Err(Unread::TooLarge)) => {
                let too_large = Rejection::from(ErrorCode::PayloadTooLarge);
                self.discard(request, too_large).await
            }
            // A body that breaks off or violates HTTP is not JSON.
            Ok(Err(Unread::Broken)) => Rejection::from(ErrorCode::MalformedJson).closing(),
            Ok(Err(Unread::NoMemory)) => Rejection::from(TransportCode::Overloaded).closing(),
            Err(_) => Rejection::from(TransportCode::RequestTimeout).closing(),
        })
    }

    /// Discards the body of a rejected request. If that takes too much or too long, or
    /// if the client waits for `100 Continue`, the connection is closed instead.
    async fn discard(&self, request: &mut Request, rejection: Rejection) -> Rejection {
        let patience = self.limits.body_timeout.min(DISCARD_TIMEOUT);
        let is_done = request.body().is_end_stream()
            || !expects_continue(request)
                && timeout(patience, drain(request.body_mut())).await == Ok(true);
        if is_done {
            rejection
        } else {
            rejection.closing()
        }
    }

    /// Executes the operation of a valid request in the store, once for each signature:
    /// uses up the credentials, and releases them if the store did nothing. The operation
    /// is pinned by the caller: if moved, it would be stored twice.
    ///
    /// # Errors
    ///
    /// 401 if the credentials were used before, otherwise the failure of the operation.
    pub(crate) async fn once<T>(
        &self,
        admitted: &Admitted,
        operation: Pin<&mut impl Future<Output = Result<T, Failure>>>,
    ) -> Result<T, Rejection> {
        let credentials = Credentials {
            method: &admitted.head.method,
            path: admitted.head.uri.path(),
            headers: &admitted.head.headers,
            body: &admitted.body,
        };
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

fn expects_continue(request: &Request) -> bool {
    request.headers().contains_key(EXPECT)
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
    /// It is larger than the limit.
    TooLarge,
    Broken,
    NoMemory,
}

impl From<Exhausted> for Unread {
    fn from(_: Exhausted) -> Self {
        Self::NoMemory
    }
}

/// The next data of a body; `None` at its end.
type Read = Result<Option<Bytes>, Unread>;

/// Reads a body of at most that size, of which the first part may have been read, and
/// charges it as it arrives. One that arrives in one piece is not copied.
async fn read(
    begun: Option<Read>,
    body: &mut Body,
    max: usize,
    charge: &mut Charge<'_>,
) -> Result<Bytes, Unread> {
    let mut begun = begun;
    let mut first = Bytes::new();
    let mut all = Vec::new();
    loop {
        let read = match begun.take() {
            Some(read) => read,
            None => next(body).await,
        };
        let Some(data) = read? else {
            break;
        };
        if first.len().max(all.len()) + data.len() > max {
            return Err(Unread::TooLarge);
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

async fn next(body: &mut Body) -> Read {
    while let Some(frame) = body.frame().await {
        // Trailers are ignored.
        if let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// Whether the rest of a body was read to its end.
async fn drain(body: &mut Body) -> bool {
    let mut room = DISCARDED_BYTES;
    if announced(body) > room {
        return false;
    }
    while let Ok(Some(data)) = next(body).await {
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
            let outcome = read(
                None,
                &mut Body::from_stream(stream),
                max,
                &mut budget.charge(None),
            )
            .await;
            assert_eq!(outcome.ok().map(|body| body.len()), len, "{pieces:?}");
        }
    }
}
