//! What is said of a body: its violations (P11) and advisories (V4, V5, P13).

use std::collections::BTreeSet;

use crate::model::{UnknownFields, Verdict};

/// The most violations one answer names (P11).
const MAX_VIOLATIONS: usize = 100;
/// The longest path an answer repeats, in characters (P11).
const MAX_PATH: usize = 100;

/// Everything said of one body so far, in the order of the body.
#[derive(Debug)]
pub(super) struct Report {
    unknown: UnknownFields,
    violations: Vec<(String, String)>,
    warnings: Vec<(String, String)>,
}

impl Report {
    /// Nothing said yet.
    pub(super) fn new(unknown: UnknownFields) -> Self {
        Self {
            unknown,
            violations: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// A rule is broken at the path.
    pub(super) fn violation(&mut self, path: &str, code: &str) {
        self.violations.push((reported(path), code.to_owned()));
    }

    /// An advisory of the value at the path.
    pub(super) fn warning(&mut self, path: &str, code: &str) {
        self.warnings.push((reported(path), code.to_owned()));
    }

    /// P7, P13: a field that is not known.
    pub(super) fn unknown_field(&mut self, path: &str) {
        match self.unknown {
            UnknownFields::Reject => self.violation(path, "UNKNOWN_FIELD"),
            UnknownFields::Ignore => self.warning(path, "UNKNOWN_FIELD_IGNORED"),
        }
    }

    /// How many violations were met so far, those of one path counted apart.
    pub(super) fn violations(&self) -> usize {
        self.violations.len()
    }

    /// P11: the advisories when no rule is broken, else the refusal: one violation for each
    /// reported path, the first in the order of the body, and no more than 100 of them.
    pub(super) fn finish(self) -> Result<Vec<(String, String)>, Verdict> {
        let mut errors = first_of_each_path(self.violations);
        if errors.is_empty() {
            return Ok(first_of_each_path(self.warnings));
        }
        let omitted = errors.len().saturating_sub(MAX_VIOLATIONS);
        errors.truncate(MAX_VIOLATIONS);
        Err(Verdict::Refused {
            code: "VALIDATION_FAILED".to_owned(),
            errors,
            omitted,
        })
    }
}

/// P11: the path as an answer gives it.
fn reported(path: &str) -> String {
    if path.chars().count() <= MAX_PATH {
        return path.to_owned();
    }
    let cut: String = path.chars().take(MAX_PATH).collect();
    format!("{cut}…")
}

/// P11: the pairs without those whose path came before.
fn first_of_each_path(pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    pairs
        .into_iter()
        .filter(|(path, _)| seen.insert(path.clone()))
        .collect()
}
