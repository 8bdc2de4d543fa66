//! The input of a command.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Read};
use std::path::Path;

/// The input that an argument names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Input<'a> {
    /// A file.
    File(&'a Path),
    /// Standard input.
    Stdin,
}

impl<'a> Input<'a> {
    /// A file; standard input without a name or for `-`.
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

/// An open input.
pub(crate) struct Source {
    /// The bytes of the input.
    pub(crate) reader: Box<dyn Read>,
    /// The number of bytes, if it is known in advance.
    pub(crate) size: Option<u64>,
    /// Whether the input is a terminal.
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
