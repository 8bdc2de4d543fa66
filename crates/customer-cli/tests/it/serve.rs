//! `customer serve`: how it starts, how it is called, how it stops.

use std::env;
use std::io::{self, BufRead, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::run;
use crate::server::{CONFIG, SECRET, Server, TOKEN, path};

/// Makes it an error to have no curl or no Python.
const REQUIRED_VARIABLE: &str = "CUSTOMER_REQUIRE_CLIENTS";

/// Whether a program is installed. If it is not, a message that bypasses the capture of
/// a test's output says that the test is skipped.
pub(crate) fn is_there(program: &str) -> bool {
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
        // Standard error may be closed.
        let _ = writeln!(
            io::stderr(),
            "skipped: {program} is not there; with it, run cargo test -p customer-cli serve"
        );
    }
    is_there
}

pub(crate) fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    said
}

#[test]
fn a_python_client_written_from_the_signing_rules_can_call_every_operation() {
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
fn the_examples_of_the_development_server_run_as_printed() {
    if !is_there("curl") {
        return;
    }
    let directory = TempDir::new().unwrap();
    let mut server = Server::start(&directory, &["--dev"]);
    let greeting = greeting(&mut server);
    let commands = &greeting[greeting.find("# create").unwrap()..];
    assert_eq!(commands.matches("curl").count(), 4);

    let output = succeeds(Command::new("sh").args(["-e", "-c", commands]));
    let answers: Vec<serde_json::Value> = output
        .lines()
        .filter(|line| !line.is_empty())
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

/// What the development server writes after its URL.
fn greeting(server: &mut Server) -> String {
    let mut greeting = String::new();
    while !greeting.contains("# update") || !greeting.ends_with("}'\n") {
        let read = server.stdout.read_line(&mut greeting).unwrap();
        assert_ne!(read, 0, "{greeting}");
    }
    greeting
}

#[test]
fn the_development_server_shows_its_store_team_and_pages() {
    let directory = TempDir::new().unwrap();
    let team = "00000000-0000-0000-0000-00000000000a";
    let mut server = Server::start(&directory, &["--dev", "--team", team]);
    let greeting = greeting(&mut server);
    let store = path(&directory, "customers.db");
    for line in [
        format!("  store      sqlite:{store}\n"),
        format!("  team       {team}\n"),
    ] {
        assert!(greeting.contains(&line), "{greeting}");
    }
    for (name, page) in [("reference", "/docs"), ("OpenAPI  ", "/openapi.json")] {
        let line = format!("  {name}  http://{}{page}\n", server.address);
        assert!(greeting.contains(&line), "{greeting}");
        assert_eq!(server.ask(&format!("GET {page}"), "").0, 200, "{page}");
    }
}

#[test]
fn the_address_may_be_a_name_or_a_port() {
    for address in ["localhost:0", ":0", "127.0.0.1:0"] {
        let directory = TempDir::new().unwrap();
        let server = Server::listen(&directory, address, &["--dev"]);
        assert!(
            server.address.starts_with("127.0.0.1:"),
            "{}",
            server.address
        );
        assert_eq!(server.ask("GET /healthz", "").0, 200, "{address}");
    }
}

#[test]
fn p13_the_development_server_can_ignore_unknown_fields() {
    let body = r#"{"customer":"Acme","email":"ann@acme.example","colour":"red"}"#;
    for (options, status, code) in [
        (&["--dev"][..], 400, "UNKNOWN_FIELD"),
        (&["--dev", "--ignore-unknown"], 201, "UNKNOWN_FIELD_IGNORED"),
    ] {
        let directory = TempDir::new().unwrap();
        let server = Server::start(&directory, options);
        let (answered, response) = server.ask("POST /partners/customers", body);
        assert_eq!(answered, status, "{response}");
        assert!(
            response.contains(&format!("\"code\":\"{code}\"")),
            "{response}"
        );
    }
    let with_config = usage_error(&["--config", "server.toml", "--ignore-unknown"]);
    assert!(with_config.contains("cannot be used with"), "{with_config}");
}

#[test]
fn check_validates_a_configuration_without_opening_the_store() {
    let directory = TempDir::new().unwrap();
    let config = path(&directory, "server.toml");
    let store = "sqlite:/no/such/directory/customers.db";
    let check = || {
        run(
            &["serve", "--check", "--config", &config, "--store", store],
            "",
        )
    };

    std::fs::write(&config, CONFIG).unwrap();
    let valid = check();
    assert_eq!((valid.code, valid.stderr.as_str()), (Some(0), ""));
    assert_eq!(valid.stdout, format!("{config} is valid\n"));

    std::fs::write(&config, CONFIG.replace(SECRET, "short")).unwrap();
    let invalid = check();
    assert_eq!((invalid.code, invalid.stdout.as_str()), (Some(2), ""));
    let problem = "clients[0]: the secret has fewer than 32 bytes";
    assert!(invalid.stderr.contains(problem), "{}", invalid.stderr);

    let development = usage_error(&["--check", "--dev"]);
    assert!(development.contains("cannot be used with"), "{development}");
}

#[test]
fn s8_the_progress_of_a_migration_is_logged() {
    let directory = TempDir::new().unwrap();
    let file = path(&directory, "customers.db");
    let body = r#"{"customer":"Acme","email":"ann@acme.example"}"#;
    let created = run(&["create", "--store", &format!("sqlite:{file}")], body);
    assert_eq!(created.code, Some(0), "{}", created.stderr);
    let connection = rusqlite::Connection::open(&file).unwrap();
    let older = "UPDATE customer_keys SET version = version - 1";
    assert_eq!(connection.execute(older, []).unwrap(), 1);
    drop(connection);

    let mut server = Server::start(&directory, &["--dev"]);
    server.wait_for_log("1 customers have keys of version");
}

#[test]
fn the_log_can_be_json_without_personal_data() {
    let directory = TempDir::new().unwrap();
    let server = Server::start(&directory, &["--dev", "--log-format", "json"]);
    let body = r#"{"customer":"Acme","email":"ann@acme.example"}"#;
    assert_eq!(server.ask("POST /partners/customers", body).0, 201);
    assert_eq!(
        server
            .ask("GET /partners/customers/find-by-email?email=bob", "")
            .0,
        400
    );
    server.signal("TERM");
    let (code, log) = server.end();
    assert_eq!(code, Some(0), "{log}");
    let events: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [created, rejected, stopped] = &events[..] else {
        panic!("{log}");
    };
    assert_eq!(created["message"], "answered");
    assert_eq!(created["level"], "INFO");
    assert!(created["duration_us"].is_u64(), "{created}");
    assert_eq!(created["span"]["route"], "/partners/customers");
    assert_eq!(created["span"]["status"], 201);
    assert_eq!(rejected["span"]["code"], "VALIDATION_FAILED");
    assert_eq!(stopped["message"], "shutting down");
    for hidden in ["Acme", "acme", "ann", "bob"] {
        assert!(!log.contains(hidden), "{hidden} in {log}");
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

/// Standard error of a server that does not start.
fn usage_error(args: &[&str]) -> String {
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
fn the_development_server_listens_on_loopback_addresses_only() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[2001:db8::1]:0"] {
        let said = usage_error(&["--dev", "--listen", address]);
        let expected = format!(
            "error: --dev accepts requests without credentials, so it listens on loopback \
             addresses only, such as 127.0.0.1:8080, and not on {address}\n"
        );
        assert_eq!(said, expected);
    }
}

#[test]
fn the_reason_for_a_failed_start_is_reported() {
    let directory = TempDir::new().unwrap();
    let config = path(&directory, "server.toml");
    let missing = usage_error(&["--config", &config]);
    assert!(
        missing.starts_with(&format!(
            "error: cannot use {config}: cannot read the configuration: "
        )),
        "{missing}"
    );

    std::fs::write(&config, CONFIG.replace("teams =", "teem =")).unwrap();
    let wrong = usage_error(&["--config", &config]);
    assert!(wrong.ends_with("line 5: clients[0].teem: unknown field `teem`, expected one of `id`, `secret`, `secret_env`, `secret_file`, `teams`\n"), "{wrong}");

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = usage_error(&["--dev", "--listen", &address]);
    assert!(
        said.starts_with(&format!("error: cannot listen on {address}: ")),
        "{said}"
    );
}

#[test]
fn either_a_configuration_or_dev_is_required() {
    let neither = usage_error(&[]);
    assert!(neither.contains("<--config <FILE>|--dev>"), "{neither}");
    let both = usage_error(&["--dev", "--config", "server.toml"]);
    assert!(both.contains("cannot be used with"), "{both}");
}
