//! `customer serve`: how it starts, how it is called, how it stops.

use std::env;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{customer, run};

/// Makes it an error to have no curl or no Python.
const REQUIRED_VARIABLE: &str = "CUSTOMER_REQUIRE_CLIENTS";

const CONFIG: &str = r#"
[[clients]]
id = "shop"
secret = "kept-between-the-client-and-the-server"
teams = ["00000000-0000-0000-0000-000000000001"]

[[tokens]] # a-token-drawn-at-random
sha256 = "99d75b059e03325c14b8af6df846229105f1f9a763dd8800e167e30646218b94"
user = "u-17"
team = "00000000-0000-0000-0000-000000000001"
"#;

/// A server that is stopped when the test is over.
struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// `http://ADDRESS:PORT`
    url: String,
}

impl Server {
    /// Starts on a free port and a store of its own in that directory.
    fn start(directory: &TempDir, access: &[&str]) -> Self {
        let store = format!("sqlite:{}", path(directory, "customers.db"));
        let mut args = vec!["serve", "--listen", "127.0.0.1:0", "--store", &store];
        args.extend(access);
        let mut child = customer(&args).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut url = String::new();
        stdout.read_line(&mut url).unwrap();
        let url = url.trim_end().to_owned();
        Self { child, stdout, url }
    }

    fn configured(directory: &TempDir) -> Self {
        let config = path(directory, "server.toml");
        std::fs::write(&config, CONFIG).unwrap();
        Self::start(directory, &["--config", &config])
    }

    fn connect(&self) -> TcpStream {
        let address = self.url.strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(address).unwrap();
        let patience = Some(Duration::from_secs(20));
        stream.set_read_timeout(patience).unwrap();
        stream
    }

    fn signal(&self, name: &str) {
        let killed = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(killed.unwrap().success());
    }

    /// Waits for the end: the exit code, and all that was said on standard error.
    fn end(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already where that is what the test is about.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn path(directory: &TempDir, name: &str) -> String {
    directory.path().join(name).to_str().unwrap().to_owned()
}

/// Whether that program is there; says so, past the capture of a test's output, when
/// a test is skipped because it is not.
fn is_there(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let is_there = found.is_ok_and(|status| status.success());
    assert!(
        is_there || env::var_os(REQUIRED_VARIABLE).is_none(),
        "{program} is not there, and {REQUIRED_VARIABLE} is set"
    );
    if !is_there {
        // Nobody may be listening.
        let _ = writeln!(
            io::stderr(),
            "skipped: {program} is not there; with it, run cargo test -p customer-cli serve"
        );
    }
    is_there
}

fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    said
}

#[test]
fn a_client_in_python_does_everything_by_the_signing_rules() {
    if !is_there("python3") {
        return;
    }
    let directory = TempDir::new().unwrap();
    let server = Server::configured(&directory);
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client.py");
    let said = succeeds(Command::new("python3").arg(client).args([
        &server.url,
        "shop",
        "kept-between-the-client-and-the-server",
        "a-token-drawn-at-random",
    ]));
    assert_eq!(
        said,
        "created, read, found, updated, bulk-updated, listed, deleted\n"
    );

    server.signal("TERM");
    let (code, log) = server.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(
        log.contains("status=201") && log.contains("status=401"),
        "{log}"
    );
    for hidden in [
        "Ann",
        "acme",
        "ACME",
        "kůň",
        "Paris",
        "4155550100",
        "kept-between",
        "a-token",
        "99d75b",
    ] {
        assert!(!log.contains(hidden), "{hidden} in {log}");
    }
}

#[test]
fn the_examples_of_the_development_server_run_as_they_stand() {
    if !is_there("curl") {
        return;
    }
    let directory = TempDir::new().unwrap();
    let mut server = Server::start(&directory, &["--dev"]);
    let mut examples = String::new();
    while !examples.contains("# update") || !examples.ends_with("}'\n") {
        assert_ne!(
            server.stdout.read_line(&mut examples).unwrap(),
            0,
            "{examples}"
        );
    }
    let commands = &examples[examples.find("# create").unwrap()..];
    assert_eq!(commands.matches("curl").count(), 4);

    let said = succeeds(Command::new("sh").args(["-e", "-c", commands]));
    let answers = said.replace("}{", "}\n{");
    let answers: Vec<serde_json::Value> = answers
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let messages: Vec<_> = answers
        .iter()
        .map(|answer| answer["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        messages,
        ["Customer created.", "Customer found.", "Customer updated."]
    );
    assert_eq!(answers[2]["data"]["uuid"], answers[0]["data"]["uuid"]);
    assert_eq!(answers[2]["data"]["billingAddress"]["city"], "Paris");
}

#[test]
fn a_request_that_was_begun_is_finished_after_the_signal() {
    for signal in ["TERM", "INT"] {
        let directory = TempDir::new().unwrap();
        let server = Server::start(&directory, &["--dev"]);
        let body = r#"{"customer":"Acme","email":"ann@acme.example"}"#;
        let mut head = String::new();
        write!(
            head,
            "POST /partners/customers HTTP/1.1\r\nhost: localhost\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        )
        .unwrap();
        let mut stream = server.connect();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&body.as_bytes()[..9]).unwrap();
        std::thread::sleep(Duration::from_millis(300));

        server.signal(signal);
        let address = server.url.strip_prefix("http://").unwrap().to_owned();
        wait_until(|| TcpStream::connect(&address).is_err());
        stream.write_all(&body.as_bytes()[9..]).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
        let (code, log) = server.end();
        assert_eq!(code, Some(0), "{log}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a process takes is not a matter of the domain"
)]
fn wait_until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "it is not so");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_page_under_another_name_does_not_reach_the_development_server() {
    let directory = TempDir::new().unwrap();
    let server = Server::start(&directory, &["--dev"]);
    for (host, status) in [
        ("localhost", "200"),
        ("127.0.0.1:80", "200"),
        ("evil.example", "401"),
    ] {
        let mut stream = server.connect();
        let request = format!(
            "GET /partners/customers HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(&answer["HTTP/1.1 ".len()..][..3], status, "{host}");
    }
}

/// The words on standard error of a server that does not start.
fn refusal(args: &[&str]) -> String {
    let args = [&["serve", "--store", "memory:"], args].concat();
    let ended = run(&args, "");
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(2), ""),
        "{args:?}"
    );
    ended.stderr
}

#[test]
fn without_authentication_it_listens_to_this_machine_only() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[2001:db8::1]:0"] {
        let said = refusal(&["--dev", "--listen", address]);
        let expected = format!(
            "error: --dev lets everybody in and listens on a loopback address only, such as \
             127.0.0.1:8080: {address} is none\n"
        );
        assert_eq!(said, expected);
    }
}

#[test]
fn what_it_does_not_start_with_is_named() {
    let directory = TempDir::new().unwrap();
    let config = path(&directory, "server.toml");
    let missing = refusal(&["--config", &config]);
    assert!(
        missing.starts_with(&format!(
            "error: cannot use {config}: cannot read the configuration: "
        )),
        "{missing}"
    );

    std::fs::write(&config, CONFIG.replace("teams =", "teem =")).unwrap();
    let wrong = refusal(&["--config", &config]);
    assert!(wrong.ends_with("line 5: clients[0].teem: unknown field `teem`, expected one of `id`, `secret`, `secret_env`, `secret_file`, `teams`\n"), "{wrong}");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refusal(&["--dev", "--listen", &address]);
    assert!(
        said.starts_with(&format!("error: cannot listen on {address}: ")),
        "{said}"
    );
}

#[test]
fn it_is_said_who_may_call() {
    let neither = refusal(&[]);
    assert!(neither.contains("<--config <FILE>|--dev>"), "{neither}");
    let both = refusal(&["--dev", "--config", "server.toml"]);
    assert!(both.contains("cannot be used with"), "{both}");
}
