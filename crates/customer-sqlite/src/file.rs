//! Whether the open file is still the file of that name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The identity of an open file. While the file is open, its identity is not used for
/// another file, even if it is deleted.
pub(crate) struct OpenFile {
    path: PathBuf,
    identity: Identity,
}

#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = ();

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Other systems do not allow to delete an open file.
#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    fs::metadata(path).map(drop)
}

impl OpenFile {
    /// The file of that name, which is open.
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        // Independent of the working directory and of symbolic links.
        let path = fs::canonicalize(path)?;
        let identity = identity(&path)?;
        Ok(Self { path, identity })
    }

    /// Checks that the file was not deleted, moved or replaced. What is written to such
    /// a file is lost.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match identity(&self.path) {
            Ok(identity) if identity == self.identity => Ok(()),
            Ok(_) | Err(_) => Err(Error::Replaced),
        }
    }
}
