//! The URL of a server: the options that the driver does not know, and the defaults
//! that depend on the host.

use std::net::IpAddr;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::config::{Host, SslMode};

/// The URL of a server is invalid. The error contains no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It is not a URL of this kind, or an option is unknown or has an invalid value. An
    /// `@`, `/` or `?` in a password must be percent-encoded.
    #[error("a server is postgres://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE")]
    Syntax,
    /// It has no host.
    #[error("the URL names no host")]
    NoHost,
    /// Its `sslmode` is unknown, or does not verify the server.
    #[error("sslmode must be disable, require or verify-full")]
    SslMode,
    /// A timeout is not a number from 1 with a unit.
    #[error("a timeout must be a number from 1 with the unit ms, s or min, such as 5s")]
    Timeout,
    /// `prepared_statements` is neither `true` nor `false`.
    #[error("prepared_statements must be true or false")]
    PreparedStatements,
}

/// A parsed URL.
pub(crate) struct Parts {
    pub(crate) driver: tokio_postgres::Config,
    pub(crate) root_certificates: Option<String>,
    pub(crate) options: Options,
}

/// The options that are not those of the driver.
pub(crate) struct Options {
    pub(crate) wait: Option<Duration>,
    pub(crate) read: Option<Duration>,
    pub(crate) write: Option<Duration>,
    pub(crate) prepared_statements: bool,
    /// Whether the URL sets it. The driver does not tell.
    pub(crate) keepalives_idle: bool,
    ssl_mode: Option<SslMode>,
    root_certificates: Option<String>,
}

pub(crate) fn parse(url: &str) -> Result<Parts, UrlError> {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    check_address(address)?;
    let (options, rest) = Options::split_off(query)?;
    let url = format!("{address}?{}", rest.join("&"));
    let mut driver: tokio_postgres::Config = url.parse().map_err(|_| UrlError::Syntax)?;
    if driver.get_hosts().is_empty() && driver.get_hostaddrs().is_empty() {
        return Err(UrlError::NoHost);
    }
    driver.ssl_mode(match options.ssl_mode {
        Some(mode) => mode,
        None if stays_on_the_machine(&driver) => SslMode::Disable,
        None => SslMode::Require,
    });
    Ok(Parts {
        driver,
        root_certificates: options.root_certificates.clone(),
        options,
    })
}

/// A password that is not percent-encoded must not be read as a host or a database,
/// which are shown.
fn check_address(address: &str) -> Result<(), UrlError> {
    let rest = address
        .strip_prefix("postgres://")
        .or_else(|| address.strip_prefix("postgresql://"))
        .ok_or(UrlError::Syntax)?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if authority.matches('@').count() > 1 || path.contains('@') {
        return Err(UrlError::Syntax);
    }
    Ok(())
}

impl Options {
    /// Returns the options of the driver too.
    fn split_off(query: &str) -> Result<(Self, Vec<&str>), UrlError> {
        let mut options = Self {
            wait: None,
            read: None,
            write: None,
            prepared_statements: true,
            keepalives_idle: false,
            ssl_mode: None,
            root_certificates: None,
        };
        let mut rest = Vec::new();
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').ok_or(UrlError::Syntax)?;
            match name {
                "sslmode" => options.ssl_mode = Some(ssl_mode(value)?),
                "sslrootcert" => options.root_certificates = Some(decode(value)?),
                "wait_timeout" => options.wait = Some(timeout(value)?),
                "read_timeout" => options.read = Some(timeout(value)?),
                "write_timeout" => options.write = Some(timeout(value)?),
                "prepared_statements" => {
                    let prepared = value.parse().map_err(|_| UrlError::PreparedStatements)?;
                    options.prepared_statements = prepared;
                }
                // `libpq` has both. The driver tests the session whether it can write.
                "target_session_attrs" if value == "primary" => {
                    rest.push("target_session_attrs=read-write");
                }
                _ => {
                    options.keepalives_idle |= name == "keepalives_idle";
                    rest.push(option);
                }
            }
        }
        Ok((options, rest))
    }
}

fn decode(value: &str) -> Result<String, UrlError> {
    let decoded = percent_decode_str(value).decode_utf8();
    Ok(decoded.map_err(|_| UrlError::Syntax)?.into_owned())
}

fn ssl_mode(name: &str) -> Result<SslMode, UrlError> {
    match name {
        "disable" => Ok(SslMode::Disable),
        "require" | "verify-full" => Ok(SslMode::Require),
        _ => Err(UrlError::SslMode),
    }
}

fn timeout(text: &str) -> Result<Duration, UrlError> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let number: u32 = digits.parse().map_err(|_| UrlError::Timeout)?;
    let unit = match text.strip_prefix(digits) {
        Some("ms") => Duration::from_millis(1),
        Some("s") => Duration::from_secs(1),
        Some("min") => Duration::from_secs(60),
        Some(_) | None => return Err(UrlError::Timeout),
    };
    if number == 0 {
        return Err(UrlError::Timeout);
    }
    Ok(unit * number)
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

#[cfg(test)]
mod tests {
    use tokio_postgres::config::TargetSessionAttrs;

    use super::*;

    fn mode(url: &str) -> SslMode {
        parse(url).unwrap().driver.get_ssl_mode()
    }

    fn rejected(url: &str) -> UrlError {
        match parse(url) {
            Ok(_) => panic!("{url} is accepted"),
            Err(error) => error,
        }
    }

    #[test]
    fn a_connection_that_leaves_the_machine_is_encrypted() {
        for (url, expected) in [
            ("postgres://db.internal/c", SslMode::Require),
            ("postgres://10.0.0.1/c", SslMode::Require),
            ("postgres://localhost,db.internal/c", SslMode::Require),
            ("postgres://localhost/c?hostaddr=10.0.0.1", SslMode::Require),
            ("postgres://db.internal/c?sslmode=disable", SslMode::Disable),
            (
                "postgres://localhost/c?sslmode=verify-full",
                SslMode::Require,
            ),
            ("postgresql://localhost/c?sslmode=require", SslMode::Require),
            ("postgres://localhost/c", SslMode::Disable),
            ("postgres://127.0.0.1/c", SslMode::Disable),
            ("postgres://127.8.8.8/c", SslMode::Disable),
            ("postgres://%2Fvar%2Frun%2Fpostgresql/c", SslMode::Disable),
        ] {
            assert_eq!(mode(url), expected, "{url}");
        }
    }

    #[test]
    fn an_invalid_url_is_rejected() {
        for url in [
            "",
            "db.internal",
            "host=db.internal",
            "mysql://db.internal",
            "postgres://db.internal:port/c",
            "postgres://db.internal/c?colour=red",
            "postgres://db.internal/c?sslrootcert=%FF",
            "postgres://db.internal/c?sslmode",
            "postgres://db.internal/c?target_session_attrs=standby",
        ] {
            assert_eq!(rejected(url), UrlError::Syntax, "{url}");
        }
        assert_eq!(rejected("postgres:///c"), UrlError::NoHost);
        for mode in ["allow", "prefer", "verify-ca", "", "REQUIRE"] {
            let url = format!("postgres://db.internal/c?sslmode={mode}");
            assert_eq!(rejected(&url), UrlError::SslMode, "{mode}");
        }
        for timeout in ["", "5", "s", "0s", "-1s", "1.5s", "5h", "5 s", "5sx"] {
            let url = format!("postgres://h/c?read_timeout={timeout}");
            assert_eq!(rejected(&url), UrlError::Timeout, "{timeout}");
        }
        assert_eq!(
            rejected("postgres://h/c?prepared_statements=0"),
            UrlError::PreparedStatements
        );
    }

    /// Its parts would be read as hosts, ports and databases, which are shown.
    #[test]
    fn a_password_that_is_not_encoded_is_rejected() {
        for url in [
            "postgres://ann:pass@word@h/c",
            "postgres://ann:12/word@h/c",
            "postgres://ann:12/word@h",
        ] {
            assert_eq!(rejected(url), UrlError::Syntax, "{url}");
        }
        let encoded = parse("postgres://ann:p%40ss%2Fword@h/c").unwrap();
        assert_eq!(encoded.driver.get_password(), Some(&b"p@ss/word"[..]));
    }

    #[test]
    fn own_options_are_not_passed_to_the_driver() {
        let url = "postgres://h/c?application_name=a&sslrootcert=%2Fetc%2Fca.pem&sslmode=require&read_timeout=2s&connect_timeout=9&keepalives_idle=7";
        let parts = parse(url).unwrap();
        assert_eq!(parts.root_certificates.as_deref(), Some("/etc/ca.pem"));
        assert_eq!(parts.driver.get_application_name(), Some("a"));
        assert_eq!(parts.options.read, Some(Duration::from_secs(2)));
        assert!(parts.options.keepalives_idle);
        assert_eq!(
            parts.driver.get_connect_timeout(),
            Some(&Duration::from_secs(9))
        );
    }

    #[test]
    fn primary_is_the_host_that_accepts_writes() {
        for name in ["primary", "read-write"] {
            let url = format!("postgres://a,b/c?target_session_attrs={name}");
            let parts = parse(&url).unwrap();
            let attributes = parts.driver.get_target_session_attrs();
            assert_eq!(attributes, TargetSessionAttrs::ReadWrite, "{name}");
        }
    }
}
