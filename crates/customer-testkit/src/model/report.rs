//! Collects the violations (P11) and warnings (V4, V5, P13) of a body.

use crate::model::verdict::{UnknownFields, Verdict};

/// The maximum number of violations, and of warnings, in one response (P11).
const MAX_REPORTED: usize = 100;
/// The maximum length of a path in a response, in characters (P11).
const MAX_PATH: usize = 100;

/// The violations and warnings found so far, in the order of the body.
#[derive(Debug)]
pub(super) struct Report {
    unknown: UnknownFields,
    violations: Vec<(String, String)>,
    warnings: Vec<(String, String)>,
}

impl Report {
    /// An empty report.
    pub(super) fn new(unknown: UnknownFields) -> Self {
        Self {
            unknown,
            violations: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Reports a violation at the path.
    pub(super) fn violation(&mut self, path: &str, code: &str) {
        self.violations.push((reported(path), code.to_owned()));
    }

    /// Reports a violation at the path, placed after the first `position` violations found
    /// so far.
    pub(super) fn violation_at(&mut self, position: usize, path: &str, code: &str) {
        self.violations
            .insert(position, (reported(path), code.to_owned()));
    }

    /// Reports a warning for the value at the path.
    pub(super) fn warning(&mut self, path: &str, code: &str) {
        self.warnings.push((reported(path), code.to_owned()));
    }

    /// P7, P13: reports an unknown field.
    pub(super) fn unknown_field(&mut self, path: &str) {
        match self.unknown {
            UnknownFields::Reject => self.violation(path, "UNKNOWN_FIELD"),
            UnknownFields::Ignore => self.warning(path, "UNKNOWN_FIELD_IGNORED"),
        }
    }

    /// The number of violations found so far, including several at one path.
    pub(super) fn violations(&self) -> usize {
        self.violations.len()
    }

    /// P11: at most 100 warnings if there is no violation; otherwise the rejection with
    /// the first violation of each reported path, in the order of the body, at most 100.
    /// The omitted ones are counted individually.
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
        Err(Verdict::Rejected {
            code: "VALIDATION_FAILED".to_owned(),
            errors,
            omitted,
        })
    }
}

/// P11: the path as it appears in a response.
pub(super) fn reported(path: &str) -> String {
    if path.chars().count() <= MAX_PATH {
        return path.to_owned();
    }
    let cut: String = path.chars().take(MAX_PATH).collect();
    format!("{cut}…")
}
