//! A server process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, ChildStdout, Command};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::customer;

/// The client `shop` and one token, for the team 1.
pub(crate) const CONFIG: &str = r#"
[[clients]]
id = "shop"
secret = "kept-between-the-client-and-the-server"
teams = ["00000000-0000-0000-0000-000000000001"]

[[tokens]] # a-token-drawn-at-random
sha256 = "99d75b059e03325c14b8af6df846229105f1f9a763dd8800e167e30646218b94"
user = "u-17"
team = "00000000-0000-0000-0000-000000000001"
"#;

pub(crate) const SECRET: &str = "kept-between-the-client-and-the-server";
pub(crate) const TOKEN: &str = "a-token-drawn-at-random";

/// How long a test waits for an event before it fails. No test passes because this
/// time has elapsed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that is stopped at the end of the test.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) stdout: BufReader<ChildStdout>,
    /// `ADDRESS:PORT`
    pub(crate) address: String,
    /// The lines of standard error, as they are written. Locked, because tests share a
    /// server between threads.
    log: Mutex<Receiver<String>>,
    /// The lines that were received.
    logged: String,
}

impl Server {
    /// Starts on a free port with a new store in the directory.
    pub(crate) fn start(directory: &TempDir, access: &[&str]) -> Self {
        Self::listen(directory, "127.0.0.1:0", access)
    }

    /// Starts on an address with a new store in the directory.
    pub(crate) fn listen(directory: &TempDir, address: &str, access: &[&str]) -> Self {
        let store = format!("sqlite:{}", path(directory, "customers.db"));
        Self::with_store(&store, address, access)
    }

    /// Starts on an address with that store.
    pub(crate) fn with_store(store: &str, address: &str, access: &[&str]) -> Self {
        let mut args = vec!["serve", "--listen", address, "--store", store];
        args.extend(access);
        let mut child = customer(&args).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let log = Mutex::new(lines(child.stderr.take().unwrap()));
        let mut server = Self {
            child,
            stdout,
            address: String::new(),
            log,
            logged: String::new(),
        };
        let url = server.output_line();
        server.address = url.strip_prefix("http://").unwrap().to_owned();
        server
    }

    /// The next line of standard output.
    pub(crate) fn output_line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Starts with a configuration.
    pub(crate) fn configured(directory: &TempDir, config: &str, options: &[&str]) -> Self {
        let file = path(directory, "server.toml");
        std::fs::write(&file, config).unwrap();
        Self::start(directory, &[&["--config", &file], options].concat())
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(&self.address)
    }

    /// The status of the response to a request, and the response.
    pub(crate) fn ask(&self, request: &str, body: &str) -> (u16, String) {
        ask(&self.address, request, body)
    }

    pub(crate) fn signal(&self, name: &str) {
        let killed = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(killed.unwrap().success());
    }

    /// Waits until the server logs a line with that text.
    pub(crate) fn wait_for_log(&mut self, text: &str) {
        while let Some(line) = self.next_line() {
            if line.contains(text) {
                return;
            }
        }
        panic!(
            "the server ended without logging {text:?}:\n{}",
            self.logged
        );
    }

    /// Waits for the end: the exit code, and everything written to standard error.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        while self.next_line().is_some() {}
        let code = self.child.wait().unwrap().code();
        (code, std::mem::take(&mut self.logged))
    }

    /// The next line of standard error; `None` when it is closed.
    fn next_line(&mut self) -> Option<String> {
        match self.log.get_mut().unwrap().recv_timeout(PATIENCE) {
            Ok(line) => {
                self.logged.extend([&line, "\n"]);
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                panic!(
                    "the server logged nothing for {PATIENCE:?}:\n{}",
                    self.logged
                )
            }
        }
    }
}

/// Receives the lines of standard error, which a thread reads until it is closed.
fn lines(stderr: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines() {
            // Continues after the test: a full pipe would block the server.
            let _ = sender.send(line.unwrap());
        }
    });
    receiver
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// The status of the response to a request such as `GET /healthz`, and the response.
pub(crate) fn ask(address: &str, request: &str, body: &str) -> (u16, String) {
    let mut stream = connect(address);
    let length = body.len();
    write!(
        stream,
        "{request} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let status = response.split(' ').nth(1).unwrap().parse().unwrap();
    (status, response)
}

pub(crate) fn path(directory: &TempDir, name: &str) -> String {
    directory.path().join(name).to_str().unwrap().to_owned()
}
