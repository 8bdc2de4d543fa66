//! The number of lines by result.

use std::fmt;
use std::process::ExitCode;

use indicatif::HumanCount;

use super::answer::Answer;

/// The number of lines, by result.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    applied: u64,
    invalid: u64,
    unreadable: u64,
}

impl Tally {
    /// Counts a result.
    pub(super) const fn count(&mut self, answer: &Answer) {
        match answer {
            Answer::Applied(_) => self.applied += 1,
            Answer::Invalid(_) => self.invalid += 1,
            Answer::Unreadable { .. } => self.unreadable += 1,
        }
    }

    /// The number of lines.
    pub(super) const fn lines(&self) -> u64 {
        self.applied + self.invalid + self.unreadable
    }

    /// 0 if all updates were applied, otherwise 1.
    pub(super) fn exit_code(&self) -> ExitCode {
        if self.applied == self.lines() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// `1,000 lines: 990 applied, 8 invalid, 2 unreadable`
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.lines() == 1 { "line" } else { "lines" };
        write!(
            f,
            "{} {noun}: {} applied, {} invalid, {} unreadable",
            HumanCount(self.lines()),
            HumanCount(self.applied),
            HumanCount(self.invalid),
            HumanCount(self.unreadable),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_every_kind_of_result() {
        let tally = |applied, invalid, unreadable| {
            Tally {
                applied,
                invalid,
                unreadable,
            }
            .to_string()
        };
        insta::assert_snapshot!(tally(990, 8, 2), @"1,000 lines: 990 applied, 8 invalid, 2 unreadable");
        insta::assert_snapshot!(tally(0, 1, 0), @"1 line: 0 applied, 1 invalid, 0 unreadable");
        insta::assert_snapshot!(tally(0, 0, 0), @"0 lines: 0 applied, 0 invalid, 0 unreadable");
    }
}
