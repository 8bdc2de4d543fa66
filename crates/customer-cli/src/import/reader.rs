//! Reads the lines of a file.

use std::io::{self, BufReader, Read};

use csv::StringRecord;

use crate::args::ImportArgs;
use crate::columns::{Column, Format};
use crate::lines::Lines;
use crate::source::Source;

use super::encoding::{CsvText, MAX_RECORD_BYTES};
use super::error::ImportError;
use super::mapping::{Mapping, Meaning};
use super::object;
use super::rejection::Rejection;
use super::values::Values;

/// How much is read at once, in bytes.
const BUFFER_BYTES: usize = 128 * 1024;

/// The lines of a file, one at a time.
pub(super) struct Reader<'a> {
    args: &'a ImportArgs,
    mapping: Mapping,
    lines: FileLines,
}

enum FileLines {
    Csv {
        records: Box<csv::Reader<CsvText<Box<dyn Read>>>>,
        /// The names of the columns.
        names: Vec<String>,
        columns: Vec<Option<Column>>,
    },
    Ndjson(Lines<Box<dyn Read>>),
}

/// A line of a file.
pub(super) struct Line {
    /// Its number, from 1. A CSV record with line feeds in it has the number of its first
    /// line.
    pub(super) number: u64,
    pub(super) content: Content,
}

/// The content of a line.
pub(super) enum Content {
    Cells(StringRecord),
    Text(String),
    /// The line is longer than 16 MiB.
    TooLong,
}

impl Line {
    /// The approximate size, in bytes.
    pub(super) fn len(&self) -> usize {
        match &self.content {
            Content::Cells(cells) => cells.as_slice().len(),
            Content::Text(text) => text.len(),
            Content::TooLong => 0,
        }
    }
}

impl<'a> Reader<'a> {
    /// Reads the header of a CSV file.
    ///
    /// # Errors
    ///
    /// The input or the mapping cannot be read, or the header is invalid.
    pub(super) fn open(source: Source, args: &'a ImportArgs) -> Result<Self, ImportError> {
        let mapping = Mapping::read(args)?;
        let lines = match args.format() {
            Format::Csv => {
                let mut records = csv::ReaderBuilder::new()
                    .has_headers(false)
                    .flexible(true)
                    .delimiter(args.delimiter)
                    .buffer_capacity(BUFFER_BYTES)
                    .from_reader(CsvText::new(source.reader));
                let header = next_record(&mut records, args)?;
                let names = header.iter().flat_map(|(_, record)| record.iter());
                let names: Vec<_> = names.map(|name| name.trim().to_owned()).collect();
                let columns = match &header {
                    Some(_) => mapping.columns(&names, args)?,
                    // An empty file has no lines.
                    None => Vec::new(),
                };
                FileLines::Csv {
                    records: Box::new(records),
                    names,
                    columns,
                }
            }
            Format::Ndjson => {
                let reader = BufReader::with_capacity(BUFFER_BYTES, source.reader);
                FileLines::Ndjson(Lines::new(reader, MAX_RECORD_BYTES))
            }
        };
        Ok(Self {
            args,
            mapping,
            lines,
        })
    }

    /// The names of the columns of a CSV file.
    pub(super) fn names(&self) -> Option<&[String]> {
        match &self.lines {
            FileLines::Csv { names, .. } => Some(names),
            FileLines::Ndjson(_) => None,
        }
    }

    /// Reads the next line that is not blank; `None` at the end.
    ///
    /// # Errors
    ///
    /// The input cannot be read, or is not UTF-8.
    pub(super) fn next_line(&mut self) -> Result<Option<Line>, ImportError> {
        match &mut self.lines {
            FileLines::Csv { records, .. } => {
                let record = next_record(records, self.args)?;
                Ok(record.map(|(number, cells)| Line {
                    number,
                    content: Content::Cells(cells),
                }))
            }
            FileLines::Ndjson(lines) => next_text(lines, self.args),
        }
    }

    /// The values of a line.
    ///
    /// # Errors
    ///
    /// The line has no values.
    pub(super) fn values(&self, line: &Line) -> Result<Values, Rejection> {
        match (&line.content, &self.lines) {
            (Content::Cells(cells), FileLines::Csv { columns, .. }) => {
                if cells.len() != columns.len() {
                    let (cells, columns) = (cells.len(), columns.len());
                    let message = format!("the line has {cells} cells and the header {columns}");
                    return Err(Rejection::of_line("CELL_COUNT", message));
                }
                Ok(Values::of_cells(columns, cells, self.args.empty))
            }
            (Content::Text(text), _) => {
                let mut values = Values::default();
                for (name, json) in object::members(text)? {
                    match self.mapping.meaning(&name) {
                        Meaning::Column(column) => values.set(column, json.get()),
                        Meaning::Unknown => values.set_other(&name, json.get()),
                        Meaning::Ignored => {}
                    }
                }
                Ok(values)
            }
            (Content::TooLong | Content::Cells(_), _) => {
                let message = "the line is longer than 16 MiB";
                Err(Rejection::of_line("LINE_TOO_LONG", message))
            }
        }
    }

    /// How far the file has been read, in bytes.
    pub(super) fn bytes_read(&self) -> u64 {
        match &self.lines {
            FileLines::Csv { records, .. } => records.get_ref().bytes_read(),
            FileLines::Ndjson(lines) => lines.bytes_read(),
        }
    }
}

/// The next record and the number of its first line.
fn next_record(
    records: &mut csv::Reader<CsvText<Box<dyn Read>>>,
    args: &ImportArgs,
) -> Result<Option<(u64, StringRecord)>, ImportError> {
    records.get_mut().begin_record();
    let mut record = StringRecord::new();
    let is_read = records.read_record(&mut record);
    match is_read.map_err(csv::Error::into_kind) {
        Ok(true) => {}
        Ok(false) => return Ok(None),
        Err(csv::ErrorKind::Io(error)) => return Err(ImportError::read(args.input(), error)),
        Err(csv::ErrorKind::Utf8 { pos, .. }) => {
            let line = pos.map_or(1, |position| position.line());
            return Err(not_utf8(line, args));
        }
        Err(_) => {
            let error = io::Error::other("it is not CSV");
            return Err(ImportError::read(args.input(), error));
        }
    }
    // The reader is at the line after the record; the position of the record is that of
    // blank lines before it.
    let within = record.as_slice().bytes().filter(|byte| *byte == b'\n');
    let number = records.position().line() - 1 - within.count() as u64;
    Ok(Some((number, record)))
}

/// The next line that is not blank.
fn next_text(
    lines: &mut Lines<Box<dyn Read>>,
    args: &ImportArgs,
) -> Result<Option<Line>, ImportError> {
    loop {
        let line = lines.next_line();
        let Some(line) = line.map_err(|error| ImportError::read(args.input(), error))? else {
            return Ok(None);
        };
        let number = line.number;
        let Ok(bytes) = line.bytes else {
            let content = Content::TooLong;
            return Ok(Some(Line { number, content }));
        };
        let text = std::str::from_utf8(bytes).map_err(|_| not_utf8(number, args))?;
        // A byte order mark is not JSON.
        let text = text
            .strip_prefix('\u{feff}')
            .filter(|_| number == 1)
            .unwrap_or(text);
        if !text.trim_ascii().is_empty() {
            let content = Content::Text(text.trim_ascii().to_owned());
            return Ok(Some(Line { number, content }));
        }
    }
}

fn not_utf8(line: u64, args: &ImportArgs) -> ImportError {
    ImportError::NotUtf8 {
        input: args.input().to_string(),
        line,
    }
}
