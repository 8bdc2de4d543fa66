//! `customer list`: a table on a terminal, NDJSON in a pipe.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use console::{Alignment, pad_str};
use customer_domain::{Customer, CustomerStore, ListQuery, ValueError};

use crate::args::ListArgs;
use crate::store::{self, StoreCommandError};

/// Lists customers on standard output (S7).
///
/// # Errors
///
/// [`StoreCommandError`]. A closed pipe is not an error.
pub(crate) fn run(args: &ListArgs) -> Result<ExitCode, StoreCommandError> {
    let runtime = store::runtime()?;
    match runtime.block_on(list(args)) {
        Err(StoreCommandError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => {
            Ok(ExitCode::SUCCESS)
        }
        outcome => outcome,
    }
}

async fn list(args: &ListArgs) -> Result<ExitCode, StoreCommandError> {
    let store = args.place.kept.store.open().await?;
    let mut output = Output::stdout();
    let mut exit_code = ExitCode::SUCCESS;
    let page_size = args.limit.min(ListQuery::MAX_LIMIT);
    let mut left = args.limit;
    for page in 1..=args.limit.div_ceil(page_size) {
        let query = query(args, page, page_size).map_err(StoreCommandError::Query)?;
        let found = store.list(args.place.team, &query).await;
        let found = found.map_err(|error| StoreCommandError::Store(error.into()))?;
        for record in found.records.iter().take(left as usize) {
            output.write(record).map_err(StoreCommandError::Write)?;
        }
        for id in &found.corrupt {
            exit_code = ExitCode::FAILURE;
            // If standard error is closed, the exit code still reports it.
            let _ = writeln!(io::stderr(), "customer {id} cannot be read");
        }
        if found.records.len() + found.corrupt.len() < page_size as usize {
            break;
        }
        left = left.saturating_sub(page_size);
    }
    output.flush().map_err(StoreCommandError::Write)?;
    Ok(exit_code)
}

fn query(args: &ListArgs, page: u32, page_size: u32) -> Result<ListQuery, ValueError> {
    let (by, direction) = args.order;
    let query = ListQuery::new()
        .with_order(by, direction)
        .with_limit(page_size)?
        .with_page(page)?
        .without_total();
    Ok(match &args.search {
        Some(search) => query.with_search(search.clone()),
        None => query,
    })
}

/// Standard output.
enum Output {
    /// The first row is preceded by the header.
    Table(
        BufWriter<io::StdoutLock<'static>>,
        Option<[&'static str; 5]>,
    ),
    Ndjson(BufWriter<io::StdoutLock<'static>>),
}

/// The header of the table.
const HEADER: [&str; 5] = ["UUID", "CUSTOMER", "EMAIL", "PHONE", "STATUS"];

/// The widths of its columns. A longer value is cut.
const WIDTHS: [usize; 5] = [36, 28, 32, 18, 8];

impl Output {
    fn stdout() -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        let output = BufWriter::new(stdout.lock());
        if is_terminal {
            Self::Table(output, Some(HEADER))
        } else {
            Self::Ndjson(output)
        }
    }

    fn write(&mut self, customer: &Customer) -> io::Result<()> {
        match self {
            Self::Table(output, header) => {
                if let Some(header) = header.take() {
                    writeln!(output, "{}", row(header))?;
                }
                writeln!(output, "{}", customer_row(customer))
            }
            Self::Ndjson(output) => {
                let mut line = Vec::new();
                customer.write_json(&mut line);
                line.push(b'\n');
                output.write_all(&line)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Table(output, _) | Self::Ndjson(output) => output.flush(),
        }
    }
}

fn customer_row(customer: &Customer) -> String {
    row([
        &customer.id().to_string(),
        customer.name().as_str(),
        customer.email().as_str(),
        customer.main_phone().map_or("", |phone| phone.as_str()),
        customer.status().as_str(),
    ])
}

fn row(cells: [&str; 5]) -> String {
    let cells = cells.iter().zip(WIDTHS);
    let cells = cells.map(|(cell, width)| pad_str(cell, width, Alignment::Left, Some("…")));
    let row = cells.collect::<Vec<_>>().join("  ");
    row.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use customer_domain::{CustomerId, NewCustomer, TeamId, Timestamp};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_row_is_aligned_by_the_width_of_its_characters() {
        let new = |name: &str| {
            let new = NewCustomer::new(name.parse().unwrap(), "ann@acme.example".parse().unwrap());
            let (id, team) = (CustomerId::from(Uuid::nil()), TeamId::from(Uuid::nil()));
            new.into_customer(id, team, Timestamp::parse("2026-11-23T12:00:00Z").unwrap())
        };
        let narrow = customer_row(&new("Acme"));
        let wide = customer_row(&new("株式会社"));
        let long = customer_row(&new(&"A".repeat(255)));
        for line in [&narrow, &wide, &long] {
            assert!(line.ends_with("active"), "{line}");
            let width = |text| console::measure_text_width(text);
            assert_eq!(width(line), width(&narrow), "{line}");
        }
        assert!(long.contains("A…  ann@acme.example"), "{long}");
        assert!(row(HEADER).ends_with("STATUS"));
    }
}
