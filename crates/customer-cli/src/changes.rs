//! `customer changes`: reads the change log of a team.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::time::Duration;

use customer_domain::{ChangePage, CustomerStore, Failure, ReadFrom};

use crate::args::ChangesArgs;
use crate::store::{self, StoreCommandError};

/// The maximum number of entries that are read at once.
const PAGE: u32 = 1_000;

/// The pause at the end of the log, with `--follow`.
const PAUSE: Duration = Duration::from_secs(1);

/// Writes the entries to standard output, one per line, and the position after the last
/// one to standard error (S9).
///
/// # Errors
///
/// [`StoreCommandError`]. A closed pipe is not an error.
pub(crate) fn run(args: &ChangesArgs) -> Result<ExitCode, StoreCommandError> {
    let runtime = store::runtime()?;
    match runtime.block_on(read(args)) {
        Err(StoreCommandError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => {}
        read => read?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn read(args: &ChangesArgs) -> Result<(), StoreCommandError> {
    let store = args.place.kept.store.open().await?;
    let mut from = match &args.after {
        Some(position) => ReadFrom::Position(position.clone()),
        None => ReadFrom::Oldest,
    };
    loop {
        let page = store.changes(args.place.team, from, PAGE).await;
        let page = page.map_err(|error| StoreCommandError::Changes(Failure::from(error)))?;
        write(&page).map_err(StoreCommandError::Write)?;
        if page.changes.is_empty() && !args.follow {
            return Ok(());
        }
        if page.changes.is_empty() {
            tokio::time::sleep(PAUSE).await;
        }
        from = ReadFrom::Position(page.next);
    }
}

fn write(page: &ChangePage) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    for change in &page.changes {
        serde_json::to_writer(&mut stdout, change)?;
        stdout.write_all(b"\n")?;
    }
    stdout.flush()?;
    if page.changes.is_empty() {
        return Ok(());
    }
    writeln!(io::stderr(), "continue with --after {}", page.next)
}
