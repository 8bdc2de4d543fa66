//! The one collector of violations and warnings.
//!
//! Violations are reported in body order, and a repeated name replaces what its
//! first occurrence caused (P8), so the collector numbers the members of all
//! objects as they are read. Each entry has the number of its member. When an
//! object ends, its entries get the number of the member that the object is the
//! value of.

use crate::path::{FieldPath, Parent};
use crate::reason::Reason;
use crate::violation::{MAX_VIOLATIONS, Violation, Violations};
use crate::warning::{Warning, WarningCode};

use super::options::UnknownFields;

/// The most entries kept of one object or array. More than can be reported,
/// because entries with equal paths are removed at the end.
const MAX_KEPT: usize = 2 * MAX_VIOLATIONS;

/// A body with a violation rarely has more than these, so the list grows once.
const FEW: usize = 8;

/// The number of a member, in body order.
pub(super) type Member = u32;

/// An entry that is not a violation or warning yet.
struct Entry<R> {
    member: Member,
    path: FieldPath,
    reason: R,
    suggestion: Option<&'static str>,
}

/// Entries in body order, and the number of dropped ones.
struct Entries<R> {
    list: Vec<Entry<R>>,
    dropped: Vec<(Member, usize)>,
}

/// The number of entries, and of members with dropped ones, at a time.
type Lengths = (usize, usize);

impl<R> Entries<R> {
    const fn new() -> Self {
        Self {
            list: Vec::new(),
            dropped: Vec::new(),
        }
    }

    const fn lengths(&self) -> Lengths {
        (self.list.len(), self.dropped.len())
    }

    fn push(&mut self, entry: Entry<R>) {
        if self.list.is_empty() {
            self.list.reserve(FEW);
        }
        self.list.push(entry);
    }

    /// Removes the entries of a member and returns where they were.
    fn remove(&mut self, member: Member) -> usize {
        self.list.retain(|entry| entry.member != member);
        self.dropped.retain(|(other, _)| *other != member);
        self.list.partition_point(|entry| entry.member < member)
    }

    /// Moves the entries since `start` to a member, at most [`MAX_KEPT`].
    #[inline]
    fn close(&mut self, start: Lengths, member: Member) {
        if start != self.lengths() {
            self.move_to(start, member);
        }
    }

    #[cold]
    fn move_to(&mut self, start: Lengths, member: Member) {
        let surplus = self.list.len().saturating_sub(start.0 + MAX_KEPT);
        self.list.truncate(start.0 + MAX_KEPT);
        let dropped = self.dropped.drain(start.1..).map(|(_, count)| count);
        let count = surplus + dropped.sum::<usize>();
        if count > 0 {
            self.dropped.push((member, count));
        }
        for entry in self.list.iter_mut().skip(start.0) {
            entry.member = member;
        }
    }
}

/// The beginning of an object or array.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    member: Member,
    violations: Lengths,
    warnings: Lengths,
}

/// Collects the violations and warnings of one body.
pub(super) struct Findings {
    unknown_fields: UnknownFields,
    /// The member that is being read.
    member: Member,
    /// The last number given to a member.
    last: Member,
    violations: Entries<Reason>,
    warnings: Entries<WarningCode>,
}

impl Findings {
    pub(super) const fn new(unknown_fields: UnknownFields) -> Self {
        Self {
            unknown_fields,
            member: 0,
            last: 0,
            violations: Entries::new(),
            warnings: Entries::new(),
        }
    }

    /// Forgets all violations and warnings.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.unknown_fields);
    }

    /// Whether the body is invalid, whatever follows.
    pub(super) const fn is_invalid(&self) -> bool {
        !self.violations.list.is_empty()
    }

    /// Whether a violation was found since the mark.
    pub(super) const fn is_invalid_since(&self, mark: Mark) -> bool {
        self.violations.list.len() > mark.violations.0
    }

    /// The beginning of an object or array.
    pub(super) const fn mark(&self) -> Mark {
        Mark {
            member: self.member,
            violations: self.violations.lengths(),
            warnings: self.warnings.lengths(),
        }
    }

    /// The end of an object or array, or of an element: all entries since the mark
    /// belong to the member it is the value of.
    #[inline]
    pub(super) fn close(&mut self, mark: Mark) {
        self.member = mark.member;
        self.violations.close(mark.violations, mark.member);
        self.warnings.close(mark.warnings, mark.member);
    }

    /// The beginning of a member of an object.
    pub(super) const fn next_member(&mut self) -> Member {
        // A body with more members than fit into 32 bits would only lose the order
        // of its violations.
        self.last = self.last.saturating_add(1);
        self.member = self.last;
        self.last
    }

    /// P11.
    pub(super) fn add(&mut self, path: FieldPath, reason: Reason) {
        self.violations.push(entry(self.member, path, reason));
    }

    /// A violation before all that was found since the mark.
    pub(super) fn add_first(&mut self, mark: Mark, path: FieldPath, reason: Reason) {
        let first = entry(mark.member, path, reason);
        self.violations.list.insert(mark.violations.0, first);
    }

    pub(super) fn warn(&mut self, path: FieldPath, code: WarningCode) {
        self.warnings.push(entry(self.member, path, code));
    }

    /// P8: a name occurs again. Its first member is replaced by the violation.
    pub(super) fn repeated(&mut self, first: Member, path: FieldPath) {
        let place = self.violations.remove(first);
        let repeated = entry(first, path, Reason::DuplicateField);
        self.violations.list.insert(place, repeated);
    }

    /// P7 and P13.
    pub(super) fn unknown(&mut self, parent: Parent, name: &str) {
        let path = parent.path(name);
        match self.unknown_fields {
            UnknownFields::Ignore => self.warn(path, WarningCode::UnknownFieldIgnored),
            UnknownFields::Reject => self.violations.push(Entry {
                suggestion: parent.suggestion(name),
                ..entry(self.member, path, Reason::UnknownField)
            }),
        }
    }

    /// Unknown names of an object beyond those that can be reported.
    pub(super) fn unlisted_unknown(&mut self, names: usize) {
        if names > 0 && self.unknown_fields == UnknownFields::Reject {
            self.violations.dropped.push((self.member, names));
        }
    }

    /// The warnings of a valid body.
    ///
    /// # Errors
    ///
    /// The violations, at most [`MAX_VIOLATIONS`], one for each path (P11).
    #[inline]
    pub(super) fn finish(self) -> Result<Vec<Warning>, Violations> {
        if self.is_invalid() {
            return Err(self.violations.finish());
        }
        if self.warnings.list.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.warnings.finish())
    }
}

const fn entry<R>(member: Member, path: FieldPath, reason: R) -> Entry<R> {
    Entry {
        member,
        path,
        reason,
        suggestion: None,
    }
}

impl Entries<WarningCode> {
    #[cold]
    fn finish(self) -> Vec<Warning> {
        let entries = self.list.into_iter().take(MAX_VIOLATIONS);
        entries.map(|e| Warning::new(e.path, e.reason)).collect()
    }
}

impl Entries<Reason> {
    #[cold]
    fn finish(self) -> Violations {
        // Only an unknown name can be written like another path:
        // `"billingAddress.zip"` at the top level, or names cut at the same place.
        let has_unknown = self.list.iter().any(|e| e.reason == Reason::UnknownField);
        let mut omitted = self.dropped.iter().map(|(_, count)| count).sum();
        let mut list: Vec<Violation> = Vec::with_capacity(self.list.len().min(MAX_VIOLATIONS));
        for entry in self.list {
            if has_unknown && list.iter().any(|v| *v.field() == entry.path) {
                continue;
            }
            if list.len() == MAX_VIOLATIONS {
                omitted += 1;
            } else {
                let violation = Violation::new(entry.path, entry.reason);
                list.push(violation.with_suggestion(entry.suggestion));
            }
        }
        Violations::new(list, omitted)
    }
}
