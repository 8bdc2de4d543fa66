//! Reads lines of a bounded length into one buffer.

use std::io::{self, BufRead, BufReader, Read};

/// The lines of a stream, one at a time.
///
/// Only the current line is in memory, up to the limit. The rest of a longer line is
/// skipped.
pub(crate) struct Lines<R> {
    reader: BufReader<R>,
    max_bytes: usize,
    line: Vec<u8>,
    number: u64,
    bytes_read: u64,
}

/// One line of a stream.
pub(crate) struct NumberedLine<'a> {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// Its bytes without the line feed, if it is within the limit.
    pub(crate) bytes: Result<&'a [u8], TooLong>,
}

impl NumberedLine<'_> {
    /// Whether the line is only white space.
    pub(crate) fn is_blank(&self) -> bool {
        self.bytes.is_ok_and(|bytes| bytes.trim_ascii().is_empty())
    }
}

/// A line is longer than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

impl<R: Read> Lines<R> {
    /// The lines of a stream. A line has at most `max_bytes` without its line feed.
    pub(crate) const fn new(reader: BufReader<R>, max_bytes: usize) -> Self {
        Self {
            reader,
            max_bytes,
            line: Vec::new(),
            number: 0,
            bytes_read: 0,
        }
    }

    /// Reads the next line; `None` at the end. The last line need not end with a line
    /// feed.
    ///
    /// # Errors
    ///
    /// The stream cannot be read.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<NumberedLine<'_>>> {
        self.line.clear();
        let most = self.max_bytes as u64 + 1;
        let read = self
            .reader
            .by_ref()
            .take(most)
            .read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.bytes_read += read as u64;
        let is_ended = self.line.pop_if(|last| *last == b'\n').is_some();
        let is_too_long = self.line.len() > self.max_bytes;
        if is_too_long && !is_ended {
            self.bytes_read += self.reader.skip_until(b'\n')? as u64;
        }
        Ok(Some(NumberedLine {
            number: self.number,
            bytes: if is_too_long {
                Err(TooLong)
            } else {
                Ok(&self.line)
            },
        }))
    }

    /// Whether the next line is not buffered yet, so that reading it may block.
    pub(crate) fn may_wait(&self) -> bool {
        !self.reader.buffer().contains(&b'\n')
    }

    /// How far the stream has been read, in bytes.
    pub(crate) const fn bytes_read(&self) -> u64 {
        self.bytes_read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers and contents of the lines, with a limit of three bytes.
    fn lines(input: &str) -> Vec<(u64, Result<String, TooLong>)> {
        // The buffer is shorter than a line, so that a line takes several reads.
        let mut lines = Lines::new(BufReader::with_capacity(2, input.as_bytes()), 3);
        let mut all = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            all.push((line.number, line.bytes.map(text)));
        }
        assert_eq!(lines.bytes_read(), input.len() as u64);
        all
    }

    #[test]
    fn a_line_ends_at_its_line_feed_or_with_the_stream() {
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(lines(""), []);
        assert_eq!(lines("\n"), [(1, ok(""))]);
        assert_eq!(lines("a\n\nb\n"), [(1, ok("a")), (2, ok("")), (3, ok("b"))]);
        assert_eq!(lines("a\nb"), [(1, ok("a")), (2, ok("b"))]);
    }

    #[test]
    fn a_line_over_the_limit_is_skipped_and_counted() {
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(lines("abc\nd\n"), [(1, ok("abc")), (2, ok("d"))]);
        assert_eq!(lines("abcd\ne\n"), [(1, Err(TooLong)), (2, ok("e"))]);
        assert_eq!(
            lines("abcdefgh\nijkl"),
            [(1, Err(TooLong)), (2, Err(TooLong))]
        );
        assert_eq!(lines("abc"), [(1, ok("abc"))]);
        assert_eq!(lines("abcd"), [(1, Err(TooLong))]);
    }

    #[test]
    fn reading_a_buffered_line_does_not_block() {
        let mut lines = Lines::new(BufReader::with_capacity(4, &b"a\nb\nc"[..]), 3);
        assert!(lines.may_wait(), "nothing read yet");
        lines.next_line().unwrap();
        assert!(!lines.may_wait(), "b is buffered");
        lines.next_line().unwrap();
        assert!(lines.may_wait());
    }
}
