//! How the command is called.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use customer_domain::{Timestamp, UnknownFields};

use crate::source::Input;

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
        if self.ignore_unknown {
            UnknownFields::Ignore
        } else {
            UnknownFields::Reject
        }
    }
}

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
