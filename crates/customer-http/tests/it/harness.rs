//! A server on a socket of its own, and requests as they stand on the wire.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use customer_domain::{CustomerId, TeamId, Timestamp};
use customer_http::server::{CutOff, ServerLimits, serve};
use customer_http::{
    Authenticator, Caller, ClientId, Credentials, CustomerApi, Limits, RetryAfter, Unauthorized,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use crate::rigged::{Rig, RiggedStore};

/// The id of the first customer that is made.
pub(crate) const FIRST: &str = "/partners/customers/00000000-0000-4000-8000-000000000001";

/// A customer there is not.
pub(crate) const NOBODY: &str = "/partners/customers/00000000-0000-4000-8000-0000000000ff";

pub(crate) const ACME: &str = r#"{"customer":"Acme","email":"ann@acme.example"}"#;

/// Knows the clients `acme` and `busy` of the one team, by their bearer tokens.
pub(crate) struct Tokens;

impl Authenticator for Tokens {
    async fn authenticate(
        &self,
        request: &Credentials<'_>,
        _now: Timestamp,
    ) -> Result<Caller, Unauthorized> {
        let token = request.headers.get("authorization");
        let client = match token.map(HeaderValue::as_bytes) {
            Some(b"Bearer acme") => "acme",
            Some(b"Bearer busy") => "busy",
            Some(_) => return Err(Unauthorized::because("unknown token")),
            None => return Err(Unauthorized::because("no token")),
        };
        let team = TeamId::from(Uuid::from_u128(1));
        Ok(Caller::new(ClientId::new(client), team))
    }
}

/// `busy` has asked too often.
pub(crate) fn not_busy(client: &ClientId) -> Result<(), RetryAfter> {
    match client.as_str() {
        "busy" => Err(RetryAfter::from_secs(7)),
        _ => Ok(()),
    }
}

pub(crate) fn noon() -> Timestamp {
    Timestamp::parse("2026-11-23T12:00:00Z").unwrap()
}

pub(crate) type Api =
    CustomerApi<RiggedStore, fn() -> Timestamp, Tokens, fn(&ClientId) -> Result<(), RetryAfter>>;

/// The endpoint at noon, with identifiers that count.
pub(crate) fn api(rig: Rig) -> Api {
    let count = AtomicU64::new(1);
    let id = move || {
        let number = count.fetch_add(1, Ordering::Relaxed);
        let base = 0x4000_8000_0000_0000_0000;
        CustomerId::from(Uuid::from_u128(base | u128::from(number)))
    };
    let clock: fn() -> Timestamp = noon;
    let limiter: fn(&ClientId) -> _ = not_busy;
    CustomerApi::new(RiggedStore::new(rig), clock, Tokens, limiter)
        .ids(id)
        .limits(Limits {
            body_bytes: 4096,
            bulk_body_bytes: 8192,
            body_timeout: Duration::from_secs(1),
        })
}

pub(crate) const SERVER_LIMITS: ServerLimits = ServerLimits {
    head_bytes: 8192,
    head_timeout: Duration::from_secs(1),
    write_timeout: Duration::from_secs(1),
    connections: 64,
    shutdown_timeout: Duration::from_secs(5),
};

pub(crate) struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    pub(crate) task: JoinHandle<Result<(), CutOff>>,
}

impl Server {
    /// The endpoint over an empty store.
    pub(crate) async fn start() -> Self {
        Self::serve(api(Rig::Nothing).router(), SERVER_LIMITS).await
    }

    /// The endpoint over a store with the one customer of [`ACME`].
    pub(crate) async fn with_acme() -> Self {
        let server = Self::start().await;
        let created = server.ask(&post("/partners/customers", ACME)).await;
        assert_eq!(created.status, 201);
        server
    }

    pub(crate) async fn rigged(rig: Rig) -> Self {
        Self::serve(api(rig).router(), SERVER_LIMITS).await
    }

    pub(crate) async fn serve(router: Router, limits: ServerLimits) -> Self {
        crate::privacy::listen();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { drop(stopped.await) };
        let task = tokio::spawn(serve(listener, router, limits, shutdown));
        Self {
            address,
            stop,
            task,
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The answer to a request on a connection of its own.
    pub(crate) async fn ask(&self, request: &Request) -> Answer {
        let mut stream = self.connect().await;
        stream.write_all(&request.bytes()).await.unwrap();
        Answer::read(&mut stream).await
    }

    /// Asks for the shutdown, and does not wait for it.
    pub(crate) fn stop(self) -> JoinHandle<Result<(), CutOff>> {
        drop(self.stop);
        self.task
    }
}

/// A request; by default one of the client `acme`, with JSON where it has a body.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn request(method: &'static str, target: &str) -> Request {
    Request {
        method,
        target: target.to_owned(),
        headers: vec![
            ("host".to_owned(), "localhost".to_owned()),
            ("connection".to_owned(), "close".to_owned()),
            ("x-request-id".to_owned(), "test".to_owned()),
            ("authorization".to_owned(), "Bearer acme".to_owned()),
        ],
        body: Vec::new(),
    }
}

pub(crate) fn get(target: &str) -> Request {
    request("GET", target)
}

pub(crate) fn delete(target: &str) -> Request {
    request("DELETE", target)
}

pub(crate) fn post(target: &str, body: &str) -> Request {
    request("POST", target).json(body)
}

pub(crate) fn put(target: &str, body: &str) -> Request {
    request("PUT", target).json(body)
}

pub(crate) fn patch(target: &str, body: &str) -> Request {
    request("PATCH", target).json(body)
}

impl Request {
    fn json(self, body: &str) -> Self {
        self.with("content-type", "application/json").body(body)
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        let length = self.body.len().to_string();
        self.with("content-length", &length)
    }

    /// With that header, in the place of one of its name.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    /// The request line and the headers.
    pub(crate) fn head(&self) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        [self.head().as_bytes(), &self.body].concat()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// Reads until the server closes the connection.
    pub(crate) async fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        let all = stream.read_to_end(&mut bytes);
        timeout(Duration::from_secs(10), all)
            .await
            .unwrap()
            .unwrap();
        Self::parse(&String::from_utf8(bytes).unwrap())
    }

    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self {
            status: status.unwrap().parse().unwrap(),
            headers,
            body: body.to_owned(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// The code of an error.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or("none").to_owned()
    }
}

/// A request and its answer, as they are recorded. The date is left out, and
/// what every request of these tests has.
pub(crate) fn recorded(request: &Request, answer: &Answer) -> String {
    let mut text = format!("{} {}\n", request.method, request.target);
    for (name, value) in &request.headers {
        if !matches!(&**name, "host" | "connection" | "content-length") {
            text.push_str(&format!("{name}: {value}\n"));
        }
    }
    if !request.body.is_empty() {
        let body = String::from_utf8_lossy(&request.body);
        let shown: String = body.chars().take(300).collect();
        text.push_str(&format!("\n{shown}\n"));
    }
    text.push_str(&format!("\n{}\n", answer.status));
    for (name, value) in &answer.headers {
        if name != "date" {
            text.push_str(&format!("{name}: {value}\n"));
        }
    }
    if !answer.body.is_empty() {
        text.push_str(&format!("\n{}\n", answer.body));
    }
    text
}
