//! Verification of signatures and tokens with a configuration.

use std::sync::Arc;

use customer_domain::{TeamId, Timestamp};
use customer_http::{Authenticator, Config, SigningKey};
use futures_util::FutureExt;
use http::{HeaderValue, Method};
use proptest::prelude::*;
use serde_json::Value;
use tokio::sync::Barrier;

use crate::signed::{BANK_SECRET, CONFIG, Request, SHOP_SECRET, TOKEN, authenticator, noon};

const MINUTE: i64 = 60_000_000;

/// That number of microseconds after noon.
fn after_noon(micros: i64) -> Timestamp {
    Timestamp::from_micros(noon().as_micros() + micros).unwrap()
}

/// The reason why a request is rejected at noon.
fn rejection(request: &Request) -> Option<&'static str> {
    let authenticated = request.authenticate(&authenticator(), noon());
    authenticated.err().map(|rejected| rejected.reason())
}

#[test]
fn signatures_equal_those_of_python() {
    let vectors = include_str!("../vectors/signatures.ndjson");
    assert_eq!(vectors.lines().count(), 17);
    for line in vectors.lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| vector[key].as_str().unwrap();
        let key = SigningKey::new(text("secret").as_bytes());
        let method = Method::from_bytes(text("method").as_bytes()).unwrap();
        let body = base16ct::lower::decode_vec(text("bodyHex")).unwrap();
        assert_eq!(
            key.sign(&method, text("path"), text("timestamp"), &body),
            text("signature"),
            "{line}"
        );
    }
}

#[test]
fn the_signature_names_the_client_and_the_token_the_user_and_the_team() {
    let caller = Request::update()
        .authenticate(&authenticator(), noon())
        .unwrap();
    assert_eq!(caller.client().as_str(), "shop");
    assert_eq!(caller.user().unwrap().as_str(), "u-17");
    let team = TeamId::parse("00000000-0000-0000-0000-000000000001").unwrap();
    assert_eq!(caller.team(), team);

    let bank = Request::update()
        .with("x-client-id", "bank")
        .with("authorization", "bearer a-token-of-another-team")
        .sign(BANK_SECRET, "1795608000");
    let caller = bank.authenticate(&authenticator(), noon()).unwrap();
    assert_eq!(caller.client().as_str(), "bank");
    assert_eq!(caller.user().unwrap().as_str(), "u-18");
    assert_ne!(caller.team(), team);
}

/// A request for each cause of a rejection, and its reason in the log.
pub(crate) fn rejected() -> Vec<(&'static str, Request)> {
    let update = Request::update;
    let signature = update().headers["x-signature"].to_str().unwrap().to_owned();
    let bearer = |token: &str| update().with("authorization", &format!("Bearer {token}"));
    vec![
        ("not one x-client-id", update().without("x-client-id")),
        ("not one x-client-id", update().twice("x-client-id")),
        (
            "malformed x-client-id",
            update().with("x-client-id", "sh\u{f6}p"),
        ),
        ("unknown client", update().with("x-client-id", "nobody")),
        ("unknown client", update().with("x-client-id", "")),
        (
            "unknown client",
            update()
                .with("x-client-id", "nobody")
                .sign("", "1795608000"),
        ),
        ("wrong signature", update().with("x-client-id", "bank")),
        ("not one x-timestamp", update().without("x-timestamp")),
        ("not one x-timestamp", update().twice("x-timestamp")),
        ("malformed x-timestamp", update().with("x-timestamp", "")),
        (
            "malformed x-timestamp",
            update().with("x-timestamp", "noon"),
        ),
        (
            "malformed x-timestamp",
            update().sign(SHOP_SECRET, "-1795608000"),
        ),
        (
            "malformed x-timestamp",
            update().sign(SHOP_SECRET, "1795608000.0"),
        ),
        (
            "malformed x-timestamp",
            update().sign(SHOP_SECRET, "99999999999999999999"),
        ),
        (
            "x-timestamp is too far from the clock",
            update().sign(SHOP_SECRET, "0"),
        ),
        (
            "x-timestamp is too far from the clock",
            update().sign(SHOP_SECRET, "1795607699"),
        ),
        (
            "x-timestamp is too far from the clock",
            update().sign(SHOP_SECRET, "1795608301"),
        ),
        // The same instant in another notation.
        (
            "wrong signature",
            update().with("x-timestamp", "1795608000000"),
        ),
        (
            "wrong signature",
            update().with("x-timestamp", "01795608000"),
        ),
        ("not one x-signature", update().without("x-signature")),
        ("not one x-signature", update().twice("x-signature")),
        ("malformed x-signature", update().with("x-signature", "")),
        (
            "malformed x-signature",
            update().with("x-signature", &signature[1..]),
        ),
        (
            "malformed x-signature",
            update().with("x-signature", &format!("{signature}0")),
        ),
        (
            "malformed x-signature",
            update().with("x-signature", &"x".repeat(64)),
        ),
        (
            "wrong signature",
            update().with("x-signature", &"0".repeat(64)),
        ),
        ("wrong signature", update().sign(BANK_SECRET, "1795608000")),
        ("wrong signature", update().sign("", "1795608000")),
        ("not one authorization", update().without("authorization")),
        ("not one authorization", update().twice("authorization")),
        (
            "malformed authorization",
            update().with("authorization", TOKEN),
        ),
        (
            "malformed authorization",
            update().with("authorization", &format!("Basic {TOKEN}")),
        ),
        ("malformed authorization", bearer("")),
        ("unknown token", bearer("a-token-nobody-was-given")),
        ("unknown token", bearer(&format!("{TOKEN}x"))),
        ("the token has expired", bearer("a-token-until-noon")),
        (
            "the token is for another client",
            bearer("a-token-for-the-bank"),
        ),
        (
            "the client may not act for the team of the token",
            bearer("a-token-of-another-team"),
        ),
    ]
}

#[test]
fn every_cause_is_rejected_with_its_reason() {
    for (reason, request) in rejected() {
        assert_eq!(rejection(&request), Some(reason), "{request:?}");
    }
    assert_eq!(rejection(&Request::update()), None);
}

#[test]
fn only_a_claim_uses_up_the_signature() {
    let authenticator = authenticator();
    for (_, request) in rejected() {
        request.authenticate(&authenticator, noon()).unwrap_err();
    }
    let request = Request::update();
    for _ in 0..2 {
        request.authenticate(&authenticator, noon()).unwrap();
    }
    request.claim(&authenticator, noon()).unwrap();
    request.authenticate(&authenticator, noon()).unwrap_err();
}

/// If the headers alone prove a rejection, it is known before the body is read.
#[test]
fn the_headers_alone_prove_every_cause_but_a_wrong_signature() {
    for (reason, request) in rejected() {
        let checked = authenticator().check_headers(&request.headers, noon());
        let expected = (reason != "wrong signature").then_some(reason);
        assert_eq!(
            checked.err().map(|error| error.reason()),
            expected,
            "{request:?}"
        );
    }
}

#[test]
fn a_token_is_valid_until_it_expires() {
    let request = Request::update().with("authorization", "Bearer a-token-until-noon");
    let accepted = |now| request.authenticate(&authenticator(), now).is_ok();
    assert!(accepted(after_noon(-1)));
    assert!(!accepted(after_noon(0)));
}

#[test]
fn a_timestamp_may_be_off_by_exactly_as_much_as_allowed() {
    for timestamp in ["1795608000", "1795608000000"] {
        let request = Request::update().sign(SHOP_SECRET, timestamp);
        let accepted = |now| request.authenticate(&authenticator(), now).is_ok();
        assert!(accepted(after_noon(5 * MINUTE)), "{timestamp}");
        assert!(!accepted(after_noon(5 * MINUTE + 1)), "{timestamp}");
        assert!(accepted(after_noon(-5 * MINUTE)), "{timestamp}");
        assert!(!accepted(after_noon(-5 * MINUTE - 1)), "{timestamp}");
        assert!(!accepted(Timestamp::MIN) && !accepted(Timestamp::MAX));
    }
}

#[test]
fn milliseconds_are_signed_as_milliseconds() {
    let request = Request::update().sign(SHOP_SECRET, "1795608000001");
    let accepted = |micros| {
        let now = after_noon(micros);
        request.authenticate(&authenticator(), now).is_ok()
    };
    assert!(accepted(5 * MINUTE + 1000));
    assert!(!accepted(5 * MINUTE + 1001));
}

#[test]
fn an_empty_body_is_signed_with_no_hash_or_the_hash_of_no_bytes() {
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for method in [
        Method::GET,
        Method::DELETE,
        Method::POST,
        Method::PUT,
        Method::PATCH,
    ] {
        for hash in ["", nothing] {
            let text = format!("{method}:/customers:1795608000:{hash}");
            let request = Request::signed(method.clone(), "/partners/customers", "1795608000", b"")
                .with("x-signature", &hmac_sha256(SHOP_SECRET, &text));
            assert_eq!(rejection(&request), None, "{text}");
            let body = Request {
                body: b" ".to_vec(),
                ..request
            };
            let is_signed = matches!(method, Method::POST | Method::PUT | Method::PATCH);
            if is_signed || !hash.is_empty() {
                assert_eq!(rejection(&body), Some("wrong signature"), "{text}");
            }
        }
    }
}

/// HMAC-SHA256 of any string, without our code.
fn hmac_sha256(secret: &str, text: &str) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    base16ct::lower::encode_string(&mac.finalize().into_bytes())
}

#[test]
fn the_signature_of_a_write_is_accepted_once() {
    let authenticator = authenticator();
    let request = Request::update();
    request.claim(&authenticator, noon()).unwrap();
    let again = |request: &Request, now| {
        let rejected = request.authenticate(&authenticator, now).unwrap_err();
        assert!(rejected.is_replay());
        assert!(request.claim(&authenticator, now).unwrap_err().is_replay());
    };
    again(&request, noon());
    again(&request, after_noon(5 * MINUTE));
    again(&request, after_noon(-5 * MINUTE));
    let signature = request.headers["x-signature"].to_str().unwrap();
    let upper = signature.to_ascii_uppercase();
    again(&request.clone().with("x-signature", &upper), noon());

    // A different request at the same moment has another signature.
    let other = Request {
        body: b"{}".to_vec(),
        ..request
    };
    let other = other.sign(SHOP_SECRET, "1795608000");
    other.authenticate(&authenticator, noon()).unwrap();
    other.claim(&authenticator, noon()).unwrap();
}

#[test]
fn a_released_signature_can_be_used_again() {
    let authenticator = authenticator();
    let request = Request::update();
    let caller = request.authenticate(&authenticator, noon()).unwrap();
    request.claim(&authenticator, noon()).unwrap();
    let credentials = request.credentials();
    let released = authenticator.release(&credentials, &caller);
    released.now_or_never().unwrap();
    request.authenticate(&authenticator, noon()).unwrap();
    request.claim(&authenticator, noon()).unwrap();
    request.claim(&authenticator, noon()).unwrap_err();
}

/// The configuration selects which requests use up their signature.
#[test]
fn reads_are_single_use_only_if_configured() {
    for (single_use, read_again, write_again) in [
        ("none", true, true),
        ("writes", true, false),
        ("all", false, false),
    ] {
        let text = format!("{CONFIG}\n[signature]\nsingle_use = \"{single_use}\"\n");
        let authenticator = Config::from_toml(&text).unwrap().authenticator();
        let again = |method: Method| {
            let request = Request::signed(method, "/partners/customers", "1795608000", b"");
            request.claim(&authenticator, noon()).unwrap();
            let again = request.authenticate(&authenticator, noon()).is_ok();
            assert_eq!(request.claim(&authenticator, noon()).is_ok(), again);
            again
        };
        assert_eq!(again(Method::GET), read_again, "{single_use}");
        assert_eq!(again(Method::HEAD), read_again, "{single_use}");
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            assert_eq!(again(method), write_again, "{single_use}");
        }
    }
}

#[test]
fn clients_use_up_their_own_signatures() {
    let authenticator = authenticator();
    for (client, secret) in [("shop", SHOP_SECRET), ("bank", BANK_SECRET)] {
        let request = Request::update().with("x-client-id", client);
        let request = request.sign(secret, "1795608000");
        request.claim(&authenticator, noon()).unwrap();
        request.claim(&authenticator, noon()).unwrap_err();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_concurrent_claims_of_one_signature_one_succeeds() {
    for round in 0..50 {
        let authenticator = Arc::new(authenticator());
        let request =
            Arc::new(Request::update().sign(SHOP_SECRET, &(1_795_608_000 + round).to_string()));
        let barrier = Arc::new(Barrier::new(64));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..64 {
            let (authenticator, request, barrier) =
                (authenticator.clone(), request.clone(), barrier.clone());
            tasks.spawn(async move {
                barrier.wait().await;
                request.claim(&authenticator, noon()).is_ok()
            });
        }
        let claimed = tasks.join_all().await;
        assert_eq!(claimed.into_iter().filter(|claimed| *claimed).count(), 1);
    }
}

/// Flips one bit of a string; `None` if the result is not valid in a header.
fn flipped(bytes: &[u8], bit: prop::sample::Index) -> Vec<u8> {
    let bit = bit.index(bytes.len() * 8);
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

proptest! {
    #[test]
    fn a_request_with_any_bit_flipped_is_rejected(
        method in prop::sample::select(vec![Method::POST, Method::PUT, Method::PATCH]),
        path in "/partners/customers(/[!-~&&[^?]]{0,40})?",
        body in prop::collection::vec(any::<u8>(), 1..200),
        is_milliseconds: bool,
        bit: prop::sample::Index,
    ) {
        let timestamp = if is_milliseconds { "1795608000000" } else { "1795608000" };
        let signed = Request::signed(method, &path, timestamp, &body);
        prop_assert_eq!(rejection(&signed), None);

        let body = Request { body: flipped(&body, bit), ..signed.clone() };
        prop_assert_eq!(rejection(&body), Some("wrong signature"));

        // A path that begins with another prefix is signed completely.
        if let Ok(path) = String::from_utf8(flipped(path.as_bytes(), bit))
            && !path.contains('?')
        {
            let path = Request { path, ..signed.clone() };
            prop_assert_eq!(rejection(&path), Some("wrong signature"));
        }
        if let Ok(method) = Method::from_bytes(&flipped(signed.method.as_str().as_bytes(), bit)) {
            let method = Request { method, ..signed.clone() };
            prop_assert_eq!(rejection(&method), Some("wrong signature"));
        }
        for name in ["x-timestamp", "x-signature", "x-client-id", "authorization"] {
            let value = signed.headers[name].as_bytes();
            let changed = flipped(value, bit);
            // Hexadecimal digits and the scheme name may be in either case.
            let is_same = match name {
                "x-signature" => changed.eq_ignore_ascii_case(value),
                "authorization" => changed.eq_ignore_ascii_case(value) && changed.ends_with(TOKEN.as_bytes()),
                _ => false,
            };
            if let Ok(value) = HeaderValue::from_bytes(&changed) {
                let mut request = signed.clone();
                request.headers.insert(name, value);
                prop_assert_eq!(rejection(&request).is_some(), !is_same, "{}", name);
            }
        }
    }
}
