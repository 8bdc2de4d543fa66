//! What is accepted but could be better.

use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::path::FieldPath;

/// Why a value that is accepted earns a word of advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AdvisoryCode {
    /// `PHONE_NOT_INTERNATIONAL` (V4).
    PhoneNotInternational,
    /// `WEBSITE_WITHOUT_PROTOCOL` (V5).
    WebsiteWithoutProtocol,
    /// `UNKNOWN_FIELD_IGNORED` (P13).
    UnknownFieldIgnored,
}

impl AdvisoryCode {
    /// Every code.
    pub const ALL: &'static [Self] = &[
        Self::PhoneNotInternational,
        Self::WebsiteWithoutProtocol,
        Self::UnknownFieldIgnored,
    ];

    /// The stable code, for machines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PhoneNotInternational => "PHONE_NOT_INTERNATIONAL",
            Self::WebsiteWithoutProtocol => "WEBSITE_WITHOUT_PROTOCOL",
            Self::UnknownFieldIgnored => "UNKNOWN_FIELD_IGNORED",
        }
    }

    /// The text for people, which does not name the field.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::PhoneNotInternational => {
                "should be in international format, such as +14155550100"
            }
            Self::WebsiteWithoutProtocol => "should include the protocol, such as https://",
            Self::UnknownFieldIgnored => "is not a known field and was ignored",
        }
    }
}

/// Advice on a value that was accepted: a member of `warnings` in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advisory {
    path: FieldPath,
    code: AdvisoryCode,
}

impl Advisory {
    pub(crate) const fn new(path: FieldPath, code: AdvisoryCode) -> Self {
        Self { path, code }
    }

    /// Where it stands.
    #[must_use]
    pub const fn field(&self) -> &FieldPath {
        &self.path
    }

    /// Why.
    #[must_use]
    pub const fn code(&self) -> AdvisoryCode {
        self.code
    }
}

/// The field and the message.
impl fmt::Display for Advisory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path.for_people(), self.code.message())
    }
}

/// `{"field","code","message"}`
impl Serialize for Advisory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut advisory = serializer.serialize_struct("Advisory", 3)?;
        advisory.serialize_field("field", &self.path)?;
        advisory.serialize_field("code", self.code.as_str())?;
        advisory.serialize_field("message", self.code.message())?;
        advisory.end()
    }
}
