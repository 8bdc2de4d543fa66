//! The error of a configuration.

use std::borrow::Cow;
use std::io;

/// A configuration is invalid. The message names the location and contains no value,
/// in particular no secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration")]
    Read(#[source] io::Error),
    /// The file is not TOML.
    #[error("line {line}, column {column}: {problem}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column, in characters from 1.
        column: usize,
        /// The problem.
        problem: String,
    },
    /// A key is missing or unknown, or its value is invalid.
    #[error("line {line}: {key}: {problem}")]
    Value {
        /// The line, from 1.
        line: usize,
        /// Its key, such as `clients[0].id`.
        key: String,
        /// The problem.
        problem: String,
    },
    /// Values contradict each other.
    #[error("{key}: {problem}")]
    Conflict {
        /// The key, such as `clients[1]`.
        key: String,
        /// The problem.
        problem: Cow<'static, str>,
    },
    /// A file with a secret cannot be read.
    #[error("{key}: cannot read the file")]
    SecretFile {
        /// The key, such as `clients[0].secret_file`.
        key: String,
        /// The cause.
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
