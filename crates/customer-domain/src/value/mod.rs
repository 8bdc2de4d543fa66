//! The value types: one file each, with its rule, its limits and its tests.
//!
//! A value type cannot hold an invalid value, is equal when what is stored is
//! equal (T5), is cheap to clone, and hides personal data in `Debug`.

pub(crate) mod address;
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

use crate::reason::Reason;

/// What a reader of bodies needs of a text value: the rule apart from the
/// making, so that a value that is already there need not be made again.
pub(crate) trait TextValue: Sized + Clone {
    /// The rule: the text as it is to be stored, or why it is refused.
    fn check(text: &str) -> Result<&str, Reason>;

    /// Makes the value of a text that [`check`](Self::check) returned.
    fn from_checked(text: &str) -> Self;

    fn as_str(&self) -> &str;

    /// Reads a text; one that equals the current value shares its memory.
    fn read(text: &str, current: Option<&Self>) -> Result<Self, Reason> {
        match current {
            Some(current) if current.as_str() == text => Ok(current.clone()),
            _ => Self::check(text).map(Self::from_checked),
        }
    }
}

/// Stands in for a value in `Debug` output.
pub(crate) struct Redacted;

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The same constructors and conversions on every text value, so that one
/// guess is right: `parse`, `FromStr`, `TryFrom`, `as_str`, `AsRef`, `Display`,
/// serde both ways, and a `Debug` that shows nothing.
macro_rules! text_value {
    ($name:ident, $subject:literal, $check:expr) => {
        impl $name {
            /// Reads a value: trims it (T2), then tries its rules.
            ///
            /// # Errors
            ///
            /// [`ValueError`](crate::ValueError) names the rule that is broken, and never the text.
            pub fn parse(text: &str) -> Result<Self, $crate::ValueError> {
                <Self as $crate::value::TextValue>::read(text, None)
                    .map_err(|reason| $crate::ValueError::new($subject, reason))
            }

            /// The text as it is stored.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl $crate::value::TextValue for $name {
            fn check(text: &str) -> Result<&str, $crate::Reason> {
                $check(text)
            }

            fn from_checked(text: &str) -> Self {
                Self(text.into())
            }

            fn as_str(&self) -> &str {
                &self.0
            }
        }

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

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.as_str().to_owned()
            }
        }

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

        /// Shows that there is a value, and not which.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name))
                    .field(&$crate::value::Redacted)
                    .finish()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::shape::read_text(deserializer, $subject, Self::parse)
            }
        }
    };
}
pub(crate) use text_value;

/// Every text of up to that many characters of a small alphabet.
#[cfg(test)]
pub(crate) fn every_text(alphabet: &str, longest: usize, mut visit: impl FnMut(&str)) {
    let mut level = vec![String::new()];
    for _ in 0..longest {
        level = level
            .iter()
            .flat_map(|text| alphabet.chars().map(move |c| format!("{text}{c}")))
            .collect();
        level.iter().for_each(|text| visit(text));
    }
}

#[cfg(test)]
mod tests {
    use super::TextValue;
    use super::name::CustomerName;

    #[test]
    fn a_text_that_is_there_already_is_not_made_again() {
        let current = CustomerName::parse("Acme").unwrap();
        let place = |name: &CustomerName| TextValue::as_str(name).as_ptr();
        let read = |text| CustomerName::read(text, Some(&current)).unwrap();
        assert_eq!(place(&read("Acme")), place(&current));
        assert_ne!(place(&read("acme")), place(&current));
    }
}
