//! `customer export`: all customers of a team, in one file.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use customer_domain::{
    ChangesError, Customer, CustomerStore, Failure, FieldValue, ReadFrom, StoreError,
};

use crate::args::ExportArgs;
use crate::columns::{Column, Format};
use crate::private_file::{self, Existing};
use crate::store::{self, StoreCommandError};

/// The number of records that are read at once.
const STEP: u32 = 500;

/// Why an export is incomplete.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// The store cannot be opened.
    #[error(transparent)]
    Open(#[from] StoreCommandError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] Failure),
    /// The output cannot be written.
    #[error("cannot write to {output}")]
    Write {
        /// The file, or standard output.
        output: String,
        /// The cause.
        source: io::Error,
    },
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

/// Writes all customers of the team, and to standard error the position in the change log
/// from which a reader continues (S9). Corrupt records (S8) are reported on standard
/// error.
///
/// # Errors
///
/// [`ExportError`]. A closed pipe is not an error.
pub(crate) fn run(args: &ExportArgs) -> Result<ExitCode, ExportError> {
    let runtime = store::runtime()?;
    match runtime.block_on(export(args)) {
        Err(ExportError::Write { source, .. }) if source.kind() == ErrorKind::BrokenPipe => {
            Ok(ExitCode::SUCCESS)
        }
        outcome => outcome,
    }
}

async fn export(args: &ExportArgs) -> Result<ExitCode, ExportError> {
    let store = args.place.kept.store.open().await?;
    let failed = |source| ExportError::Write {
        output: args.file().map_or("standard output".to_owned(), |path| {
            path.display().to_string()
        }),
        source,
    };
    // Before the first record is read: later changes are in the log after this position.
    let position = match store.changes(args.place.team, ReadFrom::End, 1).await {
        Ok(page) => Some(page.next),
        Err(ChangesError::Unsupported) => None,
        Err(error) => return Err(ExportError::Store(error.into())),
    };
    let mut output = Output::open(args).map_err(failed)?;
    let mut exit_code = ExitCode::SUCCESS;
    let mut after = None;
    loop {
        let step = store.scan(args.place.team, after, STEP).await?;
        for record in &step.records {
            output.write(record).map_err(failed)?;
        }
        for id in &step.corrupt {
            exit_code = ExitCode::FAILURE;
            // If standard error is closed, the exit code still reports it.
            let _ = writeln!(io::stderr(), "customer {id} cannot be read");
        }
        after = step.next;
        if after.is_none() {
            output.finish().map_err(failed)?;
            if let Some(position) = position {
                // If standard error is closed, the export is complete nevertheless.
                let _ = writeln!(io::stderr(), "later changes: --after {position}");
            }
            return Ok(exit_code);
        }
    }
}

/// The output, in one of the formats.
enum Output {
    Csv(Box<csv::Writer<Box<dyn Write>>>),
    Ndjson {
        output: BufWriter<Box<dyn Write>>,
        line: Vec<u8>,
    },
}

impl Output {
    fn open(args: &ExportArgs) -> io::Result<Self> {
        let output: Box<dyn Write> = match args.file() {
            Some(path) => Box::new(private_file::open(path, Existing::Replaced)?),
            None => Box::new(io::stdout().lock()),
        };
        Ok(match args.format() {
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(output);
                writer.write_record(Column::all().map(|column| column.to_string()))?;
                Self::Csv(Box::new(writer))
            }
            Format::Ndjson => Self::Ndjson {
                output: BufWriter::new(output),
                line: Vec::new(),
            },
        })
    }

    fn write(&mut self, customer: &Customer) -> io::Result<()> {
        match self {
            Self::Csv(writer) => {
                for column in Column::all() {
                    write_cell(writer, customer, column)?;
                }
                Ok(writer.write_record(None::<&[u8]>)?)
            }
            Self::Ndjson { output, line } => {
                line.clear();
                customer.write_json(line);
                line.push(b'\n');
                output.write_all(line)
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Csv(mut writer) => writer.flush(),
            Self::Ndjson { mut output, .. } => output.flush(),
        }
    }
}

/// Writes the value of a column. A missing value is an empty cell.
fn write_cell<W: Write>(
    writer: &mut csv::Writer<W>,
    customer: &Customer,
    column: Column,
) -> csv::Result<()> {
    let (field, part) = match column {
        Column::Field(field) => (field, None),
        Column::Part(field, part) => (field, Some(part)),
    };
    match (customer.value(field), part) {
        (FieldValue::Text(text), _) => writer.write_field(text),
        (FieldValue::Uuid(id), _) => writer.write_field(id.to_string()),
        (FieldValue::Time(time), _) => writer.write_field(time.to_string()),
        (FieldValue::Contacts(contacts), _) if !contacts.is_empty() => {
            let json = serde_json::to_string(contacts).map_err(io::Error::from)?;
            writer.write_field(json)
        }
        (FieldValue::Address(address), Some(part)) => {
            writer.write_field(address.get(part).unwrap_or_default())
        }
        _ => writer.write_field(""),
    }
}
