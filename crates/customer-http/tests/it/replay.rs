//! Replays over HTTP, by a client that signs in seconds, as the vendor documents.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use customer_domain::{FnClock, StoreErrorKind, Timestamp};
use customer_http::server::ServerLimits;
use customer_http::{Config, CustomerApi};
use http::Method;
use tokio::io::AsyncWriteExt;

use crate::harness::{Response, Server};
use crate::rigged::{Rig, RiggedStore};
use crate::signed::{CONFIG, Request, noon};

const CUSTOMERS: &str = "/partners/customers";
const ACME: &[u8] = br#"{"customer":"Acme","email":"ann@acme.example"}"#;

/// The endpoint at noon, for that many requests per minute.
fn router(requests_per_minute: u32, rig: Rig) -> Router {
    let text = format!("{CONFIG}\n[rate_limit]\nrequests_per_minute = {requests_per_minute}\n");
    let config = Config::from_toml(&text).unwrap();
    let (authenticator, limiter) = (config.authenticator(), config.rate_limiter());
    let store = RiggedStore::new(rig);
    CustomerApi::new(store, FnClock(noon), authenticator, limiter).router()
}

async fn server(requests_per_minute: u32, rig: Rig) -> Server {
    Server::serve(router(requests_per_minute, rig), ServerLimits::DEFAULT).await
}

/// A request that is signed at noon, in seconds.
fn signed(method: Method, path: &str, body: &[u8]) -> Request {
    Request::signed(method, path, "1795608000", body)
}

async fn send(server: &Server, request: &Request) -> Response {
    let mut stream = server.connect().await;
    stream.write_all(&request.to_bytes()).await.unwrap();
    Response::read(&mut stream).await
}

fn is_replay(response: &Response) -> bool {
    response.status == 401 && response.json()["details"]["reason"] == "SIGNATURE_USED"
}

#[tokio::test]
async fn sixty_different_lookups_within_one_second_succeed() {
    let server = server(100, Rig::Nothing).await;
    let create = signed(Method::POST, CUSTOMERS, ACME);
    assert_eq!(send(&server, &create).await.status, 201);
    for number in 0..60 {
        let path = format!("{CUSTOMERS}/find-by-email?email=ann{number}@acme.example");
        let found = send(&server, &signed(Method::GET, &path, b"")).await;
        assert_eq!(found.code(), "CUSTOMER_NOT_FOUND", "{number}");
    }
}

/// A thousand reads on one connection. `examples/hostile.rs` sends ten thousand, also
/// over 64 connections.
#[tokio::test]
async fn no_read_is_a_replay() {
    let server = server(1_000_000, Rig::Nothing).await;
    for timestamp in ["1795608000", "1795608000123"] {
        let read = Request::signed(Method::GET, CUSTOMERS, timestamp, b"");
        let bytes = String::from_utf8(read.to_bytes()).unwrap();
        let bytes = bytes.replace("connection: close\r\n", "");
        let mut stream = server.connect().await;
        for _ in 0..500 {
            stream.write_all(bytes.as_bytes()).await.unwrap();
            assert_eq!(Response::read_one(&mut stream).await.status, 200);
        }
    }
}

#[tokio::test]
async fn a_captured_write_is_rejected_with_any_query_and_does_not_count() {
    let server = server(2, Rig::Nothing).await;
    let create = signed(Method::POST, CUSTOMERS, ACME).with("x-request-id", "r-1");
    assert_eq!(send(&server, &create).await.status, 201);
    let mut replay = create.clone();
    for _ in 0..5 {
        assert!(is_replay(&send(&server, &replay).await));
        replay.path = format!("{}?page=2", create.path);
        assert!(is_replay(&send(&server, &replay).await));
    }
    let rejected = send(&server, &create).await;
    insta::assert_snapshot!(rejected.body.trim_end());
    // The second and last request of the minute.
    let read = signed(Method::GET, CUSTOMERS, b"");
    assert_eq!(send(&server, &read).await.status, 200);
    assert_eq!(send(&server, &read).await.status, 429);
    assert!(is_replay(&send(&server, &create).await));
}

#[tokio::test]
async fn a_signature_is_used_up_only_by_a_request_that_reaches_the_store() {
    let server = server(100, Rig::Nothing).await;
    let unknown = "/partners/customers/00000000-0000-4000-8000-0000000000ff";
    for (method, path, body, status, is_used) in [
        (Method::POST, CUSTOMERS, &b"{"[..], 400, false),
        (Method::POST, CUSTOMERS, b"{}", 400, false),
        (Method::PATCH, "/partners/customers/x", b"{}", 400, false),
        (Method::POST, "/partners/customers/bulk", b"[]", 400, false),
        (Method::POST, CUSTOMERS, ACME, 201, true),
        // A different body with the same email address.
        (
            Method::POST,
            CUSTOMERS,
            br#"{"email":"ann@acme.example","customer":"A"}"#,
            409,
            true,
        ),
        (Method::PATCH, unknown, b"{}", 404, true),
        (Method::DELETE, unknown, b"", 404, true),
    ] {
        let request = signed(method, path, body);
        assert_eq!(send(&server, &request).await.status, status, "{request:?}");
        let again = send(&server, &request).await;
        assert_eq!(is_replay(&again), is_used, "{request:?}");
    }
}

#[tokio::test]
async fn a_signature_is_used_up_by_a_request_with_a_condition() {
    let server = server(100, Rig::Nothing).await;
    let create = send(&server, &signed(Method::POST, CUSTOMERS, ACME)).await;
    let path = create.header("location").unwrap();
    for condition in ["\"7\"", "\"7\", \"8\""] {
        let body = format!(r#"{{"customer":{condition:?}}}"#);
        let update = signed(Method::PUT, path, body.as_bytes()).with("if-match", condition);
        assert_eq!(send(&server, &update).await.status, 412);
        assert!(is_replay(&send(&server, &update).await));
    }
}

#[tokio::test]
async fn a_signature_is_released_only_if_the_store_proves_that_it_did_nothing() {
    for (kind, status, is_used) in [
        (StoreErrorKind::Unavailable, 503, false),
        (StoreErrorKind::OutcomeUnknown, 503, true),
        (StoreErrorKind::Internal, 500, true),
    ] {
        let server = server(100, Rig::Fails(kind)).await;
        let create = signed(Method::POST, CUSTOMERS, ACME);
        let failed = send(&server, &create).await;
        assert_eq!(failed.status, status);
        let waits = failed.header("retry-after").is_some();
        assert_eq!(waits, !is_used, "{kind:?}");
        assert_eq!(
            is_replay(&send(&server, &create).await),
            is_used,
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn a_signature_stays_used_after_a_disconnect() {
    let gate = crate::rigged::Gate::closed();
    let server = server(100, Rig::Waits(gate.clone())).await;
    let create = signed(Method::POST, CUSTOMERS, ACME);
    let mut stream = server.connect().await;
    stream.write_all(&create.to_bytes()).await.unwrap();
    gate.arrived.acquire().await.unwrap().forget();
    drop(stream);
    gate.open.add_permits(100);
    assert!(is_replay(&send(&server, &create).await));
}

/// Of concurrent requests with one signature, one is executed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_concurrent_requests_with_one_signature_one_is_executed() {
    let server = server(1000, Rig::Nothing).await;
    let create = signed(Method::POST, CUSTOMERS, ACME);
    let all = (0..32).map(|_| send(&server, &create));
    let responses = futures_util::future::join_all(all).await;
    let created = responses
        .iter()
        .filter(|response| response.status == 201)
        .count();
    let replays = responses
        .iter()
        .filter(|response| is_replay(response))
        .count();
    assert_eq!((created, replays), (1, 31));
}

/// A signature is forgotten when its timestamp is no longer accepted.
#[tokio::test]
async fn a_replay_is_rejected_at_every_later_time() {
    let config = Config::from_toml(CONFIG).unwrap();
    let seconds = Arc::new(AtomicI64::new(0));
    let elapsed = Arc::clone(&seconds);
    let clock = FnClock(move || {
        let micros = elapsed.load(Ordering::Relaxed) * 1_000_000;
        Timestamp::from_micros(noon().as_micros() + micros).unwrap()
    });
    let store = RiggedStore::new(Rig::Nothing);
    let (authenticator, limiter) = (config.authenticator(), config.rate_limiter());
    let api = CustomerApi::new(store, clock, authenticator, limiter).router();
    let server = Server::serve(api, ServerLimits::DEFAULT).await;
    let create = signed(Method::POST, CUSTOMERS, ACME);
    for (second, status) in [(-300, 201), (0, 401), (300, 401), (301, 401), (-300, 401)] {
        seconds.store(second, Ordering::Relaxed);
        assert_eq!(send(&server, &create).await.status, status, "{second}");
    }
}
