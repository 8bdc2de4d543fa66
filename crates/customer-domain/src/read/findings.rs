//! Collects violations and warnings.
//!
//! Violations are reported in body order, and a repeated name replaces the violations
//! of its first occurrence (P8). The collector therefore numbers the members of all
//! objects as they are read, and each violation has the number of its member. At the
//! end of an object, its violations get the number of the member whose value the object
//! is. The list is always sorted by number, so those of one member are a range.

use std::collections::BTreeSet;

use crate::path::{FieldPath, Parent};
use crate::reason::{Expected, Reason};
use crate::scalar::Scalar;
use crate::violation::{MAX_VIOLATIONS, Violation, Violations};
use crate::warning::{Warning, WarningCode};

/// How to treat unknown fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownFields {
    /// Report the violation `UNKNOWN_FIELD` (P7).
    #[default]
    Reject,
    /// Ignore it, with the warning `UNKNOWN_FIELD_IGNORED` (P13).
    Ignore,
}

/// The maximum number of violations that are kept for one object or array:
/// [`MAX_VIOLATIONS`] that are reported, and as many whose path was already reported.
/// Only unknown names can repeat a path, and an object has at most [`MAX_VIOLATIONS`] of
/// them.
const MAX_KEPT: usize = 2 * MAX_VIOLATIONS;

/// The number of a member, in body order.
pub(super) type Member = u32;

/// An invalid body rarely has more violations, so the list is allocated once.
const INITIAL_CAPACITY: usize = 8;

/// Violations in body order with the number of their member, and the number of
/// dropped ones by member.
struct Entries {
    list: Vec<(Member, Violation)>,
    dropped: Vec<(Member, usize)>,
}

/// The state at the beginning of an object or array: the member whose value it is, and
/// the lengths of the lists.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    member: Member,
    list: usize,
    dropped: usize,
}

/// Collects the violations and warnings of one body.
pub(super) struct Findings {
    unknown_fields: UnknownFields,
    /// The current member.
    member: Member,
    /// The greatest number of a member so far.
    last: Member,
    /// `None` while the body is valid.
    violations: Option<Box<Entries>>,
    /// Only returned for a valid body, so a repeated name need not remove any.
    warnings: Vec<Warning>,
}

impl Findings {
    pub(super) const fn new(unknown_fields: UnknownFields) -> Self {
        Self {
            unknown_fields,
            member: 0,
            last: 0,
            violations: None,
            warnings: Vec::new(),
        }
    }

    /// Removes all violations and warnings.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.unknown_fields);
    }

    /// Whether a violation was found.
    pub(super) const fn is_invalid(&self) -> bool {
        self.violations.is_some()
    }

    /// Whether a violation was found since the mark.
    pub(super) fn is_invalid_since(&self, mark: Mark) -> bool {
        self.mark().list > mark.list
    }

    /// The beginning of an object or array.
    #[inline]
    pub(super) fn mark(&self) -> Mark {
        let lengths = |entries: &Entries| (entries.list.len(), entries.dropped.len());
        let (list, dropped) = self.violations.as_deref().map_or((0, 0), lengths);
        Mark {
            member: self.member,
            list,
            dropped,
        }
    }

    /// The end of an object, an array or an element of an array: all violations since
    /// the mark now belong to the member of the mark.
    #[inline]
    pub(super) fn close(&mut self, mark: Mark) {
        self.member = mark.member;
        if let Some(entries) = &mut self.violations {
            entries.close(mark);
        }
    }

    /// The beginning of a member of an object.
    #[inline]
    pub(super) const fn next_member(&mut self) -> Member {
        // Saturates after 2^32 members, in a body of many gigabytes. It would still be
        // invalid, with fewer violations.
        self.last = self.last.saturating_add(1);
        self.member = self.last;
        self.last
    }

    /// Adds a violation of the current member.
    #[cold]
    pub(super) fn add(&mut self, path: FieldPath, reason: Reason) {
        self.push(Violation::new(path, reason));
    }

    /// Inserts a violation before all others since the mark.
    pub(super) fn add_first(&mut self, mark: Mark, path: FieldPath, reason: Reason) {
        let first = (mark.member, Violation::new(path, reason));
        self.entries().list.insert(mark.list, first);
    }

    /// Adds a warning; at most [`MAX_VIOLATIONS`] are kept (P11).
    #[cold]
    pub(super) fn warn(&mut self, path: FieldPath, code: WarningCode) {
        if self.warnings.len() < MAX_VIOLATIONS {
            self.warnings.push(Warning::new(path, code));
        }
    }

    /// P8: a name is repeated. Replaces the violations of its first member.
    pub(super) fn repeated(&mut self, first: Member, path: FieldPath) {
        let entries = self.entries();
        entries.dropped.retain(|(member, _)| *member != first);
        let start = entries.list.partition_point(|(member, _)| *member < first);
        let end = entries.list.partition_point(|(member, _)| *member <= first);
        let repeated = (first, Violation::new(path, Reason::DuplicateField));
        entries.list.splice(start..end, [repeated]);
    }

    /// Adds the violation (P7) or the warning (P13) of an unknown name.
    pub(super) fn unknown(&mut self, parent: Parent, path: FieldPath) {
        match self.unknown_fields {
            UnknownFields::Ignore => self.warn(path, WarningCode::UnknownFieldIgnored),
            UnknownFields::Reject => self.push(Violation::unknown_field(path, parent)),
        }
    }

    /// Counts unknown names of an object after the first [`MAX_VIOLATIONS`]. Those are
    /// violations, so the body is already invalid.
    pub(super) fn count_unknown(&mut self, names: usize) {
        if self.unknown_fields == UnknownFields::Reject {
            let member = self.member;
            self.entries().dropped.push((member, names));
        }
    }

    /// Reports a body that is not an object (P10).
    pub(super) fn check_body(&mut self, input: &Scalar<'_>) {
        if *input != Scalar::Object {
            self.add(FieldPath::BODY, Reason::wrong_type(Expected::Object));
        }
    }

    /// The warnings of a valid body.
    ///
    /// # Errors
    ///
    /// The violations, at most [`MAX_VIOLATIONS`], one for each path (P11).
    #[inline]
    pub(super) fn finish(self) -> Result<Vec<Warning>, Violations> {
        match self.violations {
            None => Ok(self.warnings),
            Some(entries) => Err(entries.finish()),
        }
    }

    fn push(&mut self, violation: Violation) {
        let member = self.member;
        self.entries().list.push((member, violation));
    }

    fn entries(&mut self) -> &mut Entries {
        self.violations.get_or_insert_with(|| {
            Box::new(Entries {
                list: Vec::with_capacity(INITIAL_CAPACITY),
                dropped: Vec::new(),
            })
        })
    }
}

impl Entries {
    /// Moves the violations since the mark to its member, and keeps [`MAX_KEPT`].
    #[cold]
    fn close(&mut self, mark: Mark) {
        let surplus = self.list.len().saturating_sub(mark.list + MAX_KEPT);
        self.list.truncate(mark.list + MAX_KEPT);
        let dropped = self.dropped.drain(mark.dropped..).map(|(_, count)| count);
        let count = surplus + dropped.sum::<usize>();
        if count > 0 {
            self.dropped.push((mark.member, count));
        }
        // Violations of earlier elements of an array already have the number.
        let open = self.list.iter_mut().skip(mark.list).rev();
        open.take_while(|(member, _)| *member != mark.member)
            .for_each(|(member, _)| *member = mark.member);
    }

    fn finish(self) -> Violations {
        let mut omitted = self.dropped.iter().map(|(_, count)| count).sum();
        let mut list: Vec<Violation> = self.list.into_iter().map(|(_, v)| v).collect();
        // Only an unknown name can be written like another path:
        // `"billingAddress.zip"` at the top level, or names cut at the same place.
        if list.iter().any(Violation::is_unknown_field) {
            let mut paths = BTreeSet::new();
            list.retain(|violation| paths.insert(violation.field().clone()));
        }
        omitted += list.len().saturating_sub(MAX_VIOLATIONS);
        list.truncate(MAX_VIOLATIONS);
        Violations::new(list, omitted)
    }
}
