//! A shutdown completes the requests that have begun.

use std::sync::Arc;

use customer_http::server::ServerLimits;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::yield_now;
use tokio::time::Instant;

use crate::harness::{ACME, Response, SERVER_LIMITS, SHORT, Server, StoppedClock};
use crate::harness::{api, expect, get, post};
use crate::rigged::{Gate, Rig};

/// A server with a store that waits, and a request that has reached the store.
async fn waiting(limits: ServerLimits) -> (Server, TcpStream, Arc<Gate>) {
    let gate = Gate::closed();
    let router = api(Rig::Waits(Arc::clone(&gate))).router();
    let server = Server::serve(router, limits).await;
    let mut stream = server.connect().await;
    let request = post("/partners/customers", ACME).with("connection", "keep-alive");
    stream.write_all(&request.bytes()).await.unwrap();
    let arrived = expect("the call of the store", gate.arrived.acquire()).await;
    arrived.unwrap().forget();
    (server, stream, gate)
}

#[tokio::test]
async fn a_shutdown_completes_the_request_and_accepts_no_connection() {
    let (server, mut stream, gate) = waiting(SERVER_LIMITS).await;
    let idle = server.connect().await;
    let address = stream.peer_addr().unwrap();
    let stopping = server.stop();
    expect("the end of the listener", async {
        while TcpStream::connect(address).await.is_ok() {
            yield_now().await;
        }
    })
    .await;
    assert!(!stopping.is_finished(), "it waits for the request");
    gate.open.add_permits(1);
    let response = Response::read(&mut stream).await;
    assert_eq!(response.status, 201);
    assert_eq!(response.header("connection"), Some("close"));
    drop(idle);
    let stopped = expect("the shutdown", stopping).await;
    assert_eq!(stopped.unwrap(), Ok(()));
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_idle_connections() {
    let _clock = StoppedClock::new();
    let server = Server::start().await;
    let mut stream = server.connect().await;
    let request = get("/healthz").with("connection", "keep-alive");
    stream.write_all(&request.bytes()).await.unwrap();
    assert_eq!(Response::read_one(&mut stream).await.status, 200);
    let begun = Instant::now();
    let stopped = expect("the shutdown", server.stop()).await;
    assert_eq!(stopped.unwrap(), Ok(()));
    assert!(begun.elapsed().is_zero(), "it waited for a timer");
}

#[tokio::test]
async fn a_shutdown_waits_no_longer_than_its_limit() {
    let clock = StoppedClock::new();
    let mut limits = SERVER_LIMITS;
    limits.shutdown_timeout = SHORT;
    let (server, _stream, _gate) = waiting(limits).await;
    let (stopped, waited) = clock.until("the shutdown", server.stop()).await;
    let cut_off = stopped.unwrap().map_err(|cut_off| cut_off.connections());
    assert_eq!(cut_off, Err(1));
    assert!(waited >= SHORT, "{waited:?}");
}
