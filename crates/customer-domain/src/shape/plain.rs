//! The short way from text to values: the JSON that nearly every body is made
//! of.
//!
//! Objects of known names, each given once; texts, null, booleans and
//! whole numbers. All else (an unknown or repeated name, an array, an escaped
//! name, a mistake) is not refused but left to `serde_json`, so that one reader
//! alone says what JSON is. What is taken here means the same there: the tests
//! try every text of a small alphabet both ways, and the fuzz targets each body.

use std::borrow::Cow;

use crate::bytes::{self, escaped_in_json};

use super::{AddressEntries, Name, Sent};

/// A place in a text. Each method is `None` at what is left to the long way.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// Stands for the end of the text. As a token it would be a mistake.
const END: u8 = 0;

impl<'a> Cursor<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// An object that is the whole of the text.
    pub(crate) fn body<F: Name>(
        &mut self,
        value: impl FnMut(&mut Self, F) -> Option<()>,
    ) -> Option<()> {
        if self.token() != b'{' {
            return None;
        }
        self.members(value)?;
        (self.token() == END && self.at > self.text.len()).then_some(())
    }

    /// The value of a field that may be an address, and its members if it is.
    pub(crate) fn address(&mut self, entries: &mut AddressEntries<'a>) -> Option<Sent<'a>> {
        match self.token() {
            b'{' => {
                self.members(|cursor, child| {
                    entries.known(child, cursor.value()?);
                    Some(())
                })?;
                Some(Sent::Object)
            }
            token => self.rest_of_value(token),
        }
    }

    /// The value of a field that is no object.
    pub(crate) fn value(&mut self) -> Option<Sent<'a>> {
        let token = self.token();
        self.rest_of_value(token)
    }

    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(END)
    }

    /// The first byte after white space, which is passed over with it.
    fn token(&mut self) -> u8 {
        loop {
            let byte = self.peek();
            self.at += 1;
            if byte > b' ' || !matches!(byte, b' ' | b'\n' | b'\t' | b'\r') {
                return byte;
            }
        }
    }

    /// The members of an object, its brace passed over.
    fn members<F: Name>(
        &mut self,
        mut value: impl FnMut(&mut Self, F) -> Option<()>,
    ) -> Option<()> {
        let mut given = 0;
        let mut token = self.token();
        if token == b'}' {
            return Some(());
        }
        loop {
            if token != b'"' {
                return None;
            }
            let field: F = self.name()?;
            if given & field.bit() != 0 || self.token() != b':' {
                return None;
            }
            given |= field.bit();
            value(self, field)?;
            match self.token() {
                b',' => token = self.token(),
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// The value that begins with that byte, which is passed over.
    fn rest_of_value(&mut self, token: u8) -> Option<Sent<'a>> {
        match token {
            b'"' => self.string().map(Sent::Text),
            b'n' => self.word("ull", Sent::Null),
            b't' => self.word("rue", Sent::Bool(true)),
            b'f' => self.word("alse", Sent::Bool(false)),
            b'1'..=b'9' => self.digits(),
            _ => None,
        }
    }

    fn word(&mut self, rest: &str, sent: Sent<'a>) -> Option<Sent<'a>> {
        let end = self.at + rest.len();
        (self.text.get(self.at..end)? == rest).then(|| {
            self.at = end;
            sent
        })
    }

    /// The digits of a whole number after its first. How many there are does not
    /// matter: no number means anything anywhere.
    fn digits(&mut self) -> Option<Sent<'a>> {
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        let is_whole = !matches!(self.peek(), b'.' | b'e' | b'E');
        is_whole.then_some(Sent::Other)
    }

    /// What stands in a string before its end or its first escape, its first
    /// quotation mark passed over.
    fn stretch(&self) -> Option<&'a [u8]> {
        let rest = self.text.as_bytes().get(self.at..)?;
        rest.get(..bytes::position(rest, escaped_in_json)?)
    }

    /// A name, its first quotation mark passed over.
    fn name<F: Name>(&mut self) -> Option<F> {
        let name = self.stretch()?;
        self.at += name.len();
        if self.peek() != b'"' {
            return None;
        }
        self.at += 1;
        F::from_bytes(name)
    }

    /// A string, its first quotation mark passed over.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at;
        let end = start + self.stretch()?.len();
        if self.text.as_bytes().get(end) != Some(&b'"') {
            return self.escaped(end);
        }
        self.at = end + 1;
        self.text.get(start..end).map(Cow::Borrowed)
    }

    /// A string with escapes, of which the first is at that place.
    fn escaped(&mut self, first: usize) -> Option<Cow<'a, str>> {
        let literal = self.at - 1;
        self.at = first;
        while self.peek() == b'\\' {
            // What is escaped is passed over: it may be a quotation mark.
            self.at += 2;
            self.at += self.stretch()?.len();
        }
        self.at += 1;
        let literal = self.text.get(literal..self.at)?;
        serde_json::from_str(literal).ok().map(Cow::Owned)
    }
}
