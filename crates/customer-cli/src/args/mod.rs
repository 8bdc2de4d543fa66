//! The command line.

mod address;
mod data;
mod input;
mod schema;
mod serve;
mod sign;
mod store;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use customer_domain::{Timestamp, UnknownFields};

use crate::source::Input;

pub(crate) use data::{ChangesArgs, Empty, ExportArgs, ImportArgs, ListArgs, Match};
pub(crate) use input::Body;
pub(crate) use schema::{Schema, SchemaArgs};
pub(crate) use serve::{Access, LogFormat, LogLevel, ServeArgs};
pub(crate) use sign::SignArgs;
pub(crate) use store::{BackupArgs, Condition, Place, PurgeArgs, StoreCommand};

use input::UnknownFieldsArg;

/// Validates, updates, stores and serves customer records
#[derive(Debug, Parser)]
#[command(name = "customer", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Apply(ApplyArgs),
    #[command(flatten)]
    Store(StoreCommand),
    List(ListArgs),
    Changes(ChangesArgs),
    Import(Box<ImportArgs>),
    Export(ExportArgs),
    Backup(BackupArgs),
    Purge(PurgeArgs),
    Serve(ServeArgs),
    Sign(SignArgs),
    Schema(SchemaArgs),
}

/// Apply partial updates to customer records, one per line
///
/// Reads lines of JSON, each with a record and an update of that record, and writes
/// one line for each: the updated record and the names of the changed fields, or
/// all validation errors of the update. Nothing is stored. After an invalid update
/// or an unreadable line, the run continues. Memory use does not depend on the
/// number of lines.
#[derive(Args, Debug)]
#[command(after_long_help = APPLY_HELP, verbatim_doc_comment)]
pub(crate) struct ApplyArgs {
    /// File to read; standard input if missing or "-"
    file: Option<PathBuf>,

    /// Time of updates whose line has no `now`, in RFC 3339, such as
    /// 2026-11-23T12:00:00Z; by default the system clock
    #[arg(long, value_name = "TIME", verbatim_doc_comment)]
    pub(crate) now: Option<Timestamp>,

    #[command(flatten)]
    unknown: UnknownFieldsArg,
}

impl ApplyArgs {
    /// The input with the lines.
    pub(crate) fn input(&self) -> Input<'_> {
        Input::named(self.file.as_deref())
    }

    /// How to read unknown fields (P7, P13).
    pub(crate) const fn unknown_fields(&self) -> UnknownFields {
        self.unknown.as_option()
    }
}

const APPLY_HELP: &str = r#"A line of input:
  {"customer": {…}, "patch": {…}, "now": "2026-11-23T12:00:00Z"}

  customer   the record, with all fields
  patch      the update: a missing field is left unchanged, null clears it
  patchText  instead of patch: the request body of the update as a string
  now        the time of the update; by default --now or the system clock

  Other members and blank lines are ignored. A line has at most 16 MiB.

A line of output:
  {"status":"success","message":…,"data":{…},"warnings":[…],"changed":[…]}
  {"status":"error","message":…,"code":…,"details":{…},"errors":[…]}

  Empty warnings, details and errors are omitted. The code is UNREADABLE_LINE if
  the line itself is invalid, not the update in it.

Exit codes:
  0  all updates were applied
  1  an update was invalid, or a line could not be read
  2  wrong usage, or the input or output failed

Examples:
  customer apply updates.ndjson > updated.ndjson
  customer apply --now 2026-11-23T12:00:00Z --ignore-unknown < updates.ndjson
  customer apply updates.ndjson | jq -c 'select(.status == "error")'"#;

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_are_consistent() {
        Cli::command().debug_assert();
    }
}
