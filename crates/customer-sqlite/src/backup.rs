//! Copies of the file.

use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ffi};

use crate::changes;
use crate::connection::{create_private, open_reader};
use crate::error::Error;

/// The number of pages that are copied at a time.
const PAGES: std::ffi::c_int = 64;

/// A complete copy of one state. Other connections can write in the meantime. Ends with
/// an error when the condition is true.
pub(crate) fn copy(source: &Path, path: &Path, is_gone: impl Fn() -> bool) -> Result<(), Error> {
    let connection = open_reader(source).map_err(Error::from_open)?;
    create_private(path).map_err(Error::from_open)?;
    // Without a snapshot, each write of another connection would restart the copying.
    let snapshot = connection.unchecked_transaction()?;
    snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let mut copy = Connection::open(path)?;
    let backup = Backup::new(&snapshot, &mut copy)?;
    while !is_gone() {
        match backup.step(PAGES)? {
            StepResult::Done => {
                drop(backup);
                return changes::renew(&copy);
            }
            StepResult::More => {}
            // Another process has locked the copy for longer than the timeout.
            _ => return Err(Error::busy(ffi::SQLITE_BUSY)),
        }
    }
    Err(Error::Deadline)
}
