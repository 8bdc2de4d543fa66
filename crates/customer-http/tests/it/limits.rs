//! Clients that send too much, too slowly, or in unusual ways.

use std::io::ErrorKind;

use customer_http::Limits;
use customer_http::server::ServerLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::harness::{ACME, FIRST, LIMITS, Response, SERVER_LIMITS, SHORT, Server, StoppedClock};
use crate::harness::{api, expect, get, post, put, recorded};
use crate::rigged::Rig;

/// Waits until the server closes the connection.
async fn closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    // The server may also reset the connection.
    let _ = stream.read_to_end(&mut rest).await;
}

/// A server that waits for a body no longer than [`SHORT`].
async fn impatient() -> Server {
    let limits = Limits {
        body_timeout: SHORT,
        ..LIMITS
    };
    Server::serve(
        api(Rig::Nothing).with_limits(limits).router(),
        SERVER_LIMITS,
    )
    .await
}

#[tokio::test]
async fn a_body_that_does_not_arrive_within_the_limit_is_408() {
    let clock = StoppedClock::new();
    let server = impatient().await;
    let request = put(FIRST, r#"{"status":"inactive"}"#);
    let mut stream = server.connect().await;
    let bytes = request.bytes();
    stream.write_all(&bytes[..bytes.len() - 1]).await.unwrap();
    let response = Response::read_to_end(&mut stream);
    let (response, waited) = clock.until("the response", response).await;
    assert_eq!(
        (response.status, &*response.code()),
        (408, "REQUEST_TIMEOUT")
    );
    assert!(waited >= SHORT, "{waited:?}");
    insta::assert_snapshot!("408_request_timeout", recorded(&request, &response));
}

/// The limit applies to the whole body: single bytes do not extend it.
#[tokio::test]
async fn a_body_in_single_bytes_has_the_same_limit() {
    let clock = StoppedClock::new();
    let server = impatient().await;
    let mut stream = server.connect().await;
    // With a limit per byte, the whole body would arrive.
    let request = put(FIRST, &" ".repeat(LIMITS.body_bytes));
    stream.write_all(request.head().as_bytes()).await.unwrap();
    let (mut reads, mut writes) = stream.split();
    let bytes = async {
        for byte in &request.body {
            // The server may have closed the connection.
            let _ = writes.write_all(&[*byte]).await;
            sleep(SHORT / 10).await;
        }
    };
    let mut first = [0; 12];
    let response = async {
        tokio::select! {
            read = reads.read_exact(&mut first) => { read.unwrap(); }
            () = bytes => panic!("every byte was sent before the response"),
        }
    };
    let ((), waited) = clock.until("the response", response).await;
    assert_eq!(&first, b"HTTP/1.1 408");
    assert!(waited >= SHORT, "{waited:?}");
}

#[tokio::test]
async fn a_connection_is_closed_when_the_head_does_not_arrive_within_the_limit() {
    let clock = StoppedClock::new();
    let mut limits = SERVER_LIMITS;
    limits.head_timeout = SHORT;
    let server = Server::serve(api(Rig::Nothing).router(), limits).await;
    for sent in ["", "GET ", "GET /healthz HTTP/1.1\r\nhost: local"] {
        let mut stream = server.connect().await;
        stream.write_all(sent.as_bytes()).await.unwrap();
        let ((), waited) = clock.until("the end", closed(&mut stream)).await;
        assert!(waited >= SHORT, "{sent:?}: {waited:?}");
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_the_limit() {
    let clock = StoppedClock::new();
    let mut limits = SERVER_LIMITS;
    limits.head_timeout = SHORT;
    let server = Server::serve(api(Rig::Nothing).router(), limits).await;
    let mut stream = server.connect().await;
    let request = get("/healthz").with("connection", "keep-alive");
    for _ in 0..2 {
        stream.write_all(&request.bytes()).await.unwrap();
        assert_eq!(Response::read_one(&mut stream).await.status, 200);
    }
    let ((), waited) = clock.until("the end", closed(&mut stream)).await;
    assert!(waited >= SHORT, "{waited:?}");
}

#[tokio::test]
async fn a_client_that_does_not_read_responses_is_disconnected() {
    let clock = StoppedClock::new();
    let mut limits = SERVER_LIMITS;
    limits.write_timeout = SHORT;
    let server = Server::serve(api(Rig::Nothing).router(), limits).await;
    let mut stream = server.connect().await;
    let request = get("/openapi.json")
        .with("connection", "keep-alive")
        .bytes();
    // Enough responses to fill all buffers between server and client.
    let write = async { while stream.write_all(&request).await.is_ok() {} };
    let ((), waited) = clock.until("the end of the connection", write).await;
    assert!(waited >= SHORT, "{waited:?}");
}

#[tokio::test]
async fn a_large_head_is_431() {
    let server = Server::start().await;
    let large = get("/healthz").with("x-large", &"x".repeat(9000));
    assert_eq!(server.send(&large).await.status, 431);
    let mut many = get("/healthz");
    for number in 0..200 {
        many = many.with(&format!("x-{number}"), "");
    }
    assert_eq!(server.send(&many).await.status, 431);
}

#[tokio::test]
async fn a_request_can_arrive_in_single_bytes() {
    let server = Server::start().await;
    let mut stream = server.connect().await;
    stream.set_nodelay(true).unwrap();
    for byte in post("/partners/customers", ACME).bytes() {
        stream.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(Response::read(&mut stream).await.status, 201);
}

#[tokio::test]
async fn a_body_can_arrive_in_chunks_of_one_byte() {
    let server = Server::start().await;
    let request = post("/partners/customers", ACME)
        .without("content-length")
        .with("transfer-encoding", "chunked");
    let chunks: String = ACME.chars().map(|c| format!("1\r\n{c}\r\n")).collect();
    let mut stream = server.connect().await;
    let bytes = format!("{}{chunks}0\r\n\r\n", request.head());
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let response = Response::read(&mut stream).await;
    assert_eq!(response.json()["data"]["email"], "ann@acme.example");
}

#[tokio::test]
async fn a_body_of_unknown_length_is_read_up_to_the_limit() {
    let server = Server::with_acme().await;
    let head = put(FIRST, "")
        .without("content-length")
        .with("transfer-encoding", "chunked")
        .head();
    for (padding, status) in [(4094, 200), (4095, 413), (1_000_000, 413), (3_000_000, 413)] {
        let mut stream = server.connect().await;
        stream.write_all(head.as_bytes()).await.unwrap();
        let body = format!("{{}}{}", " ".repeat(padding));
        let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        // The server may close the connection before it has read everything.
        let _ = stream.write_all(chunk.as_bytes()).await;
        let mut response = [0; 12];
        stream.read_exact(&mut response).await.unwrap();
        assert_eq!(
            response,
            *format!("HTTP/1.1 {status}").as_bytes(),
            "{padding}"
        );
    }
}

#[tokio::test]
async fn a_body_has_at_most_the_bytes_of_the_limit() {
    let server = Server::with_acme().await;
    for (length, status) in [(2, 200), (4096, 200), (4097, 413), (100_000, 413)] {
        let body = format!("{{}}{}", " ".repeat(length - 2));
        assert_eq!(
            server.send(&put(FIRST, &body)).await.status,
            status,
            "{length}"
        );
    }
}

#[tokio::test]
async fn a_content_length_above_the_limit_is_rejected_without_waiting() {
    let _clock = StoppedClock::new();
    let server = Server::with_acme().await;
    let announced = put(FIRST, "{}").with("content-length", "999999999999");
    let mut stream = server.connect().await;
    let begun = Instant::now();
    stream.write_all(announced.head().as_bytes()).await.unwrap();
    let response = Response::read(&mut stream).await;
    assert_eq!(
        (response.status, &*response.code()),
        (413, "PAYLOAD_TOO_LARGE")
    );
    assert!(begun.elapsed().is_zero(), "it waited for a timer");
}

#[tokio::test]
async fn expect_100_continue_is_answered_by_100_or_the_error() {
    let server = Server::with_acme().await;
    let small = put(FIRST, "{}").with("expect", "100-continue");
    let mut stream = server.connect().await;
    stream.write_all(small.head().as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&small.body).await.unwrap();
    assert_eq!(Response::read(&mut stream).await.status, 200);

    let large = small.with("content-length", "2000000");
    let mut stream = server.connect().await;
    stream.write_all(large.head().as_bytes()).await.unwrap();
    assert_eq!(Response::read(&mut stream).await.status, 413);
}

/// The server waits for the rest of a body that is slightly too large, so that the client
/// reads the response. The rest does not have to arrive.
#[tokio::test]
async fn a_body_that_is_too_large_and_does_not_arrive_is_413() {
    let clock = StoppedClock::new();
    let server = impatient().await;
    let slow = put(FIRST, "").with("content-length", "5000");
    let mut stream = server.connect().await;
    stream.write_all(slow.head().as_bytes()).await.unwrap();
    let response = Response::read_to_end(&mut stream);
    let (response, waited) = clock.until("the response", response).await;
    assert_eq!(response.status, 413);
    assert!(waited >= SHORT, "{waited:?}");
}

/// The following bytes on the connection are the next request.
#[tokio::test]
async fn a_connection_stays_open_after_a_body_that_was_read_completely() {
    let server = Server::with_acme().await;
    let mut stream = server.connect().await;
    let large = put(FIRST, &" ".repeat(5000)).with("connection", "keep-alive");
    stream.write_all(&large.bytes()).await.unwrap();
    stream.write_all(&get("/healthz").bytes()).await.unwrap();
    let mut both = String::new();
    stream.read_to_string(&mut both).await.unwrap();
    assert!(both.starts_with("HTTP/1.1 413"), "{both}");
    assert!(both.contains("HTTP/1.1 200"), "{both}");
}

#[tokio::test]
async fn a_body_that_violates_http_is_malformed_json() {
    let server = Server::with_acme().await;
    let request = put(FIRST, "zz\r\nno chunk")
        .without("content-length")
        .with("transfer-encoding", "chunked");
    let response = server.send(&request).await;
    assert_eq!(
        (response.status, &*response.code()),
        (400, "MALFORMED_JSON")
    );
}

#[tokio::test]
async fn input_that_is_not_http_affects_no_other_client() {
    let server = Server::start().await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"PUT /a HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
        b"PUT /a HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\n\r\n",
    ] {
        let mut stream = server.connect().await;
        let _ = stream.write_all(bytes).await;
        expect("the end of the connection", closed(&mut stream)).await;
    }
    assert_eq!(server.send(&get("/healthz")).await.status, 200);
}

/// A server with that number of connections; the first one is open and idle, and the
/// second one has a request.
async fn two_connections(connections: usize) -> (Server, TcpStream, TcpStream) {
    let limits = ServerLimits {
        connections,
        ..SERVER_LIMITS
    };
    let server = Server::serve(api(Rig::Nothing).router(), limits).await;
    let first = server.connect().await;
    let mut second = server.connect().await;
    second.write_all(&get("/healthz").bytes()).await.unwrap();
    (server, first, second)
}

#[tokio::test]
async fn no_more_connections_are_served_than_the_limit() {
    let (_server, _first, mut second) = two_connections(2).await;
    assert_eq!(Response::read(&mut second).await.status, 200);

    let (_server, first, mut second) = two_connections(1).await;
    // Another server in this runtime answers requests that were sent later.
    let other = Server::start().await;
    for _ in 0..10 {
        assert_eq!(other.send(&get("/healthz")).await.status, 200);
    }
    let early = second.try_read(&mut [0]).map_err(|error| error.kind());
    assert_eq!(
        early,
        Err(ErrorKind::WouldBlock),
        "served although the limit is reached"
    );
    drop(first);
    assert_eq!(Response::read(&mut second).await.status, 200);
}
