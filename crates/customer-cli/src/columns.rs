//! The names of the values of a customer in a file.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use customer_domain::{AddressField, Field};

use crate::source::Input;

/// The format of a file of customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Comma-separated values with a header line
    Csv,
    /// One JSON object per line
    Ndjson,
}

impl Format {
    /// The format that a file name stands for: CSV if it ends with `.csv`.
    pub(crate) fn of(input: Input<'_>) -> Self {
        let extension = match input {
            Input::File(path) => path.extension(),
            Input::Stdin => None,
        };
        if extension.is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            Self::Csv
        } else {
            Self::Ndjson
        }
    }
}

/// A value of a customer that a file can have: a field, or a part of an address, such as
/// `billingAddress.city`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Field(Field),
    Part(Field, AddressField),
}

/// The fields that are addresses.
pub(crate) const ADDRESSES: [Field; 2] = [Field::BillingAddress, Field::ShippingAddress];

impl Column {
    /// The columns of a CSV file, in the order of the record.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let fields = Field::ALL.iter().filter(|field| field.is_in_record());
        fields.flat_map(|field| {
            let parts: &[AddressField] = if ADDRESSES.contains(field) {
                AddressField::ALL
            } else {
                &[]
            };
            let whole = parts.is_empty().then_some(Self::Field(*field));
            let parts = parts.iter().map(|part| Self::Part(*field, *part));
            whole.into_iter().chain(parts)
        })
    }

    /// Whether it is a part of that address.
    pub(crate) fn is_part_of(self, address: Field) -> bool {
        matches!(self, Self::Part(of, _) if of == address)
    }

    /// The column of that name. A field that is not in the JSON record has none.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        if let Some((address, part)) = name.split_once('.') {
            let address = Field::from_wire(address).filter(|field| ADDRESSES.contains(field));
            return Some(Self::Part(address?, AddressField::from_wire(part)?));
        }
        let field = Field::from_wire(name).filter(|field| field.is_in_record());
        field.map(Self::Field)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => field.fmt(f),
            Self::Part(address, part) => write!(f, "{address}.{part}"),
        }
    }
}

/// A column of another name: `Company=customer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MappedColumn {
    /// The name in the file.
    pub(crate) name: String,
    /// Its meaning; `None` if it is ignored.
    pub(crate) column: Option<Column>,
}

/// The field of a mapping does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected COLUMN=FIELD, with a field such as customer or billingAddress.city")]
pub(crate) struct MappingError;

impl MappedColumn {
    /// # Errors
    ///
    /// There is no such field.
    pub(crate) fn new(name: &str, field: &str) -> Result<Self, MappingError> {
        let column = match field.trim() {
            "" => None,
            field => Some(Column::parse(field).ok_or(MappingError)?),
        };
        let name = name.trim().to_owned();
        Ok(Self { name, column })
    }
}

impl FromStr for MappedColumn {
    type Err = MappingError;

    /// No field has an equals sign; the name of a column may.
    fn from_str(text: &str) -> Result<Self, MappingError> {
        let (name, field) = text.rsplit_once('=').ok_or(MappingError)?;
        Self::new(name, field)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_column_is_read_back_by_its_name() {
        let names: Vec<_> = Column::all().map(|column| column.to_string()).collect();
        assert_eq!(names.len(), 19);
        assert_eq!(names.first().map(String::as_str), Some("uuid"));
        assert!(names.contains(&"billingAddress.zipCode".to_owned()));
        for column in Column::all() {
            assert_eq!(Column::parse(&column.to_string()), Some(column));
        }
        for name in ["", "Email", "version", "email.city", "billingAddress.zip"] {
            assert_eq!(Column::parse(name), None, "{name}");
        }
    }

    #[test]
    fn the_extension_decides_the_format() {
        for (name, format) in [
            ("a.csv", Format::Csv),
            ("a.CSV", Format::Csv),
            ("csv", Format::Ndjson),
            ("a.ndjson", Format::Ndjson),
            ("-", Format::Ndjson),
        ] {
            let input = Input::named(Some(Path::new(name)));
            assert_eq!(Format::of(input), format, "{name}");
        }
    }

    #[test]
    fn a_mapping_ends_with_a_field_or_ignores_the_column() {
        let parsed = |text: &str| {
            text.parse::<MappedColumn>()
                .map(|mapped| (mapped.name, mapped.column))
        };
        let town = Column::Part(Field::BillingAddress, AddressField::City);
        assert_eq!(
            parsed("Town = billingAddress.city"),
            Ok(("Town".into(), Some(town)))
        );
        assert_eq!(
            parsed("a=b=email"),
            Ok(("a=b".into(), Some(Column::Field(Field::Email))))
        );
        assert_eq!(parsed("Notes="), Ok(("Notes".into(), None)));
        for text in ["", "Company", "Company=name", "Company=version"] {
            assert_eq!(parsed(text), Err(MappingError), "{text}");
        }
    }
}
