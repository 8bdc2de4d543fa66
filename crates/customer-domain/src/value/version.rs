//! The version of a record.

use std::fmt;
use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

/// How often a record has been written: 1 at creation, and one more with every
/// change (M3). A replace names the version it read, so that no update is lost
/// (S3).
///
/// There is no `From<u64>` and no `Default`: a version comes from a record or,
/// said in so many words, from where one was stored.
///
/// ```
/// use customer_domain::Version;
///
/// assert_eq!(Version::FIRST.get(), 1);
/// assert_eq!(Version::from_stored(7).map(Version::get), Some(7));
/// assert_eq!(Version::from_stored(0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(NonZeroU64);

impl Version {
    /// The version of a new record.
    pub const FIRST: Self = Self(NonZeroU64::MIN);

    /// A version that was stored, or named by a caller in a precondition.
    /// `None` for zero, which no record has.
    #[must_use]
    pub fn from_stored(number: u64) -> Option<Self> {
        NonZeroU64::new(number).map(Self)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// The version after this one. At a million changes a second it takes half
    /// a million years to reach the last, which then stays.
    #[must_use]
    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m3_a_version_increases_by_one() {
        assert_eq!(Version::FIRST.next().get(), 2);
        assert_eq!(
            Version::from_stored(u64::MAX).map(Version::next),
            Version::from_stored(u64::MAX)
        );
    }
}
