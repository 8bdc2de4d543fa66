//! Where the server is and how to reach it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::config::{Host, SslMode};

/// How long it may take to reach the server, unless the URL says otherwise with
/// `connect_timeout`.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long what was sent may wait for the network's receipt before the
/// connection counts as lost, unless the URL says otherwise with
/// `tcp_user_timeout`.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(30);

/// After how long a silence the connection is tried, unless the URL says
/// otherwise with `keepalives_idle`.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Where a server is, and how to reach it.
///
/// Read from a URL as `libpq` has it, whose further options are those of
/// [`tokio_postgres::Config`]:
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
/// # Encryption
///
/// A connection that leaves the machine is encrypted, and the server's
/// certificate and name are verified, unless the URL says `sslmode=disable`. To
/// `localhost` and through a socket file it is not, unless the URL says
/// `sslmode=require` or, which is the same here, `sslmode=verify-full`. The
/// other modes of `libpq` are refused: they encrypt for whoever answers.
///
/// `sslrootcert=FILE` names the certificates in PEM to trust; without it they are
/// those of the system.
///
/// `Debug` and `Display` show neither the user nor the password.
#[derive(Clone)]
pub struct PostgresConfig {
    pub(crate) driver: tokio_postgres::Config,
    /// The file with the certificates to trust, where it is not the system's.
    #[cfg_attr(
        not(any(feature = "tls", test)),
        expect(dead_code, reason = "only TLS reads it")
    )]
    pub(crate) root_certificates: Option<String>,
    pub(crate) max_connections: usize,
}

/// A URL does not say how to reach a server. What it said is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It is no URL of this kind, or an option is unknown or has no such value.
    #[error("a server is postgres://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE")]
    Syntax,
    /// It names no host.
    #[error("the URL names no host")]
    NoHost,
    /// Its `sslmode` is none of those there are.
    #[error("sslmode must be disable, require or verify-full")]
    SslMode,
}

impl PostgresConfig {
    /// How many connections a store opens at most when nothing is said.
    pub const DEFAULT_MAX_CONNECTIONS: usize = 10;

    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// [`UrlError`] says what is wrong with it.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        let (url, encryption) = Encryption::split_off(url)?;
        let mut driver: tokio_postgres::Config = url.parse().map_err(|_| UrlError::Syntax)?;
        if driver.get_hosts().is_empty() && driver.get_hostaddrs().is_empty() {
            return Err(UrlError::NoHost);
        }
        driver.ssl_mode(match encryption.mode {
            Some(mode) => mode,
            None if stays_on_the_machine(&driver) => SslMode::Disable,
            None => SslMode::Require,
        });
        if driver.get_connect_timeout().is_none() {
            driver.connect_timeout(CONNECT_TIMEOUT);
        }
        if driver.get_tcp_user_timeout().is_none() {
            driver.tcp_user_timeout(TCP_USER_TIMEOUT);
        }
        if !url.contains("keepalives_idle=") {
            driver.keepalives_idle(KEEPALIVE);
        }
        if driver.get_application_name().is_none() {
            driver.application_name(env!("CARGO_PKG_NAME"));
        }
        Ok(Self {
            driver,
            root_certificates: encryption.root_certificates,
            max_connections: Self::DEFAULT_MAX_CONNECTIONS,
        })
    }

    /// Lets a store open so many connections at most, at least one. All stores
    /// of all processes together must stay below the server's `max_connections`.
    #[must_use]
    pub fn max_connections(mut self, most: usize) -> Self {
        self.max_connections = most.max(1);
        self
    }
}

/// What the URL says of encryption. The driver knows other modes than `libpq`
/// and no `sslrootcert`.
#[derive(Default)]
struct Encryption {
    mode: Option<SslMode>,
    root_certificates: Option<String>,
}

impl Encryption {
    fn split_off(url: &str) -> Result<(String, Self), UrlError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(UrlError::Syntax);
        }
        let Some((address, options)) = url.split_once('?') else {
            return Ok((url.to_owned(), Self::default()));
        };
        let (mut encryption, mut rest) = (Self::default(), Vec::new());
        for option in options.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("sslmode", mode)) => encryption.mode = Some(ssl_mode(mode)?),
                Some(("sslrootcert", file)) => {
                    let file = percent_decode_str(file).decode_utf8();
                    let file = file.map_err(|_| UrlError::Syntax)?;
                    encryption.root_certificates = Some(file.into_owned());
                }
                Some(_) | None => rest.push(option),
            }
        }
        Ok((format!("{address}?{}", rest.join("&")), encryption))
    }
}

fn ssl_mode(name: &str) -> Result<SslMode, UrlError> {
    match name {
        "disable" => Ok(SslMode::Disable),
        "require" | "verify-full" => Ok(SslMode::Require),
        _ => Err(UrlError::SslMode),
    }
}

fn stays_on_the_machine(driver: &tokio_postgres::Config) -> bool {
    let addresses = driver.get_hostaddrs();
    if !addresses.is_empty() {
        return addresses.iter().all(IpAddr::is_loopback);
    }
    driver.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    })
}

impl FromStr for PostgresConfig {
    type Err = UrlError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Self::parse(url)
    }
}

/// Where the server is: no user, no password, no option.
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
            // One port counts for all hosts.
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
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> SslMode {
        PostgresConfig::parse(url).unwrap().driver.get_ssl_mode()
    }

    #[test]
    fn what_leaves_the_machine_is_encrypted() {
        assert_eq!(mode("postgres://db.internal/c"), SslMode::Require);
        assert_eq!(mode("postgres://10.0.0.1/c"), SslMode::Require);
        assert_eq!(mode("postgres://localhost,db.internal/c"), SslMode::Require);
        assert_eq!(
            mode("postgres://localhost/c?hostaddr=10.0.0.1"),
            SslMode::Require
        );
        assert_eq!(
            mode("postgres://db.internal/c?sslmode=disable"),
            SslMode::Disable
        );
        assert_eq!(
            mode("postgres://localhost/c?sslmode=verify-full"),
            SslMode::Require
        );
        assert_eq!(
            mode("postgresql://localhost/c?sslmode=require"),
            SslMode::Require
        );
        for local in [
            "localhost",
            "127.0.0.1",
            "127.8.8.8",
            "%2Fvar%2Frun%2Fpostgresql",
        ] {
            assert_eq!(mode(&format!("postgres://{local}/c")), SslMode::Disable);
        }
    }

    #[test]
    fn a_url_that_says_too_little_is_refused() {
        let refused = |url: &str| PostgresConfig::parse(url).unwrap_err();
        for url in [
            "",
            "db.internal",
            "host=db.internal",
            "mysql://db.internal",
            "postgres://db.internal:port/c",
            "postgres://db.internal/c?colour=red",
            "postgres://db.internal/c?sslrootcert=%FF",
        ] {
            assert_eq!(refused(url), UrlError::Syntax, "{url}");
        }
        assert_eq!(refused("postgres:///c"), UrlError::NoHost);
        for mode in ["allow", "prefer", "verify-ca", "", "REQUIRE"] {
            let url = format!("postgres://db.internal/c?sslmode={mode}");
            assert_eq!(refused(&url), UrlError::SslMode, "{mode}");
        }
    }

    #[test]
    fn the_options_of_encryption_are_read_apart_from_the_others() {
        let url = "postgres://h/c?application_name=a&sslrootcert=%2Fetc%2Fca.pem&sslmode=require&connect_timeout=9";
        let config = PostgresConfig::parse(url).unwrap();
        assert_eq!(config.root_certificates.as_deref(), Some("/etc/ca.pem"));
        assert_eq!(config.driver.get_application_name(), Some("a"));
        assert_eq!(
            config.driver.get_connect_timeout(),
            Some(&Duration::from_secs(9))
        );
    }

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
}
