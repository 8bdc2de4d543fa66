//! Where the lines come from.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Read};
use std::path::Path;

/// What a caller named as the input.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Input<'a> {
    /// A file.
    File(&'a Path),
    /// Standard input.
    Stdin,
}

impl<'a> Input<'a> {
    /// The file of that name; standard input when there is none, or for `-`.
    pub(crate) fn named(path: Option<&'a Path>) -> Self {
        match path {
            Some(path) if path != Path::new("-") => Self::File(path),
            Some(_) | None => Self::Stdin,
        }
    }

    /// Opens the input.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, or is a directory.
    pub(crate) fn open(self) -> io::Result<Source> {
        match self {
            Self::File(path) => Source::file(File::open(path)?),
            Self::Stdin => Ok(Source::stdin()),
        }
    }
}

impl fmt::Display for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("standard input"),
        }
    }
}

/// An input that is open.
pub(crate) struct Source {
    /// What to read from.
    pub(crate) reader: Box<dyn Read>,
    /// The number of bytes, when it is known beforehand.
    pub(crate) size: Option<u64>,
    /// Whether somebody types the lines.
    pub(crate) is_terminal: bool,
}

impl Source {
    fn file(file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(ErrorKind::IsADirectory.into());
        }
        Ok(Self {
            size: metadata.is_file().then_some(metadata.len()),
            is_terminal: file.is_terminal(),
            reader: Box::new(file),
        })
    }

    fn stdin() -> Self {
        let stdin = io::stdin().lock();
        Self {
            size: None,
            is_terminal: stdin.is_terminal(),
            reader: Box::new(stdin),
        }
    }
}
