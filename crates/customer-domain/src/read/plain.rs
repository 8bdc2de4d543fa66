//! A deserializer for the common subset of JSON, the fast path of reading.
//!
//! It reads objects, arrays, strings, null and booleans. For everything else (a number,
//! a name with an escape, an ignored value, invalid JSON) it returns [`NotPlain`], and
//! the caller falls back to `serde_json`, which alone defines what JSON is. If this
//! deserializer succeeds, it visits what `serde_json` visits; the tests and fuzz
//! targets compare both.
//!
//! The module knows nothing about customers.
//!
//! Its methods are `inline(always)`: with `inline` alone, reading an update takes 6 %
//! more instructions.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

use crate::bytes::{is_escaped_in_json, position};

/// The input is outside the subset.
#[derive(Debug, thiserror::Error)]
#[error("not in the common subset of JSON")]
pub(super) struct NotPlain;

impl Error for NotPlain {
    #[cold]
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Marks the end of the input. It is not a valid token.
const END: u8 = 0;

/// Deserializes plain JSON from a string.
pub(super) struct PlainJson<'de> {
    text: &'de str,
    at: usize,
}

impl<'de> PlainJson<'de> {
    pub(super) const fn new(text: &'de str) -> Self {
        Self { text, at: 0 }
    }

    /// Whether only white space is left.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.token() == END && self.at > self.text.len()
    }

    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(END)
    }

    /// Skips white space and consumes the byte after it.
    fn token(&mut self) -> u8 {
        let byte = self.peek();
        self.at += 1;
        if byte > b' ' {
            return byte;
        }
        self.token_after(byte)
    }

    /// The token at or after a byte that was consumed.
    #[inline(never)]
    fn token_after(&mut self, mut byte: u8) -> u8 {
        while matches!(byte, b' ' | b'\n' | b'\t' | b'\r') {
            byte = self.peek();
            self.at += 1;
        }
        byte
    }

    /// Consumes two tokens at once, if there is no white space before or between them.
    fn consume(&mut self, tokens: [u8; 2]) -> bool {
        let rest = self.text.as_bytes().get(self.at..);
        let are_next = rest.is_some_and(|rest| rest.starts_with(&tokens));
        if are_next {
            self.at += tokens.len();
        }
        are_next
    }

    /// Consumes the rest of a literal.
    fn literal(&mut self, rest: &str) -> Result<(), NotPlain> {
        let end = self.at + rest.len();
        if self.text.get(self.at..end) == Some(rest) {
            self.at = end;
            return Ok(());
        }
        Err(NotPlain)
    }

    /// The end of the part of a string before its closing quotation mark or its first
    /// escape.
    fn unescaped(&self) -> Result<usize, NotPlain> {
        position(self.text.as_bytes(), self.at, is_escaped_in_json).ok_or(NotPlain)
    }

    /// A string without escapes, after its first quotation mark.
    #[inline]
    fn name(&mut self) -> Result<&'de str, NotPlain> {
        let (start, end) = (self.at, self.unescaped()?);
        if self.text.as_bytes().get(end) != Some(&b'"') {
            return Err(NotPlain);
        }
        self.at = end + 1;
        self.text.get(start..end).ok_or(NotPlain)
    }

    /// A string, after its first quotation mark.
    #[inline]
    fn string(&mut self) -> Result<Cow<'de, str>, NotPlain> {
        match self.name() {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(NotPlain) => self.escaped(),
        }
    }

    /// A string with escapes, after its first quotation mark.
    #[cold]
    fn escaped(&mut self) -> Result<Cow<'de, str>, NotPlain> {
        let start = self.at;
        self.at = self.unescaped()?;
        while self.peek() == b'\\' {
            // Also skip the escaped byte: it may be a quotation mark.
            self.at += 2;
            self.at = self.unescaped()?;
        }
        self.at += 1;
        let literal = self.text.get(start - 1..self.at).ok_or(NotPlain)?;
        serde_json::from_str(literal)
            .map(Cow::Owned)
            .map_err(|_| NotPlain)
    }
}

impl<'de> Deserializer<'de> for &mut PlainJson<'de> {
    type Error = NotPlain;

    #[inline(always)]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotPlain> {
        match self.token() {
            b'"' => match self.string()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            b'{' => visitor.visit_map(Elements::new(self)),
            b'[' => {
                let mut elements = Elements::new(self);
                let value = visitor.visit_seq(&mut elements)?;
                elements.is_over.then_some(value).ok_or(NotPlain)
            }
            b'n' => {
                self.literal("ull")?;
                visitor.visit_unit()
            }
            b't' => {
                self.literal("rue")?;
                visitor.visit_bool(true)
            }
            b'f' => {
                self.literal("alse")?;
                visitor.visit_bool(false)
            }
            _ => Err(NotPlain),
        }
    }

    /// Skipping any JSON is left to `serde_json`.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NotPlain> {
        Err(NotPlain)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit unit_struct newtype_struct seq tuple tuple_struct map struct enum
        identifier
    }
}

/// The elements of an array or the members of an object. A visitor reads an object
/// to its end, as [`MapAccess`] requires.
struct Elements<'c, 'de> {
    json: &'c mut PlainJson<'de>,
    is_first: bool,
    is_over: bool,
}

impl<'c, 'de> Elements<'c, 'de> {
    const fn new(json: &'c mut PlainJson<'de>) -> Self {
        Self {
            json,
            is_first: true,
            is_over: false,
        }
    }

    /// The first token of the next element; `None` at the end.
    #[inline]
    fn next(&mut self, end: u8) -> Result<Option<u8>, NotPlain> {
        let token = self.json.token();
        if token == end {
            self.is_over = true;
            return Ok(None);
        }
        if self.is_first {
            self.is_first = false;
            return Ok(Some(token));
        }
        match token {
            b',' => Ok(Some(self.json.token())),
            _ => Err(NotPlain),
        }
    }
}

impl<'de> MapAccess<'de> for Elements<'_, 'de> {
    type Error = NotPlain;

    #[inline(always)]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, NotPlain> {
        let token = if !self.is_first && self.json.consume(*b",\"") {
            Some(b'"')
        } else {
            self.next(b'}')?
        };
        match token {
            None => Ok(None),
            Some(b'"') => {
                let name = self.json.name()?;
                seed.deserialize(BorrowedStrDeserializer::new(name))
                    .map(Some)
            }
            Some(_) => Err(NotPlain),
        }
    }

    #[inline(always)]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, NotPlain> {
        if self.json.consume(*b":\"") {
            return match self.json.string()? {
                Cow::Borrowed(text) => seed.deserialize(BorrowedStrDeserializer::new(text)),
                Cow::Owned(text) => seed.deserialize(text.into_deserializer()),
            };
        }
        match self.json.token() {
            b':' => seed.deserialize(&mut *self.json),
            _ => Err(NotPlain),
        }
    }
}

impl<'de> SeqAccess<'de> for &mut Elements<'_, 'de> {
    type Error = NotPlain;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, NotPlain> {
        if self.next(b']')?.is_none() {
            return Ok(None);
        }
        // The element begins with the token that was consumed.
        self.json.at -= 1;
        seed.deserialize(&mut *self.json).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// A JSON value with everything that a visitor can observe.
    #[derive(Debug, PartialEq)]
    enum Value {
        Null,
        Bool(bool),
        Number(f64),
        /// Whether the string is borrowed from the input, and the string.
        String(bool, String),
        Array(Vec<Self>),
        Object(Vec<(Self, Self)>),
    }

    impl<'de> Deserialize<'de> for Value {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Recorder)
        }
    }

    struct Recorder;

    impl<'de> Visitor<'de> for Recorder {
        type Value = Value;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("JSON")
        }

        fn visit_unit<E: Error>(self) -> Result<Value, E> {
            Ok(Value::Null)
        }

        fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
            Ok(Value::Bool(value))
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
            Ok(Value::Number(value as f64))
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
            Ok(Value::Number(value as f64))
        }

        fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
            Ok(Value::Number(value))
        }

        fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Value, E> {
            Ok(Value::String(true, value.to_owned()))
        }

        fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
            Ok(Value::String(false, value.to_owned()))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
            let mut elements = Vec::new();
            while let Some(element) = seq.next_element()? {
                elements.push(element);
            }
            Ok(Value::Array(elements))
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(Value::Object(members))
        }
    }

    impl Value {
        /// Whether a value is in the subset that this deserializer reads.
        fn is_plain(&self) -> bool {
            match self {
                Self::Null | Self::Bool(_) | Self::String(..) => true,
                Self::Number(_) => false,
                Self::Array(elements) => elements.iter().all(Self::is_plain),
                Self::Object(members) => members
                    .iter()
                    .all(|(name, value)| matches!(name, Self::String(true, _)) && value.is_plain()),
            }
        }
    }

    /// Compares both deserializers: this one must read what is in its subset, as
    /// `serde_json` does, and nothing else. Returns whether it reads the text.
    #[track_caller]
    fn agrees(text: &str) -> bool {
        let mut plain = PlainJson::new(text);
        let read = Value::deserialize(&mut plain).ok();
        let read = read.filter(|_| plain.is_at_end());
        let expected = serde_json::from_str(text).ok().filter(Value::is_plain);
        assert_eq!(read, expected, "{text:?}");
        read.is_some()
    }

    const PLAIN: [&str; 8] = [
        "null",
        r#" "a" "#,
        "[]",
        r#"{"status":"active"}"#,
        r#"{"email":"ann@acme.example","mainPhone":null,"customer":"A\"\u00e9\\"}"#,
        r#"{"a":{"city":"Köln","zip":[],"x":null},"b":true,"c":false,"d":{}}"#,
        r#"{"a":["b",["c",{"d":[null]}],{}],"":""}"#,
        "{\n\t\"a\" : \"b\" ,\r\n\"c\":[ \"d\" , true ]\n}\n",
    ];

    #[test]
    fn p10_ordinary_bodies_take_the_fast_path() {
        for text in PLAIN {
            assert!(agrees(text), "{text}");
        }
    }

    #[test]
    fn p10_numbers_and_escaped_names_take_the_slow_path() {
        for text in ["0", "-1.5e3", r#"{"a":7}"#, "[1]", r#"{"\u0061":null}"#] {
            assert!(!agrees(text), "{text}");
            assert!(serde_json::from_str::<Value>(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn p10_an_ignored_value_takes_the_slow_path() {
        let ignored = serde::de::IgnoredAny::deserialize(&mut PlainJson::new("null"));
        assert!(ignored.is_err());
    }

    /// Reads one element of an array, and not its end.
    struct First;

    impl<'de> Visitor<'de> for First {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
            seq.next_element::<Value>().map(drop)
        }
    }

    #[test]
    fn p10_an_array_that_is_not_read_to_its_end_takes_the_slow_path() {
        for text in ["[null", "[null]"] {
            let read = PlainJson::new(text).deserialize_any(First);
            assert!(read.is_err(), "{text}");
        }
    }

    #[test]
    fn p10_the_fast_path_agrees_with_serde_json_on_every_single_character_edit() {
        let characters = "{}[]\":,\\/ \n\r\0\u{1}\u{7f}nuet019-.Eéd\u{a0}\u{feff}";
        let mut read = 0;
        for text in PLAIN {
            for (at, removed) in text.char_indices().chain([(text.len(), '\0')]) {
                let (before, from) = text.split_at(at);
                let after = from.strip_prefix(removed).unwrap_or_default();
                let inserted = characters.chars().map(|c| format!("{before}{c}{from}"));
                let replaced = characters.chars().map(|c| format!("{before}{c}{after}"));
                let repeated = format!("{before}{from}{from}");
                let doubled = format!("{before}{removed}{from}");
                let without = format!("{before}{after}");
                let cut = before.to_owned();
                let all = inserted.chain(replaced);
                for edited in all.chain([repeated, doubled, without, cut]) {
                    read += usize::from(agrees(&edited));
                }
            }
        }
        assert!(read > 1_000, "{read} edits leave plain JSON");
    }

    #[test]
    fn p10_the_fast_path_agrees_with_serde_json_on_every_run_of_four_tokens() {
        let tokens = [
            "{", "}", "[", "]", ":", ",", " ", "null", "true", "7", "\0", "\"", "\"a\"", "\"\\n\"",
        ];
        let mut read = 0;
        for prefix in [
            "",
            "{",
            "[",
            "{\"a\":",
            "{\"a\":{",
            "{\"a\":\"b\"",
            "[\"a\"",
        ] {
            let mut runs = vec![prefix.to_owned()];
            for _ in 0..4 {
                let longer = |run: &String| tokens.map(|token| format!("{run}{token}"));
                runs = runs.iter().flat_map(longer).collect();
                read += runs.iter().filter(|run| agrees(run)).count();
            }
        }
        assert!(read > 400, "{read} runs are plain JSON");
    }
}
