//! Reports the rejected lines.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use csv::StringRecord;

use crate::args::ImportArgs;
use crate::private_file::{self, Existing};
use crate::progress::Progress;
use crate::source::Input;

use super::error::ImportError;
use super::object;
use super::reader::{Content, Line, Reader};
use super::rejection::{COLUMNS, Rejection};

/// Where rejected lines are reported.
pub(super) enum Rejects {
    /// On standard error, without their values.
    Stderr,
    /// In a CSV file, with the columns of the input that have these positions.
    Csv(Box<csv::Writer<File>>, Vec<usize>),
    /// In an NDJSON file.
    Ndjson(BufWriter<File>),
}

impl Rejects {
    /// Opens the file of `--rejected`. It is emptied, unless an import is resumed.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or it is the input.
    pub(super) fn open(args: &ImportArgs, reader: &Reader<'_>) -> Result<Self, ImportError> {
        let Some(path) = &args.rejected else {
            return Ok(Self::Stderr);
        };
        if is_same_file(path, args.input()) {
            return Err(ImportError::RejectedIsInput);
        }
        let existing = match args.from_line {
            0 | 1 => Existing::Replaced,
            _ => Existing::Kept,
        };
        let file = private_file::open(path, existing).map_err(ImportError::Rejected)?;
        let is_new = file.metadata().map_err(ImportError::Rejected)?.len() == 0;
        let Some(names) = reader.names() else {
            return Ok(Self::Ndjson(BufWriter::new(file)));
        };
        let kept = names.iter().enumerate();
        let kept = kept.filter(|(_, name)| !COLUMNS.contains(&name.as_str()));
        let kept: Vec<_> = kept.map(|(position, _)| position).collect();
        let mut writer = csv::WriterBuilder::new()
            .delimiter(args.delimiter)
            .flexible(true)
            .from_writer(file);
        if is_new {
            let header = kept.iter().filter_map(|position| names.get(*position));
            let header = header.map(String::as_str).chain(COLUMNS);
            writer.write_record(header).map_err(failed)?;
        }
        Ok(Self::Csv(Box::new(writer), kept))
    }

    /// Reports a line.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn report(
        &mut self,
        line: &Line,
        rejection: &Rejection,
        progress: &Progress,
    ) -> Result<(), ImportError> {
        match (self, &line.content) {
            (Self::Csv(writer, kept), Content::Cells(cells)) => {
                let record = rejected_record(cells, kept, rejection.cells(line.number));
                writer.write_record(&record).map_err(failed)
            }
            (Self::Ndjson(writer), content) => {
                let object = rejected_object(content, rejection.cells(line.number));
                writeln!(writer, "{object}").map_err(ImportError::Rejected)
            }
            (Self::Stderr | Self::Csv(..), _) => {
                progress.report(format_args!("line {}: {rejection}", line.number));
                Ok(())
            }
        }
    }

    /// Writes the lines of a batch to the file.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn flush(&mut self) -> Result<(), ImportError> {
        match self {
            Self::Stderr => Ok(()),
            Self::Csv(writer, _) => writer.flush(),
            Self::Ndjson(writer) => writer.flush(),
        }
        .map_err(ImportError::Rejected)
    }
}

fn failed(error: csv::Error) -> ImportError {
    ImportError::Rejected(error.into())
}

fn is_same_file(path: &Path, input: Input<'_>) -> bool {
    let Input::File(input) = input else {
        return false;
    };
    let canonical = (fs::canonicalize(path), fs::canonicalize(input));
    matches!(canonical, (Ok(path), Ok(input)) if path == input)
}

/// The cells of the line, with an empty one for each that is missing, and those that the
/// header does not have.
fn rejected_record(cells: &StringRecord, kept: &[usize], reason: [String; 4]) -> Vec<String> {
    let own = kept
        .iter()
        .map(|position| cells.get(*position).unwrap_or_default());
    let header = kept.len().max(kept.last().map_or(0, |last| last + 1));
    let beyond = cells.iter().skip(header);
    let own = own.chain(beyond).map(str::to_owned);
    own.chain(reason).collect()
}

/// The object of the line. A line that is not an object is the member `_input`.
fn rejected_object(content: &Content, reason: [String; 4]) -> String {
    let mut json = String::from("{");
    let mut add = |name: &str, value: &str| {
        let start = if json.len() > 1 { "," } else { "" };
        let name = serde_json::Value::from(name).to_string();
        json.extend([start, &name, ":", value]);
    };
    let string = |text: &str| serde_json::Value::from(text).to_string();
    if let Content::Text(text) = content {
        match object::members(text) {
            Ok(members) => {
                let members = members.iter();
                members
                    .filter(|(name, _)| !COLUMNS.contains(&name.as_str()))
                    .for_each(|(name, value)| add(name, value.get()));
            }
            Err(_) => add("_input", &string(text)),
        }
    }
    for (name, value) in COLUMNS.iter().zip(reason) {
        add(name, &string(&value));
    }
    json.push('}');
    json
}
