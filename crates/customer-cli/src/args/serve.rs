//! Options of `customer serve`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use customer_domain::{TeamId, UnknownFields};
use customer_http::Config;

use super::address;
use super::input::UnknownFieldsArg;
use super::store::{DEFAULT_TEAM, StoreArg};

/// Serve the customers of a store over HTTP
///
/// Serves until SIGINT or SIGTERM, and then completes the requests that have begun; a
/// second signal ends the process at once. The first line on standard output is the URL
/// of the server, and the second with --metrics that of the metrics. The log is written
/// to standard error, without personal data.
#[derive(Args, Debug)]
#[command(after_long_help = serve_help(), verbatim_doc_comment)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) kept: StoreArg,

    /// Address to listen on, such as 0.0.0.0:8080, localhost:8080 or :8080, which is
    /// port 8080 of 127.0.0.1. Port 0 is any free port
    #[arg(
        long,
        env = "CUSTOMER_LISTEN",
        value_name = "ADDRESS:PORT",
        value_parser = address::parse,
        default_value = "127.0.0.1:8080",
        verbatim_doc_comment
    )]
    pub(crate) listen: SocketAddr,

    #[command(flatten)]
    access: AccessArgs,

    /// Validate the configuration and exit
    #[arg(long, requires = "config", conflicts_with = "dev")]
    pub(crate) check: bool,

    /// Team of the customers that --dev serves, a UUID
    #[arg(
        long,
        env = "CUSTOMER_TEAM",
        value_name = "TEAM",
        default_value = DEFAULT_TEAM
    )]
    team: TeamId,

    #[command(flatten)]
    unknown: UnknownFieldsArg,

    /// Serve Prometheus metrics at /metrics, and /healthz, on this address. It has no
    /// authentication
    #[arg(
        long,
        env = "CUSTOMER_METRICS",
        value_name = "ADDRESS:PORT",
        value_parser = address::parse,
        verbatim_doc_comment
    )]
    pub(crate) metrics: Option<SocketAddr>,

    /// Log level
    #[arg(
        long,
        env = "CUSTOMER_LOG",
        value_name = "LEVEL",
        default_value = "info"
    )]
    pub(crate) log: LogLevel,

    /// Log format
    #[arg(
        long,
        env = "CUSTOMER_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "text"
    )]
    pub(crate) log_format: LogFormat,
}

/// Exactly one of the two.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct AccessArgs {
    /// Configuration file with clients, tokens and limits; see the example below
    #[arg(
        long,
        env = "CUSTOMER_CONFIG",
        value_name = "FILE",
        conflicts_with = "ignore_unknown"
    )]
    config: Option<PathBuf>,

    /// Development mode: accept every request from this machine without credentials,
    /// and serve an API reference at /docs. Listens on loopback addresses only
    #[arg(long, verbatim_doc_comment)]
    dev: bool,
}

/// Which requests are accepted.
#[derive(Debug)]
pub(crate) enum Access<'a> {
    /// Those of the clients in this configuration file.
    Configured(&'a Path),
    /// All requests from this machine.
    Development {
        team: TeamId,
        unknown_fields: UnknownFields,
    },
}

impl ServeArgs {
    /// Which requests are accepted.
    pub(crate) fn access(&self) -> Access<'_> {
        match &self.access.config {
            Some(file) => Access::Configured(file),
            None => Access::Development {
                team: self.team,
                unknown_fields: self.unknown.as_option(),
            },
        }
    }
}

/// The least severe events that are logged.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogLevel {
    /// Nothing
    Off,
    /// Errors
    Error,
    /// Also warnings
    Warn,
    /// Also each request
    Info,
    /// Also why authentication failed
    Debug,
}

/// The format of the log.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogFormat {
    /// One line of text per event
    Text,
    /// One JSON object per line and event
    Json,
}

fn serve_help() -> String {
    format!("{SERVE_HELP}\n\n{}", Config::EXAMPLE)
}

const SERVE_HELP: &str = r#"Examples:
  customer serve --dev
  customer serve --config server.toml --listen 0.0.0.0:8080 --metrics :9090

The server speaks plain HTTP. Put a reverse proxy in front of it for TLS.

Exit codes:
  0  stopped by a signal, after all requests were completed
  2  wrong usage; the server could not start; or requests were cut off when it stopped

Configuration file for --config:"#;
