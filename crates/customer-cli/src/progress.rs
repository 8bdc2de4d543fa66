//! How far a run has come, for somebody who watches.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

use crate::source::Source;

const BYTES: &str = "{bar:30} {bytes}/{total_bytes} at {bytes_per_sec}, {eta} left";
const LINES: &str = "{spinner} {human_pos} lines in {elapsed}";

/// The progress of a run on standard error, and its closing line. Neither is
/// written when standard error is not a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    is_watched: bool,
    bar: Option<Bar>,
}

/// What is counted.
#[derive(Debug)]
enum Bar {
    Bytes(ProgressBar),
    Lines(ProgressBar),
}

impl Progress {
    /// The progress through that source. It is not drawn between the lines that
    /// somebody types or reads on the same terminal.
    pub(crate) fn start(source: &Source) -> Self {
        let is_watched = io::stderr().is_terminal();
        let is_alone = !source.is_terminal && !io::stdout().is_terminal();
        Self {
            is_watched,
            bar: (is_watched && is_alone).then(|| Bar::new(source.size)),
        }
    }

    /// Notes how far the run has come. Draws only a few times a second.
    pub(crate) fn advance(&self, bytes: u64, lines: u64) {
        match &self.bar {
            Some(Bar::Bytes(bar)) => bar.set_position(bytes),
            Some(Bar::Lines(bar)) => bar.set_position(lines),
            None => {}
        }
    }

    /// Takes the progress away.
    pub(crate) fn clear(&self) {
        match &self.bar {
            Some(Bar::Bytes(bar) | Bar::Lines(bar)) => bar.finish_and_clear(),
            None => {}
        }
    }

    /// Writes the closing line.
    pub(crate) fn close(&self, line: impl Display) {
        if self.is_watched {
            // The run is over; nothing hangs on this line.
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
