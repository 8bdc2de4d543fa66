//! The behaviour of the command as a process.

mod apply;
mod backup;
mod data;
mod docs;
mod help;
mod import;
mod import_rejects;
mod input_output;
mod malformed;
mod metrics;
mod purge;
mod schema;
mod serve;
mod server;
mod shutdown;
mod sign;
mod store;
mod time;
mod unreadable;
mod vectors;
mod workspace;

use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;

/// A record that is active and was last updated in February 2026.
const ACME: &str = r#"{"uuid":"67e55044-10b1-426f-9247-bb680e5fe0c8","customer":"Acme Corporation","email":"billing@acme.example","mainPhone":null,"website":null,"status":"active","billingAddress":null,"shippingAddress":null,"contacts":[],"createdAt":"2026-01-05T10:00:00Z","updatedAt":"2026-02-01T08:30:00Z"}"#;

/// A line with an update of that record, at noon.
fn line(patch: &str) -> String {
    format!("{{\"customer\":{ACME},\"patch\":{patch},\"now\":\"2026-11-23T12:00:00Z\"}}\n")
}

/// The command, with pipes for its input and output.
fn customer<A: AsRef<OsStr>>(args: &[A]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_customer"));
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The result of a process.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs the command with an input until it ends.
fn run<A: AsRef<OsStr>>(args: &[A], input: impl AsRef<[u8]>) -> Ended {
    let mut child = customer(args).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.as_ref();
    let output = thread::scope(|scope| {
        // At the same time as the output is read, because the buffer of a pipe is
        // limited. A process need not read its whole input.
        scope.spawn(move || stdin.write_all(input).ok());
        child.wait_with_output().unwrap()
    });
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The results of `customer apply` for the lines of an input. Standard error must be
/// empty.
fn answers(input: impl AsRef<[u8]>) -> Vec<Value> {
    let ended = run(&["apply"], input);
    assert_eq!(ended.stderr, "");
    values(&ended.stdout)
}

/// The result of one line.
fn answer(line: impl AsRef<[u8]>) -> Value {
    let mut answers = answers(line);
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

fn values(output: &str) -> Vec<Value> {
    let read = |line| serde_json::from_str(line).unwrap();
    output.lines().map(read).collect()
}

/// The `[field, code]` pairs of a list, in its order.
fn pairs(list: &Value) -> Vec<(&str, &str)> {
    let mut pairs = Vec::new();
    for entry in list.as_array().into_iter().flatten() {
        pairs.push((
            entry["field"].as_str().unwrap(),
            entry["code"].as_str().unwrap(),
        ));
    }
    pairs
}
