//! Files and folders that only their owner may read.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Read},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use crate::model::{Failure, FailureKind, Side};

/// The most bytes of a small file: a link, a pin, a session.
const SMALL_LIMIT: u64 = 4 << 20;

/// Describes an I/O error of the store's own files.
pub(super) fn storage(path: &Path, error: &io::Error) -> Failure {
    let failure = Failure {
        kind: FailureKind::Storage,
        ..Failure::from_io(Side::Local, path.display(), error)
    };
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            failure.hint("free some space there, or move the store to another disk")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => failure.hint(
            "make that folder writable, or set other folders in XDG_CACHE_HOME and \
             XDG_STATE_HOME",
        ),
        _ => failure,
    }
}

/// Makes a folder and those above it, for the owner only.
pub(super) fn make_folder(path: &Path) -> Result<(), Failure> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| storage(path, &error))
}

/// Makes a file that must not exist yet, for the owner only.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

/// Opens a regular file, and nothing that a link leads to. A pipe does not
/// block.
pub(super) fn open_regular(path: &Path) -> io::Result<File> {
    let file =
        File::options().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
    }
}

/// Whether a file may be run by its owner.
pub(crate) fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|of| of.permissions().mode() & 0o100 != 0)
}

/// Reads a small file; none where there is none.
pub(super) fn read_small(path: &Path) -> Result<Option<String>, Failure> {
    let file = match open_regular(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(storage(path, &error)),
    };
    let mut text = Vec::new();
    file.take(SMALL_LIMIT).read_to_end(&mut text).map_err(|error| storage(path, &error))?;
    Ok(String::from_utf8(text).ok())
}

/// Removes a file that may be gone already.
pub(super) fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(storage(path, &error)),
        _ => Ok(()),
    }
}
