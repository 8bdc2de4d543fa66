//! The configuration file of the server.

use std::path::Path;

use customer_http::{Config, ConfigError};

/// The configuration is not usable.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {file}")]
pub(crate) struct ConfigFileError {
    file: String,
    source: ConfigError,
}

/// Reads the configuration file and the secrets it refers to.
///
/// # Errors
///
/// [`ConfigFileError`], without secrets or other values.
pub(crate) fn load(file: &Path) -> Result<Config, ConfigFileError> {
    Config::load(file).map_err(|source| ConfigFileError {
        file: file.display().to_string(),
        source,
    })
}
