//! The progress of a run on a terminal.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

use crate::source::Source;

const BYTES: &str = "{bar:30} {bytes}/{total_bytes} at {bytes_per_sec}, {eta} left";
const LINES: &str = "{spinner} {human_pos} lines in {elapsed}";

/// The progress of a run on standard error, and its summary. Neither is written if
/// standard error is not a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    is_terminal: bool,
    bar: Option<Bar>,
}

/// The unit of the progress.
#[derive(Debug)]
enum Bar {
    Bytes(ProgressBar),
    Lines(ProgressBar),
}

impl Progress {
    /// Starts the progress through a source. It is not drawn if the input or the output
    /// uses the terminal, too.
    pub(crate) fn start(source: &Source) -> Self {
        if io::stdout().is_terminal() {
            return Self {
                is_terminal: io::stderr().is_terminal(),
                bar: None,
            };
        }
        Self::start_without_output(source)
    }

    /// Starts the progress of a run that writes its output at the end.
    pub(crate) fn start_without_output(source: &Source) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let is_drawn = is_terminal && !source.is_terminal;
        Self {
            is_terminal,
            bar: is_drawn.then(|| Bar::new(source.size)),
        }
    }

    /// Writes a line to standard error, above the progress.
    pub(crate) fn report(&self, line: impl Display) {
        // If standard error is closed, the line cannot be reported.
        let write = || drop(writeln!(io::stderr(), "{line}"));
        match &self.bar {
            Some(Bar::Bytes(bar) | Bar::Lines(bar)) => bar.suspend(write),
            None => write(),
        }
    }

    /// Updates the progress. It is drawn at most a few times per second.
    pub(crate) fn advance(&self, bytes: u64, lines: u64) {
        match &self.bar {
            Some(Bar::Bytes(bar)) => bar.set_position(bytes),
            Some(Bar::Lines(bar)) => bar.set_position(lines),
            None => {}
        }
    }

    /// Removes the progress from the terminal.
    pub(crate) fn clear(&self) {
        match &self.bar {
            Some(Bar::Bytes(bar) | Bar::Lines(bar)) => bar.finish_and_clear(),
            None => {}
        }
    }

    /// Writes the summary.
    pub(crate) fn close(&self, line: impl Display) {
        if self.is_terminal {
            // The run is complete; a failure here changes nothing.
            let _ = writeln!(io::stderr(), "{line}");
        }
    }
}

impl Bar {
    fn new(size: Option<u64>) -> Self {
        match size {
            Some(size) => Self::Bytes(ProgressBar::new(size).with_style(style(BYTES))),
            None => Self::Lines(ProgressBar::new_spinner().with_style(style(LINES))),
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
