//! How the command is called.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use customer_domain::{
    CustomerId, EmailAddress, Precondition, TeamId, Timestamp, UnknownFields, Version,
};
use customer_http::Config;

use crate::source::Input;
use crate::store_name::StoreName;

/// Reads and updates customer records.
#[derive(Debug, Parser)]
#[command(name = "customer", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Apply(ApplyArgs),
    #[command(flatten)]
    Store(StoreCommand),
    Serve(ServeArgs),
}

/// What there is to do with customers that are kept.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Create a customer from the body of a creation
    #[command(after_help = STORE_HELP)]
    Create {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        body: Body,
    },
    /// Show a customer
    #[command(after_help = STORE_HELP)]
    Get {
        #[command(flatten)]
        place: Place,
        /// The customer's id
        id: CustomerId,
    },
    /// Show the customer of an email address
    #[command(after_help = STORE_HELP)]
    Find {
        #[command(flatten)]
        place: Place,
        /// The email address, in any case
        email: EmailAddress,
    },
    /// Update a customer with the body of an update
    #[command(after_help = STORE_HELP)]
    Update {
        #[command(flatten)]
        place: Place,
        /// The customer's id
        id: CustomerId,
        #[command(flatten)]
        body: Body,
        #[command(flatten)]
        condition: Condition,
    },
    /// Delete a customer
    #[command(after_help = STORE_HELP)]
    Delete {
        #[command(flatten)]
        place: Place,
        /// The customer's id
        id: CustomerId,
        #[command(flatten)]
        condition: Condition,
    },
}

/// Where customers are kept.
#[derive(Args, Debug)]
pub(crate) struct Kept {
    /// Where the customers are kept: sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE,
    /// or memory: for nowhere
    #[arg(
        long,
        env = "CUSTOMER_STORE",
        hide_env_values = true, // there may be a password in it
        value_name = "STORE",
        default_value = "sqlite:customers.db"
    )]
    pub(crate) store: StoreName,
}

/// Where customers are kept, and whose they are.
#[derive(Args, Debug)]
pub(crate) struct Place {
    #[command(flatten)]
    pub(crate) kept: Kept,

    /// The team whose customers they are, a UUID
    #[arg(long, env = "CUSTOMER_TEAM", value_name = "TEAM")]
    pub(crate) team: TeamId,
}

/// A body, and how to read it.
#[derive(Args, Debug)]
pub(crate) struct Body {
    /// The file with the body in JSON; standard input when absent or "-"
    file: Option<PathBuf>,

    /// The time, in RFC 3339; the system clock when absent
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,

    /// Pass over fields whose name is not known, with a warning
    #[arg(long)]
    ignore_unknown: bool,
}

impl Body {
    /// Where the body comes from.
    pub(crate) fn input(&self) -> Input<'_> {
        Input::named(self.file.as_deref())
    }

    /// What to do with a field whose name is not known (P7, P13).
    pub(crate) const fn unknown_fields(&self) -> UnknownFields {
        unknown_fields(self.ignore_unknown)
    }
}

/// Whether a write depends on the version.
#[derive(Args, Debug)]
pub(crate) struct Condition {
    /// Only if the customer is of this version
    #[arg(long, value_name = "VERSION", value_parser = version)]
    if_version: Option<Version>,
}

impl Condition {
    /// As the store takes it.
    pub(crate) fn precondition(&self) -> Precondition {
        self.if_version
            .map_or(Precondition::Any, Precondition::Version)
    }
}

fn version(text: &str) -> Result<Version, &'static str> {
    let number = text.parse().ok();
    number
        .and_then(Version::from_stored)
        .ok_or("a version is a number from 1")
}

const fn unknown_fields(ignore: bool) -> UnknownFields {
    if ignore {
        UnknownFields::Ignore
    } else {
        UnknownFields::Reject
    }
}

/// Apply partial updates to customer records, one a line
///
/// Reads lines of JSON, each with a record and the update meant for it, and
/// writes one line for each: the updated record and what changed in it, or why
/// the update was refused. Nothing is stored. A line that is refused or cannot
/// be read does not stop the run; the memory needed does not grow with the
/// number of lines.
#[derive(Args, Debug)]
#[command(after_long_help = APPLY_HELP, verbatim_doc_comment)]
pub(crate) struct ApplyArgs {
    /// The lines to read; standard input when absent or "-"
    file: Option<PathBuf>,

    /// The time of the updates whose line has no `now`, in RFC 3339, such as
    /// 2026-11-23T12:00:00Z; the system clock when absent
    #[arg(long, value_name = "TIME", verbatim_doc_comment)]
    pub(crate) now: Option<Timestamp>,

    /// Pass over fields whose name is not known, with a warning, instead of
    /// refusing the update
    #[arg(long, verbatim_doc_comment)]
    ignore_unknown: bool,
}

impl ApplyArgs {
    /// Where the lines come from.
    pub(crate) fn input(&self) -> Input<'_> {
        Input::named(self.file.as_deref())
    }

    /// What to do with a field whose name is not known (P7, P13).
    pub(crate) const fn unknown_fields(&self) -> UnknownFields {
        unknown_fields(self.ignore_unknown)
    }
}

/// Serve the customers of a store over HTTP
///
/// Takes requests until it is told to stop by SIGINT or SIGTERM, and then finishes
/// those it has begun. The first line on standard output is the address it listens
/// on; what it does is told on standard error, without personal data.
#[derive(Args, Debug)]
#[command(after_long_help = serve_help(), verbatim_doc_comment)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) kept: Kept,

    /// The address to listen on; port 0 for any that is free
    #[arg(
        long,
        env = "CUSTOMER_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080"
    )]
    pub(crate) listen: SocketAddr,

    #[command(flatten)]
    access: AccessArgs,

    /// The team whose customers --dev serves, a UUID
    #[arg(
        long,
        env = "CUSTOMER_TEAM",
        value_name = "TEAM",
        default_value = "00000000-0000-0000-0000-000000000001"
    )]
    team: TeamId,

    /// How much is told on standard error
    #[arg(
        long,
        env = "CUSTOMER_LOG",
        value_name = "LEVEL",
        default_value = "info"
    )]
    pub(crate) log: LogLevel,
}

/// Exactly one of them.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct AccessArgs {
    /// Who may call, and how much: a file, of which below is an example
    #[arg(long, env = "CUSTOMER_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    /// Let everybody on this machine in, and show how to call. Listens on a
    /// loopback address only
    #[arg(long, verbatim_doc_comment)]
    dev: bool,
}

/// Who may call.
#[derive(Debug)]
pub(crate) enum Access<'a> {
    /// Whom the configuration in that file knows.
    Configured(&'a Path),
    /// Everybody on this machine, as that team.
    Everybody(TeamId),
}

impl ServeArgs {
    /// Who may call.
    pub(crate) fn access(&self) -> Access<'_> {
        match &self.access.config {
            Some(file) => Access::Configured(file),
            None => Access::Everybody(self.team),
        }
    }
}

/// How much a server tells.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogLevel {
    /// Nothing
    Off,
    /// What went wrong
    Error,
    /// And what may have
    Warn,
    /// And each request
    Info,
    /// And why one was not let in
    Debug,
}

fn serve_help() -> String {
    format!("{SERVE_HELP}\n\n{}", Config::EXAMPLE)
}

const SERVE_HELP: &str = r#"Examples:
  customer serve --dev
  customer serve --config server.toml --listen 0.0.0.0:8080

It speaks plain HTTP: what stands between it and a network encrypts.

Exit codes:
  0  it was told to stop, and finished what it had begun
  2  wrong usage, or it could not start, or requests took too long to finish

The file for --config:"#;

const STORE_HELP: &str = r#"The answer is one line of JSON: the record as `data`, its `version` and, after an
update, what `changed`; or why it was refused.

Exit codes:
  0  it was done
  1  it was refused
  2  wrong usage, or the store or the input failed

Examples:
  export CUSTOMER_TEAM=00000000-0000-0000-0000-000000000001
  echo '{"customer": "Acme", "email": "a@acme.example"}' | customer create
  customer find a@acme.example
  echo '{"mainPhone": null}' | customer update ID --if-version 1"#;

const APPLY_HELP: &str = r#"A line of input:
  {"customer": {…}, "patch": {…}, "now": "2026-11-23T12:00:00Z"}

  customer   the record, with every field
  patch      the update: a field that is absent stays as it is, null removes it
  patchText  instead of patch: the update as a string, the text of a request body
  now        the time of the update; when absent --now, or the system clock

  Other members are passed over, and so are blank lines. A line may have 16 MiB.

A line of output:
  {"status":"success","message":…,"data":{…},"warnings":[…],"changed":[…]}
  {"status":"error","message":…,"code":…,"details":{…},"errors":[…]}

  Members that have nothing to say are left out: warnings, details, errors. The
  code is UNREADABLE_LINE when not the update but the line is at fault.

Exit codes:
  0  every update was applied
  1  some update was refused, or some line could not be read
  2  wrong usage, unreadable input or unwritable output

Examples:
  customer apply updates.ndjson > updated.ndjson
  customer apply --now 2026-11-23T12:00:00Z --ignore-unknown < updates.ndjson
  customer apply updates.ndjson | jq -c 'select(.status == "error")'"#;

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_fit_together() {
        Cli::command().debug_assert();
    }
}
