//! Value types that validate when they are deserialized, for the peers that need them.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::plain::{self, Code, Status};

macro_rules! value {
    ($(#[$meta:meta])* $name:ident($held:ty) = $rule:expr) => {
        $(#[$meta])*
        pub(crate) struct $name(pub(crate) $held);

        impl TryFrom<String> for $name {
            type Error = Code;

            fn try_from(text: String) -> Result<Self, Code> {
                $rule(text).map(Self)
            }
        }

        /// The error is the code.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::try_from(text).map_err(|code| D::Error::custom(code.as_str()))
            }
        }
    };
}

value!(
    /// A name.
    Name(String) = |text| plain::keep(text, plain::name)
);
value!(
    /// An email address.
    Email(String) = |text| plain::keep(text, plain::email)
);
value!(
    /// A phone number, or none.
    Phone(Option<String>) = |text| plain::keep_optional(text, plain::phone)
);
value!(
    /// A website, or none.
    Website(Option<String>) = |text| plain::keep_optional(text, plain::website)
);
value!(
    /// A street, or none.
    Street(Option<String>) = |text| plain::keep_optional(text, plain::street)
);
value!(
    /// Another field of an address, or none.
    Part(Option<String>) = |text| plain::keep_optional(text, plain::part)
);
value!(
    /// A status, exactly.
    Choice(Status) = |text: String| plain::status(&text)
);

/// A field that cannot be null; `None` if it is missing.
pub(crate) struct Required<T>(pub(crate) Option<T>);

impl<T> Default for Required<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Required<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(|value| Self(Some(value)))
    }
}

/// A field that can be null; `None` if it is missing, which is not the same as null.
pub(crate) struct Nullable<T>(pub(crate) Option<Option<T>>);

impl<T> Default for Nullable<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| Self(Some(value)))
    }
}
