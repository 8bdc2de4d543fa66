//! The members of a JSON object, in their order, with repeated names.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::rejection::Rejection;

/// The members of the object that is a line of NDJSON. A repeated name is kept for the
/// core, which rejects it (P8).
///
/// # Errors
///
/// The line is not JSON, or not an object.
pub(super) fn members(text: &str) -> Result<Vec<(String, &RawValue)>, Rejection> {
    match serde_json::from_str::<Members<'_>>(text) {
        Ok(members) => Ok(members.0),
        Err(error) => Err(match error.classify() {
            Category::Data => Rejection::of_line("WRONG_TYPE", "the line must be an object"),
            Category::Syntax | Category::Eof | Category::Io => {
                let message = format!("malformed JSON at column {}", error.column());
                Rejection::of_line("MALFORMED_JSON", message)
            }
        }),
    }
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
