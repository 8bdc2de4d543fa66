//! P10: parses JSON.

use std::str;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

use super::plain::PlainJson;

/// The body is not JSON (P10): `MALFORMED_JSON` and the position of the error.
///
/// ```
/// use customer_domain::{BodyError, CustomerPatch};
///
/// let error = CustomerPatch::from_json(b"{\n  \"status\": active}").unwrap_err();
/// let BodyError::Malformed(at) = error else { panic!() };
/// assert_eq!((at.line(), at.column()), (2, 13));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed JSON at line {line}, column {column}")]
pub struct MalformedJson {
    line: usize,
    column: usize,
}

impl MalformedJson {
    /// The line of the first syntax error, from 1.
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The column of the first syntax error, in bytes, from 1; 0 if the line is
    /// empty.
    pub const fn column(&self) -> usize {
        self.column
    }

    /// The position of the byte at `offset`.
    fn at(bytes: &[u8], offset: usize) -> Self {
        let before = bytes.get(..offset).unwrap_or(bytes);
        let line_start = before
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |i| i + 1);
        Self {
            line: before.iter().filter(|b| **b == b'\n').count() + 1,
            column: before.len() - line_start + 1,
        }
    }
}

impl From<serde_json::Error> for MalformedJson {
    fn from(error: serde_json::Error) -> Self {
        Self {
            line: error.line(),
            column: error.column(),
        }
    }
}

/// P10: checks the whole body, because `serde_json` does not check the strings that it
/// skips. Returns the first error, of UTF-8 or of JSON.
// Inlined: a call takes 25 instructions, 2 % of a small body.
#[inline(always)]
fn check_utf8(bytes: &[u8]) -> Result<&str, MalformedJson> {
    simdutf8::compat::from_utf8(bytes).map_err(|error| first_error(bytes, error.valid_up_to()))
}

/// A body that is read from a self-describing deserializer.
pub(super) trait Root {
    fn read<'de, D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error>;

    /// Removes everything that was read.
    fn reset(&mut self);
}

/// Reads a body that is JSON. Violations of other rules are in the result.
///
/// Uses [`PlainJson`] first and falls back to `serde_json`. A failed attempt leaves a
/// partly filled root, so it is reset.
///
/// # Errors
///
/// [`MalformedJson`] unless the input is exactly one JSON text in UTF-8, without
/// byte order mark and trailing data. An unpaired surrogate escape is malformed, also
/// in a skipped string, because it denotes no character.
#[inline]
pub(super) fn read<R: Root>(bytes: &[u8], root: &mut R) -> Result<(), MalformedJson> {
    let text = check_utf8(bytes)?;
    let mut plain = PlainJson::new(text);
    if root.read(&mut plain).is_ok() && plain.is_at_end() {
        return Ok(());
    }
    read_any(text, root)
}

#[cold]
fn read_any<R: Root>(text: &str, root: &mut R) -> Result<(), MalformedJson> {
    if read_serde_json(text, root).is_ok() {
        // serde_json checks the strings that it returns, not those it skips.
        return check_surrogates(text);
    }
    // Either the text is not JSON, or it has a number that serde_json cannot
    // represent. `IgnoredAny` checks the grammar only.
    check_json(text)?;
    check_surrogates(text)?;
    Ok(read_serde_json(&with_small_numbers(text), root)?)
}

fn read_serde_json<R: Root>(text: &str, root: &mut R) -> Result<(), serde_json::Error> {
    root.reset();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    root.read(&mut deserializer)?;
    deserializer.end()
}

/// Replaces each number in a JSON text with 1 and spaces. No field is a number, so only
/// the type matters.
fn with_small_numbers(text: &str) -> String {
    let (mut in_string, mut is_escaped, mut in_number) = (false, false, false);
    let small = |c: char| {
        if in_string {
            in_string = c != '"' || is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            return c;
        }
        in_string = c == '"';
        let is_first = !in_number;
        in_number =
            c.is_ascii_digit() || c == '-' || in_number && matches!(c, '.' | 'e' | 'E' | '+');
        match (in_number, is_first) {
            (false, _) => c,
            (true, true) => '1',
            (true, false) => ' ',
        }
    };
    text.chars().map(small).collect()
}

/// The first error in a body of which the first `valid` bytes are UTF-8.
fn first_error(bytes: &[u8], valid: usize) -> MalformedJson {
    let text = bytes
        .get(..valid)
        .and_then(|valid| str::from_utf8(valid).ok());
    match check_json(text.unwrap_or_default()) {
        Err(error) if !error.is_eof() => error.into(),
        Ok(()) | Err(_) => MalformedJson::at(bytes, valid),
    }
}

fn check_json(text: &str) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    IgnoredAny::deserialize(&mut deserializer)?;
    deserializer.end()
}

/// Rejects an escaped surrogate that is not part of a pair. The text has the
/// grammar of JSON, so a backslash is in a string and begins an escape.
fn check_surrogates(text: &str) -> Result<(), MalformedJson> {
    let bytes = text.as_bytes();
    let mut offset = 0;
    while let Some(found) = bytes
        .get(offset..)
        .and_then(|rest| rest.iter().position(|b| *b == b'\\'))
    {
        offset += found;
        offset += match (escaped_unit(bytes, offset), escaped_unit(bytes, offset + 6)) {
            (None, _) => 2,
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => return Err(MalformedJson::at(bytes, offset)),
            (Some(_), _) => 6,
        };
    }
    Ok(())
}

/// The UTF-16 code unit of the `\uXXXX` at `offset`, if there is one.
fn escaped_unit(bytes: &[u8], offset: usize) -> Option<u16> {
    let digits = bytes.get(offset..offset + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde::de::{DeserializeSeed, MapAccess};

    use super::*;
    use crate::scalar::{Ignore, Nested, ValueSeed};

    /// The names of an object, and the types of their values as `Debug` shows them.
    /// Ignores the content of the values, as the readers of this crate do.
    #[derive(Debug, Default, PartialEq)]
    struct Members(Vec<(String, String)>);

    impl<'de> Nested<'de> for &mut Members {
        fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(name) = map.next_key()? {
                let value = map.next_value_seed(ValueSeed(Ignore))?;
                self.0.push((name, format!("{value:?}")));
            }
            Ok(())
        }
    }

    impl Root for Members {
        fn read<'de, D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
            ValueSeed(self).deserialize(deserializer).map(drop)
        }

        fn reset(&mut self) {
            self.0.clear();
        }
    }

    /// A root that ignores its whole content.
    struct Ignored;

    impl Root for Ignored {
        fn read<'de, D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
            IgnoredAny::deserialize(deserializer).map(drop)
        }

        fn reset(&mut self) {}
    }

    /// The position of the error, which does not depend on whether the values are read.
    #[track_caller]
    fn error_of(body: impl AsRef<[u8]>) -> Option<(usize, usize)> {
        let body = body.as_ref();
        let error = read(body, &mut Members::default()).err();
        let ignored = read(body, &mut Ignored).err();
        assert_eq!(error, ignored, "{}", String::from_utf8_lossy(body));
        error.map(|at| (at.line, at.column))
    }

    fn members(body: &str) -> Vec<(String, String)> {
        let mut members = Members::default();
        read(body.as_bytes(), &mut members).unwrap();
        members.0
    }

    #[test]
    fn p10_a_syntax_error_has_its_position() {
        for (body, at) in [
            ("", (1, 0)),
            ("{", (1, 1)),
            ("{\"a\":1", (1, 6)),
            ("{} x", (1, 4)),
            ("{}{}", (1, 3)),
            ("{\n\"a\": tru}", (2, 9)),
            ("\u{FEFF}{}", (1, 1)),
            ("{\"a\":1,}", (1, 8)),
            ("{'a':1}", (1, 2)),
            ("{\"a\":01}", (1, 7)),
            ("{\"a\":\"\t\"}", (1, 6)),
            ("[1,", (1, 3)),
            ("nul", (1, 3)),
            ("{\"a\":NaN}", (1, 6)),
            (r#"{"a":01,"b":"\ud800"}"#, (1, 7)),
            (r#"{"a":["","\n\ud800"]}"#, (1, 13)),
        ] {
            assert_eq!(error_of(body), Some(at), "{body}");
        }
    }

    #[test]
    fn p10_utf8_is_checked_in_ignored_values_too() {
        assert_eq!(error_of(b"{\"zz\":\"\xFF\"}"), Some((1, 8)));
        assert_eq!(error_of(b"{\"a\":[\n\"a\xC3\"]}"), Some((2, 3)));
        assert_eq!(error_of(b"{}\n\xFF"), Some((2, 1)));
        assert_eq!(error_of(b"{]\xFF}"), Some((1, 2)), "the earlier error");
    }

    #[test]
    fn p10_a_lone_surrogate_is_malformed_in_any_string() {
        for body in [
            r#"{"a":"\ud800"}"#,
            r#"{"a":"\udfff\ud800"}"#,
            r#"{"a":{"a":["\udfff"]}}"#,
            r#"{"\udc00":1}"#,
            r#"{"a":"\ud83d\u0041"}"#,
            r#"{"a":["\ud83d\ud83d\ude00"]}"#,
            r#"{"a":"b","a":"\uDABC"}"#,
            r#"["\ud800"]"#,
            r#""\ud800""#,
            r#"{"a":1e999,"b":"\ud800"}"#,
            r#"{"a":[1e999,"\ud800"]}"#,
        ] {
            assert!(error_of(body).is_some(), "{body}");
        }
        for body in [
            r#"{"a":"\ud83d\ude00"}"#,
            r#"{"a":"\\ud800"}"#,
            r#"{"a":"\\\\\n\u00e9"}"#,
            r#"{"a":["\ud83d\ude00","\\ud800"]}"#,
        ] {
            assert_eq!(error_of(body), None, "{body}");
        }
    }

    #[test]
    fn p10_numbers_beyond_f64_are_json() {
        let digits = "9".repeat(400);
        for number in ["1e999", "-1e999", "1E+999", "-0.5e-999", &digits] {
            assert_eq!(error_of(number), None, "{number:.9}");
            let body = format!(r#"{{"a":{number},"b":[{number}],"c":"{number}"}}"#);
            let string = format!("String({number:?})");
            let expected = [("a", "Other"), ("b", "Array"), ("c", &string)];
            let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(members(&body), expected, "{number:.9}");
        }
    }

    #[test]
    fn p10_nesting_has_no_limit() {
        let deep = |open: &str, close: &str| open.repeat(100_000) + "1" + &close.repeat(100_000);
        for value in [deep("[", "]"), deep(r#"{"a":"#, "}")] {
            assert_eq!(error_of(&value), None);
            let body = format!(r#"{{"a":{value},"b":1e999}}"#);
            assert_eq!(members(&body).len(), 2);
            assert!(error_of(&body[..body.len() - 20]).is_some());
        }
    }

    #[test]
    fn replacing_numbers_changes_nothing_else() {
        for (text, expected) in [
            ("-12.5e+7", "1       "),
            (r#"{"1":[0,1E5, -0]}"#, r#"{"1":[1,1  , 1 ]}"#),
            (
                r#"["-1","\"2","\\",3,"\\\"4"]"#,
                r#"["-1","\"2","\\",1,"\\\"4"]"#,
            ),
            ("[true,1e9,false]", "[true,1  ,false]"),
            (r#"{"é":"+1","a":400}"#, r#"{"é":"+1","a":1  }"#),
        ] {
            assert_eq!(with_small_numbers(text), expected);
        }
    }
}
