//! The name of a store.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where customers are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreName {
    /// In a SQLite file: `sqlite:FILE`.
    Sqlite(PathBuf),
    /// Nowhere: `memory:`. What is created is gone when the command ends.
    Memory,
}

/// No store has such a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a store is sqlite:FILE or memory:")]
pub(crate) struct UnknownStore;

impl FromStr for StoreName {
    type Err = UnknownStore;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name.split_once(':') {
            Some(("sqlite", file)) if !file.is_empty() => Ok(Self::Sqlite(file.into())),
            Some(("memory", "")) => Ok(Self::Memory),
            Some(_) | None => Err(UnknownStore),
        }
    }
}

impl fmt::Display for StoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Memory => f.write_str("memory:"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in ["sqlite:customers.db", "sqlite:/var/lib/c:1.db", "memory:"] {
            assert_eq!(
                name.parse::<StoreName>().map(|n| n.to_string()).as_deref(),
                Ok(name)
            );
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
            assert_eq!(name.parse::<StoreName>(), Err(UnknownStore), "{name}");
        }
    }
}
