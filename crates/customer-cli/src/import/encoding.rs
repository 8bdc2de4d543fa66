//! Checks and normalizes the text of a file.

use std::io::{self, ErrorKind, Read};
use std::str;

/// The number of bytes that are read at once.
const CHUNK: usize = 64 * 1024;

/// Finds the first line that is not UTF-8; `None` if all are. An import checks its file
/// before it writes anything.
///
/// # Errors
///
/// The input cannot be read.
pub(super) fn first_line_not_utf8(mut input: impl Read) -> io::Result<Option<u64>> {
    let count = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    let mut line = 1;
    let mut bytes = Vec::with_capacity(CHUNK);
    loop {
        let read = input.by_ref().take(CHUNK as u64).read_to_end(&mut bytes)?;
        let (valid, is_cut) = match str::from_utf8(&bytes) {
            Ok(text) => (text.len(), false),
            Err(error) => (error.valid_up_to(), error.error_len().is_none()),
        };
        line += count(bytes.get(..valid).unwrap_or_default());
        if valid < bytes.len() && (!is_cut || read == 0) {
            return Ok(Some(line));
        }
        if read == 0 {
            return Ok(None);
        }
        // The beginning of a character that continues in the next chunk.
        bytes.drain(..valid);
    }
}

/// The text of a CSV file with every CR LF replaced by LF, also in quoted cells, because
/// no field can have a CR (T3), and with an LF at the end. A record of more than
/// [`MAX_RECORD_BYTES`] is an error, because a missing quotation mark makes the rest of
/// the file one record.
pub(super) struct CsvText<R> {
    inner: R,
    /// Whether a CR was read whose next byte was not.
    has_cr: bool,
    last: u8,
    budget: usize,
    bytes_read: u64,
}

/// The largest record, in bytes.
pub(super) const MAX_RECORD_BYTES: usize = 16 * 1024 * 1024;

impl<R> CsvText<R> {
    pub(super) const fn new(inner: R) -> Self {
        Self {
            inner,
            has_cr: false,
            last: b'\n',
            budget: MAX_RECORD_BYTES,
            bytes_read: 0,
        }
    }

    /// A new record begins.
    pub(super) const fn begin_record(&mut self) {
        self.budget = MAX_RECORD_BYTES;
    }

    /// How far the file has been read, in bytes.
    pub(super) const fn bytes_read(&self) -> u64 {
        self.bytes_read
    }
}

impl<R: Read> Read for CsvText<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.budget == 0 {
            let message = "a record is longer than 16 MiB; a quotation mark may be missing";
            return Err(io::Error::new(ErrorKind::InvalidData, message));
        }
        let mut chunk = vec![0; buffer.len().min(self.budget).saturating_sub(1).max(1)];
        let mut last = self.last;
        loop {
            let read = self.inner.read(&mut chunk)?;
            self.bytes_read += read as u64;
            let mut kept = 0;
            let mut keep = |byte: u8| {
                if let Some(slot) = buffer.get_mut(kept) {
                    *slot = byte;
                    kept += 1;
                    last = byte;
                }
            };
            for byte in chunk.iter().take(read) {
                if self.has_cr && *byte != b'\n' {
                    keep(b'\r');
                }
                self.has_cr = *byte == b'\r';
                if !self.has_cr {
                    keep(*byte);
                }
            }
            // Only at the end of the input.
            if read == 0 && self.last != b'\n' {
                self.has_cr = false;
                keep(b'\n');
            }
            self.last = last;
            if kept > 0 || read == 0 {
                self.budget = self.budget.saturating_sub(kept);
                return Ok(kept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_is_not_utf8_is_found() {
        let long = "ä\n".repeat(CHUNK);
        for (bytes, line) in [
            (&b""[..], None),
            ("a\nä\n".as_bytes(), None),
            (long.as_bytes(), None),
            (b"a\nb\xe4c\n", Some(2)),
            (b"\xff\xfea\0", Some(1)),
            (b"a\n\xc3", Some(2)),
        ] {
            assert_eq!(first_line_not_utf8(bytes).unwrap(), line);
        }
        let cut = [long.as_bytes(), b"\xe4"].concat();
        let line = first_line_not_utf8(&cut[..]).unwrap();
        assert_eq!(line, Some(CHUNK as u64 + 1));
    }

    #[test]
    fn line_ends_are_line_feeds() {
        for (text, expected) in [
            ("", ""),
            ("a", "a\n"),
            ("a\n", "a\n"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("a\rb\r\r\n", "a\rb\r\n"),
            ("a\r", "a\n"),
            ("\r\n", "\n"),
        ] {
            // Buffers of any size, so that a CR is the last byte of a chunk.
            for size in 2..8 {
                let mut reader = CsvText::new(text.as_bytes());
                let (mut all, mut buffer) = (Vec::new(), vec![0; size]);
                loop {
                    let read = reader.read(&mut buffer).unwrap();
                    all.extend_from_slice(&buffer[..read]);
                    if read == 0 {
                        break;
                    }
                }
                assert_eq!(String::from_utf8(all).unwrap(), expected, "{text:?} {size}");
                assert_eq!(reader.bytes_read(), text.len() as u64);
            }
        }
    }

    #[test]
    fn a_record_is_limited() {
        let mut reader = CsvText::new(io::repeat(b'a'));
        let error = io::copy(&mut reader, &mut io::sink()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        reader.begin_record();
        assert!(reader.read(&mut [0; 8]).is_ok());
    }
}
