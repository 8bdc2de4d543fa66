//! How many lines came out how.

use std::fmt;
use std::process::ExitCode;

use indicatif::HumanCount;

use super::answer::Answer;

/// The number of lines answered, by the kind of the answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    applied: u64,
    refused: u64,
    unreadable: u64,
}

impl Tally {
    /// Counts an answer.
    pub(super) const fn count(&mut self, answer: &Answer) {
        match answer {
            Answer::Applied(_) => self.applied += 1,
            Answer::Refused(_) => self.refused += 1,
            Answer::Unreadable { .. } => self.unreadable += 1,
        }
    }

    /// The number of lines answered.
    pub(super) const fn lines(&self) -> u64 {
        self.applied + self.refused + self.unreadable
    }

    /// 0 when every update was applied, otherwise 1.
    pub(super) fn exit_code(&self) -> ExitCode {
        if self.applied == self.lines() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// `1,000 lines: 990 applied, 8 refused, 2 unreadable`
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.lines() == 1 { "line" } else { "lines" };
        write!(
            f,
            "{} {noun}: {} applied, {} refused, {} unreadable",
            HumanCount(self.lines()),
            HumanCount(self.applied),
            HumanCount(self.refused),
            HumanCount(self.unreadable),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_counts_every_kind() {
        let tally = |applied, refused, unreadable| {
            Tally {
                applied,
                refused,
                unreadable,
            }
            .to_string()
        };
        insta::assert_snapshot!(tally(990, 8, 2), @"1,000 lines: 990 applied, 8 refused, 2 unreadable");
        insta::assert_snapshot!(tally(0, 1, 0), @"1 line: 0 applied, 1 refused, 0 unreadable");
        insta::assert_snapshot!(tally(0, 0, 0), @"0 lines: 0 applied, 0 refused, 0 unreadable");
    }
}
