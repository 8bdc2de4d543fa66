//! The members of an object: known, unknown (P7, P13) and repeated names (P8).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};

use crate::path::{FieldPath, Parent};
use crate::schema::{AddressField, ContactField, Field};
use crate::violation::MAX_VIOLATIONS;

use super::findings::{Findings, Mark, Member};

/// The most known names of an object.
const MAX_NAMES: usize = 16;

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

/// A name of an object.
pub(super) enum Key<'de, N> {
    Known(N),
    Unknown(Cow<'de, str>),
}

impl<'de, N: Name> Key<'de, N> {
    pub(super) fn new(name: Cow<'de, str>) -> Self {
        N::from_bytes(name.as_bytes()).map_or(Self::Unknown(name), Self::Known)
    }
}

/// Reads a name.
struct KeySeed<N>(PhantomData<N>);

impl<'de, N: Name> DeserializeSeed<'de> for KeySeed<N> {
    type Value = Key<'de, N>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, N: Name> Visitor<'de> for KeySeed<N> {
    type Value = Key<'de, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Key::new(Cow::Borrowed(name)))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        // A known name needs no copy.
        Ok(match N::from_bytes(name.as_bytes()) {
            Some(known) => Key::Known(known),
            None => Key::Unknown(Cow::Owned(name.to_owned())),
        })
    }
}

/// The names of one object that were read so far.
pub(super) struct Members<N> {
    parent: Parent,
    mark: Mark,
    given: u32,
    repeated: u32,
    first: [Member; MAX_NAMES],
    /// The paths of unknown names, as they are shown. Ordered and not hashed: no
    /// randomness, and no input makes it slow.
    unknown: BTreeSet<FieldPath>,
    names: PhantomData<N>,
}

impl<N: Name> Members<N> {
    /// The beginning of an object.
    pub(super) const fn begin(parent: Parent, findings: &Findings) -> Self {
        Self {
            parent,
            mark: findings.mark(),
            given: 0,
            repeated: 0,
            first: [0; MAX_NAMES],
            unknown: BTreeSet::new(),
            names: PhantomData,
        }
    }

    /// The end of the object.
    pub(super) fn end(self, findings: &mut Findings) {
        findings.unlisted_unknown(self.unknown.len().saturating_sub(MAX_VIOLATIONS));
        findings.close(self.mark);
    }

    /// Reads the next name whose value has a meaning. Unknown and repeated names
    /// are reported, and their values ignored.
    pub(super) fn next<'de, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        findings: &mut Findings,
    ) -> Result<Option<N>, A::Error> {
        while let Some(key) = map.next_key_seed(KeySeed(PhantomData))? {
            if let Some(name) = self.enter(key, findings) {
                return Ok(Some(name));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(None)
    }

    /// The name, if it is known and occurs for the first time.
    pub(super) fn enter(&mut self, key: Key<'_, N>, findings: &mut Findings) -> Option<N> {
        match key {
            Key::Known(name) if !self.has(name) => {
                self.given |= 1 << name.index();
                let member = findings.next_member();
                if let Some(first) = self.first.get_mut(name.index()) {
                    *first = member;
                }
                Some(name)
            }
            Key::Known(name) => {
                self.repeat(name, findings);
                None
            }
            Key::Unknown(name) => {
                self.unknown(name, findings);
                None
            }
        }
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
    fn unknown(&mut self, name: Cow<'_, str>, findings: &mut Findings) {
        let path = self.parent.path(&name);
        if self.unknown.insert(path) && self.unknown.len() <= MAX_VIOLATIONS {
            findings.next_member();
            findings.unknown(self.parent, &name);
        }
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
