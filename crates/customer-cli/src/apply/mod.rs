//! `customer apply`: partial updates, one per line.
//!
//! Data flow of a line: [`Lines`] splits the input, [`line`](mod@line) parses the line,
//! the domain applies the update, [`answer`] writes the result, and [`tally`] counts it.

mod answer;
mod line;
mod tally;

use std::io::{self, BufReader, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use customer_domain::{CustomerPatch, ReadOptions};

use crate::args::ApplyArgs;
use crate::clock::system_time;
use crate::lines::{Lines, NumberedLine};
use crate::progress::Progress;
use crate::source::{Input, Source};

use answer::{Answer, AppliedLine};
use line::{Unreadable, UpdateLine};
use tally::Tally;

/// The size of the input and output buffers, in bytes.
const BUFFER_BYTES: usize = 128 * 1024;

/// Why a run ended before the end of its input.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApplyError {
    /// The input cannot be opened or read.
    #[error("cannot read {input}")]
    Read {
        /// The file, or standard input.
        input: String,
        /// The cause.
        source: io::Error,
    },
    /// The output cannot be written.
    #[error("cannot write to standard output")]
    Write(#[source] io::Error),
}

impl ApplyError {
    fn read(input: Input<'_>, source: io::Error) -> Self {
        Self::Read {
            input: input.to_string(),
            source,
        }
    }
}

/// Writes the result of each line of the input to standard output.
///
/// # Errors
///
/// [`ApplyError`] if the input or the output fails. A closed pipe is not an error.
pub(crate) fn run(args: &ApplyArgs) -> Result<ExitCode, ApplyError> {
    let input = args.input();
    let source = input
        .open()
        .map_err(|error| ApplyError::read(input, error))?;
    let progress = Progress::start(&source);
    let mut tally = Tally::default();
    let outcome = apply_all(args, source, &progress, &mut tally);
    progress.clear();
    match outcome {
        Err(ApplyError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(error) => return Err(error),
        Ok(()) => progress.close(tally),
    }
    Ok(tally.exit_code())
}

fn apply_all(
    args: &ApplyArgs,
    source: Source,
    progress: &Progress,
    tally: &mut Tally,
) -> Result<(), ApplyError> {
    let reader = BufReader::with_capacity(BUFFER_BYTES, source.reader);
    let mut lines = Lines::new(reader, line::MAX_BYTES);
    let mut output = BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock());
    loop {
        // The writer of the input may wait for the result before the next line.
        if lines.may_wait() {
            output.flush().map_err(ApplyError::Write)?;
        }
        let next = lines.next_line();
        let Some(line) = next.map_err(|error| ApplyError::read(args.input(), error))? else {
            return output.flush().map_err(ApplyError::Write);
        };
        if line.is_blank() {
            continue;
        }
        let answer = apply_line(&line, args);
        tally.count(&answer);
        answer.write(&mut output).map_err(ApplyError::Write)?;
        progress.advance(lines.bytes_read(), tally.lines());
    }
}

fn apply_line(line: &NumberedLine<'_>, args: &ApplyArgs) -> Answer {
    line.bytes
        .map_err(Unreadable::from)
        .and_then(UpdateLine::read)
        .and_then(|update| apply(&update, args))
        .unwrap_or_else(|reason| Answer::Unreadable {
            line: line.number,
            reason,
        })
}

fn apply(line: &UpdateLine<'_>, args: &ApplyArgs) -> Result<Answer, Unreadable> {
    let customer = line.customer()?;
    let options = ReadOptions::new().with_unknown_fields(args.unknown_fields());
    let accepted = match CustomerPatch::read_json(line.patch.as_bytes(), options) {
        Ok(accepted) => accepted,
        Err(error) => return Ok(Answer::Invalid(error.into())),
    };
    let now = match line.now.or(args.now) {
        Some(now) => now,
        None => system_time().map_err(|_| Unreadable::NoTime)?,
    };
    let applied = customer.apply(&accepted.value, now);
    Ok(Answer::Applied(AppliedLine::new(
        applied,
        accepted.warnings,
    )))
}
