//! The signature of a request.
//!
//! The signed string is `METHOD:path:timestamp:bodyHash`:
//!
//! | part | is |
//! |---|---|
//! | `METHOD` | the method as sent, such as `PATCH` |
//! | `path` | the path as sent, not decoded, without the prefix `/partners` and without the query |
//! | `timestamp` | the value of `x-timestamp` as sent |
//! | `bodyHash` | for `POST`, `PUT` and `PATCH`: the SHA-256 of the exact body, in lower-case hex; empty for other methods |
//!
//! The signature is the HMAC-SHA256 of that string with the client's secret, in hex. For
//! an empty body, with any method, both the empty string and the SHA-256 of no bytes are
//! accepted as `bodyHash`.

use std::fmt;

use customer_domain::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use sha2::{Digest, Sha256};

/// The prefix of all paths, which is not signed.
const PREFIX: &str = "/partners";

/// The SHA-256 of no bytes.
const HASH_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The secret of a client, for signing. It is wiped from memory when dropped, and
/// `Debug` does not show it.
///
/// ```
/// use customer_http::SigningKey;
/// use http::Method;
///
/// let key = SigningKey::new(b"kept-between-the-client-and-the-server");
/// let signature = key.sign(&Method::GET, "/partners/customers", "1795608000000", b"");
/// assert_eq!(signature, "b6c4c81540be6e1e4fc67a681697eb30755abf61a101f92dcce28469c3349b1b");
/// ```
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha256>);

/// The bytes of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Signature([u8; Self::BYTES]);

/// A signature and its time.
pub(super) type TimedSignature = (Timestamp, Signature);

/// The parts of a request that are signed.
#[derive(Clone, Copy)]
pub(super) struct Signed<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) timestamp: &'a str,
    pub(super) body: &'a [u8],
}

impl SigningKey {
    /// The key with the bytes of a secret.
    #[must_use]
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    #[expect(clippy::missing_panics_doc, reason = "it does not")]
    pub fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("a key of any length"))
    }

    /// The value of `x-signature` for a request with that path, with or without its
    /// query, and that value of `x-timestamp`.
    #[must_use]
    pub fn sign(&self, method: &Method, path: &str, timestamp: &str, body: &[u8]) -> String {
        let signed = Signed {
            method,
            path,
            timestamp,
            body,
        };
        let signature = self.mac(signed, &signed.body_hash()).finalize();
        base16ct::lower::encode_string(&signature.into_bytes())
    }

    /// Whether the signature is that of the request, in constant time.
    pub(super) fn verifies(&self, signed: Signed<'_>, signature: Signature) -> bool {
        let is_of = |hash: &str| {
            let mac = self.mac(signed, hash);
            mac.verify(&signature.0.into()).is_ok()
        };
        if signed.body.is_empty() {
            is_of("") | is_of(HASH_OF_NOTHING)
        } else {
            is_of(&signed.body_hash())
        }
    }

    fn mac(&self, signed: Signed<'_>, body_hash: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in [signed.method.as_str(), signed.path(), signed.timestamp] {
            mac.update(part.as_bytes());
            mac.update(b":");
        }
        mac.update(body_hash.as_bytes());
        mac
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl<'a> Signed<'a> {
    /// The part of the path that is signed.
    fn path(self) -> &'a str {
        let path = match self.path.split_once('?') {
            Some((path, _query)) => path,
            None => self.path,
        };
        match path.strip_prefix(PREFIX) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => rest,
            Some(_) | None => path,
        }
    }

    fn body_hash(self) -> String {
        if matches!(*self.method, Method::POST | Method::PUT | Method::PATCH) {
            base16ct::lower::encode_string(&Sha256::digest(self.body))
        } else {
            String::new()
        }
    }
}

impl Signature {
    const BYTES: usize = 32;

    /// Parses hexadecimal digits in lower or upper case.
    pub(super) fn parse(hex: &[u8]) -> Option<Self> {
        let mut bytes = [0; Self::BYTES];
        if hex.len() != 2 * Self::BYTES {
            return None;
        }
        base16ct::mixed::decode(hex, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> &str {
        let signed = Signed {
            method: &Method::GET,
            path,
            timestamp: "0",
            body: b"",
        };
        signed.path()
    }

    #[test]
    fn the_path_is_signed_without_its_prefix_and_its_query() {
        for (sent, signed) in [
            ("/partners/customers", "/customers"),
            ("/partners/customers?page=2", "/customers"),
            ("/partners/customers/bulk", "/customers/bulk"),
            ("/partners/partners/customers", "/partners/customers"),
            ("/partners", ""),
            ("/partners?x=/partners", ""),
            ("/partnership/customers", "/partnership/customers"),
            ("/customers", "/customers"),
            ("/partners/a%20b", "/a%20b"),
        ] {
            assert_eq!(path(sent), signed, "{sent}");
        }
    }

    #[test]
    fn a_signature_is_64_hex_digits_in_either_case() {
        let lower = "0123456789abcdef".repeat(4);
        let parsed = Signature::parse(lower.as_bytes()).unwrap();
        assert_eq!(
            Signature::parse(lower.to_ascii_uppercase().as_bytes()),
            Some(parsed)
        );
        for wrong in [
            "",
            "00",
            &lower[1..],
            &format!("{lower}00"),
            &lower.replace('f', "g"),
        ] {
            assert_eq!(Signature::parse(wrong.as_bytes()), None, "{wrong:?}");
        }
    }

    #[test]
    fn the_hash_of_an_empty_body_is_that_of_sha_256() {
        let hash = base16ct::lower::encode_string(&Sha256::digest(b""));
        assert_eq!(hash, HASH_OF_NOTHING);
    }

    #[test]
    fn debug_does_not_show_a_key() {
        let shown = format!("{:?}", SigningKey::new(b"hunter2"));
        assert_eq!(shown, "SigningKey(…)");
    }
}
