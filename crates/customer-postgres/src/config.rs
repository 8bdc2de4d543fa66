//! The address of a server, and how a store uses it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::config::Host;

use crate::url::{self, UrlError};

/// How long data may stay unacknowledged by the network before the connection counts as
/// lost, unless the URL sets `tcp_user_timeout`.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(30);

/// The idle time after which the connection is probed, unless the URL sets
/// `keepalives_idle`.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// The address of a server, and how a store uses it.
///
/// Parsed from a URL of the form of `libpq`:
///
/// ```
/// use customer_postgres::PostgresConfig;
///
/// let config: PostgresConfig =
///     "postgres://billing:secret@db.internal:5432/customers?sslrootcert=/etc/ssl/db.pem".parse()?;
/// assert_eq!(config.to_string(), "postgres://db.internal:5432/customers");
///
/// let config = config.max_connections(32);
/// # Ok::<(), customer_postgres::UrlError>(())
/// ```
///
/// # Options of the URL
///
/// | option | default | meaning |
/// |---|---|---|
/// | `sslmode` | see below | `disable`, `require` or `verify-full` |
/// | `sslrootcert` | those of the system | file with the trusted certificates in PEM |
/// | `target_session_attrs` | `any` | of several hosts, use the one that accepts writes: `read-write` or `primary` |
/// | `read_timeout` | `5s` | [deadline of a read](Self::read_timeout) |
/// | `write_timeout` | `10s` | [deadline of a write](Self::write_timeout) |
/// | `wait_timeout` | `5s` | [wait for a free connection](Self::wait_timeout) |
/// | `connect_timeout` | `5` | [opening a connection](Self::connect_timeout), in seconds |
/// | `prepared_statements` | `true` | [`false`](Self::without_prepared_statements) for poolers that do not support them |
///
/// Further options are those of [`tokio_postgres::Config`]. A timeout is a number
/// with a unit, `ms`, `s` or `min`.
///
/// # Encryption
///
/// A connection that leaves the machine is encrypted, and the certificate and the name
/// of the server are verified, unless the URL has `sslmode=disable`. A connection to
/// `localhost`, a loopback address or a socket file is not, unless the URL has
/// `sslmode=require` or `sslmode=verify-full`, which mean the same here. The other modes
/// of `libpq` are rejected, because they do not verify the server.
///
/// `Debug` and `Display` show neither the user nor the password.
#[derive(Clone)]
pub struct PostgresConfig {
    pub(crate) driver: tokio_postgres::Config,
    /// The file with the trusted certificates; `None` for those of the system.
    #[cfg_attr(
        not(any(feature = "tls", test)),
        expect(dead_code, reason = "only TLS reads it")
    )]
    pub(crate) root_certificates: Option<String>,
    pub(crate) max_connections: usize,
    pub(crate) timeouts: Timeouts,
    pub(crate) prepared_statements: bool,
}

/// How long each step of an operation may take (S5).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) wait: Duration,
    pub(crate) read: Duration,
    pub(crate) write: Duration,
}

impl PostgresConfig {
    /// The default maximum number of connections of a store.
    pub const DEFAULT_MAX_CONNECTIONS: usize = 10;

    /// The default of [`connect_timeout`](Self::connect_timeout).
    pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

    /// The default of [`wait_timeout`](Self::wait_timeout).
    pub const DEFAULT_WAIT_TIMEOUT: Duration = Duration::from_secs(5);

    /// The default of [`read_timeout`](Self::read_timeout).
    pub const DEFAULT_READ_TIMEOUT: Duration = Duration::from_secs(5);

    /// The default of [`write_timeout`](Self::write_timeout).
    pub const DEFAULT_WRITE_TIMEOUT: Duration = Duration::from_secs(10);

    /// Parses a URL.
    ///
    /// # Errors
    ///
    /// [`UrlError`] if it is not such a URL. No part of the URL is in the error.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        let url::Parts {
            mut driver,
            root_certificates,
            options,
        } = url::parse(url)?;
        let connect = driver.get_connect_timeout().copied();
        if driver.get_tcp_user_timeout().is_none() {
            driver.tcp_user_timeout(TCP_USER_TIMEOUT);
        }
        if !options.keepalives_idle {
            driver.keepalives_idle(KEEPALIVE);
        }
        if driver.get_application_name().is_none() {
            driver.application_name(env!("CARGO_PKG_NAME"));
        }
        let config = Self {
            driver,
            root_certificates,
            max_connections: Self::DEFAULT_MAX_CONNECTIONS,
            timeouts: Timeouts {
                connect: Self::DEFAULT_CONNECT_TIMEOUT,
                wait: options.wait.unwrap_or(Self::DEFAULT_WAIT_TIMEOUT),
                read: options.read.unwrap_or(Self::DEFAULT_READ_TIMEOUT),
                write: options.write.unwrap_or(Self::DEFAULT_WRITE_TIMEOUT),
            },
            prepared_statements: options.prepared_statements,
        };
        Ok(config.connect_timeout(connect.unwrap_or(Self::DEFAULT_CONNECT_TIMEOUT)))
    }

    /// Sets the maximum number of connections, at least one. All stores of all processes
    /// together must stay below the server's `max_connections`.
    #[must_use]
    pub fn max_connections(mut self, most: usize) -> Self {
        self.max_connections = most.max(1);
        self
    }

    /// Sets how long opening a connection to one of the hosts may take.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.driver.connect_timeout(timeout);
        self.timeouts.connect = timeout;
        self
    }

    /// Sets how long an operation waits for a connection while all are in use. The
    /// deadline of the operation includes this time.
    #[must_use]
    pub const fn wait_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.wait = timeout;
        self
    }

    /// Sets the deadline of a read (S5): from the call to the result, including the wait
    /// for a connection and repeated attempts.
    #[must_use]
    pub const fn read_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.read = timeout;
        self
    }

    /// Sets the deadline of a write (S5). If it passes after the write was sent, the
    /// outcome is unknown.
    #[must_use]
    pub const fn write_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.write = timeout;
        self
    }

    /// Sends statements without a name, for poolers that assign a connection per
    /// transaction and do not support prepared statements: PgBouncer before 1.21.
    ///
    /// The server then parses and plans each statement again. An abandoned operation closes
    /// its connection without a request to cancel the statement, which crashes some of
    /// these poolers; set `client_connection_check_interval` on the server, so that it
    /// ends the statement by itself.
    #[must_use]
    pub const fn without_prepared_statements(mut self) -> Self {
        self.prepared_statements = false;
        self
    }
}

impl FromStr for PostgresConfig {
    type Err = UrlError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Self::parse(url)
    }
}

/// The address of the server: no user, no password, no option.
impl fmt::Display for PostgresConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        for (index, host) in self.driver.get_hosts().iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            match host {
                Host::Tcp(name) => f.write_str(name)?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{}", path.display())?,
            }
            // A single port is that of all hosts.
            let ports = self.driver.get_ports();
            if let Some(port) = ports.get(index).or(ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        match self.driver.get_dbname() {
            Some(database) => write!(f, "/{database}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for PostgresConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConfig")
            .field("server", &format_args!("{self}"))
            .field("max_connections", &self.max_connections)
            .field("timeouts", &self.timeouts)
            .field("prepared_statements", &self.prepared_statements)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_user_nor_password_is_shown() {
        let config =
            PostgresConfig::parse("postgres://ann:secret@a:1,b:2/c?application_name=x").unwrap();
        assert_eq!(config.to_string(), "postgres://a:1,b:2/c");
        let shown = format!("{config:?}");
        assert!(
            !shown.contains("ann") && !shown.contains("secret"),
            "{shown}"
        );
    }

    #[test]
    fn s5_each_timeout_is_set_by_the_url_or_the_builder() {
        let in_seconds = |config: &PostgresConfig| {
            let timeouts = config.timeouts;
            let all = [
                timeouts.connect,
                timeouts.wait,
                timeouts.read,
                timeouts.write,
            ];
            assert_eq!(config.driver.get_connect_timeout(), Some(&timeouts.connect));
            all.map(|timeout| timeout.as_secs_f64())
        };
        let default = PostgresConfig::parse("postgres://h/c").unwrap();
        assert_eq!(in_seconds(&default), [5.0, 5.0, 5.0, 10.0]);
        let url = "postgres://h/c?connect_timeout=1&wait_timeout=2s&read_timeout=250ms&write_timeout=1min";
        assert_eq!(
            in_seconds(&PostgresConfig::parse(url).unwrap()),
            [1.0, 2.0, 0.25, 60.0]
        );
        let built = default
            .connect_timeout(Duration::from_secs(1))
            .wait_timeout(Duration::from_secs(2))
            .read_timeout(Duration::from_secs(3))
            .write_timeout(Duration::from_secs(4));
        assert_eq!(in_seconds(&built), [1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn prepared_statements_are_the_default() {
        let prepared = |url: &str| PostgresConfig::parse(url).unwrap().prepared_statements;
        assert!(prepared("postgres://h/c"));
        assert!(prepared("postgres://h/c?prepared_statements=true"));
        assert!(!prepared("postgres://h/c?prepared_statements=false"));
    }
}
