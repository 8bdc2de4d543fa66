//! How `customer serve` stops.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::server::Server;

/// The interim response to `expect: 100-continue`.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

#[test]
fn a_request_that_has_begun_is_completed_after_the_signal() {
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
        let rejected = TcpStream::connect(&server.address).unwrap_err();
        assert_eq!(rejected.kind(), ErrorKind::ConnectionRefused);
        stream.write_all(&body.as_bytes()[9..]).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
        let (code, log) = server.end();
        assert_eq!(code, Some(0), "{log}");
    }
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    for (first, second) in [("TERM", "INT"), ("INT", "INT"), ("TERM", "TERM")] {
        let directory = TempDir::new().unwrap();
        let mut server = Server::start(&directory, &["--dev"]);
        let mut stream = server.connect();
        // A request whose body never arrives.
        write!(
            stream,
            "POST /partners/customers HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n\
             content-type: application/json\r\ncontent-length: 9\r\n\r\n"
        )
        .unwrap();
        let mut interim = [0; CONTINUE.len()];
        stream.read_exact(&mut interim).unwrap();
        server.signal(first);
        server.wait_for_log("shutting down");
        server.signal(second);
        let (code, log) = server.end();
        assert_eq!(code, Some(2), "{log}");
        assert!(
            log.ends_with("error: stopped by a second signal; requests may have been cut off\n"),
            "{log}"
        );
        // Not 408, which the server returns when a body is late.
        let mut rest = Vec::new();
        let read = stream.read_to_end(&mut rest);
        assert!(
            read.is_err() || rest.is_empty(),
            "{}",
            String::from_utf8_lossy(&rest)
        );
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_server_that_waits_for_its_store() {
    use std::os::unix::process::ExitStatusExt;

    // A database server that accepts connections and never responds.
    let database = TcpListener::bind("127.0.0.1:0").unwrap();
    database.set_nonblocking(true).unwrap();
    let address = database.local_addr().unwrap();
    let store = format!("postgres://ann:secret@{address}/customers?sslmode=disable");
    let args = ["serve", "--dev", "--listen", ":0", "--store", &store];
    let mut child = crate::customer(&args).spawn().unwrap();
    let _connection = loop {
        match database.accept() {
            Ok(connection) => break connection,
            Err(_) => assert_eq!(child.try_wait().unwrap(), None),
        }
        thread::sleep(Duration::from_millis(10));
    };
    let killed = Command::new("kill").arg(child.id().to_string()).status();
    assert!(killed.unwrap().success());
    assert_eq!(child.wait().unwrap().signal(), Some(15));
}
