//! The credentials in the headers of a request.

use customer_domain::Timestamp;
use http::{HeaderMap, HeaderValue};

use super::signature::{Signature, TimedSignature};

/// Numbers from this one on are milliseconds (from March 1973), smaller ones are seconds
/// (up to the year 5138).
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// More digits than a timestamp needs.
const MAX_DIGITS: usize = 16;

/// The credentials in the headers of a request, well-formed and not verified.
pub(super) struct Presented<'a> {
    pub(super) client: &'a str,
    /// As received, because this string is signed.
    pub(super) timestamp: &'a str,
    pub(super) signed_at: Timestamp,
    pub(super) signature: Signature,
    pub(super) token: &'a [u8],
}

impl<'a> Presented<'a> {
    /// Reads the credentials. Each header must be present exactly once: if there are two,
    /// a proxy may have checked the other one.
    pub(super) fn read(headers: &'a HeaderMap) -> Result<Self, &'static str> {
        let [mut client, mut timestamp] = [Sent::Nowhere; 2];
        let [mut signature, mut authorization] = [Sent::Nowhere; 2];
        for (name, value) in headers {
            match name.as_str() {
                "x-client-id" => client.note(value),
                "x-timestamp" => timestamp.note(value),
                "x-signature" => signature.note(value),
                "authorization" => authorization.note(value),
                _ => {}
            }
        }
        let client = client.once().ok_or("not one x-client-id")?;
        let timestamp = timestamp.once().ok_or("not one x-timestamp")?;
        let signature = signature.once().ok_or("not one x-signature")?;
        let authorization = authorization.once().ok_or("not one authorization")?;
        let timestamp = timestamp.to_str().map_err(|_| "malformed x-timestamp")?;
        Ok(Self {
            client: client.to_str().map_err(|_| "malformed x-client-id")?,
            timestamp,
            signed_at: instant(timestamp).ok_or("malformed x-timestamp")?,
            signature: Signature::parse(signature.as_bytes()).ok_or("malformed x-signature")?,
            token: bearer(authorization).ok_or("malformed authorization")?,
        })
    }
}

impl Presented<'_> {
    /// The signature, by which the request is remembered. Its time is part of the signed
    /// string.
    pub(super) const fn timed_signature(&self) -> TimedSignature {
        (self.signed_at, self.signature)
    }
}

/// The number of times that a header is present.
#[derive(Clone, Copy)]
enum Sent<'a> {
    Nowhere,
    Once(&'a HeaderValue),
    Again,
}

impl<'a> Sent<'a> {
    fn note(&mut self, value: &'a HeaderValue) {
        *self = match self {
            Self::Nowhere => Self::Once(value),
            Self::Once(_) | Self::Again => Self::Again,
        };
    }

    /// The value of a header that is present once.
    fn once(self) -> Option<&'a HeaderValue> {
        match self {
            Self::Once(value) => Some(value),
            Self::Nowhere | Self::Again => None,
        }
    }
}

/// The instant of a Unix timestamp in seconds or milliseconds.
fn instant(digits: &str) -> Option<Timestamp> {
    if digits.len() > MAX_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    let unit = if number < MILLISECONDS_FROM {
        1_000_000
    } else {
        1_000
    };
    Timestamp::from_micros(number.checked_mul(unit)?)
}

/// The token of `Bearer TOKEN`, with the name of the scheme in either case.
fn bearer(authorization: &HeaderValue) -> Option<&[u8]> {
    let (scheme, token) = authorization.as_bytes().split_at_checked("Bearer ".len())?;
    (scheme.eq_ignore_ascii_case(b"Bearer ") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_in_seconds_or_in_milliseconds() {
        let shown = |digits| instant(digits).map(|at| at.to_string());
        for (digits, expected) in [
            ("0", Some("1970-01-01T00:00:00Z")),
            ("1795608000", Some("2026-11-25T12:00:00Z")),
            ("01795608000", Some("2026-11-25T12:00:00Z")),
            ("1795608000000", Some("2026-11-25T12:00:00Z")),
            ("1795608000123", Some("2026-11-25T12:00:00.123000Z")),
            ("99999999999", Some("5138-11-16T09:46:39Z")),
            ("100000000000", Some("1973-03-03T09:46:40Z")),
            ("253402300799999", Some("9999-12-31T23:59:59.999000Z")),
            ("253402300800000", None),
            ("9999999999999999", None),
            ("00000000000000000", None),
            ("", None),
            ("-1", None),
            ("+1795608000", None),
            (" 1795608000", None),
            ("1795608000.5", None),
            ("1e9", None),
            ("١٧٩", None),
        ] {
            assert_eq!(shown(digits).as_deref(), expected, "{digits:?}");
        }
    }

    #[test]
    fn a_bearer_token_is_what_follows_the_name_of_the_scheme() {
        let token = |value| bearer(&HeaderValue::from_static(value)).map(<[u8]>::to_vec);
        for (value, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer abc", Some("abc")),
            ("BEARER a b", Some("a b")),
            ("Bearer ", None),
            ("Bearer", None),
            ("Bearerabc", None),
            ("Basic abc123", None),
            ("", None),
        ] {
            assert_eq!(
                token(value),
                expected.map(|token| token.as_bytes().to_vec()),
                "{value:?}"
            );
        }
    }
}
