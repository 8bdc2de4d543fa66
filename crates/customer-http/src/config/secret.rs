//! The sources of the secret of a client.

use std::path::{Path, PathBuf};
use std::{env, fs};

use secrecy::{ExposeSecret, SecretString};

use super::error::ConfigError;

/// The keys for a secret; exactly one must be set.
#[derive(Debug)]
pub(super) struct SecretKeys {
    pub(super) secret: Option<SecretString>,
    pub(super) secret_env: Option<String>,
    pub(super) secret_file: Option<PathBuf>,
}

/// Resolves environment variables and relative paths in a configuration.
pub(super) struct SecretSources<'a> {
    /// The value of an environment variable.
    pub(super) environment: &'a dyn Fn(&str) -> Option<SecretString>,
    /// The base of relative paths.
    pub(super) directory: &'a Path,
}

impl<'a> SecretSources<'a> {
    /// The environment of the process, and a directory.
    pub(super) fn of_process(directory: &'a Path) -> Self {
        Self {
            environment: &|name| env::var(name).ok().map(SecretString::from),
            directory,
        }
    }

    /// The secret of the client at a location of the configuration.
    pub(super) fn read(&self, keys: SecretKeys, place: &str) -> Result<SecretString, ConfigError> {
        match keys {
            SecretKeys {
                secret: Some(secret),
                secret_env: None,
                secret_file: None,
            } => Ok(secret),
            SecretKeys {
                secret: None,
                secret_env: Some(name),
                secret_file: None,
            } => (self.environment)(&name).ok_or_else(|| {
                let key = format!("{place}.secret_env");
                ConfigError::at(key, "there is no such environment variable in UTF-8")
            }),
            SecretKeys {
                secret: None,
                secret_env: None,
                secret_file: Some(path),
            } => self.file(&path).map_err(|source| ConfigError::SecretFile {
                key: format!("{place}.secret_file"),
                source,
            }),
            _ => Err(ConfigError::at(
                place,
                "give one of `secret`, `secret_env` and `secret_file`",
            )),
        }
    }

    /// The content of a file, without the line feed at its end.
    fn file(&self, path: &Path) -> Result<SecretString, std::io::Error> {
        let text = SecretString::from(fs::read_to_string(self.directory.join(path))?);
        let line = text.expose_secret();
        let line = line.strip_suffix('\n').unwrap_or(line);
        Ok(line.strip_suffix('\r').unwrap_or(line).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "kept-between-the-client-and-the-server";

    fn sources(directory: &Path) -> SecretSources<'_> {
        SecretSources {
            environment: &|name| (name == "SHOP_SECRET").then(|| SECRET.into()),
            directory,
        }
    }

    fn keys() -> SecretKeys {
        SecretKeys {
            secret: None,
            secret_env: None,
            secret_file: None,
        }
    }

    fn read(keys: SecretKeys, directory: &Path) -> Result<String, String> {
        let secret = sources(directory).read(keys, "clients[0]");
        secret
            .map(|secret| secret.expose_secret().to_owned())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_secret_is_in_the_configuration_the_environment_or_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let here = keys();
        let here = SecretKeys {
            secret: Some(SECRET.into()),
            ..here
        };
        assert_eq!(read(here, directory.path()).as_deref(), Ok(SECRET));

        let environment = SecretKeys {
            secret_env: Some("SHOP_SECRET".into()),
            ..keys()
        };
        assert_eq!(read(environment, directory.path()).as_deref(), Ok(SECRET));

        for end in ["", "\n", "\r\n"] {
            fs::write(directory.path().join("shop"), format!("{SECRET}{end}")).unwrap();
            let file = SecretKeys {
                secret_file: Some("shop".into()),
                ..keys()
            };
            assert_eq!(read(file, directory.path()).as_deref(), Ok(SECRET));
        }
    }

    #[test]
    fn a_missing_secret_is_reported_with_its_location() {
        let directory = tempfile::tempdir().unwrap();
        let environment = SecretKeys {
            secret_env: Some("NOBODY".into()),
            ..keys()
        };
        let rejected = read(environment, directory.path()).unwrap_err();
        assert_eq!(
            rejected,
            "clients[0].secret_env: there is no such environment variable in UTF-8"
        );

        let file = SecretKeys {
            secret_file: Some("nowhere".into()),
            ..keys()
        };
        let rejected = read(file, directory.path()).unwrap_err();
        assert_eq!(rejected, "clients[0].secret_file: cannot read the file");
    }

    #[test]
    fn a_secret_has_exactly_one_source() {
        let both = SecretKeys {
            secret: Some(SECRET.into()),
            secret_env: Some("SHOP_SECRET".into()),
            secret_file: None,
        };
        for keys in [keys(), both] {
            let rejected = read(keys, Path::new("")).unwrap_err();
            assert_eq!(
                rejected,
                "clients[0]: give one of `secret`, `secret_env` and `secret_file`"
            );
        }
    }
}
