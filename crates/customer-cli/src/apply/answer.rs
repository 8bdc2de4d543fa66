//! What to say: writes one line of output (SPEC §7).

use std::io::{self, Write};

use customer_domain::{Warning, Applied, Customer, Failure, FieldSet, Success};
use serde::Serialize;

use super::line::Unreadable;

/// The answer to one line.
#[derive(Debug)]
pub(super) enum Answer {
    /// The update was applied, though it may have changed nothing.
    Applied {
        applied: Applied,
        warnings: Vec<Warning>,
    },
    /// The update breaks rules.
    Refused(Failure),
    /// The line is not a record and an update.
    Unreadable { line: u64, reason: Unreadable },
}

impl Answer {
    /// Writes the answer and the line feed after it.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub(super) fn write(&self, output: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Applied {
                applied,
                warnings,
            } => serde_json::to_writer(&mut *output, &AppliedLine::new(applied, warnings)),
            Self::Refused(failure) => serde_json::to_writer(&mut *output, failure),
            Self::Unreadable { line, reason } => {
                serde_json::to_writer(&mut *output, &UnreadableLine::new(*line, reason))
            }
        }?;
        output.write_all(b"\n")
    }
}

/// The answer to an update, with the names of what changed.
#[derive(Serialize)]
struct AppliedLine<'a> {
    #[serde(flatten)]
    success: Success<'a, Customer>,
    changed: FieldSet,
}

impl<'a> AppliedLine<'a> {
    const fn new(applied: &'a Applied, warnings: &'a [Warning]) -> Self {
        Self {
            success: Success::updated(&applied.customer).with_warnings(warnings),
            changed: applied.changed,
        }
    }
}

/// The envelope of an error, for what is no fault of an update.
#[derive(Serialize)]
struct UnreadableLine {
    status: &'static str,
    message: String,
    code: &'static str,
    details: Place,
}

#[derive(Serialize)]
struct Place {
    line: u64,
}

impl UnreadableLine {
    fn new(line: u64, reason: &Unreadable) -> Self {
        Self {
            status: "error",
            message: format!("line {line} cannot be read: {reason}"),
            code: "UNREADABLE_LINE",
            details: Place { line },
        }
    }
}
