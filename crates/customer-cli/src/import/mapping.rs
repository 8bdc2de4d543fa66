//! What the columns of a file mean.

use std::collections::BTreeMap;
use std::fs;

use customer_domain::{Field, UnknownFields};

use crate::args::{ImportArgs, Match};
use crate::columns::{ADDRESSES, Column, MappedColumn};

use super::error::ImportError;
use super::rejection::COLUMNS;

/// The meaning of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Column(Column),
    Ignored,
    Unknown,
}

/// The mappings of `--map-file` and `--map`.
pub(super) struct Mapping(BTreeMap<String, Option<Column>>);

impl Mapping {
    /// # Errors
    ///
    /// The mapping file cannot be read.
    pub(super) fn read(args: &ImportArgs) -> Result<Self, ImportError> {
        let mut mapping = BTreeMap::new();
        let mut add = |mapped: MappedColumn| {
            mapping.insert(mapped.name, mapped.column);
        };
        if let Some(path) = &args.map_file {
            let text = fs::read_to_string(path).map_err(ImportError::MapFile)?;
            let names: BTreeMap<String, String> =
                toml::from_str(&text).map_err(|_| ImportError::MapSyntax)?;
            for (name, field) in names {
                add(MappedColumn::new(&name, &field)
                    .map_err(|source| ImportError::MapField { name, source })?);
            }
        }
        args.map.iter().cloned().for_each(add);
        Ok(Self(mapping))
    }

    /// The meaning of a name. The columns of rejected lines are ignored.
    pub(super) fn meaning(&self, name: &str) -> Meaning {
        match self.0.get(name) {
            Some(Some(column)) => Meaning::Column(*column),
            Some(None) => Meaning::Ignored,
            None if COLUMNS.contains(&name) => Meaning::Ignored,
            None => Column::parse(name).map_or(Meaning::Unknown, Meaning::Column),
        }
    }

    /// The columns of a CSV file; `None` for one that is ignored.
    ///
    /// # Errors
    ///
    /// The names do not fit together, or to the options.
    pub(super) fn columns(
        &self,
        names: &[String],
        args: &ImportArgs,
    ) -> Result<Vec<Option<Column>>, ImportError> {
        let meanings: Vec<_> = names.iter().map(|name| self.csv_meaning(name)).collect();
        let columns = meanings.iter().map(|meaning| match meaning {
            Meaning::Column(column) => Some(*column),
            Meaning::Ignored | Meaning::Unknown => None,
        });
        let columns: Vec<_> = columns.collect();
        if columns.iter().all(Option::is_none) {
            return Err(ImportError::NoHeader);
        }
        let missing = self.0.keys().find(|name| !names.contains(name));
        if let Some(name) = missing {
            return Err(ImportError::NoMappedColumn(name.clone()));
        }
        let unknown = names.iter().zip(&meanings);
        let unknown = unknown.filter(|(_, meaning)| **meaning == Meaning::Unknown);
        let unknown: Vec<_> = unknown.map(|(name, _)| format!("{name:?}")).collect();
        if !unknown.is_empty() && args.unknown_fields() == UnknownFields::Reject {
            return Err(ImportError::UnknownColumns(unknown.join(", ")));
        }
        let mut known = columns.iter().flatten();
        while let Some(column) = known.next() {
            if known.clone().any(|other| other == column) {
                return Err(ImportError::DuplicateColumn(*column));
            }
        }
        let key = match args.match_by {
            Match::Uuid => Column::Field(Field::Id),
            Match::Email | Match::None => Column::Field(Field::Email),
        };
        if !columns.contains(&Some(key)) {
            return Err(ImportError::NoKey(key));
        }
        Ok(columns)
    }

    /// A CSV file has no column for a whole address.
    fn csv_meaning(&self, name: &str) -> Meaning {
        match self.meaning(name) {
            Meaning::Column(Column::Field(field)) if ADDRESSES.contains(&field) => Meaning::Unknown,
            meaning => meaning,
        }
    }
}
