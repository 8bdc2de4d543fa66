//! The version of a record.

use std::fmt;
use std::num::{NonZeroU64, TryFromIntError};

use serde::{Deserialize, Serialize};

/// The version of a record: 1 on creation, and one more for each change (M3). A replace
/// names the version that was read, so that no update is lost (S3).
///
/// There is no `From<u64>` and no `Default`: a version comes from a record, or
/// explicitly from a stored number.
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

    /// A version that was stored, or that a client expects. `None` for zero, which no
    /// record has.
    #[must_use]
    pub fn from_stored(number: u64) -> Option<Self> {
        NonZeroU64::new(number).map(Self)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// The next version. The maximum is returned unchanged; at a million changes per
    /// second, it is reached after half a million years.
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

/// For databases with signed integers.
///
/// ```
/// use customer_domain::Version;
///
/// assert_eq!(Version::try_from(1_i64)?, Version::FIRST);
/// assert_eq!(i64::try_from(Version::FIRST)?, 1);
/// assert!(Version::try_from(0_i64).is_err() && Version::try_from(-1_i64).is_err());
/// # Ok::<(), std::num::TryFromIntError>(())
/// ```
impl TryFrom<i64> for Version {
    type Error = TryFromIntError;

    fn try_from(number: i64) -> Result<Self, TryFromIntError> {
        Ok(Self(NonZeroU64::try_from(u64::try_from(number)?)?))
    }
}

/// Fails above the greatest signed integer.
impl TryFrom<Version> for i64 {
    type Error = TryFromIntError;

    fn try_from(version: Version) -> Result<Self, TryFromIntError> {
        Self::try_from(version.get())
    }
}

/// Whether a write depends on the version of the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precondition {
    /// The version does not matter.
    #[default]
    Any,
    /// The expected version, that of `If-Match` over HTTP.
    Version(Version),
}

impl Precondition {
    /// Whether a record with that version meets it.
    #[must_use]
    pub fn is_met_by(self, version: Version) -> bool {
        match self {
            Self::Any => true,
            Self::Version(wanted) => wanted == version,
        }
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

    #[test]
    fn a_version_is_a_signed_integer_unless_it_is_too_great() {
        let signed = |version| Version::from_stored(version).map(i64::try_from);
        assert_eq!(signed(7), Some(Ok(7)));
        assert!(matches!(signed(1 << 63), Some(Err(_))));
    }
}
