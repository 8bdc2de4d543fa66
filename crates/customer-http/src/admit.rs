//! Before anything is parsed: the size, the type, who it is, how often
//! (413/415 → 401 → 429, the precedence of SPEC §7).

use std::mem;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use customer_domain::{Clock, CustomerStore, ErrorCode, Failure};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::answer::Refusal;
use crate::api::CustomerApi;
use crate::auth::{Authenticator, Caller, Credentials};
use crate::limits::Limits;
use crate::rate_limit::RateLimiter;
use crate::transport::TransportCode;

/// How much more of a body that is too large is read, and thrown away, so that
/// a client that writes all of it before it reads hears the answer.
const DRAINED_BYTES: usize = 1024 * 1024;

/// What body a route takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// None. One that comes is read for the authentication alone.
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

/// A request that was let in.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) caller: Caller,
    pub(crate) body: Bytes,
}

impl<S, C, A, R> CustomerApi<S, C, A, R>
where
    S: CustomerStore + 'static,
    C: Clock + 'static,
    A: Authenticator,
    R: RateLimiter,
{
    /// Lets a request in. Its body is taken from it.
    ///
    /// # Errors
    ///
    /// The first that applies of 413 or 408, 415, 401 and 429.
    pub(crate) async fn admit(
        &self,
        request: &mut Request,
        takes: Takes,
    ) -> Result<Admitted, Refusal> {
        let body = mem::take(request.body_mut());
        let body = self.body(body, takes.max_bytes(&self.limits)).await?;
        if takes.is_json() && !is_json(request.headers()) {
            return Err(ErrorCode::UnsupportedMediaType.into());
        }
        let caller = self.authenticate(&credentials(request, &body)).await?;
        self.rate_limiter
            .check(caller.client())
            .map_err(Refusal::retry_after)?;
        Ok(Admitted { caller, body })
    }

    async fn body(&self, body: Body, max: usize) -> Result<Bytes, Refusal> {
        let patience = self.limits.body_timeout;
        match timeout(patience, read(body, max)).await {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(Unread::TooLarge(rest))) => {
                let drained = timeout(patience, drain(rest)).await;
                Err(match drained {
                    Ok(true) => ErrorCode::PayloadTooLarge.into(),
                    Ok(false) | Err(_) => Refusal::closing(ErrorCode::PayloadTooLarge),
                })
            }
            // What breaks off, or breaks the rules of HTTP, is no JSON.
            Ok(Err(Unread::Broken)) => Err(Refusal::closing(ErrorCode::MalformedJson)),
            Err(_) => Err(Refusal::closing(TransportCode::RequestTimeout)),
        }
    }

    async fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Caller, Refusal> {
        let caller = self
            .authenticator
            .authenticate(credentials, self.clock.now())
            .await;
        caller.map_err(|unauthorized| {
            tracing::debug!(reason = unauthorized.reason(), "not authenticated");
            Failure::new(ErrorCode::Unauthorized).into()
        })
    }
}

fn credentials<'a>(request: &'a Request, body: &'a [u8]) -> Credentials<'a> {
    Credentials {
        method: request.method(),
        path: request.uri().path(),
        headers: request.headers(),
        body,
    }
}

/// Why a body was not read.
enum Unread {
    /// It is larger than the limit; the rest of it.
    TooLarge(Body),
    Broken,
}

/// The whole body, if it is no larger than that. One that comes in one piece is
/// not copied.
async fn read(mut body: Body, max: usize) -> Result<Bytes, Unread> {
    if announced(&body) > max {
        return Err(Unread::TooLarge(body));
    }
    let mut first = Bytes::new();
    let mut all = Vec::new();
    while let Some(data) = next(&mut body).await? {
        if first.len().max(all.len()) + data.len() > max {
            return Err(Unread::TooLarge(body));
        }
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

/// How much there is at least, as far as `Content-Length` says so.
fn announced(body: &Body) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

async fn next(body: &mut Body) -> Result<Option<Bytes>, Unread> {
    while let Some(frame) = body.frame().await {
        // What is not data are trailers, which nobody asked for.
        if let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// Whether the rest of a body that is too large was read to its end.
async fn drain(mut body: Body) -> bool {
    let mut room = DRAINED_BYTES;
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

/// Whether the body is said to be `application/json`, in UTF-8 and not encoded
/// once more.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let encoded = headers.contains_key(CONTENT_ENCODING);
    match (types.next(), types.next()) {
        (Some(only), None) => !encoded && is_json_type(only),
        (Some(_), Some(_)) | (None, _) => false,
    }
}

fn is_json_type(value: &HeaderValue) -> bool {
    let Ok(value) = value.to_str() else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
        && parts.all(|parameter| parameter.is_empty() || is_utf8(parameter))
}

fn is_utf8(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    let bare = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(value);
    name.eq_ignore_ascii_case("charset") && bare.eq_ignore_ascii_case("utf-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_said_to_be_json() {
        for (value, json) in [
            ("application/json", true),
            ("Application/JSON", true),
            ("application/json; charset=utf-8", true),
            ("application/json;charset=\"UTF-8\" ", true),
            ("application/json;", true),
            ("application/json; charset=latin1", false),
            ("application/json; q", false),
            ("application/merge-patch+json", false),
            ("application/jsonp", false),
            ("text/json", false),
            ("", false),
        ] {
            let value = HeaderValue::from_static(value);
            assert_eq!(is_json_type(&value), json, "{value:?}");
        }
    }

    #[test]
    fn two_types_are_none_and_an_encoded_body_is_not_json() {
        let mut headers = HeaderMap::new();
        assert!(!is_json(&headers));
        let json = HeaderValue::from_static("application/json");
        headers.append(CONTENT_TYPE, json.clone());
        assert!(is_json(&headers));
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(!is_json(&headers));
        headers.remove(CONTENT_ENCODING);
        headers.append(CONTENT_TYPE, json);
        assert!(!is_json(&headers));
    }

    #[tokio::test]
    async fn a_body_of_many_pieces_is_read_up_to_the_limit_and_no_further() {
        for (pieces, max, len) in [
            (&[][..], 0, Some(0)),
            (&["ab"], 2, Some(2)),
            (&["ab"], 1, None),
            (&["a", "", "b", "c"], 3, Some(3)),
            (&["a", "b", "cd"], 3, None),
        ] {
            let stream =
                futures_util::stream::iter(pieces.iter().map(|p| Ok::<_, axum::Error>(*p)));
            let outcome = read(Body::from_stream(stream), max).await;
            assert_eq!(outcome.ok().map(|body| body.len()), len, "{pieces:?}");
        }
    }
}
