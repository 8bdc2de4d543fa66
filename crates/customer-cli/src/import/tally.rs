//! The numbers of an import.

use std::process::ExitCode;

use customer_domain::Applied;
use serde::Serialize;

/// The number of lines by their result: the summary of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tally {
    pub(super) created: u64,
    pub(super) updated: u64,
    pub(super) unchanged: u64,
    pub(super) rejected: u64,
    pub(super) dry_run: bool,
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Created,
    Updated,
    Unchanged,
}

impl Effect {
    pub(super) const fn of_update(applied: &Applied) -> Self {
        if applied.changed().is_empty() {
            Self::Unchanged
        } else {
            Self::Updated
        }
    }
}

impl Tally {
    /// Counts a line; `None` if it was rejected.
    pub(super) const fn count(&mut self, effect: Option<Effect>) {
        match effect {
            Some(Effect::Created) => self.created += 1,
            Some(Effect::Updated) => self.updated += 1,
            Some(Effect::Unchanged) => self.unchanged += 1,
            None => self.rejected += 1,
        }
    }

    /// The number of lines.
    pub(super) const fn lines(&self) -> u64 {
        self.created + self.updated + self.unchanged + self.rejected
    }

    /// 0 if no line was rejected, otherwise 1.
    pub(super) const fn exit_code(&self) -> ExitCode {
        if self.rejected == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}
