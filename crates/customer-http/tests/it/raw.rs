//! Signed requests over a socket.

use axum::Router;
use customer_domain::{FnClock, Timestamp};
use customer_http::{Config, CustomerApi};
use customer_memory::MemoryStore;
use http::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{Server, expect};
use crate::signed::Request;

/// The endpoint with an empty store and that configuration, at a fixed time.
pub(crate) fn router(config: &Config, now: Timestamp) -> Router {
    let store = MemoryStore::new();
    CustomerApi::new(
        store,
        FnClock(move || now),
        config.authenticator(),
        config.rate_limiter(),
    )
    .router()
}

/// The whole response to a request on its own connection.
pub(crate) async fn exchange(server: &Server, request: &Request) -> String {
    let mut stream = server.connect().await;
    stream.write_all(&request.to_bytes()).await.unwrap();
    let mut response = String::new();
    let all = stream.read_to_string(&mut response);
    expect("the end of the response", all).await.unwrap();
    response
}

impl Request {
    /// The bytes of the request, on its own connection.
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
