//! The members of an object: known, unknown (P7, P13) and repeated names (P8).

use std::collections::BTreeSet;
use std::marker::PhantomData;

use serde::de::{Error as _, IgnoredAny, MapAccess};

use crate::path::{FieldPath, Parent};
use crate::scalar::{Ignore, Scalar, ValueSeed};
use crate::schema::{AddressField, ContactField, Field};
use crate::violation::MAX_VIOLATIONS;

use super::findings::{Findings, Mark, Member};

/// The maximum number of known names of an object.
pub(super) const MAX_NAMES: usize = 16;

const _: () = assert!(Field::ALL.len() <= MAX_NAMES);

/// A known name of an object.
pub(super) trait Name: Copy {
    fn from_bytes(name: &[u8]) -> Option<Self>;

    /// A number below [`MAX_NAMES`].
    fn index(self) -> usize;

    fn as_str(self) -> &'static str;
}

macro_rules! name {
    ($($name:ident)*) => {$(
        impl Name for $name {
            fn from_bytes(name: &[u8]) -> Option<Self> {
                Self::from_bytes(name)
            }

            fn index(self) -> usize {
                self as usize
            }

            fn as_str(self) -> &'static str {
                self.as_str()
            }
        }
    )*};
}

name! { Field AddressField ContactField }

/// The names of one object so far.
pub(super) struct Members<N> {
    parent: Parent,
    mark: Mark,
    given: u32,
    repeated: u32,
    first: [Member; MAX_NAMES],
    /// The paths of unknown names. A tree and not a hash table: no randomness, and no
    /// input causes collisions.
    unknown: Option<BTreeSet<FieldPath>>,
    names: PhantomData<N>,
}

impl<N: Name> Members<N> {
    /// The beginning of an object.
    #[inline]
    pub(super) fn begin(parent: Parent, findings: &Findings) -> Self {
        Self {
            parent,
            mark: findings.mark(),
            given: 0,
            repeated: 0,
            first: [0; MAX_NAMES],
            unknown: None,
            names: PhantomData,
        }
    }

    /// The end of the object.
    // Inlined: a call takes 22 instructions for each object.
    #[inline(always)]
    pub(super) fn end(self, findings: &mut Findings) {
        if let Some(unknown) = self.unknown {
            findings.count_unknown(unknown.len().saturating_sub(MAX_VIOLATIONS));
        }
        findings.close(self.mark);
    }

    /// Reads the next known name that occurs for the first time. Reports unknown and
    /// repeated names and skips their values.
    #[inline]
    pub(super) fn next<'de, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        findings: &mut Findings,
    ) -> Result<Option<N>, A::Error> {
        while let Some(key) = map.next_key_seed(ValueSeed(Ignore))? {
            let Scalar::String(key) = key else {
                return Err(A::Error::custom("the name of a field must be a string"));
            };
            let name = N::from_bytes(key.as_bytes());
            if let Some(name) = self.enter(name, &key, findings) {
                return Ok(Some(name));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(None)
    }

    /// Records a name and returns it if it is known and occurs for the first time.
    #[inline]
    pub(super) fn enter(
        &mut self,
        name: Option<N>,
        key: &str,
        findings: &mut Findings,
    ) -> Option<N> {
        let Some(name) = name else {
            self.unknown(key, findings);
            return None;
        };
        if self.has(name) {
            self.repeat(name, findings);
            return None;
        }
        self.given |= 1 << name.index();
        let member = findings.next_member();
        if let Some(first) = self.first.get_mut(name.index()) {
            *first = member;
        }
        Some(name)
    }

    #[cold]
    fn repeat(&mut self, name: N, findings: &mut Findings) {
        let first = self.first.get(name.index()).copied();
        if let (false, Some(first)) = (self.is_repeated(name), first) {
            findings.repeated(first, self.parent.path(name.as_str()));
        }
        self.repeated |= 1 << name.index();
    }

    #[cold]
    fn unknown(&mut self, name: &str, findings: &mut Findings) {
        let path = self.parent.path(name);
        let unknown = self.unknown.get_or_insert_default();
        if unknown.len() < MAX_VIOLATIONS && !unknown.contains(&path) {
            findings.next_member();
            findings.unknown(self.parent, path.clone());
        }
        unknown.insert(path);
    }

    /// Whether the name occurred.
    pub(super) fn has(&self, name: N) -> bool {
        self.given & (1 << name.index()) != 0
    }

    /// Whether the name occurred more than once.
    pub(super) fn is_repeated(&self, name: N) -> bool {
        self.repeated & (1 << name.index()) != 0
    }
}
