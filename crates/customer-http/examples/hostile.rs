//! Measures the effect of hostile peers and replay protection on other clients, and fails
//! if it exceeds a limit:
//!
//! - 10,000 reads in sequence and 10,000 over 64 connections, signed in seconds and in
//!   milliseconds: none is a replay;
//! - 1,024 connections of one address that are idle or slow, and reconnect: another
//!   address waits for at most two seconds, or with a limit per peer 50 ms (p99);
//! - 500 connections that send bodies of 2 MiB without a valid signature: the memory of
//!   the server grows by less than 64 MiB.
//!
//! ```sh
//! cargo run --release -p customer-http --example hostile
//! ```
//!
//! The server is a child process. The addresses are those of Linux, 127.0.0.0/8.

#![expect(
    clippy::disallowed_methods,
    reason = "it measures time, and the server uses the system clock"
)]

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use customer_domain::{FnClock, Timestamp};
use customer_http::server::serve;
use customer_http::{Config, CustomerApi, SigningKey};
use customer_memory::MemoryStore;
use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use credentials::{SECRET, TOKEN};

mod credentials;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const PER_PEER: &str = "[server]\nconnections_per_peer = 256\n";

const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);
const CLIENT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const MIB: usize = 1024 * 1024;

/// The maximum wait for a response before the measurement fails.
const PATIENCE: Duration = Duration::from_secs(90);

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    match std::env::args().nth(1).as_deref() {
        Some("serve") => {
            let config = std::env::args().nth(2).unwrap_or_default();
            runtime.block_on(server(&config))
        }
        _ => runtime.block_on(measure()),
    }
}

async fn server(config: &str) -> Outcome<()> {
    let config = Config::from_toml(config)?;
    let (authenticator, limiter) = (config.authenticator(), config.rate_limiter());
    let api = CustomerApi::new(MemoryStore::new(), FnClock(now), authenticator, limiter);
    let listener = TcpListener::bind("0.0.0.0:0").await?;
    println!("{}", listener.local_addr()?.port());
    let forever = std::future::pending();
    serve(listener, api.router(), config.server_limits(), forever).await?;
    Ok(())
}

fn micros() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_micros()).unwrap_or(0))
}

fn now() -> Timestamp {
    Timestamp::from_micros(micros()).unwrap_or(Timestamp::MIN)
}

async fn measure() -> Outcome<()> {
    let config = credentials::config(1_000_000);
    let mut failures = 0;
    let mut report = |what: String, is_met: bool| {
        println!("{} {what}", if is_met { "ok    " } else { "FAILED" });
        failures += usize::from(!is_met);
    };
    {
        let server = Server::start(&config)?;
        for (unit, name) in [(1_000_000, "seconds"), (1_000, "milliseconds")] {
            for connections in [1, 64] {
                let rejected = reads(&server, connections, 10_000, unit).await?;
                let what = format!(
                    "reads in {name}, {connections} connections: {rejected} of 10,000 rejected"
                );
                report(what, rejected == 0);
            }
        }
    }
    for (name, bytes) in held() {
        for (more, max) in [("", 2_000), (PER_PEER, 50)] {
            let server = Server::start(&format!("{config}{more}"))?;
            let waits = waits_beside(&server, &bytes).await?;
            let (p99, longest) = (waits[waits.len() * 99 / 100 - 1], waits[waits.len() - 1]);
            let (limit, measured) = match max {
                50 => ("256 per peer", p99),
                _ => ("no limit per peer", longest),
            };
            let what = format!("1,024 {name}, {limit}: p99 {p99:?}, longest {longest:?}");
            report(what, measured <= Duration::from_millis(max));
        }
    }
    for addresses in [1, 100] {
        let server = Server::start(&config)?;
        let before = server.resident()?;
        let most = memory_of_bodies(&server, addresses).await?;
        let grown = most.saturating_sub(before) / MIB;
        let what = format!("500 bodies of 2 MiB from {addresses} addresses: {grown} MiB");
        report(what, grown < 64);
    }
    if failures > 0 {
        return Err(format!("{failures} failed").into());
    }
    Ok(())
}

struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start(config: &str) -> Outcome<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["serve", config])
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = process.stdout.take().ok_or("no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let port = line.trim().parse()?;
        Ok(Self { process, port })
    }

    async fn connect(&self, from: Ipv4Addr) -> std::io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        socket
            .connect(SocketAddr::from((ATTACKER, self.port)))
            .await
    }

    /// The resident memory in bytes.
    fn resident(&self) -> Outcome<usize> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        Ok(kib.ok_or("no VmRSS")?.parse::<usize>()? * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A signed request; the timestamp has the given unit, in microseconds.
fn head(method: &Method, path: &str, unit: i64, more: &str) -> String {
    let timestamp = (micros() / unit).to_string();
    let key = SigningKey::new(SECRET.as_bytes());
    let signature = key.sign(method, path, &timestamp, b"");
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nx-client-id: shop\r\n\
         x-timestamp: {timestamp}\r\nx-signature: {signature}\r\n\
         authorization: Bearer {TOKEN}\r\n{more}\r\n"
    )
}

/// Sends reads over that number of connections, and counts the 401 responses.
async fn reads(server: &Server, connections: usize, all: usize, unit: i64) -> Outcome<usize> {
    let mut tasks = JoinSet::new();
    for connection in 0..connections {
        let mut stream = server.connect(CLIENT).await?;
        let reads = all / connections + usize::from(connection < all % connections);
        tasks.spawn(async move {
            let mut rejected = 0;
            for page in 1..=reads {
                let path = format!("/partners/customers?page={page}");
                let request = head(&Method::GET, &path, unit, "");
                stream.write_all(request.as_bytes()).await?;
                rejected += usize::from(response(&mut stream).await? == 401);
            }
            Outcome::Ok(rejected)
        });
    }
    let mut rejected = 0;
    while let Some(of_one) = tasks.join_next().await {
        rejected += of_one??;
    }
    Ok(rejected)
}

/// The status of a response; the response is read to its end.
async fn response(stream: &mut TcpStream) -> Outcome<u16> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err("no response".into());
        }
        let text = std::str::from_utf8(&bytes)?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        if length.is_some_and(|length| length.parse() == Ok(body.len())) {
            return Ok(head.get(9..12).ok_or("no status")?.parse()?);
        }
    }
}

/// The bytes that a hostile connection sends before it waits.
fn held() -> Vec<(&'static str, Vec<u8>)> {
    let alive = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
    let json = "content-type: application/json\r\ncontent-length: 2000000\r\n";
    let path = "/partners/customers/bulk";
    vec![
        ("connections without a request", Vec::new()),
        ("idle connections", alive.as_bytes().to_vec()),
        ("slow heads", b"GET /partners".to_vec()),
        (
            "slow bodies",
            head(&Method::PATCH, path, 1_000, json).into_bytes(),
        ),
    ]
}

/// How long 200 requests of one address wait, each on a new connection, in ascending
/// order, while another address keeps 1,024 connections open.
async fn waits_beside(server: &Server, bytes: &[u8]) -> Outcome<Vec<Duration>> {
    let mut attackers = JoinSet::new();
    for number in 0..1024 {
        let port = server.port;
        let bytes = bytes.to_vec();
        attackers.spawn(async move {
            sleep(Duration::from_millis(number)).await;
            loop {
                if let Ok(mut stream) = TcpStream::connect((ATTACKER, port)).await {
                    let _ = stream.write_all(&bytes).await;
                    let _ = stream.read_to_end(&mut Vec::new()).await;
                }
                sleep(Duration::from_secs(1)).await;
            }
        });
    }
    sleep(Duration::from_secs(2)).await;
    let mut waits = Vec::new();
    let begun = Instant::now();
    while waits.len() < 200 && (waits.len() < 20 || begun.elapsed() < Duration::from_secs(20)) {
        let request = head(
            &Method::GET,
            "/partners/customers",
            1_000,
            "connection: close\r\n",
        );
        let sent = Instant::now();
        let answered = async {
            let mut stream = server.connect(CLIENT).await?;
            stream.write_all(request.as_bytes()).await?;
            response(&mut stream).await
        };
        let status = timeout(PATIENCE, answered).await??;
        if status != 200 {
            return Err(format!("status {status}").into());
        }
        waits.push(sent.elapsed());
        sleep(Duration::from_millis(20)).await;
    }
    attackers.shutdown().await;
    waits.sort_unstable();
    Ok(waits)
}

/// The maximum resident memory while 500 connections send bodies of 2 MiB that do not
/// match the signature in their headers.
async fn memory_of_bodies(server: &Server, addresses: u8) -> Outcome<usize> {
    let json = "content-type: application/json\r\ncontent-length: 2097152\r\n";
    let head = head(&Method::PATCH, "/partners/customers/bulk", 1_000, json);
    let mut senders = JoinSet::new();
    for number in 0..500_u16 {
        let from = Ipv4Addr::new(127, 0, 1, u8::try_from(number % u16::from(addresses))? + 1);
        let mut stream = server.connect(from).await?;
        let head = head.clone();
        senders.spawn(async move {
            let chunk = vec![b' '; 64 * 1024];
            let mut sent = stream.write_all(head.as_bytes()).await;
            // Everything except the last byte.
            for _ in 0..31 {
                if sent
                    .as_ref()
                    .is_err_and(|error| error.kind() != ErrorKind::WouldBlock)
                {
                    break;
                }
                sent = stream.write_all(&chunk).await;
            }
            let _ = stream.read_to_end(&mut Vec::new()).await;
        });
    }
    let mut most = 0;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(12) {
        most = most.max(server.resident()?);
        sleep(Duration::from_millis(20)).await;
    }
    std::io::stdout().flush()?;
    senders.shutdown().await;
    Ok(most)
}
