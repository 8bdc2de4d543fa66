//! What there is to say of a body.

use crate::advisory::{Advisory, AdvisoryCode};
use crate::path::{FieldPath, Parent};
use crate::reason::Reason;
use crate::violation::{MAX_VIOLATIONS, Violation, Violations};

use super::UnknownFields;

/// Collects violations and advisories, in the order in which they are found,
/// which is the order of the body.
pub(super) struct Findings {
    unknown_fields: UnknownFields,
    violations: Vec<Violation>,
    omitted: usize,
    /// How many violations were found, those that are not reported included.
    found: usize,
    /// Whether a violation is of an unknown name.
    has_unknown: bool,
    advisories: Vec<Advisory>,
    ignored: usize,
}

/// A body with a mistake rarely has more, so that their list grows but once.
const FEW: usize = 8;

impl Findings {
    pub(super) const fn new(unknown_fields: UnknownFields) -> Self {
        Self {
            unknown_fields,
            violations: Vec::new(),
            omitted: 0,
            found: 0,
            has_unknown: false,
            advisories: Vec::new(),
            ignored: 0,
        }
    }

    /// How many violations were found so far.
    pub(super) const fn found(&self) -> usize {
        self.found
    }

    /// Whether the body is refused already, whatever else it says.
    pub(super) const fn is_refused(&self) -> bool {
        !self.violations.is_empty()
    }

    pub(super) fn finish(self) -> Result<Vec<Advisory>, Violations> {
        if self.is_refused() {
            Err(Violations::new(self.violations, self.omitted))
        } else {
            Ok(self.advisories)
        }
    }

    /// P11: one violation a path, the first one; a limited number in all.
    pub(super) fn refuse(&mut self, path: FieldPath, reason: Reason) {
        self.found += 1;
        if self.violations.len() == MAX_VIOLATIONS {
            self.omitted += 1;
            return;
        }
        // Keys of an object are noted once, so that only a name from outside
        // can look like another path: `"billingAddress.zip"` at the top, or
        // two names that are cut at the same place.
        self.has_unknown |= path.is_unknown();
        if self.has_unknown {
            let shown = path.to_string();
            let mut reported = self.violations.iter().map(Violation::field);
            if reported.any(|path| path.to_string() == shown) {
                return;
            }
        }
        if self.violations.is_empty() {
            self.violations.reserve(FEW);
        }
        self.violations.push(Violation::new(path, reason));
    }

    pub(super) fn advise(&mut self, path: FieldPath, code: AdvisoryCode) {
        self.advisories.push(Advisory::new(path, code));
    }

    /// P7 and P13.
    pub(super) fn unknown(&mut self, parent: Parent, name: &str) {
        match self.unknown_fields {
            UnknownFields::Reject => {
                self.refuse(FieldPath::unknown(parent, name), Reason::UnknownField);
            }
            UnknownFields::Ignore => {
                self.ignored += 1;
                if self.ignored <= MAX_VIOLATIONS {
                    let path = FieldPath::unknown(parent, name);
                    self.advise(path, AdvisoryCode::UnknownFieldIgnored);
                }
            }
        }
    }

    /// Names beyond those that can be reported, of one object.
    pub(super) fn unlisted_unknown(&mut self, names: usize) {
        if self.unknown_fields == UnknownFields::Reject {
            self.omitted += names;
        }
    }
}
