//! A shutdown finishes what was begun.

use std::sync::Arc;
use std::time::Duration;

use customer_http::server::ServerLimits;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use crate::harness::{ACME, Answer, SERVER_LIMITS, Server, api, get, post};
use crate::rigged::Rig;

/// A server whose store waits, and a request that has reached it.
async fn waiting(limits: ServerLimits) -> (Server, TcpStream, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let router = api(Rig::Waits(Arc::clone(&gate))).router();
    let server = Server::serve(router, limits).await;
    let mut stream = server.connect().await;
    let request = post("/partners/customers", ACME).with("connection", "keep-alive");
    stream.write_all(&request.bytes()).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    (server, stream, gate)
}

#[tokio::test]
async fn what_was_begun_is_finished_and_nothing_more_is_taken() {
    let (server, mut stream, gate) = waiting(SERVER_LIMITS).await;
    let idle = server.connect().await;
    let address = stream.peer_addr().unwrap();
    let stopping = server.stop();
    while TcpStream::connect(address).await.is_ok() {
        yield_now().await;
    }
    assert!(!stopping.is_finished(), "it waits for the request");
    gate.add_permits(1);
    let answer = Answer::read(&mut stream).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("connection"), Some("close"));
    drop(idle);
    let stopped = timeout(Duration::from_secs(5), stopping).await.unwrap();
    assert_eq!(stopped.unwrap(), Ok(()));
}

#[tokio::test]
async fn idle_connections_do_not_hold_it_up() {
    let mut limits = SERVER_LIMITS;
    limits.head_timeout = Duration::from_secs(60);
    let server = Server::serve(api(Rig::Nothing).router(), limits).await;
    let mut stream = server.connect().await;
    let request = get("/healthz").with("connection", "keep-alive");
    stream.write_all(&request.bytes()).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    let stopped = timeout(Duration::from_secs(2), server.stop()).await;
    assert_eq!(stopped.expect("no waiting").unwrap(), Ok(()));
    assert_eq!(Answer::read(&mut stream).await.status, 200);
}

#[tokio::test]
async fn it_does_not_wait_for_ever() {
    let mut limits = SERVER_LIMITS;
    limits.shutdown_timeout = Duration::from_millis(200);
    let (server, _stream, _gate) = waiting(limits).await;
    let stopped = timeout(Duration::from_secs(5), server.stop())
        .await
        .unwrap();
    assert_eq!(
        stopped.unwrap().map_err(|cut_off| cut_off.connections()),
        Err(1)
    );
}
