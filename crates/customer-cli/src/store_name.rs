//! The name of a store.

use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{TypedValueParser, ValueParserFactory};
use clap::error::ErrorKind;
use clap::{Arg, Command};
use customer_postgres::{PostgresConfig, UrlError};

/// A store.
#[derive(Clone, Debug)]
pub(crate) enum StoreName {
    /// A SQLite file: `sqlite:FILE`.
    Sqlite(PathBuf),
    /// A PostgreSQL database: `postgres://…`.
    Postgres(Box<PostgresConfig>),
    /// Memory, `memory:`. The records are lost when the command ends.
    Memory,
}

/// The name of a store is invalid. A name may contain a password, so the message does
/// not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NameError {
    /// There is no such kind of store.
    #[error("a store is sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE or memory:")]
    Unknown,
    /// The URL of the server is invalid.
    #[error(transparent)]
    Url(#[from] UrlError),
}

impl FromStr for StoreName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name.split_once(':') {
            Some(("sqlite", file)) if !file.is_empty() => Ok(Self::Sqlite(file.into())),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(Box::new(name.parse()?))),
            Some(("memory", "")) => Ok(Self::Memory),
            Some(_) | None => Err(NameError::Unknown),
        }
    }
}

/// Parses the name of a store without repeating it in the error: it may have a password.
#[derive(Clone, Debug)]
pub(crate) struct StoreNameParser;

impl ValueParserFactory for StoreName {
    type Parser = StoreNameParser;

    fn value_parser() -> StoreNameParser {
        StoreNameParser
    }
}

impl TypedValueParser for StoreNameParser {
    type Value = StoreName;

    fn parse_ref(
        &self,
        command: &Command,
        _: Option<&Arg>,
        value: &OsStr,
    ) -> Result<StoreName, clap::Error> {
        let name = value.to_str().ok_or(NameError::Unknown);
        name.and_then(str::parse).map_err(|error| {
            let message = format!("invalid value for '--store <STORE>': {error}\n");
            clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }
}

/// Without the user and the password.
impl fmt::Display for StoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(config) => config.fmt(f),
            Self::Memory => f.write_str("memory:"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str) -> Result<String, NameError> {
        Ok(name.parse::<StoreName>()?.to_string())
    }

    #[test]
    fn names_round_trip() {
        for name in [
            "sqlite:customers.db",
            "sqlite:/var/lib/c:1.db",
            "postgres://db.internal:5432/customers",
            "memory:",
        ] {
            assert_eq!(shown(name).as_deref(), Ok(name));
        }
        for name in [
            "",
            "sqlite",
            "sqlite:",
            "memory",
            "memory:x",
            "customers.db",
            "mysql://x",
        ] {
            assert_eq!(shown(name), Err(NameError::Unknown), "{name}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let name = "postgresql://ann:secret@db.internal/customers";
        assert_eq!(
            shown(name).as_deref(),
            Ok("postgres://db.internal:5432/customers")
        );
        let rejected = shown("postgres://ann:secret@db.internal/customers?sslmode=allow");
        let rejected = format!("{rejected:?} {}", rejected.clone().unwrap_err());
        assert!(
            rejected.contains("sslmode") && !rejected.contains("secret"),
            "{rejected}"
        );
    }
}
