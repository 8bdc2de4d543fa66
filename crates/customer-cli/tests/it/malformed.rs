//! Ten thousand malformed requests.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::SystemTime;

use customer_http::SigningKey;
use fastrand::Rng;
use http::Method;
use tempfile::TempDir;

use crate::server::{CONFIG, SECRET, Server, TOKEN};

const THREADS: u64 = 16;
const REQUESTS: u64 = 10_000;

/// How much the memory of the server may grow after the first of them.
const MAX_GROWTH_KIB: u64 = 16 * 1024;

/// A short time limit, because bodies are small.
const LIMITS: &str = "
[rate_limit]
requests_per_minute = 4294967295
[limits]
body_bytes = 4096
bulk_body_bytes = 8192
body_timeout_seconds = 1
";

const CUSTOMER: &str = "/partners/customers/67e55044-10b1-426f-9247-bb680e5fe0c8";

const UPDATE: &[u8] = br#"{"mainPhone":null}"#;

/// Signs each request with its own timestamp.
struct Client {
    key: SigningKey,
    milliseconds: AtomicU64,
}

impl Client {
    #[expect(clippy::disallowed_methods, reason = "the server has the same clock")]
    fn new() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = u64::try_from(now.unwrap().as_millis()).unwrap();
        Self {
            key: SigningKey::new(SECRET.as_bytes()),
            milliseconds: AtomicU64::new(now),
        }
    }

    /// The head of a valid request, except for the empty line at its end.
    fn head(&self, method: &Method, path: &str, body: &[u8]) -> String {
        let timestamp = self
            .milliseconds
            .fetch_add(1, Ordering::Relaxed)
            .to_string();
        let signature = self.key.sign(method, path, &timestamp, body);
        format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             x-client-id: shop\r\nx-timestamp: {timestamp}\r\nx-signature: {signature}\r\n\
             authorization: Bearer {TOKEN}\r\n"
        )
    }

    fn request(&self, method: &Method, path: &str, body: &[u8]) -> Vec<u8> {
        let length = body.len();
        let head = self.head(method, path, body);
        let head =
            format!("{head}content-type: application/json\r\ncontent-length: {length}\r\n\r\n");
        [head.as_bytes(), body].concat()
    }
}

/// The fault of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Garbage,
    Truncated,
    BitFlipped,
    BodyTooLarge,
    ChunksTooLarge,
    BadChunks,
    HeadTooLarge,
    TooManyHeaders,
    BadHeader,
    BadPath,
    BadQuery,
    BadMethod,
    BadMediaType,
    WrongSignature,
    WrongTypes,
    NotJson,
    BadRows,
    Slow,
}

const FAULTS: [Fault; 17] = [
    Fault::Garbage,
    Fault::Truncated,
    Fault::BitFlipped,
    Fault::BodyTooLarge,
    Fault::ChunksTooLarge,
    Fault::BadChunks,
    Fault::HeadTooLarge,
    Fault::TooManyHeaders,
    Fault::BadHeader,
    Fault::BadPath,
    Fault::BadQuery,
    Fault::BadMethod,
    Fault::BadMediaType,
    Fault::WrongSignature,
    Fault::WrongTypes,
    Fault::NotJson,
    Fault::BadRows,
];

impl Fault {
    /// Whether the request may be incomplete, so that the server waits until the client
    /// disconnects.
    const fn may_lack_its_end(self) -> bool {
        matches!(
            self,
            Self::Garbage | Self::Truncated | Self::BitFlipped | Self::BadChunks | Self::BadHeader
        )
    }
}

/// One request in 101 is slow, in each thread in turn; the other faults alternate.
fn fault(number: u64) -> Fault {
    if number.is_multiple_of(101) {
        Fault::Slow
    } else {
        FAULTS[usize::try_from(number).unwrap() % FAULTS.len()]
    }
}

fn pick<'a>(rng: &mut Rng, among: &[&'a str]) -> &'a str {
    among[rng.usize(..among.len())]
}

fn bytes(rng: &mut Rng, most: usize) -> Vec<u8> {
    let count = rng.usize(1..=most);
    std::iter::repeat_with(|| rng.u8(..)).take(count).collect()
}

fn request(fault: Fault, client: &Client, rng: &mut Rng) -> Vec<u8> {
    let update = || client.request(&Method::PATCH, CUSTOMER, UPDATE);
    let patch = |body: &[u8]| client.request(&Method::PATCH, CUSTOMER, body);
    let with_headers = |headers: &str| {
        let head = client.head(&Method::PATCH, CUSTOMER, b"{}");
        format!("{head}{headers}\r\n").into_bytes()
    };
    match fault {
        Fault::Garbage => bytes(rng, 500),
        Fault::Truncated => {
            let mut request = update();
            request.truncate(rng.usize(1..request.len()));
            request
        }
        // The rest of the body never arrives, so the server answers at its time limit.
        Fault::Slow => {
            let mut request = update();
            request.truncate(request.len() - rng.usize(1..=UPDATE.len()));
            request
        }
        Fault::BitFlipped => {
            let mut request = update();
            for _ in 0..rng.usize(1..4) {
                let at = rng.usize(..request.len());
                request[at] ^= 1 << rng.u32(..8);
            }
            request
        }
        Fault::BodyTooLarge => patch(&vec![b' '; rng.usize(4097..100_000)]),
        Fault::ChunksTooLarge => {
            let chunk = format!("400\r\n{}\r\n", " ".repeat(1024)).repeat(rng.usize(5..50));
            with_headers(&format!(
                "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{chunk}0\r\n"
            ))
        }
        Fault::BadChunks => {
            let chunk = pick(
                rng,
                &[
                    "x\r\n",
                    "-1\r\n{}\r\n",
                    "ffffffffffffffffff\r\n{}",
                    "2\r\n{}{}\r\n",
                    "\r\n",
                    "2;\0\r\n{}",
                ],
            );
            with_headers(&format!(
                "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{chunk}"
            ))
        }
        Fault::HeadTooLarge => with_headers(&format!("x-long: {}\r\n", "x".repeat(40_000))),
        Fault::TooManyHeaders => with_headers(&"x-many: 1\r\n".repeat(rng.usize(100..1000))),
        Fault::BadHeader => with_headers(pick(
            rng,
            &[
                "content-length: -1\r\n",
                "content-length: 99999999999999999999999\r\n",
                "content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
                "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}",
                "transfer-encoding: gzip, identity\r\n\r\n{}",
                "no colon\r\n",
                " folded: 1\r\n",
                "na me: 1\r\n",
                "x: \0\r\n",
                "x: a\rb\r\n",
                ": nameless\r\n",
                "if-match: \"\r\ncontent-type: application/json\r\n",
                "expect: 100-continue\r\ncontent-length: 2\r\n",
                "upgrade: h2c\r\nconnection: upgrade\r\n",
            ],
        )),
        Fault::BadPath => {
            let path = pick(
                rng,
                &[
                    "/partners/customers/%",
                    "/partners/customers/%ff%fe",
                    "/partners/customers/no-uuid",
                    "/partners/customers/../customers",
                    "//partners//customers",
                    "/",
                    "*",
                    "/%00",
                    "/\u{e9}",
                    "http://elsewhere.example/partners/customers",
                    "/partners/customers/bulk/bulk",
                ],
            );
            let long = format!("/partners/customers/{}", "x".repeat(rng.usize(1..20_000)));
            client.request(
                &Method::GET,
                if rng.u8(..4) == 0 { &long } else { path },
                b"",
            )
        }
        Fault::BadQuery => {
            let query = pick(
                rng,
                &[
                    "page=0",
                    "page=-1",
                    "page=99999999999999999999",
                    "limit=101",
                    "limit=x",
                    "orderBy=uuid",
                    "orderDirection=up",
                    "page=1&page=2",
                    "unknown=1",
                    "search=%ff",
                    "search=%00",
                    "&&&===",
                    "search=%",
                ],
            );
            let by_email = pick(
                rng,
                &[
                    "",
                    "email=",
                    "email=x",
                    "email=a@b.c&email=a@b.c",
                    "email=%ff%00",
                    "mail=a@b.co",
                ],
            );
            let path = if rng.bool() {
                format!("/partners/customers?{query}")
            } else {
                format!("/partners/customers/find-by-email?{by_email}")
            };
            client.request(&Method::GET, &path, b"")
        }
        Fault::BadMethod => {
            let method = pick(
                rng,
                &[
                    "TRACE", "OPTIONS", "POST", "ANN", "PROPFIND", "CONNECT", "HEAD",
                ],
            );
            client.request(
                &Method::from_bytes(method.as_bytes()).unwrap(),
                CUSTOMER,
                b"{}",
            )
        }
        Fault::BadMediaType => {
            let media_type = pick(
                rng,
                &[
                    "",
                    "text/plain",
                    "application/merge-patch+json",
                    "application/json; charset=latin1",
                    "\u{e9}",
                    "multipart/form-data; boundary=x",
                ],
            );
            with_headers(&format!(
                "content-type: {media_type}\r\ncontent-length: 2\r\n\r\n{{}}"
            ))
        }
        Fault::WrongSignature => {
            let request = String::from_utf8(update()).unwrap();
            let (from, to) = match rng.u8(..5) {
                0 => ("x-signature: ", "x-signature: 0"),
                1 => ("x-client-id: shop", "x-client-id: nobody"),
                2 => ("x-timestamp: 1", "x-timestamp: 2"),
                3 => ("Bearer a", "Bearer b"),
                _ => ("mainPhone", "website"),
            };
            request
                .replace(from, to)
                .replace("content-length: 18", "content-length: 16")
                .into_bytes()
        }
        Fault::WrongTypes => {
            let field = pick(
                rng,
                &[
                    "customer",
                    "email",
                    "mainPhone",
                    "website",
                    "status",
                    "billingAddress",
                    "contacts",
                    "uuid",
                    "nobody",
                ],
            );
            let value = pick(
                rng,
                &[
                    "1",
                    "true",
                    "[]",
                    "{}",
                    "[[[]]]",
                    "1e999",
                    "\"\\u0000\"",
                    "\"\"",
                    "{\"street\":1,\"x\":null}",
                ],
            );
            patch(format!("{{\"{field}\":{value},\"{field}\":{value},\"email\":null}}").as_bytes())
        }
        Fault::NotJson => {
            let deep = "[".repeat(4000);
            let text = pick(
                rng,
                &[
                    "",
                    "{",
                    "{\"a\":",
                    "nul",
                    "{} {}",
                    "\u{feff}{}",
                    "'",
                    "{\"a\":\"\\ud800\"}",
                    &deep,
                ],
            );
            if rng.bool() {
                patch(text.as_bytes())
            } else {
                patch(&bytes(rng, 300))
            }
        }
        Fault::BadRows => {
            let rows = pick(
                rng,
                &[
                    "[]",
                    "{}",
                    "null",
                    "[1]",
                    "[null,[],{}]",
                    "[{\"uuid\":1}]",
                    "[{\"uuid\":\"x\",\"email\":null}]",
                ],
            );
            let many = format!("[{}]", vec!["1"; 1000].join(","));
            let rows = if rng.u8(..4) == 0 { &many } else { rows };
            let body = format!("{{\"customers\":{rows}}}");
            client.request(&Method::POST, "/partners/customers/bulk", body.as_bytes())
        }
    }
}

/// Sends a request and returns the status of the response, if there is one.
fn status(server: &Server, fault: Fault, request: &[u8]) -> Option<u16> {
    let mut stream = server.connect();
    // The server may respond and close the connection before it has received all.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    if fault.may_lack_its_end() {
        let _ = stream.shutdown(Shutdown::Write);
    }
    if let Err(error) = stream.read_to_end(&mut answer) {
        let hangs = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
        assert!(!hangs, "no answer to {fault:?}: {}", request.escape_ascii());
    }
    let begun = b"HTTP/1.1 100 Continue\r\n\r\n";
    let answer = answer.strip_prefix(begun).unwrap_or(&answer);
    let status = answer.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    std::str::from_utf8(status).unwrap().parse().ok()
}

/// The resident memory of the server, in KiB.
#[cfg(target_os = "linux")]
fn memory_kib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(not(target_os = "linux"))]
fn memory_kib(_: &Server) -> u64 {
    0
}

/// Sends the requests with those numbers, and counts the responses by fault and status.
fn send(
    server: &Server,
    client: &Client,
    numbers: std::ops::Range<u64>,
) -> BTreeMap<(Fault, Option<u16>), u64> {
    let counts = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (numbers, counts) = (numbers.clone(), &counts);
            scope.spawn(move || {
                for number in numbers.filter(|number| number % THREADS == thread) {
                    let fault = fault(number);
                    let request = request(fault, client, &mut Rng::with_seed(number));
                    let status = status(server, fault, &request);
                    let is_right = match status {
                        Some(status) => (200..500).contains(&status),
                        None => fault.may_lack_its_end(),
                    };
                    assert!(
                        is_right,
                        "{status:?} to {fault:?}: {}",
                        request.escape_ascii()
                    );
                    *counts.lock().unwrap().entry((fault, status)).or_default() += 1;
                }
            });
        }
    });
    counts.into_inner().unwrap()
}

#[test]
fn ten_thousand_malformed_requests_do_no_harm() {
    let directory = TempDir::new().unwrap();
    let config = format!("{CONFIG}{LIMITS}");
    let server = Server::configured(&directory, &config, &["--log", "error"]);
    let client = Client::new();

    send(&server, &client, 0..REQUESTS / 5);
    let before = memory_kib(&server);
    let answers = send(&server, &client, REQUESTS / 5..REQUESTS);
    let after = memory_kib(&server);
    assert!(
        after <= before + MAX_GROWTH_KIB,
        "{before} KiB became {after} KiB"
    );

    // Each request was rejected for its fault.
    let rejected = |fault, status| answers.contains_key(&(fault, Some(status)));
    for (fault, status) in [
        (Fault::Garbage, 400),
        (Fault::BodyTooLarge, 413),
        (Fault::ChunksTooLarge, 413),
        (Fault::BadChunks, 400),
        (Fault::HeadTooLarge, 431),
        (Fault::TooManyHeaders, 431),
        (Fault::BadHeader, 400),
        (Fault::BadPath, 404),
        (Fault::BadQuery, 400),
        (Fault::BadMethod, 405),
        (Fault::BadMediaType, 415),
        (Fault::WrongSignature, 401),
        (Fault::BitFlipped, 401),
        (Fault::WrongTypes, 400),
        (Fault::NotJson, 400),
        (Fault::BadRows, 400),
        (Fault::Slow, 408),
    ] {
        assert!(
            rejected(fault, status),
            "no {status} to {fault:?}: {answers:#?}"
        );
    }

    let healthy = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    assert_eq!(status(&server, Fault::BadQuery, healthy), Some(200));
    server.signal("TERM");
    let (code, log) = server.end();
    assert_eq!((code, log.as_str()), (Some(0), ""));
}
