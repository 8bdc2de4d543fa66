//! Runs SQL statements with `psql`.

use std::io;
use std::process::{Command, Stdio};

/// Runs a statement with `psql` and returns its rows, one per line.
pub(super) fn output(mut command: Command, sql: &str) -> io::Result<String> {
    let output = command
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
        .arg("--set=ON_ERROR_STOP=1")
        .arg(format!("--command={sql}"))
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(io::Error::other(complaint));
    }
    let rows = String::from_utf8_lossy(&output.stdout);
    Ok(rows.trim_end().to_owned())
}
