//! A server in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command};
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

/// A server that is stopped when the test is over.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) stdout: BufReader<ChildStdout>,
    /// `ADDRESS:PORT`
    pub(crate) address: String,
}

impl Server {
    /// Starts on a free port and a store of its own in that directory.
    pub(crate) fn start(directory: &TempDir, access: &[&str]) -> Self {
        let store = format!("sqlite:{}", path(directory, "customers.db"));
        let mut args = vec!["serve", "--listen", "127.0.0.1:0", "--store", &store];
        args.extend(access);
        let mut child = customer(&args).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut url = String::new();
        stdout.read_line(&mut url).unwrap();
        let address = url.trim_end().strip_prefix("http://").unwrap().to_owned();
        Self {
            child,
            stdout,
            address,
        }
    }

    /// Starts with that configuration.
    pub(crate) fn configured(directory: &TempDir, config: &str, options: &[&str]) -> Self {
        let file = path(directory, "server.toml");
        std::fs::write(&file, config).unwrap();
        Self::start(directory, &[&["--config", &file], options].concat())
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        let patience = Some(Duration::from_secs(20));
        stream.set_read_timeout(patience).unwrap();
        stream.set_write_timeout(patience).unwrap();
        stream
    }

    pub(crate) fn signal(&self, name: &str) {
        let killed = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(killed.unwrap().success());
    }

    /// Waits for the end: the exit code, and all that was said on standard error.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
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

pub(crate) fn path(directory: &TempDir, name: &str) -> String {
    directory.path().join(name).to_str().unwrap().to_owned()
}
