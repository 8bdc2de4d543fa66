//! A PgBouncer in front of a temporary server.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{REQUIRED_VARIABLE, TemporaryPostgres, free_port};

/// Starts PgBouncer, and stops it and removes its directory when standard input ends. Run
/// as root, it switches to the user postgres, because PgBouncer does not run as root.
const GUARDIAN: &str = r#"
set -eu
cd /
program=$1
host=$2
port=$3
own_port=$4
trap '' HUP INT TERM
as() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}
directory=$(as mktemp -d "${TMPDIR:-/tmp}/customer-pgbouncer.XXXXXX")
as sh -c 'cat >"$1/pgbouncer.ini"' sh "$directory" <<END
[databases]
* = host=$host port=$port user=customer
[pgbouncer]
listen_addr =
listen_port = $own_port
unix_socket_dir = $directory
auth_type = any
pool_mode = transaction
default_pool_size = 8
max_client_conn = 500
server_login_retry = 1
logfile = $directory/log
pidfile = $directory/pid
END
as "$program" --daemon --quiet "$directory/pgbouncer.ini"
take_down() {
    # Version 1.18 ignores QUIT, and waits for clients at INT and TERM.
    as sh -c 'kill -s KILL "$(cat "$1/pid")"' sh "$directory" || true
    rm -rf "$directory"
}
trap take_down EXIT
# pgbouncer --daemon returns before it listens.
for _ in $(seq 100); do
    [ -S "$directory/.s.PGSQL.$own_port" ] && break
    sleep 0.05
done
[ -S "$directory/.s.PGSQL.$own_port" ]
echo "$directory"
cat >/dev/null
"#;

/// PgBouncer in front of a server, with transaction pooling.
#[derive(Debug)]
pub struct TemporaryPgBouncer {
    directory: PathBuf,
    port: u16,
    /// PgBouncer runs as long as the standard input of this process is open.
    guardian: Child,
}

/// Whether PgBouncer is installed. If not, prints the name of the test as skipped.
///
/// # Panics
///
/// If PgBouncer is not installed although [`REQUIRED_VARIABLE`] is set.
#[must_use]
pub fn pgbouncer_is_installed(test: &str) -> bool {
    if program().is_some() {
        return true;
    }
    let message = "pgbouncer is not installed (Debian: apt-get install pgbouncer)";
    assert!(env::var_os(REQUIRED_VARIABLE).is_none(), "{message}");
    // Ignored: a closed standard error must not fail a test.
    let _ = writeln!(io::stderr(), "skipped {test}: {message}");
    false
}

impl TemporaryPgBouncer {
    /// Starts PgBouncer.
    ///
    /// # Errors
    ///
    /// If PgBouncer is not installed or does not start.
    pub fn start(server: &TemporaryPostgres) -> io::Result<Self> {
        let program = program().ok_or(io::ErrorKind::NotFound)?;
        let port = free_port()?;
        let mut guardian = Command::new("sh")
            .args(["-c", GUARDIAN, "sh"])
            .args([&program, &server.directory])
            .args([server.port, port].map(|port| port.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut directory = String::new();
        if let Some(output) = guardian.stdout.take() {
            BufReader::new(output).read_line(&mut directory)?;
        }
        if directory.is_empty() {
            return Err(io::Error::other("pgbouncer does not start"));
        }
        Ok(Self {
            directory: PathBuf::from(directory.trim_end()),
            port,
            guardian,
        })
    }

    /// The URL of a database behind PgBouncer.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let directory = self.directory.display().to_string().replace('/', "%2F");
        format!("postgres://customer@{directory}:{}/{database}", self.port)
    }
}

impl Drop for TemporaryPgBouncer {
    fn drop(&mut self) {
        drop(self.guardian.stdin.take());
        // Its exit status is of no interest.
        let _ = self.guardian.wait();
    }
}

fn program() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|directory| directory.join("pgbouncer"))
        .find(|program| Path::is_file(program))
}
