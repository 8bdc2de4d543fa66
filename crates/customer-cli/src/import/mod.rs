//! `customer import`: creates and updates customers from a file.
//!
//! [`reader`] reads lines, [`mapping`] knows what their columns mean, [`values`] turns a
//! line into a change, which the store executes in batches; [`rejects`] reports the lines
//! that are invalid.

mod encoding;
mod error;
mod mapping;
mod object;
mod preview;
mod reader;
mod rejection;
mod rejects;
mod run;
mod tally;
mod values;

use std::fs::File;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use customer_domain::DynCustomerStore;
use customer_memory::MemoryStore;

use crate::args::ImportArgs;
use crate::progress::Progress;
use crate::serve::signals::Signals;
use crate::source::{Input, Source};
use crate::store::{StoreCommandError, write_line};
use crate::store_name::StoreName;

use reader::Reader;
use rejects::Rejects;
use run::{Run, Stopped};

pub(crate) use error::ImportError;

/// The exit code after Ctrl-C, as that of a shell.
const INTERRUPTED: u8 = 130;

/// Imports a file, and writes a summary to standard output.
///
/// # Errors
///
/// [`ImportError`]. A rejected line is not an error.
pub(crate) fn run(args: &ImportArgs) -> Result<ExitCode, ImportError> {
    // A second thread, so that Ctrl-C is seen while the input blocks.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(StoreCommandError::Start)?;
    runtime.block_on(import(args))
}

async fn import(args: &ImportArgs) -> Result<ExitCode, ImportError> {
    let source = open(args.input())?;
    let progress = Progress::start_without_output(&source);
    let reader = Reader::open(source, args)?;
    let store = open_store(args).await?;
    // It empties the file of an earlier run, so it is the last that can fail.
    let rejects = Rejects::open(args, &reader)?;
    let mut run = Run::new(args, store, reader, rejects, &progress)?;
    let interrupted = listen_for_interrupt()?;
    let stopped = run.execute(&interrupted).await;
    progress.clear();
    match stopped? {
        Stopped::AtEnd => {
            write_line(&run.tally())?;
            Ok(run.tally().exit_code())
        }
        Stopped::BeforeLine(line) => {
            write_line(&run.tally())?;
            progress.report(format_args!("stopped; resume with --from-line {line}"));
            Ok(ExitCode::from(INTERRUPTED))
        }
    }
}

/// Opens the input. A file is checked to its end, so that nothing is written if it has
/// another encoding.
fn open(input: Input<'_>) -> Result<Source, ImportError> {
    let failed = |error| ImportError::read(input, error);
    let source = input.open().map_err(failed)?;
    if let (Input::File(path), Some(_)) = (input, source.size) {
        let file = File::open(path).map_err(failed)?;
        if let Some(line) = encoding::first_line_not_utf8(file).map_err(failed)? {
            let input = input.to_string();
            return Err(ImportError::NotUtf8 { input, line });
        }
    }
    Ok(source)
}

/// Opens the store. A dry run does not create it.
async fn open_store(args: &ImportArgs) -> Result<Arc<dyn DynCustomerStore>, StoreCommandError> {
    match &args.place.kept.store {
        StoreName::Sqlite(path) if args.dry_run && !path.exists() => {
            Ok(Arc::new(MemoryStore::new()))
        }
        store => store.open().await,
    }
}

/// Becomes true with the first SIGINT or SIGTERM. The second one ends the process: an
/// import can be killed at any point and repeated.
fn listen_for_interrupt() -> Result<Arc<AtomicBool>, StoreCommandError> {
    let mut signals = Signals::listen().map_err(StoreCommandError::Start)?;
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    tokio::spawn(async move {
        signals.next().await;
        flag.store(true, Ordering::Relaxed);
        let message = "stopping after this batch; a second signal ends the import at once";
        // If standard error is closed, the import still stops.
        let _ = writeln!(io::stderr(), "{message}");
        signals.next().await;
        std::process::exit(INTERRUPTED.into());
    });
    Ok(interrupted)
}
