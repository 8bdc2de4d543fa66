//! An existing server, such as a cluster. Each run of the tests uses its own schemas.

use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::psql;

/// Drops the schemas of the run when standard input ends.
const GUARDIAN: &str = r#"
trap '' HUP INT TERM
cat >/dev/null
export PGOPTIONS='-c client_min_messages=warning'
echo "SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace
    WHERE nspname LIKE '$3\_%' \gexec" | "$1" --no-psqlrc --quiet "$2"
"#;

/// An existing server. It has schemas where a temporary server has databases.
#[derive(Debug)]
pub(super) struct ExistingPostgres {
    /// The URL for the store, with its options.
    url: String,
    /// The prefix of the schemas of this run.
    run: String,
    psql: PathBuf,
    /// The schemas live as long as the standard input of this process is open.
    _guardian: Child,
}

impl ExistingPostgres {
    pub(super) fn connect(url: String, psql: PathBuf) -> io::Result<Self> {
        let run = format!("customer_test_{}", std::process::id());
        let guardian = Command::new("sh")
            .args(["-c", GUARDIAN, "sh"])
            .arg(&psql)
            .args([address(&url), &run])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let server = Self {
            url,
            run,
            psql,
            _guardian: guardian,
        };
        server.create_schema("postgres")?;
        Ok(server)
    }

    fn schema(&self, name: &str) -> String {
        format!("{}_{name}", self.run)
    }

    pub(super) fn create_schema(&self, name: &str) -> io::Result<String> {
        self.execute(name, &format!("CREATE SCHEMA {}", self.schema(name)))?;
        Ok(self.url_of(name))
    }

    pub(super) fn url_of(&self, name: &str) -> String {
        let separator = if self.url.contains('?') { '&' } else { '?' };
        let schema = self.schema(name);
        format!("{}{separator}options=-c%20search_path%3D{schema}", self.url)
    }

    /// The options of the URL are for the store. `psql` uses the environment variables of
    /// `libpq`.
    pub(super) fn execute(&self, name: &str, sql: &str) -> io::Result<String> {
        let mut command = Command::new(&self.psql);
        let options = format!("-c search_path={}", self.schema(name));
        command.env("PGOPTIONS", options).arg(address(&self.url));
        psql::output(command, sql)
    }
}

fn address(url: &str) -> &str {
    url.split_once('?').map_or(url, |(address, _)| address)
}
