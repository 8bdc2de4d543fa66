//! Why an import did not run to its end.

use std::io;

use customer_domain::Failure;

use crate::columns::{Column, MappingError};
use crate::source::Input;
use crate::store::StoreCommandError;

/// Why an import did not run to its end. No message contains a value of the file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    /// The store cannot be opened, or the summary cannot be written.
    #[error(transparent)]
    Command(#[from] StoreCommandError),
    /// The input cannot be read.
    #[error("cannot read {input}")]
    Read {
        /// The file, or standard input.
        input: String,
        /// The cause.
        source: io::Error,
    },
    /// The input is not UTF-8.
    #[error("{input} is not UTF-8 at line {line}; save it as UTF-8 (in Excel: CSV UTF-8)")]
    NotUtf8 {
        /// The file, or standard input.
        input: String,
        /// The line.
        line: u64,
    },
    /// The mapping file cannot be read.
    #[error("cannot read the mapping file")]
    MapFile(#[source] io::Error),
    /// The mapping file is not TOML with strings.
    #[error("the mapping file is not TOML like \"Company\" = \"customer\"")]
    MapSyntax,
    /// The mapping file names a field that does not exist.
    #[error("the mapping file is invalid for the column {name}")]
    MapField {
        /// The name of the column.
        name: String,
        /// The cause.
        source: MappingError,
    },
    /// A mapping names a column that the file does not have.
    #[error("the file has no column {0}, which a mapping names")]
    NoMappedColumn(String),
    /// The first line of a CSV file has no known name. It may have values.
    #[error("the first line has no known column name; a CSV file needs a header line")]
    NoHeader,
    /// A CSV file has unknown columns.
    #[error("unknown columns: {0}; use --map or --ignore-columns")]
    UnknownColumns(String),
    /// Two columns have the same meaning.
    #[error("more than one column is {0}")]
    DuplicateColumn(Column),
    /// The file does not have the column that selects the customer.
    #[error("the file has no column {0}, which --match needs")]
    NoKey(Column),
    /// The file for the rejected lines cannot be written.
    #[error("cannot write the rejected lines")]
    Rejected(#[source] io::Error),
    /// The file for the rejected lines would overwrite the input.
    #[error("the file for the rejected lines is the file to import")]
    RejectedIsInput,
    /// The store failed. The batch may have been written; writing it again is harmless.
    #[error("the store failed; resume with --from-line {line}")]
    Store {
        /// The first line of the batch.
        line: u64,
        /// The cause.
        source: Failure,
    },
}

impl ImportError {
    pub(super) fn read(input: Input<'_>, source: io::Error) -> Self {
        Self::Read {
            input: input.to_string(),
            source,
        }
    }
}
