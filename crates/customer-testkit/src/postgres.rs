//! PostgreSQL servers for tests.
//!
//! By default the tests start a [`TemporaryPostgres`]: it lives in a temporary directory,
//! listens on a socket file and on the loopback address, and ends with the process. It
//! needs the PostgreSQL server programs; if they are missing, [`shared`] reports that on
//! standard error, and the tests are skipped.
//!
//! With [`URL_VARIABLE`] the tests run on an existing server, each in its own schema,
//! which is dropped at the end. Tests that stop the server or change its settings need a
//! temporary one; they are then skipped, and their names are printed. On Citus,
//! [`SharedPostgres::distribute`] distributes the table.
//!
//! ```sh
//! CUSTOMER_TEST_PG_URL=postgres://tester:secret@db.internal/customers \
//!     cargo test -p customer-postgres
//! ```

mod existing;
mod pgbouncer;
mod psql;

pub use pgbouncer::{TemporaryPgBouncer, pgbouncer_is_installed};

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use existing::ExistingPostgres;

/// The environment variable with the URL of an existing server to run the tests on.
pub const URL_VARIABLE: &str = "CUSTOMER_TEST_PG_URL";

/// The environment variable with the directory of the PostgreSQL programs, if they are
/// not in a standard place.
pub const PROGRAMS_VARIABLE: &str = "CUSTOMER_TEST_PG_BIN";

/// The environment variable that makes a missing PostgreSQL an error.
pub const REQUIRED_VARIABLE: &str = "CUSTOMER_REQUIRE_POSTGRES";

/// Creates the server, or a standby of the server with the port `$3`, prints its directory,
/// and removes it when standard input ends, which happens when the parent process exits. Run as root, it switches to the user
/// postgres, because the PostgreSQL server does not run as root.
const GUARDIAN: &str = r#"
set -eu
cd /
bin=$1
port=$2
trap '' HUP INT TERM
as() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}
directory=$(as mktemp -d "${TMPDIR:-/tmp}/customer-postgres.XXXXXX")
take_down() {
    # A test can have stopped it.
    [ ! -e "$directory/data/postmaster.pid" ] || as "$bin/pg_ctl" --pgdata="$directory/data" --mode=immediate --silent stop || true
    rm -rf "$directory"
}
trap take_down EXIT
if [ -n "$3" ]; then
    as "$bin/pg_basebackup" --pgdata="$directory/data" --write-recovery-conf --no-sync \
        --checkpoint=fast --username=customer --host=127.0.0.1 --port="$3"
else
    as "$bin/initdb" --pgdata="$directory/data" --auth=trust --username=customer \
        --encoding=UTF8 --locale=C --no-sync >/dev/null
fi
{
    echo "listen_addresses = '127.0.0.1'"
    echo "port = $port"
    echo "unix_socket_directories = '$directory'"
    echo "max_connections = 200"
} >>"$directory/data/postgresql.conf"
as "$bin/pg_ctl" --pgdata="$directory/data" --log="$directory/log" --wait --silent start
echo "$directory"
cat >/dev/null
"#;

/// A temporary PostgreSQL server with the database `postgres` and the user `customer`,
/// who needs no password.
#[derive(Debug)]
pub struct TemporaryPostgres {
    directory: PathBuf,
    programs: PathBuf,
    port: u16,
    /// The server lives as long as the standard input of this process is open.
    guardian: Child,
}

/// A server could not be started.
#[derive(Debug)]
pub enum StartError {
    /// The PostgreSQL programs are not installed, or not in the expected directory.
    Missing,
    /// A program failed.
    Failed(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(
                f,
                "the PostgreSQL server programs are missing: install them (Debian: apt-get install \
                 postgresql), or name their directory in {PROGRAMS_VARIABLE}"
            ),
            Self::Failed(_) => f.write_str("the PostgreSQL server for the tests does not start"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Missing => None,
            Self::Failed(error) => Some(error),
        }
    }
}

/// The server that the tests of a process share.
#[derive(Debug)]
pub struct SharedPostgres(Kind);

#[derive(Debug)]
enum Kind {
    Temporary(TemporaryPostgres),
    Existing(ExistingPostgres),
}

/// The server that the tests of a process share, started at the first call: the existing
/// one of [`URL_VARIABLE`], or a temporary one. `None` if PostgreSQL is not installed;
/// this is reported once, even if the output of tests is captured.
///
/// # Panics
///
/// If the server does not start, or if PostgreSQL is not installed although
/// [`REQUIRED_VARIABLE`] is set.
pub fn shared() -> Option<&'static SharedPostgres> {
    static SERVER: OnceLock<Option<SharedPostgres>> = OnceLock::new();
    let server = SERVER.get_or_init(|| match start_shared() {
        Ok(server) => Some(SharedPostgres(server)),
        Err(StartError::Missing) if env::var_os(REQUIRED_VARIABLE).is_none() => {
            let missing = StartError::Missing;
            // Ignored: a closed standard error must not fail a test.
            let _ = writeln!(io::stderr(), "skipped: {missing}");
            None
        }
        Err(error) => panic!("{error}: {error:?}"),
    });
    server.as_ref()
}

fn start_shared() -> Result<Kind, StartError> {
    let Ok(url) = env::var(URL_VARIABLE) else {
        return TemporaryPostgres::start().map(Kind::Temporary);
    };
    let psql = programs().map_or_else(|| PathBuf::from("psql"), |bin| bin.join("psql"));
    let existing = ExistingPostgres::connect(url, psql);
    existing.map(Kind::Existing).map_err(StartError::Failed)
}

/// The shared server, if it is a temporary one: for tests that need superuser rights or
/// stop the server. Otherwise prints the name of the test (the name of the thread) as
/// skipped.
pub fn own() -> Option<&'static TemporaryPostgres> {
    match &shared()?.0 {
        Kind::Temporary(server) => Some(server),
        Kind::Existing(_) => {
            let thread = std::thread::current();
            let test = thread.name().unwrap_or("a test");
            // Ignored: a closed standard error must not fail a test.
            let _ = writeln!(io::stderr(), "skipped {test}: it needs a server of its own");
            None
        }
    }
}

/// Whether the tests of this process have a server; see [`shared`].
#[must_use]
pub fn is_there() -> bool {
    shared().is_some()
}

/// Whether the tests of this process have a temporary server; see [`own`].
#[must_use]
pub fn is_own() -> bool {
    own().is_some()
}

impl SharedPostgres {
    /// The URL of the default database, `postgres`.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.0 {
            Kind::Temporary(server) => server.url(),
            Kind::Existing(server) => server.url_of("postgres"),
        }
    }

    /// Creates a database, or a schema on an existing server, and returns its URL.
    ///
    /// # Errors
    ///
    /// If the name is already used.
    pub fn create_database(&self, name: &str) -> io::Result<String> {
        match &self.0 {
            Kind::Temporary(server) => server.create_database(name),
            Kind::Existing(server) => server.create_schema(name),
        }
    }

    /// Runs a statement in a database and returns its rows, one per line.
    ///
    /// # Errors
    ///
    /// If the server rejects it.
    pub fn execute(&self, database: &str, sql: &str) -> io::Result<String> {
        match &self.0 {
            Kind::Temporary(server) => server.execute(database, sql),
            Kind::Existing(server) => server.execute(database, sql),
        }
    }

    /// Distributes the tables of a store if the server is a node of Citus.
    ///
    /// # Errors
    ///
    /// If the server rejects it.
    pub fn distribute(&self, database: &str) -> io::Result<()> {
        let is_citus = "SELECT to_regproc('create_distributed_table') IS NOT NULL";
        if self.execute(database, is_citus)? == "t" {
            let distribute = "SELECT create_distributed_table('customer', 'team_id');
                SELECT create_reference_table('customer_schema')";
            self.execute(database, distribute)?;
        }
        Ok(())
    }
}

impl TemporaryPostgres {
    /// Starts a server.
    ///
    /// # Errors
    ///
    /// [`StartError`]: there is no PostgreSQL, or it does not start.
    pub fn start() -> Result<Self, StartError> {
        Self::start_as("")
    }

    /// Starts a standby of this server. From then on, commits on this server wait for it.
    ///
    /// # Errors
    ///
    /// If it does not start, or does not connect to this server.
    pub fn start_standby(&self) -> Result<Self, StartError> {
        let standby = Self::start_as(&self.port.to_string())?;
        let wait = || {
            self.execute(
                "postgres",
                "ALTER SYSTEM SET synchronous_standby_names = '*'",
            )?;
            self.execute("postgres", "SELECT pg_reload_conf()")?;
            let is_synchronous = "SELECT EXISTS (
                SELECT FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum'))";
            for _ in 0..600 {
                if self.execute("postgres", is_synchronous)? == "t" {
                    return Ok(());
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            Err(io::Error::other("the standby does not connect"))
        };
        wait().map_err(StartError::Failed)?;
        Ok(standby)
    }

    /// Makes this standby accept writes.
    ///
    /// # Errors
    ///
    /// If the server is not a standby.
    pub fn promote(&self) -> io::Result<()> {
        self.control(&["--wait", "--silent", "promote"])
    }

    fn start_as(primary_port: &str) -> Result<Self, StartError> {
        let programs = programs().ok_or(StartError::Missing)?;
        let port = free_port().map_err(StartError::Failed)?;
        let mut guardian = Command::new("sh")
            .args(["-c", GUARDIAN, "sh"])
            .arg(&programs)
            .args([&port.to_string(), primary_port])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(StartError::Failed)?;
        let mut directory = String::new();
        if let Some(output) = guardian.stdout.take() {
            let read = BufReader::new(output).read_line(&mut directory);
            read.map_err(StartError::Failed)?;
        }
        if directory.is_empty() {
            let ended = io::Error::other("the server exited before it was ready");
            return Err(StartError::Failed(ended));
        }
        Ok(Self {
            directory: PathBuf::from(directory.trim_end()),
            programs,
            port,
            guardian,
        })
    }

    /// Where the server is, by its socket file.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    fn url_of(&self, database: &str) -> String {
        let directory = self.directory.display().to_string().replace('/', "%2F");
        format!("postgres://customer@{directory}:{}/{database}", self.port)
    }

    /// The port on the loopback address.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Kills the server immediately, like a crash.
    ///
    /// # Errors
    ///
    /// If the server does not stop.
    pub fn kill(&self) -> io::Result<()> {
        self.control(&["--mode=immediate", "--silent", "stop"])
    }

    /// Starts the server again, and waits until it has recovered.
    ///
    /// # Errors
    ///
    /// If the server does not start.
    pub fn start_again(&self) -> io::Result<()> {
        let log = format!("--log={}", self.directory.join("log").display());
        self.control(&[&log, "--wait", "--silent", "start"])
    }

    /// Suspends all processes of the server, like a machine that hangs, until the result
    /// is dropped.
    ///
    /// # Errors
    ///
    /// If the processes cannot be suspended.
    pub fn freeze(&self) -> io::Result<Frozen<'_>> {
        self.signal("STOP")?;
        Ok(Frozen(self))
    }

    fn signal(&self, signal: &str) -> io::Result<()> {
        let script = "pid=$(head -n 1 \"$1/postmaster.pid\"); kill -s \"$2\" \"$pid\"; \
            pkill --signal \"$2\" --parent \"$pid\" || true";
        let status = as_its_user(Path::new("sh"))?
            .args(["-c", script, "sh"])
            .arg(self.data())
            .arg(signal)
            .status()?;
        succeeded("kill", status)
    }

    /// Writes a file into the data directory of the server, readable only by the server:
    /// a certificate or a setting. It takes effect when the server is [started
    /// again](Self::start_again).
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn write_file(&self, name: &str, text: &str) -> io::Result<()> {
        let mut writer = as_its_user(Path::new("sh"))?
            .args(["-c", "umask 077; cat >\"$1\"", "sh"])
            .arg(self.data().join(name))
            .stdin(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = writer.stdin.take() {
            input.write_all(text.as_bytes())?;
        }
        succeeded("sh", writer.wait()?)
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn control(&self, arguments: &[&str]) -> io::Result<()> {
        let data = format!("--pgdata={}", self.data().display());
        let status = as_its_user(&self.programs.join("pg_ctl"))?
            .arg(data)
            .args(arguments)
            .stdin(Stdio::null())
            .status()?;
        succeeded("pg_ctl", status)
    }

    /// Creates a database on the server and returns its URL.
    ///
    /// # Errors
    ///
    /// If the name is already used.
    pub fn create_database(&self, name: &str) -> io::Result<String> {
        let sql = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'");
        self.execute("postgres", &sql)?;
        Ok(self.url_of(name))
    }

    /// Creates a database and restores a dump of another one into it.
    ///
    /// # Errors
    ///
    /// If `pg_dump` or `psql` fails.
    pub fn restore_dump(&self, from: &str, to: &str) -> io::Result<String> {
        let url = self.create_database(to)?;
        let script = "\"$1/pg_dump\" --username=customer --host=\"$2\" --port=\"$3\" \"$4\" | \
            \"$1/psql\" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username=customer \
            --host=\"$2\" --port=\"$3\" --dbname=\"$5\" >/dev/null";
        let status = as_its_user(Path::new("sh"))?
            .args(["-c", script, "sh"])
            .args([&self.programs, &self.directory])
            .args([&self.port.to_string(), from, to])
            .stdin(Stdio::null())
            .status()?;
        succeeded("pg_dump", status)?;
        Ok(url)
    }

    /// Runs a statement in a database and returns its rows, one per line.
    ///
    /// # Errors
    ///
    /// If the server rejects the statement.
    pub fn execute(&self, database: &str, sql: &str) -> io::Result<String> {
        let mut command = as_its_user(&self.programs.join("psql"))?;
        command
            .arg("--username=customer")
            .arg(format!("--host={}", self.directory.display()))
            .arg(format!("--port={}", self.port))
            .arg(format!("--dbname={database}"));
        psql::output(command, sql)
    }
}

/// A server whose processes are suspended.
#[derive(Debug)]
pub struct Frozen<'a>(&'a TemporaryPostgres);

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        // Ignored: if this fails, the tests that use the server fail.
        let _ = self.0.signal("CONT");
    }
}

impl Drop for TemporaryPostgres {
    fn drop(&mut self) {
        drop(self.guardian.stdin.take());
        // Its exit status is of no interest.
        let _ = self.guardian.wait();
    }
}

fn succeeded(program: &str, status: ExitStatus) -> io::Result<()> {
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("{program}: {status}")))
    }
}

fn as_its_user(program: &Path) -> io::Result<Command> {
    let user = Command::new("id").arg("-u").output()?.stdout;
    let mut command = if user.trim_ascii() == b"0" {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/");
    Ok(command)
}

/// The directory of the programs: from the environment variable, from `pg_config`, or the
/// newest one that Debian's packages installed.
fn programs() -> Option<PathBuf> {
    let named = env::var_os(PROGRAMS_VARIABLE).map(PathBuf::from);
    let configured = || {
        let output = Command::new("pg_config").arg("--bindir").output().ok()?;
        Some(PathBuf::from(
            String::from_utf8(output.stdout).ok()?.trim_end(),
        ))
    };
    let packaged = || {
        let versions = Path::new("/usr/lib/postgresql").read_dir().ok()?;
        let version = |path: &PathBuf| -> Option<u32> { path.file_name()?.to_str()?.parse().ok() };
        let newest = versions
            .flatten()
            .map(|entry| entry.path())
            .max_by_key(version)?;
        Some(newest.join("bin"))
    };
    let are_there = |programs: &PathBuf| {
        let is_there = |name: &&str| programs.join(OsStr::new(name)).is_file();
        ["initdb", "pg_ctl", "postgres"].iter().all(is_there)
    };
    match named {
        Some(named) => Some(named).filter(are_there),
        None => configured()
            .filter(are_there)
            .or_else(|| packaged().filter(are_there)),
    }
}

/// A port that is free at this moment.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
