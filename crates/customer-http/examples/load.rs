//! Measures the cost of the endpoint over a bare handler. It sends authenticated updates
//! of customers in memory, and compares the endpoint with a handler on axum's own server
//! that reads the same bodies and verifies the same HMAC. It also sends the updates
//! without signatures, compared with a handler that only reads the bodies.
//!
//! ```sh
//! cargo run --release -p customer-http --example load [ROUNDS [REQUESTS]]
//! ```
//!
//! Each server runs on its own thread. The clients share another thread, which never
//! sleeps, because waking it would cost the server time. The two servers alternate, so
//! that other load on the machine affects both equally. Besides the requests per second
//! it prints, on Linux, the processor time of the server thread, which does not include
//! the clients or other programs.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::patch;
use customer_domain::{CustomerId, FnClock, NewCustomer, TeamId, Timestamp, create_customer};
use customer_http::server::{ServerLimits, serve};
use customer_http::{
    Authenticator, Caller, ClientId, Config, Credentials, CustomerApi, RateLimiter, SigningKey,
    Unauthorized,
};
use customer_memory::MemoryStore;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Method, StatusCode, Uri};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use uuid::Uuid;

use credentials::{SECRET, TOKEN};

mod credentials;

const CUSTOMERS: u128 = 1000;
const CONNECTIONS: usize = 16;

fn main() {
    let number = |position| {
        let argument = std::env::args().nth(position);
        argument.map(|number| number.parse().expect("a number"))
    };
    let rounds = number(1).unwrap_or(9);
    let mut signer = Signer::new(number(2).unwrap_or(20_000));
    println!("with signatures");
    let endpoint = Server::start("endpoint", endpoint);
    let bare = Server::start("bare", bare);
    compare(&endpoint, &bare, rounds, &mut signer);
    println!("without signatures");
    let endpoint = Server::start("endpoint", unsigned_endpoint);
    let bare = Server::start("bare", unsigned_bare);
    compare(&endpoint, &bare, rounds, &mut signer);
}

/// The two servers alternate.
fn compare(endpoint: &Server, bare: &Server, rounds: usize, signer: &mut Signer) {
    let mut results = Vec::new();
    for round in 0..=rounds {
        let ours = endpoint.measure(signer);
        let theirs = bare.measure(signer);
        // The first round is a warm-up.
        if round > 0 {
            print(round, &ours, &theirs);
            results.push((ours, theirs));
        }
    }
    let ratio = |part: fn(&Measured) -> f64| {
        median(
            results
                .iter()
                .map(|(ours, theirs)| part(ours) / part(theirs)),
        )
    };
    println!(
        "endpoint / bare, median of {rounds} rounds: requests per second {:.2}, processor time of the server {:.2}",
        ratio(|measured| measured.per_second),
        1.0 / ratio(|measured| measured.processor_us),
    );
    let p99 = |part: fn(&(Measured, Measured)) -> Duration| {
        median(results.iter().map(|both| part(both).as_secs_f64() * 1e6))
    };
    println!(
        "p99, median: endpoint {:.0} µs, bare {:.0} µs",
        p99(|both| both.0.p99),
        p99(|both| both.1.p99)
    );
}

/// The results of one round.
struct Measured {
    per_second: f64,
    p50: Duration,
    p99: Duration,
    /// Processor time of the server thread per request. Not a number except on Linux.
    processor_us: f64,
}

fn print(round: usize, ours: &Measured, theirs: &Measured) {
    for (name, measured) in [("endpoint", ours), ("bare", theirs)] {
        println!(
            "{round:>2} {name:<8} {:>7.0} requests/s  p50 {:>5} µs  p99 {:>6} µs  {:>5.1} µs processor time",
            measured.per_second,
            measured.p50.as_micros(),
            measured.p99.as_micros(),
            measured.processor_us,
        );
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}

fn team() -> TeamId {
    TeamId::from(Uuid::from_u128(1))
}

fn customer(number: u128) -> CustomerId {
    CustomerId::from(Uuid::from_u128(number % CUSTOMERS))
}

#[expect(clippy::disallowed_methods, reason = "the program provides the clock")]
fn now() -> Timestamp {
    SystemTime::now()
        .try_into()
        .expect("a time within the years 0000 to 9999")
}

/// The endpoint with a configuration.
async fn endpoint(listener: TcpListener) {
    let config = Config::from_toml(&credentials::config(u32::MAX)).expect("a configuration");
    serve_api(listener, config.authenticator(), config.rate_limiter()).await;
}

/// The endpoint without authentication, as for development.
async fn unsigned_endpoint(listener: TcpListener) {
    serve_api(listener, Everybody, |_: &ClientId| Ok(())).await;
}

/// Treats every request as one of the same client.
struct Everybody;

impl Authenticator for Everybody {
    async fn authenticate(
        &self,
        _request: &Credentials<'_>,
        _now: Timestamp,
    ) -> Result<Caller, Unauthorized> {
        Ok(Caller::new(ClientId::new("everybody"), team()))
    }
}

/// The endpoint on a store with customers in memory.
async fn serve_api(
    listener: TcpListener,
    authenticator: impl Authenticator,
    rate_limiter: impl RateLimiter,
) {
    let store = MemoryStore::new();
    for number in 0..CUSTOMERS {
        let email = format!("ann{number}@acme.example")
            .parse()
            .expect("an email address");
        let new = NewCustomer::new("Acme Corporation".parse().expect("a name"), email);
        let created = create_customer(&store, &FnClock(now), team(), customer(number), new).await;
        created.expect("a customer");
    }
    let api = CustomerApi::new(store, FnClock(now), authenticator, rate_limiter);
    let served = serve(
        listener,
        api.router(),
        ServerLimits::DEFAULT,
        std::future::pending(),
    );
    served.await.expect("no shutdown");
}

/// A handler that only reads the body and verifies the signature.
async fn bare(listener: TcpListener) {
    let key = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key of any length");
    let router = Router::new()
        .route("/partners/customers/{uuid}", patch(verify))
        .with_state(Arc::new(key));
    axum::serve(listener, router).await.expect("no end");
}

/// A handler that only reads the body.
async fn unsigned_bare(listener: TcpListener) {
    let read = |_: Bytes| async { StatusCode::OK };
    let router = Router::new().route("/partners/customers/{uuid}", patch(read));
    axum::serve(listener, router).await.expect("no end");
}

async fn verify(
    State(key): State<Arc<Hmac<Sha256>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let mut mac = Hmac::clone(&key);
    let path = uri.path().strip_prefix("/partners").unwrap_or_default();
    let timestamp = headers["x-timestamp"].as_bytes();
    let hash = base16ct::lower::encode_string(&Sha256::digest(&body));
    for part in [
        method.as_str().as_bytes(),
        b":",
        path.as_bytes(),
        b":",
        timestamp,
        b":",
        hash.as_bytes(),
    ] {
        mac.update(part);
    }
    let mut signature = [0; 32];
    let decoded = base16ct::lower::decode(headers["x-signature"].as_bytes(), &mut signature);
    if decoded.is_ok() && mac.verify(&signature.into()).is_ok() {
        StatusCode::OK
    } else {
        StatusCode::UNAUTHORIZED
    }
}

/// A server on its own thread.
struct Server {
    address: SocketAddr,
    thread: Handle,
}

impl Server {
    fn start<F>(name: &str, serve: fn(TcpListener) -> F) -> Self
    where
        F: Future<Output = ()> + 'static,
    {
        let (started, start) = std::sync::mpsc::channel();
        let run = move || {
            let runtime = runtime();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
                let address = listener.local_addr().expect("an address");
                started
                    .send((address, Handle::current()))
                    .expect("a receiver");
                serve(listener).await;
            });
        };
        let thread = thread::Builder::new().name(name.to_owned());
        thread.spawn(run).expect("a thread");
        let (address, thread) = start.recv().expect("a server");
        Self { address, thread }
    }

    #[expect(clippy::disallowed_methods, reason = "this measures time")]
    fn measure(&self, signer: &mut Signer) -> Measured {
        let mut clients: Vec<_> = (0..CONNECTIONS)
            .map(|_| Client::connect(self.address))
            .collect();
        // In turn, so that they are sent approximately in the order of their timestamps.
        for number in 0..signer.requests {
            clients[number % CONNECTIONS]
                .requests
                .push_back(signer.update());
        }
        let before = self.processor_time();
        let start = Instant::now();
        while clients.iter().any(|client| !client.is_done()) {
            for client in &mut clients {
                client.go_on();
            }
        }
        let elapsed = start.elapsed();
        let processor = self.processor_time() - before;
        let mut latencies: Vec<_> = clients
            .into_iter()
            .flat_map(|client| client.latencies)
            .collect();
        latencies.sort_unstable();
        let count = latencies.len();
        Measured {
            per_second: count as f64 / elapsed.as_secs_f64(),
            p50: latencies[count / 2],
            p99: latencies[count * 99 / 100],
            processor_us: processor / count as f64,
        }
    }

    /// The processor time of the server thread so far, in microseconds.
    fn processor_time(&self) -> f64 {
        let (sender, receiver) = std::sync::mpsc::channel();
        self.thread.spawn(async move {
            // The receiver is never dropped.
            let _ = sender.send(std::fs::read_to_string("/proc/thread-self/schedstat"));
        });
        let schedstat = receiver.recv().expect("no panic");
        let nanoseconds = schedstat
            .ok()
            .and_then(|text| text.split(' ').next()?.parse().ok());
        nanoseconds.map_or(f64::NAN, |nanoseconds: f64| nanoseconds / 1000.0)
    }
}

/// Sends requests one after the other, and measures the time to each response.
struct Client {
    stream: TcpStream,
    requests: VecDeque<Vec<u8>>,
    latencies: Vec<Duration>,
    /// When the outstanding request was sent.
    sent: Option<Instant>,
    response: Vec<u8>,
}

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("an option");
        stream.set_nonblocking(true).expect("an option");
        Self {
            stream,
            requests: VecDeque::new(),
            latencies: Vec::new(),
            sent: None,
            response: Vec::new(),
        }
    }

    fn is_done(&self) -> bool {
        self.requests.is_empty() && self.sent.is_none()
    }

    /// Reads the available bytes, and sends the next request after the last response.
    #[expect(clippy::disallowed_methods, reason = "this measures time")]
    fn go_on(&mut self) {
        let Some(sent) = self.sent else {
            if let Some(request) = self.requests.pop_front() {
                self.sent = Some(Instant::now());
                self.stream.write_all(&request).expect("a connection");
            }
            return;
        };
        let mut part = [0; 4096];
        match self.stream.read(&mut part) {
            Ok(read) => self.response.extend_from_slice(&part[..read]),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
        if is_whole(&self.response) {
            self.latencies.push(sent.elapsed());
            self.sent = None;
            let shown = self.response.escape_ascii();
            assert!(self.response.starts_with(b"HTTP/1.1 200 "), "{shown}");
            self.response.clear();
        }
    }
}

fn is_whole(response: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(response) else {
        return false;
    };
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.split("content-length: ").nth(1);
    let length = length.and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    length == Some(body.len())
}

/// Creates requests that are all different.
struct Signer {
    key: SigningKey,
    /// The number of requests in a round.
    requests: usize,
    milliseconds: i64,
    number: u128,
}

impl Signer {
    fn new(requests: usize) -> Self {
        Self {
            requests,
            key: SigningKey::new(SECRET.as_bytes()),
            milliseconds: now().as_micros() / 1000,
            number: 0,
        }
    }

    /// An update that changes a customer.
    fn update(&mut self) -> Vec<u8> {
        self.number += 1;
        let path = format!("/partners/customers/{}", customer(self.number));
        let body = format!(
            r#"{{"mainPhone":"+1415{:07}","billingAddress":{{"street":"1 Rue de la Paix","city":"Paris","country":"FR"}}}}"#,
            self.number
        );
        // A thousand requests have the same timestamp and differ in their bodies.
        let timestamp = (self.milliseconds + (self.number / 1000) as i64).to_string();
        let signature = self
            .key
            .sign(&Method::PATCH, &path, &timestamp, body.as_bytes());
        format!(
            "PATCH {path} HTTP/1.1\r\nhost: localhost\r\nx-client-id: shop\r\n\
             x-timestamp: {timestamp}\r\nx-signature: {signature}\r\n\
             authorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}
