//! The media type of a request body: `application/json`, in UTF-8, not encoded.

use axum::extract::Request;
use customer_domain::{ErrorCode, Failure};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method};

use crate::answer::Rejection;

const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Checks the media type.
///
/// # Errors
///
/// 415, with a message for the cause and the headers that name what is accepted.
pub(crate) fn check(request: &Request) -> Result<(), Rejection> {
    let mut types = request.headers().get_all(CONTENT_TYPE).iter();
    let checked = match (types.next(), types.next()) {
        (None, _) => Err("The Content-Type header is missing; it must be application/json."),
        (Some(_), Some(_)) => Err("The request has more than one Content-Type header."),
        (Some(only), None) => check_type(only),
    };
    if let Err(message) = checked {
        return Err(unsupported(request, message));
    }
    if request.headers().contains_key(CONTENT_ENCODING) {
        let message = "The request body must not be compressed; Content-Encoding is not supported.";
        let identity = HeaderValue::from_static("identity");
        return Err(unsupported(request, message).with_header(ACCEPT_ENCODING, identity));
    }
    Ok(())
}

fn unsupported(request: &Request, message: &'static str) -> Rejection {
    let failure = Failure::new(ErrorCode::UnsupportedMediaType).with_message(message);
    let rejection = Rejection::from(failure).with_header(ACCEPT, JSON);
    if request.method() == Method::PATCH {
        return rejection.with_header(ACCEPT_PATCH, JSON);
    }
    rejection
}

fn check_type(value: &HeaderValue) -> Result<(), &'static str> {
    // As most clients send it.
    if value == JSON {
        return Ok(());
    }
    let mut parts = value.to_str().unwrap_or_default().split(';').map(str::trim);
    if !parts
        .next()
        .is_some_and(|media| media.eq_ignore_ascii_case("application/json"))
    {
        return Err(ErrorCode::UnsupportedMediaType.message());
    }
    if parts.all(|parameter| parameter.is_empty() || is_utf8(parameter)) {
        return Ok(());
    }
    Err("The only parameter of the Content-Type can be charset=utf-8.")
}

/// Whether a parameter is `charset=utf-8`.
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
    fn the_type_is_json_in_utf_8() {
        for (value, accepted) in [
            ("application/json", true),
            ("Application/JSON", true),
            ("application/json; charset=utf-8", true),
            ("application/json;charset=\"UTF-8\" ", true),
            ("application/json;", true),
            ("application/json; charset=latin1", false),
            ("application/json; charset=utf8", false),
            ("application/json; q", false),
            ("application/merge-patch+json", false),
            ("application/jsonp", false),
            ("text/json", false),
            ("", false),
        ] {
            let value = HeaderValue::from_static(value);
            assert_eq!(check_type(&value).is_ok(), accepted, "{value:?}");
        }
    }
}
