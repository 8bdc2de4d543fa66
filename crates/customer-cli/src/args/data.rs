//! Options of `customer list`, `changes`, `export` and `import`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use customer_domain::{
    Direction, ListQuery, LogPosition, OrderBy, SearchText, Timestamp, UnknownFields, ValueError,
};

use crate::columns::{Format, MappedColumn};
use crate::source::Input;

use super::store::Place;

/// List customers
///
/// Writes a table on a terminal, and one JSON record per line to a pipe or a file.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) place: Place,

    /// Only customers whose name, email address or phone number contains this text
    #[arg(long, value_name = "TEXT", value_parser = SearchText::parse)]
    pub(crate) search: Option<SearchText>,

    /// Order: customer, email, createdAt or updatedAt, with :desc for the reverse
    #[arg(long, value_name = "FIELD[:desc]", value_parser = order, default_value = "customer")]
    pub(crate) order: (OrderBy, Direction),

    /// Maximum number of customers
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), default_value_t = ListQuery::DEFAULT_LIMIT)]
    pub(crate) limit: u32,
}

fn order(text: &str) -> Result<(OrderBy, Direction), ValueError> {
    match text.strip_suffix(":desc") {
        Some(field) => Ok((field.parse()?, Direction::Descending)),
        None => Ok((text.parse()?, Direction::Ascending)),
    }
}

/// Show the changes of the customers of a team
///
/// Writes one JSON object per line: the customer, its version and the names of the
/// changed fields, without values. The position after the last line goes to standard
/// error.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct ChangesArgs {
    #[command(flatten)]
    pub(crate) place: Place,

    /// Continue after this position; by default begin with the oldest change
    #[arg(long, value_name = "POSITION", value_parser = LogPosition::parse)]
    pub(crate) after: Option<LogPosition>,

    /// Wait for new changes
    #[arg(long)]
    pub(crate) follow: bool,
}

/// Write all customers of a team to a file
///
/// The customers are in the order of their ids. A customer that exists during the
/// whole export is in the file exactly once. The position in the change log goes to
/// standard error: `customer changes --after` continues from there. Memory use does not
/// depend on the number of customers. In CSV, an address has one column per part, such as
/// billingAddress.city, and `contacts` is a JSON array.
#[derive(Args, Debug)]
#[command(after_help = EXPORT_HELP, verbatim_doc_comment)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) place: Place,

    /// File to write, which only its owner can read; standard output if missing or "-"
    file: Option<PathBuf>,

    /// Format; by default CSV for a file name that ends with .csv, otherwise NDJSON
    #[arg(long)]
    format: Option<Format>,
}

impl ExportArgs {
    /// The file to write; `None` for standard output.
    pub(crate) fn file(&self) -> Option<&Path> {
        match Input::named(self.file.as_deref()) {
            Input::File(path) => Some(path),
            Input::Stdin => None,
        }
    }

    pub(crate) fn format(&self) -> Format {
        let file = Input::named(self.file.as_deref());
        self.format.unwrap_or_else(|| Format::of(file))
    }
}

/// Create and update customers from a file
///
/// A line is a new customer, or an update of an existing one with the values of the
/// line. Lines are executed in order and written in batches. An invalid line is
/// rejected and does not stop the import; it is reported on standard error, or written
/// to the file of --rejected. Messages contain no values. Importing a file twice leaves
/// the same state.
#[derive(Args, Debug)]
#[command(after_long_help = IMPORT_HELP, verbatim_doc_comment)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(crate) place: Place,

    /// File to read, in UTF-8; standard input if missing or "-"
    file: Option<PathBuf>,

    /// Format; by default CSV for a file name that ends with .csv, otherwise NDJSON
    #[arg(long)]
    format: Option<Format>,

    /// Delimiter of a CSV file: one ASCII character, or "tab"
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter, default_value = ",")]
    pub(crate) delimiter: u8,

    /// Which existing customer a line updates
    #[arg(long = "match", value_name = "KEY", default_value = "email")]
    pub(crate) match_by: Match,

    /// Read a column of another name: --map 'Company=customer'. Without a field
    /// ('Notes=') the column is ignored
    #[arg(long, value_name = "COLUMN=FIELD", verbatim_doc_comment)]
    pub(crate) map: Vec<MappedColumn>,

    /// TOML file with such names: "Company" = "customer"
    #[arg(long, value_name = "FILE")]
    pub(crate) map_file: Option<PathBuf>,

    /// Ignore unknown columns
    #[arg(long)]
    ignore_columns: bool,

    /// What an empty cell of a CSV file means
    #[arg(long, value_name = "MEANING", default_value = "unchanged")]
    pub(crate) empty: Empty,

    /// File for the rejected lines, in the input format, with the reason in the columns
    /// _line, _field, _code and _message. It can be corrected and imported
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub(crate) rejected: Option<PathBuf>,

    /// Write nothing to the store, and report what would happen. The customers of the
    /// file are kept in memory
    #[arg(long, verbatim_doc_comment)]
    pub(crate) dry_run: bool,

    /// Begin at this line of the file, to resume an import. Rejected lines are appended
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) from_line: u64,

    /// Time of the writes, in RFC 3339; by default the system clock
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
}

impl ImportArgs {
    pub(crate) fn input(&self) -> Input<'_> {
        Input::named(self.file.as_deref())
    }

    pub(crate) fn format(&self) -> Format {
        self.format.unwrap_or_else(|| Format::of(self.input()))
    }

    /// How to read unknown columns (P7, P13).
    pub(crate) const fn unknown_fields(&self) -> UnknownFields {
        if self.ignore_columns {
            UnknownFields::Ignore
        } else {
            UnknownFields::Reject
        }
    }
}

fn delimiter(text: &str) -> Result<u8, &'static str> {
    match text.as_bytes() {
        b"tab" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !b"\"\r\n".contains(byte) => Ok(*byte),
        _ => Err("expected one ASCII character, or tab"),
    }
}

/// Which existing customer a line updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Match {
    /// The one with the email address, in any case
    Email,
    /// The one with the uuid; a new one gets that uuid
    Uuid,
    /// None: every line is a new customer
    None,
}

/// What an empty cell means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Empty {
    /// The field is left unchanged
    Unchanged,
    /// The value is removed
    Clears,
}

const EXPORT_HELP: &str = r#"Exit codes:
  0  success
  1  some customers could not be read; their ids are on standard error
  2  wrong usage, or the store or the output failed

Examples:
  customer export customers.csv
  customer export | jq -r .email"#;

const IMPORT_HELP: &str = r#"Columns are the names of the JSON record:
  customer, email, mainPhone, website, status
  billingAddress.city …   an address is one field: if all its cells are empty it is
                          unchanged, otherwise the line has the whole new address
  contacts                a JSON array, which replaces the list
  uuid                    ignored unless --match uuid
  createdAt, updatedAt    ignored
In NDJSON, null clears a value, as in an update.

Exit codes:
  0    all lines were imported
  1    some lines were rejected
  2    wrong usage, or the input, the output or the store failed
  130  stopped by Ctrl-C after a complete batch

Examples:
  customer import customers.csv --rejected rejected.csv
  customer import crm.csv --map 'Company=customer' --map 'E-mail=email' --ignore-columns
  customer import customers.ndjson --match uuid --dry-run"#;
