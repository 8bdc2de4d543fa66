//! `customer serve`: how it starts, how it is called, how it stops.

use std::env;
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::run;
use crate::server::{CONFIG, SECRET, Server, TOKEN, path};

/// Makes it an error to have no curl or no Python.
const REQUIRED_VARIABLE: &str = "CUSTOMER_REQUIRE_CLIENTS";

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
    let server = Server::configured(&directory, CONFIG, &[]);
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client.py");
    let said = succeeds(Command::new("python3").arg(client).args([
        &format!("http://{}", server.address),
        "shop",
        SECRET,
        TOKEN,
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

/// The interim response to `expect: 100-continue`.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

#[test]
fn a_request_that_was_begun_is_finished_after_the_signal() {
    for signal in ["TERM", "INT"] {
        let directory = TempDir::new().unwrap();
        let mut server = Server::start(&directory, &["--dev"]);
        let body = r#"{"customer":"Acme","email":"ann@acme.example"}"#;
        let mut stream = server.connect();
        write!(
            stream,
            "POST /partners/customers HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        )
        .unwrap();
        // The server asks for the body when it reads it: the request is begun.
        let mut interim = [0; CONTINUE.len()];
        stream.read_exact(&mut interim).unwrap();
        assert_eq!(interim.as_slice(), CONTINUE);
        stream.write_all(&body.as_bytes()[..9]).unwrap();

        server.signal(signal);
        // Logged once the server no longer listens.
        server.wait_for_log("shutting down");
        let refused = TcpStream::connect(&server.address).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        stream.write_all(&body.as_bytes()[9..]).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
        let (code, log) = server.end();
        assert_eq!(code, Some(0), "{log}");
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
