//! What is said of a body: its violations (P11) and warnings (V4, V5, P13).

use crate::model::verdict::{UnknownFields, Verdict};

/// The most violations, and the most warnings, in one answer (P11).
const MAX_REPORTED: usize = 100;
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

    /// A rule is broken at the path, which stands in the body before what was met after so many
    /// violations.
    pub(super) fn violation_at(&mut self, met: usize, path: &str, code: &str) {
        self.violations
            .insert(met, (reported(path), code.to_owned()));
    }

    /// A warning of the value at the path.
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

    /// P11: at most 100 warnings when no rule is broken, else the refusal: one violation for each
    /// reported path, the first in the order of the body, and no more than 100 of them. Those left
    /// out are counted one by one.
    pub(super) fn finish(mut self) -> Result<Vec<(String, String)>, Verdict> {
        if self.violations.is_empty() {
            self.warnings.truncate(MAX_REPORTED);
            return Ok(self.warnings);
        }
        let mut errors: Vec<(String, String)> = Vec::new();
        let mut omitted = 0;
        for (path, code) in self.violations {
            let is_reported = errors.iter().any(|(reported, _)| *reported == path);
            if errors.len() < MAX_REPORTED && !is_reported {
                errors.push((path, code));
            } else if !is_reported {
                omitted += 1;
            }
        }
        Err(Verdict::Refused {
            code: "VALIDATION_FAILED".to_owned(),
            errors,
            omitted,
        })
    }
}

/// P11: the path as an answer gives it.
pub(super) fn reported(path: &str) -> String {
    if path.chars().count() <= MAX_PATH {
        return path.to_owned();
    }
    let cut: String = path.chars().take(MAX_PATH).collect();
    format!("{cut}…")
}
