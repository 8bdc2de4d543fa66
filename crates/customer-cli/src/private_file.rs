//! Files with personal data.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// What happens to the content of a file that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It is replaced.
    Replaced,
    /// It is kept, and written after.
    Kept,
}

/// Opens a file for writing. Only its owner can read it (on Unix: mode 0600).
///
/// # Errors
///
/// The file cannot be written, or its permissions cannot be changed.
pub(crate) fn open(path: &Path, existing: Existing) -> io::Result<File> {
    let mut options = OpenOptions::new();
    match existing {
        Existing::Replaced => options.write(true).truncate(true),
        Existing::Kept => options.append(true),
    };
    options.create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    if file.metadata()?.is_file() {
        let owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(owner)?;
    }
    Ok(file)
}
