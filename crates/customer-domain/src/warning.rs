//! Warnings about accepted values.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::path::FieldPath;

/// Declares the codes once: variant, code and message.
macro_rules! codes {
    ($( $(#[$meta:meta])* $variant:ident = $code:literal, $message:literal; )+) => {
        /// The code of a warning about an accepted value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum WarningCode { $( $(#[$meta])* $variant, )+ }

        impl WarningCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// The stable code, for machines.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $code, )+ }
            }

            /// The message for people, which does not name the field.
            pub const fn message(self) -> &'static str {
                match self { $( Self::$variant => $message, )+ }
            }
        }
    };
}

codes! {
    /// The phone number is not in international format (V4).
    PhoneNotInternational = "PHONE_NOT_INTERNATIONAL",
        "should be in international format, such as +14155550100";
    /// The website has no protocol (V5).
    WebsiteWithoutProtocol = "WEBSITE_WITHOUT_PROTOCOL",
        "should include the protocol, such as https://";
    /// The field is not known and was ignored (P13).
    UnknownFieldIgnored = "UNKNOWN_FIELD_IGNORED", "is not a known field and was ignored";
}

/// A warning about an accepted value: a member of `warnings` in a response.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Warning {
    field: FieldPath,
    code: Cow<'static, str>,
    message: Cow<'static, str>,
}

impl Warning {
    pub(crate) const fn new(field: FieldPath, code: WarningCode) -> Self {
        Self {
            field,
            code: Cow::Borrowed(code.as_str()),
            message: Cow::Borrowed(code.message()),
        }
    }

    /// The path of the field.
    pub const fn field(&self) -> &FieldPath {
        &self.field
    }

    /// The stable code, for machines: that of a [`WarningCode`], or of a newer
    /// release.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The message for people, which does not name the field.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// The field and the message.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.message)
    }
}

/// `{"field","code","message"}`
impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("field", &self.field)?;
        map.serialize_entry("code", &self.code)?;
        map.serialize_entry("message", &self.message)?;
        map.end()
    }
}
