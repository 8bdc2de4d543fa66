//! Conditional requests (RFC 9110 §13). The entity tag of a record is its version.

use customer_domain::{ErrorCode, Failure, Precondition, Version};
use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue};

/// The entity tag of a record: its version, in quotes.
pub(crate) fn entity_tag(version: Version) -> HeaderValue {
    // Digits and quotes are valid in a header.
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""))
}

/// The conditions of a request on the version of the record.
///
/// A malformed condition still protects the record: a write with it is rejected, and a
/// read returns the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
}

/// The outcome of the condition of a read.
#[derive(Debug)]
pub(crate) enum ReadOutcome {
    /// 200: send the record.
    Send,
    /// 304: the caller has this version already.
    NotModified,
    /// 412.
    Failed(Failure),
}

impl Condition {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self {
            if_match: Tags::of(headers, IF_MATCH),
            if_none_match: Tags::of(headers, IF_NONE_MATCH),
        }
    }

    /// The precondition of the store with the same meaning, if there is one.
    pub(crate) fn as_precondition(&self) -> Option<Precondition> {
        match (&self.if_match, &self.if_none_match) {
            (None | Some(Tags::Any), None) => Some(Precondition::Any),
            (Some(Tags::List(list)), None) => match list[..] {
                [
                    Tag {
                        version: Some(version),
                        weak: false,
                    },
                ] => Some(Precondition::Version(version)),
                _ => None,
            },
            (_, Some(_)) | (Some(Tags::Unreadable), None) => None,
        }
    }

    /// Whether the conditions allow a write of a record with that version.
    pub(crate) fn allows_write(&self, version: Version) -> bool {
        let matches = self
            .if_match
            .as_ref()
            .is_none_or(|tags| tags.match_strongly(version));
        let none_matches = match &self.if_none_match {
            None => true,
            Some(Tags::Unreadable) => false,
            Some(tags) => !tags.match_weakly(version),
        };
        matches && none_matches
    }

    /// Checks a write to the collection, which exists and has no version.
    ///
    /// # Errors
    ///
    /// 412.
    pub(crate) fn check_unversioned(&self) -> Result<(), Failure> {
        let matches = matches!(self.if_match, None | Some(Tags::Any));
        let none_matches = matches!(self.if_none_match, None | Some(Tags::List(_)));
        if matches && none_matches {
            return Ok(());
        }
        let failure = self.failure();
        if self.is_unreadable() {
            return Err(failure);
        }
        Err(failure.with_message("The collection has no version that a condition could match."))
    }

    /// The response to a request whose condition is false, 412: with a message of its
    /// own if the condition cannot be read.
    pub(crate) fn failure(&self) -> Failure {
        let failure = Failure::new(ErrorCode::PreconditionFailed);
        if !self.is_unreadable() {
            return failure;
        }
        failure.with_message(
            "If-Match and If-None-Match must be * or a list of entity tags such as \"3\", in quotes.",
        )
    }

    fn is_unreadable(&self) -> bool {
        let unreadable = Some(Tags::Unreadable);
        self.if_match == unreadable || self.if_none_match == unreadable
    }

    /// The outcome of a read of a record of that version.
    pub(crate) fn on_read(&self, version: Version) -> ReadOutcome {
        let is_match = |tags: &Tags| tags.match_strongly(version);
        if !self.if_match.as_ref().is_none_or(is_match) {
            return ReadOutcome::Failed(self.failure());
        }
        match &self.if_none_match {
            Some(tags) if tags.match_weakly(version) => ReadOutcome::NotModified,
            Some(_) | None => ReadOutcome::Send,
        }
    }
}

/// The value of `If-Match` or `If-None-Match`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tags {
    /// `*`: any record.
    Any,
    List(Vec<Tag>),
    Unreadable,
}

/// An entity tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tag {
    weak: bool,
    /// `None` if no record has this tag.
    version: Option<Version>,
}

impl Tags {
    fn of(headers: &HeaderMap, name: HeaderName) -> Option<Self> {
        let mut list = Vec::new();
        let mut any = 0;
        let mut lines = 0;
        for line in headers.get_all(name) {
            lines += 1;
            // A tag may contain bytes that are not UTF-8, but no tag of a record does.
            let line = String::from_utf8_lossy(line.as_bytes());
            match (line.trim_matches([' ', '\t']), parse_list(&line)) {
                ("*", _) => any += 1,
                (_, Some(tags)) => list.extend(tags),
                (_, None) => return Some(Self::Unreadable),
            }
        }
        match (lines, any, list.is_empty()) {
            (0, _, _) => None,
            (1, 1, _) => Some(Self::Any),
            (_, 0, false) => Some(Self::List(list)),
            // The list is empty, or it contains `*` next to another value.
            (_, _, _) => Some(Self::Unreadable),
        }
    }

    fn match_strongly(&self, version: Version) -> bool {
        self.any(|tag| !tag.weak && tag.version == Some(version))
    }

    fn match_weakly(&self, version: Version) -> bool {
        self.any(|tag| tag.version == Some(version))
    }

    fn any(&self, is_match: impl Fn(&Tag) -> bool) -> bool {
        match self {
            Self::Any => true,
            Self::List(list) => list.iter().any(is_match),
            Self::Unreadable => false,
        }
    }
}

/// The tags of a list; `None` if it is malformed.
fn parse_list(mut text: &str) -> Option<Vec<Tag>> {
    let mut tags = Vec::new();
    loop {
        text = text.trim_start_matches([' ', '\t', ',']);
        if text.is_empty() {
            return Some(tags);
        }
        let (weak, rest) = match text.strip_prefix("W/") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (opaque, rest) = rest.strip_prefix('"')?.split_once('"')?;
        if !opaque.bytes().all(|byte| byte == 0x21 || byte >= 0x23) {
            return None;
        }
        tags.push(Tag {
            weak,
            version: version(opaque),
        });
        text = rest.trim_start_matches([' ', '\t']);
        if !text.is_empty() && !text.starts_with(',') {
            return None;
        }
    }
}

/// The version with exactly that tag. `"07"` is not the tag of a record.
fn version(opaque: &str) -> Option<Version> {
    let version = Version::from_stored(opaque.parse().ok()?)?;
    (version.to_string() == opaque).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(headers: &[(HeaderName, &'static str)]) -> Condition {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_static(value));
        }
        Condition::of(&map)
    }

    fn seven() -> Version {
        Version::from_stored(7).unwrap()
    }

    #[test]
    fn if_match_compares_strongly() {
        for (value, allowed) in [
            ("*", true),
            (" * ", true),
            ("\"7\"", true),
            ("\"6\", \"7\"", true),
            ("\"6\",,\t\"7\",", true),
            ("\"a,b\",\"7\"", true),
            ("\"6\"", false),
            ("W/\"7\"", false),
            ("\"07\"", false),
            ("\"+7\"", false),
            ("\"\"", false),
            ("7", false),
            ("\"7", false),
            ("\"7\" \"8\"", false),
            ("\"7\", *", false),
            ("*, \"7\"", false),
            ("w/\"7\"", false),
            ("", false),
            ("\"7 \"", false),
            ("\"18446744073709551616\"", false),
        ] {
            let condition = condition(&[(IF_MATCH, value)]);
            assert_eq!(condition.allows_write(seven()), allowed, "{value}");
            let sent = matches!(condition.on_read(seven()), ReadOutcome::Send);
            assert_eq!(sent, allowed, "{value}");
        }
    }

    #[test]
    fn if_none_match_compares_weakly() {
        for (value, is_modified, write) in [
            ("*", false, false),
            ("\"7\"", false, false),
            ("W/\"7\"", false, false),
            ("\"6\", W/\"7\"", false, false),
            ("\"6\"", true, true),
            ("\"abc\"", true, true),
            // Malformed: the record stays protected.
            ("7", true, false),
        ] {
            let condition = condition(&[(IF_NONE_MATCH, value)]);
            let sent = matches!(condition.on_read(seven()), ReadOutcome::Send);
            assert_eq!(sent, is_modified, "{value}");
            assert_eq!(condition.allows_write(seven()), write, "{value}");
        }
    }

    #[test]
    fn lists_continue_over_several_headers() {
        let two = condition(&[(IF_MATCH, "\"6\""), (IF_MATCH, "\"7\"")]);
        assert!(two.allows_write(seven()));
        let star = condition(&[(IF_MATCH, "*"), (IF_MATCH, "\"7\"")]);
        assert!(!star.allows_write(seven()));
    }

    #[test]
    fn a_tag_may_hold_any_byte_of_a_header() {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_bytes(b"\"\xff\xfe!#\", \"7\"").unwrap();
        headers.insert(IF_MATCH, value);
        assert!(Condition::of(&headers).allows_write(seven()));
    }

    #[test]
    fn a_condition_that_is_one_precondition_does_not_read_the_record() {
        for (headers, expected) in [
            (&[][..], Some(Precondition::Any)),
            (&[(IF_MATCH, "*")], Some(Precondition::Any)),
            (&[(IF_MATCH, "\"7\"")], Some(Precondition::Version(seven()))),
            (&[(IF_MATCH, "\"7\", \"8\"")], None),
            (&[(IF_MATCH, "W/\"7\"")], None),
            (&[(IF_MATCH, "x")], None),
            (&[(IF_NONE_MATCH, "\"7\"")], None),
        ] {
            assert_eq!(
                condition(headers).as_precondition(),
                expected,
                "{headers:?}"
            );
        }
    }

    #[test]
    fn the_collection_exists_and_has_no_version() {
        for (headers, allowed) in [
            (&[][..], true),
            (&[(IF_MATCH, "*")], true),
            (&[(IF_MATCH, "\"7\"")], false),
            (&[(IF_NONE_MATCH, "*")], false),
            (&[(IF_NONE_MATCH, "\"7\"")], true),
            (&[(IF_NONE_MATCH, "7")], false),
        ] {
            assert_eq!(condition(headers).check_unversioned().is_ok(), allowed);
        }
    }

    #[test]
    fn the_tag_of_a_version_parses_to_that_version() {
        for number in [1, 7, u64::MAX] {
            let version = Version::from_stored(number).unwrap();
            let mut headers = HeaderMap::new();
            headers.insert(IF_MATCH, entity_tag(version));
            assert!(Condition::of(&headers).allows_write(version));
        }
    }
}
