//! What is wrong with a configuration.

use std::borrow::Cow;
use std::io;

/// A configuration cannot be used. It names the place, and neither a secret nor
/// any other value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration")]
    Read(#[source] io::Error),
    /// The text is not TOML.
    #[error("line {line}, column {column}: {problem}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column, in characters from 1.
        column: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A value is missing, is there for nothing, or is not what it should be.
    #[error("line {line}: {key}: {problem}")]
    Value {
        /// The line, from 1.
        line: usize,
        /// Its key, such as `clients[0].id`.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Values do not fit together.
    #[error("{key}: {problem}")]
    Conflict {
        /// The key, such as `clients[1]`.
        key: String,
        /// What is wrong with it.
        problem: Cow<'static, str>,
    },
    /// A file with a secret cannot be read.
    #[error("{key}: cannot read the file")]
    SecretFile {
        /// The key, such as `clients[0].secret_file`.
        key: String,
        /// Why.
        source: io::Error,
    },
}

impl ConfigError {
    pub(super) fn at(key: impl Into<String>, problem: impl Into<Cow<'static, str>>) -> Self {
        Self::Conflict {
            key: key.into(),
            problem: problem.into(),
        }
    }
}
