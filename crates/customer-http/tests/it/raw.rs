//! A server, and requests to it byte by byte.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use customer_domain::Timestamp;
use customer_http::server::{ServerLimits, serve};
use customer_http::{Config, CustomerApi, Limits};
use customer_memory::MemoryStore;
use http::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::signed::Request;

/// The endpoint on an empty store, for whom that configuration knows, at one time.
pub(crate) fn router(config: &Config, limits: Limits, now: Timestamp) -> Router {
    let store = MemoryStore::new();
    CustomerApi::new(
        store,
        move || now,
        config.authenticator(),
        config.rate_limiter(),
    )
    .limits(limits)
    .router()
}

/// Serves it until the runtime of the test ends.
pub(crate) async fn started(router: Router, limits: ServerLimits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, router, limits, std::future::pending()));
    address
}

/// All that is answered to those bytes.
pub(crate) async fn exchange(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let talk = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // The server may have answered, and closed, before it was all sent.
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer
    };
    timeout(Duration::from_secs(20), talk).await.unwrap()
}

impl Request {
    /// As it is sent, on a connection of its own.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!(
            "{} {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n",
            self.method, self.path
        )
        .into_bytes();
        append(&mut bytes, &self.headers);
        if !self.body.is_empty() {
            let length = self.body.len();
            let headers = format!("content-type: application/json\r\ncontent-length: {length}\r\n");
            bytes.extend(headers.as_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(&self.body);
        bytes
    }
}

fn append(bytes: &mut Vec<u8>, headers: &HeaderMap) {
    for (name, value) in headers {
        bytes.extend(name.as_str().as_bytes());
        bytes.extend(b": ");
        bytes.extend(value.as_bytes());
        bytes.extend(b"\r\n");
    }
}
