//! Peers that occupy connections or memory. `examples/hostile.rs` measures more of them.

use std::num::NonZeroUsize;
use std::time::Duration;

use customer_http::server::ServerLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::harness::{FIRST, Response, SERVER_LIMITS, SHORT, Server, StoppedClock};
use crate::harness::{api, expect, get, patch, put};
use crate::raw;
use crate::rigged::{Gate, Rig};
use crate::signed::{Request, config, noon};

const BULK: &str = "/partners/customers/bulk";

/// A server with that number of connections, which keeps them for a day unless few are
/// left.
async fn limited(connections: usize) -> Server {
    let limits = ServerLimits {
        connections,
        ..SERVER_LIMITS
    };
    Server::serve(api(Rig::Nothing).router(), limits).await
}

/// Sends bytes on that number of connections and leaves them open.
async fn hold(server: &Server, connections: usize, bytes: &[u8]) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..connections {
        let mut stream = server.connect().await;
        stream.write_all(bytes).await.unwrap();
        held.push(stream);
    }
    held
}

#[tokio::test]
async fn peers_that_occupy_all_connections_do_not_block_others() {
    let keep_alive = get("/healthz").with("connection", "keep-alive");
    let unfinished = put(FIRST, "{}").with("content-length", "1000");
    for bytes in [&b""[..], b"GET /", &keep_alive.bytes(), &unfinished.bytes()] {
        let clock = StoppedClock::new();
        let server = limited(8).await;
        let _held = hold(&server, 16, bytes).await;
        let mut stream = server.connect().await;
        stream.write_all(&get("/healthz").bytes()).await.unwrap();
        let (response, waited) = clock
            .until("the response", Response::read_to_end(&mut stream))
            .await;
        assert_eq!(response.status, 200);
        assert!(waited <= Duration::from_secs(2), "{waited:?}");
        tokio::time::resume();
    }
}

/// A connection with a request in progress is never closed.
#[tokio::test]
async fn a_connection_with_a_request_in_progress_is_kept() {
    let clock = StoppedClock::new();
    let gate = Gate::closed();
    let limits = ServerLimits {
        connections: 2,
        ..SERVER_LIMITS
    };
    let server = Server::serve(api(Rig::Waits(gate.clone())).router(), limits).await;
    let mut working = server.connect().await;
    working.write_all(&get(FIRST).bytes()).await.unwrap();
    gate.arrived.acquire().await.unwrap().forget();
    let _idle = server.connect().await;
    for _ in 0..3 {
        let mut stream = server.connect().await;
        stream.write_all(&get("/healthz").bytes()).await.unwrap();
        let response = clock.until("the response", Response::read_to_end(&mut stream));
        assert_eq!(response.await.0.status, 200);
    }
    gate.open.add_permits(1);
    assert_eq!(Response::read(&mut working).await.status, 404);
}

#[tokio::test]
async fn a_connection_is_closed_at_the_end_of_its_lifetime() {
    let clock = StoppedClock::new();
    let limits = ServerLimits {
        connection_lifetime: Duration::from_secs(1),
        ..SERVER_LIMITS
    };
    let server = Server::serve(api(Rig::Nothing).router(), limits).await;
    let mut stream = server.connect().await;
    let request = get("/healthz").with("connection", "keep-alive");
    stream.write_all(&request.bytes()).await.unwrap();
    assert_eq!(Response::read_one(&mut stream).await.status, 200);
    let mut rest = Vec::new();
    let (read, waited) = clock.until("the end", stream.read_to_end(&mut rest)).await;
    assert_eq!(read.unwrap(), 0);
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
}

#[tokio::test]
async fn a_peer_has_no_more_connections_than_its_limit() {
    let limits = ServerLimits {
        connections_per_peer: NonZeroUsize::new(2),
        ..SERVER_LIMITS
    };
    let server = Server::serve(api(Rig::Nothing).router(), limits).await;
    let mut held = hold(&server, 2, b"GET /").await;
    let mut third = server.connect().await;
    let mut rest = Vec::new();
    let end = expect("the end", third.read_to_end(&mut rest)).await;
    assert!(matches!(end, Ok(0) | Err(_)));
    // The other connections are served, and closing one makes room for another.
    held[0]
        .write_all(b"healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(Response::read(&mut held[0]).await.status, 200);
    held.remove(0);
    let answered = async {
        loop {
            let mut stream = server.connect().await;
            let _ = stream.write_all(&get("/healthz").bytes()).await;
            let mut text = String::new();
            let _ = stream.read_to_string(&mut text).await;
            if text.starts_with("HTTP/1.1 200") {
                return;
            }
        }
    };
    expect("a response", answered).await;
}

/// The bodies of one peer can use a quarter of the memory, here enough for one bulk body.
#[tokio::test]
async fn a_body_waits_for_memory_and_is_503_after_five_seconds() {
    for is_released in [false, true] {
        let clock = StoppedClock::new();
        let server = limited(64).await;
        let first = patch(BULK, &" ".repeat(8000)).with("content-length", "8100");
        let held = hold(&server, 1, &first.bytes()).await;
        clock.until("the first body", sleep(SHORT)).await;
        let second = patch(BULK, &format!(r#"{{"customers":[]{:1000}}}"#, ""));
        let mut stream = server.connect().await;
        stream.write_all(&second.bytes()).await.unwrap();
        clock.until("the second body", sleep(SHORT)).await;
        if is_released {
            drop(held);
        }
        let response = Response::read_to_end(&mut stream);
        let (response, waited) = clock.until("the response", response).await;
        if is_released {
            assert_eq!(response.status, 201);
        } else {
            assert_eq!((response.status, &*response.code()), (503, "OVERLOADED"));
            assert_eq!(response.header("retry-after"), Some("1"));
            assert!(waited + SHORT >= Duration::from_secs(5), "{waited:?}");
        }
        tokio::time::resume();
    }
}

/// If the headers alone prove a 401, the body is not read.
#[tokio::test]
async fn an_unauthenticated_request_is_rejected_before_its_body() {
    let server = Server::serve(raw::router(&config(), noon()), SERVER_LIMITS).await;
    let large = vec![b' '; 200_000];
    let signed = Request {
        body: large,
        ..Request::update()
    };
    for (request, is_known) in [
        (signed.clone().with("x-client-id", "nobody"), false),
        (signed.clone().with("x-timestamp", "1795600000"), false),
        (signed.clone().with("x-signature", "no"), false),
        (signed.clone().with("authorization", "Bearer no"), false),
        (signed, true),
    ] {
        let mut bytes = request.to_bytes();
        let head = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        bytes.truncate(head.unwrap() + 4);
        let text = String::from_utf8(bytes).unwrap();
        let text = text.replace("connection: close", "expect: 100-continue");
        let mut stream = server.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut line = [0; 12];
        expect("a response", stream.read_exact(&mut line))
            .await
            .unwrap();
        let expected: &[u8; 12] = if is_known {
            b"HTTP/1.1 100"
        } else {
            b"HTTP/1.1 401"
        };
        assert_eq!(&line, expected);
    }
}
