//! A server on its own socket, and requests as they are sent.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use customer_domain::{CustomerId, FnClock, TeamId, Timestamp};
use customer_http::server::{CutOff, ServerLimits, serve};
use customer_http::{
    Authenticator, Caller, ClientId, Credentials, CustomerApi, Limits, RetryAfter, Unauthorized,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{self, Instant, timeout};
use uuid::Uuid;

use crate::rigged::{Rig, RiggedStore};

/// The path of the first customer that is created.
pub(crate) const FIRST: &str = "/partners/customers/00000000-0000-4000-8000-000000000001";

/// The path of a customer that does not exist.
pub(crate) const UNKNOWN: &str = "/partners/customers/00000000-0000-4000-8000-0000000000ff";

pub(crate) const ACME: &str = r#"{"customer":"Acme","email":"ann@acme.example"}"#;

/// Authenticates the clients `acme` and `busy` of one team by their bearer tokens.
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

/// `busy` has exceeded its rate limit.
pub(crate) fn not_busy(client: &ClientId) -> Result<(), RetryAfter> {
    match client.as_str() {
        "busy" => Err(RetryAfter::from_secs(7)),
        _ => Ok(()),
    }
}

pub(crate) fn noon() -> Timestamp {
    Timestamp::parse("2026-11-23T12:00:00Z").unwrap()
}

/// The clock of the tests.
type Noon = FnClock<fn() -> Timestamp>;

pub(crate) type Api =
    CustomerApi<RiggedStore, Noon, Tokens, fn(&ClientId) -> Result<(), RetryAfter>>;

/// The endpoint at noon, with sequential identifiers.
pub(crate) fn api(rig: Rig) -> Api {
    let count = AtomicU64::new(1);
    let id = move || {
        let number = count.fetch_add(1, Ordering::Relaxed);
        let base = 0x4000_8000_0000_0000_0000;
        CustomerId::from(Uuid::from_u128(base | u128::from(number)))
    };
    let clock: Noon = FnClock(noon);
    let limiter: fn(&ClientId) -> _ = not_busy;
    CustomerApi::new(RiggedStore::new(rig), clock, Tokens, limiter)
        .with_ids(id)
        .with_limits(LIMITS)
}

/// A time limit that no test reaches.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The time limit that a test reaches, with a [`StoppedClock`].
pub(crate) const SHORT: Duration = Duration::from_secs(1);

pub(crate) const LIMITS: Limits = Limits {
    body_bytes: 4096,
    bulk_body_bytes: 8192,
    body_timeout: DAY,
    unauthenticated_bytes: 4 * 8192,
};

pub(crate) const SERVER_LIMITS: ServerLimits = ServerLimits {
    head_bytes: 8192,
    head_timeout: DAY,
    write_timeout: DAY,
    connections: 64,
    connections_per_peer: None,
    connection_lifetime: DAY,
    shutdown_timeout: DAY,
};

/// How long a test waits before it fails.
const HANGS: Duration = Duration::from_secs(60);

/// Waits for an event that does not depend on time.
pub(crate) async fn expect<T>(event: &str, future: impl Future<Output = T>) -> T {
    let outcome = timeout(HANGS, future).await;
    outcome.unwrap_or_else(|_| panic!("{event} did not happen within {HANGS:?}"))
}

/// Stops the clock of tokio: only [`until`](Self::until) moves time, so that the limits
/// of a server do not depend on the speed of the machine.
///
/// A stopped clock by itself jumps to the next timer whenever every task waits, including
/// for a socket. A blocking task prevents that. It ends after [`HANGS`] at the latest, so
/// that [`expect`] can fail.
pub(crate) struct StoppedClock {
    _stopped: mpsc::Sender<()>,
    task: JoinHandle<Result<(), RecvTimeoutError>>,
}

impl StoppedClock {
    pub(crate) fn new() -> Self {
        time::pause();
        let (stopped, dropped) = mpsc::channel::<()>();
        let task = spawn_blocking(move || dropped.recv_timeout(HANGS));
        Self {
            _stopped: stopped,
            task,
        }
    }

    /// Moves time until the future completes. Returns its output and how far time moved.
    /// The future must not contain a timer that could end it early.
    pub(crate) async fn until<T>(
        &self,
        event: &str,
        future: impl Future<Output = T>,
    ) -> (T, Duration) {
        let begun = Instant::now();
        let mut future = pin!(future);
        loop {
            tokio::select! {
                biased;
                output = &mut future => return (output, begun.elapsed()),
                () = time::advance(SHORT / 100) => {}
            }
            assert!(!self.task.is_finished(), "{event} did not happen");
        }
    }
}

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
        let created = server.send(&post("/partners/customers", ACME)).await;
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

    /// Sends a request on its own connection and returns the response.
    pub(crate) async fn send(&self, request: &Request) -> Response {
        let mut stream = self.connect().await;
        stream.write_all(&request.bytes()).await.unwrap();
        Response::read(&mut stream).await
    }

    /// Starts the shutdown without waiting for it.
    pub(crate) fn stop(self) -> JoinHandle<Result<(), CutOff>> {
        drop(self.stop);
        self.task
    }
}

/// A request; by default from the client `acme`, with a JSON body if there is one.
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

    /// Sets a header, replacing any with the same name.
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
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Response {
    /// Reads until the server closes the connection.
    pub(crate) async fn read(stream: &mut TcpStream) -> Self {
        expect("the end of the response", Self::read_to_end(stream)).await
    }

    /// The same, without a timer.
    pub(crate) async fn read_to_end(stream: &mut TcpStream) -> Self {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        Self::parse(&text)
    }

    /// Reads one response on a connection that stays open.
    pub(crate) async fn read_one(stream: &mut TcpStream) -> Self {
        expect("an response", async {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let mut response = Self::parse(std::str::from_utf8(&head).unwrap());
            let length = response.header("content-length").unwrap().parse().unwrap();
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.unwrap();
            response.body = String::from_utf8(body).unwrap();
            response
        })
        .await
    }

    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("an response");
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

/// A request and its response as recorded in snapshots, without the date and without
/// headers that every request of these tests has.
pub(crate) fn recorded(request: &Request, response: &Response) -> String {
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
    text.push_str(&format!("\n{}\n", response.status));
    for (name, value) in &response.headers {
        if name != "date" {
            text.push_str(&format!("{name}: {value}\n"));
        }
    }
    if !response.body.is_empty() {
        text.push_str(&format!("\n{}", response.body));
    }
    text
}
