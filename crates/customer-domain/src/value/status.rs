//! V6: the status of a customer.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::reason::{Reason, ValueError};

const SUBJECT: &str = "status";

/// Whether a customer is in use (V6).
///
/// A choice and not a text: it is compared as sent, with no trimming and no
/// regard for case. A new customer is active when nothing is said (SPEC §8);
/// an update that says nothing changes nothing (P1), which is why there is no
/// `Default`.
///
/// ```
/// use customer_domain::Status;
///
/// assert_eq!(Status::parse("inactive")?, Status::Inactive);
/// assert!(Status::parse("ACTIVE").is_err());
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// `active`
    Active,
    /// `inactive`
    Inactive,
}

impl Status {
    /// Every choice, as it is sent.
    pub const NAMES: &'static [&'static str] = &["active", "inactive"];

    /// Reads a choice.
    ///
    /// # Errors
    ///
    /// `INVALID_CHOICE` for anything but the exact names.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        Self::check(text).map_err(|reason| ValueError::new(SUBJECT, reason))
    }

    pub(crate) fn check(text: &str) -> Result<Self, Reason> {
        match text {
            "active" => Ok(Self::Active),
            "inactive" => Ok(Self::Inactive),
            _ => Err(Reason::InvalidChoice {
                allowed: Self::NAMES,
            }),
        }
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

impl FromStr for Status {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for Status {
    type Error = ValueError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

impl AsRef<str> for Status {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::value::deserialize_str(deserializer, SUBJECT, Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v6_the_choices_are_exact() {
        for name in Status::NAMES {
            assert_eq!(Status::parse(name).map(Status::as_str), Ok(*name));
        }
        for text in [
            "",
            "ACTIVE",
            "Active",
            " active",
            "active ",
            "activ",
            "a\u{200B}ctive",
        ] {
            let code = Status::parse(text).map_err(|e| e.code());
            assert_eq!(code, Err("INVALID_CHOICE"), "{text:?}");
        }
    }
}
