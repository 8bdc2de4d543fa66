//! One line of input.

use std::borrow::Cow;
use std::fmt;
use std::str;

use customer_domain::{BodyError, Customer, MalformedJson, TeamId, Timestamp, ValueError, Version};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::lines::TooLong;

/// The longest line, in bytes.
pub(super) const MAX_BYTES: usize = 16 * 1024 * 1024;

/// A record and its update, not parsed yet.
pub(super) struct UpdateLine<'a> {
    record: &'a str,
    /// The body of the update as received, with duplicate keys.
    pub(super) patch: Cow<'a, str>,
    /// The time of the update, if the line has one.
    pub(super) now: Option<Timestamp>,
}

impl<'a> UpdateLine<'a> {
    /// Reads a line.
    ///
    /// # Errors
    ///
    /// [`Unreadable`]
    pub(super) fn read(line: &'a [u8]) -> Result<Self, Unreadable> {
        // serde_json does not check strings that it skips.
        let text = str::from_utf8(line).map_err(|error| Unreadable::NotUtf8 {
            column: error.valid_up_to() + 1,
        })?;
        let members = Members::read(text)?;
        if let Some(member) = members.repeated {
            return Err(Unreadable::Repeated(member));
        }
        Ok(Self {
            record: members.record()?,
            patch: members.body()?,
            now: members.now()?,
        })
    }

    /// The record.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] with all violations.
    pub(super) fn customer(&self) -> Result<Customer, Unreadable> {
        // A record that is not stored needs no team.
        let team = TeamId::from(Uuid::nil());
        Ok(Customer::from_json(
            self.record.as_bytes(),
            team,
            Version::FIRST,
        )?)
    }
}

/// A member of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
pub(super) enum Member {
    Customer,
    Patch,
    PatchText,
    Now,
    #[serde(other)]
    Other,
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Customer => "customer",
            Self::Patch => "patch",
            Self::PatchText => "patchText",
            Self::Now => "now",
            Self::Other => "another member",
        })
    }
}

/// The members of a line as received, so that null and duplicate keys are not lost.
#[derive(Default)]
struct Members<'a> {
    customer: Option<&'a RawValue>,
    patch: Option<&'a RawValue>,
    patch_text: Option<&'a RawValue>,
    now: Option<&'a RawValue>,
    /// The first member that occurs twice.
    repeated: Option<Member>,
}

impl<'a> Members<'a> {
    fn read(text: &'a str) -> Result<Self, Unreadable> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let members = Self::deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(members)
    }

    fn record(&self) -> Result<&'a str, Unreadable> {
        let record = self
            .customer
            .ok_or(Unreadable::Missing(Member::Customer))?
            .get();
        if !record.starts_with('{') {
            return Err(Unreadable::RecordNotObject);
        }
        Ok(record)
    }

    fn body(&self) -> Result<Cow<'a, str>, Unreadable> {
        match (self.patch, self.patch_text) {
            (Some(patch), None) => Ok(Cow::Borrowed(patch.get())),
            (None, Some(text)) => serde_json::from_str(text.get())
                .map(Cow::Owned)
                .map_err(|_| Unreadable::PatchTextNotText),
            (None, None) => Err(Unreadable::NoPatch),
            (Some(_), Some(_)) => Err(Unreadable::TwoPatches),
        }
    }

    /// Null counts as missing.
    fn now(&self) -> Result<Option<Timestamp>, Unreadable> {
        let read = |now: &RawValue| {
            let text: Cow<'_, str> = serde_json::from_str(now.get()).unwrap_or_default();
            Timestamp::parse(&text)
        };
        let sent = self.now.filter(|now| now.get() != "null");
        Ok(sent.map(read).transpose()?)
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// Accepts every object. Its only data error, as opposed to a syntax error, is that the
/// value is not an object.
struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Members::default();
        while let Some(member) = map.next_key()? {
            let place = match member {
                Member::Customer => &mut members.customer,
                Member::Patch => &mut members.patch,
                Member::PatchText => &mut members.patch_text,
                Member::Now => &mut members.now,
                Member::Other => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if place.replace(map.next_value()?).is_some() {
                members.repeated.get_or_insert(member);
            }
        }
        Ok(members)
    }
}

/// Why a line cannot be read. No message contains a value of the line.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("it is longer than {} MiB", MAX_BYTES / 1024 / 1024)]
    TooLong,
    #[error("not UTF-8 at column {column}")]
    NotUtf8 { column: usize },
    #[error("not JSON at column {column}")]
    NotJson { column: usize },
    #[error("it must be an object")]
    NotObject,
    #[error("{0} occurs twice")]
    Repeated(Member),
    #[error("{0} is missing")]
    Missing(Member),
    #[error("patch is missing")]
    NoPatch,
    #[error("patch and patchText must not both be present")]
    TwoPatches,
    #[error("patchText must be a string of Unicode characters")]
    PatchTextNotText,
    #[error("now {}", .0.reason())]
    InvalidNow(#[from] ValueError),
    #[error("customer must be an object")]
    RecordNotObject,
    #[error("customer is not JSON at its column {}", .0.column())]
    RecordNotJson(MalformedJson),
    #[error("the customer is not a valid record: {0}")]
    InvalidRecord(BodyError),
    #[error("it has no `now`, and the system clock is not within the years 0000 to 9999")]
    NoTime,
}

impl From<TooLong> for Unreadable {
    fn from(TooLong: TooLong) -> Self {
        Self::TooLong
    }
}

/// Without the message of the error, which may contain a value.
impl From<serde_json::Error> for Unreadable {
    fn from(error: serde_json::Error) -> Self {
        match error.classify() {
            Category::Data => Self::NotObject,
            Category::Syntax | Category::Eof | Category::Io => Self::NotJson {
                column: error.column(),
            },
        }
    }
}

impl From<BodyError> for Unreadable {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Malformed(at) => Self::RecordNotJson(at),
            BodyError::Invalid(_) => Self::InvalidRecord(error),
        }
    }
}
