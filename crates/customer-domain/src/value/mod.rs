//! The value types: one file each, with its rule, its limits and its tests.
//!
//! A value type cannot have an invalid value. Two values are equal if their stored
//! strings are (T5). A clone is cheap, and `Debug` shows no personal data.

pub(crate) mod address;
pub(crate) mod choice;
pub(crate) mod contact;
mod domain;
pub(crate) mod email;
pub(crate) mod id;
pub(crate) mod name;
pub(crate) mod phone;
pub(crate) mod status;
pub(crate) mod time;
pub(crate) mod version;
pub(crate) mod website;

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _};

use crate::reason::{Reason, ValueError};
use crate::scalar::{Ignore, Scalar, ValueSeed};

pub use address::Address;
pub use contact::{Contact, Contacts};
pub use email::{EmailAddress, EmailKey};
pub use id::{CustomerId, TeamId};
pub use name::{ContactName, CustomerName};
pub use phone::PhoneNumber;
pub use status::Status;
pub use time::Timestamp;
pub use version::{Precondition, Version};
pub use website::WebsiteUrl;

/// A value that is a string. Its rule is separate from its constructor, so that
/// the values of an invalid body are checked and not allocated.
pub(crate) trait TextValue: Sized {
    /// The limit of T1, which every stored string keeps (S8).
    const MAX_CHARS: usize;

    /// The rule: the string to store, or the reason to reject it.
    fn check(text: &str) -> Result<&str, Reason>;

    /// The value of a string that [`check`](Self::check) returned.
    fn from_checked(text: &str) -> Self;
}

/// Replaces a value in `Debug` output.
pub(crate) struct Redacted;

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The conversions to every value type, from its `parse`.
macro_rules! parsing {
    ($name:ident, $subject:expr) => {
        impl std::str::FromStr for $name {
            type Err = $crate::ValueError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::ValueError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::ValueError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::value::deserialize_str(deserializer, $subject, Self::parse)
            }
        }
    };
}
pub(crate) use parsing;

/// The conversions to and from a value type, from its `parse` and `as_str`.
macro_rules! conversions {
    ($name:ident, $subject:literal) => {
        $crate::value::parsing!($name, $subject);

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}
pub(crate) use conversions;

/// The same constructors and conversions for every value that is a string: `parse`,
/// `FromStr`, `TryFrom`, `as_str`, `AsRef`, `Display`, `Serialize`, `Deserialize`, and
/// a `Debug` that does not show the string.
macro_rules! text_value {
    ($name:ident, $subject:literal, $check:expr) => {
        impl $name {
            /// Parses a value: trims it (T2), then checks its rules.
            ///
            /// # Errors
            ///
            /// [`ValueError`](crate::ValueError) with the violated rule, without the string.
            pub fn parse(text: &str) -> Result<Self, $crate::ValueError> {
                let checked = <Self as $crate::value::TextValue>::check(text);
                checked
                    .map(<Self as $crate::value::TextValue>::from_checked)
                    .map_err(|reason| $crate::ValueError::new($subject, reason))
            }

            /// The stored string.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl $crate::value::TextValue for $name {
            const MAX_CHARS: usize = Self::MAX_CHARS;

            fn check(text: &str) -> Result<&str, $crate::Reason> {
                $check(text)
            }

            fn from_checked(text: &str) -> Self {
                Self(text.into())
            }
        }

        /// Does not show the value.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name))
                    .field(&$crate::value::Redacted)
                    .finish()
            }
        }

        $crate::value::conversions!($name, $subject);

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.as_str().to_owned()
            }
        }
    };
}
pub(crate) use text_value;

/// The same methods for every derived string: `as_str`, `AsRef`, and a `Debug` that
/// does not show the string.
macro_rules! derived_string {
    ($name:ident) => {
        impl $name {
            /// The string, to compare byte by byte.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({:?})", stringify!($name), $crate::value::Redacted)
            }
        }
    };
}
pub(crate) use derived_string;

/// Deserializes a value type from a string. The error has the type and the rule; an
/// error of serde would contain the value.
pub(crate) fn deserialize_str<'de, D, T>(
    deserializer: D,
    subject: &'static str,
    parse: fn(&str) -> Result<T, ValueError>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    if let Scalar::String(text) = ValueSeed(Ignore).deserialize(deserializer)? {
        return parse(&text).map_err(D::Error::custom);
    }
    Err(D::Error::custom(format_args!("{subject} must be a string")))
}

/// Visits every string of up to `longest` characters of an alphabet.
#[cfg(test)]
pub(crate) fn every_string(alphabet: &str, longest: usize, mut visit: impl FnMut(&str)) {
    let mut level = vec![String::new()];
    for _ in 0..longest {
        level = level
            .iter()
            .flat_map(|text| alphabet.chars().map(move |c| format!("{text}{c}")))
            .collect();
        level.iter().for_each(|text| visit(text));
    }
}
