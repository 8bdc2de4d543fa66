//! One line of output (RULES, Responses).

use std::io::{self, Write};

use customer_domain::{Applied, Customer, Failure, FieldSet, Success, Warning};
use serde::Serialize;

use super::line::Unreadable;

/// The result of one line.
#[derive(Debug)]
pub(super) enum Answer {
    /// The update was applied. It may have changed nothing.
    Applied(AppliedLine),
    /// The update is invalid.
    Invalid(Failure),
    /// The line is not a record and an update.
    Unreadable { line: u64, reason: Unreadable },
}

impl Answer {
    /// Writes the result and a line feed.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub(super) fn write(&self, output: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Applied(line) => serde_json::to_writer(&mut *output, line),
            Self::Invalid(failure) => serde_json::to_writer(&mut *output, failure),
            Self::Unreadable { line, reason } => {
                serde_json::to_writer(&mut *output, &UnreadableLine::new(*line, reason))
            }
        }?;
        output.write_all(b"\n")
    }
}

/// The response to an update and the names of the changed fields.
#[derive(Debug, Serialize)]
pub(super) struct AppliedLine {
    #[serde(flatten)]
    success: Success<Customer>,
    changed: FieldSet,
}

impl AppliedLine {
    pub(super) fn new(applied: Applied, warnings: Vec<Warning>) -> Self {
        Self {
            changed: applied.changed(),
            success: Success::updated(applied.into_customer()).with_warnings(warnings),
        }
    }
}

/// The response to a line that could not be read.
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
