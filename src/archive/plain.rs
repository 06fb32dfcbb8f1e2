//! Plain files, and nothing that only looks like one.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::{FileTypeExt, OpenOptionsExt},
    path::Path,
};

/// Opens a plain file, or what a link to one leads to.
///
/// # Errors
///
/// Fails at once where it is anything else: a pipe could keep its reader waiting
/// for ever, and a device has no end.
pub fn open_plain(path: &Path) -> io::Result<File> {
    refuse_others(File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path)?)
}

/// The same file, if it is a plain one.
///
/// # Errors
///
/// Fails where it is anything else.
pub fn refuse_others(file: File) -> io::Result<File> {
    let kind = file.metadata()?.file_type();
    let what = match () {
        () if kind.is_file() => return Ok(file),
        () if kind.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        () if kind.is_fifo() => "it is a named pipe, not a regular file",
        () if kind.is_block_device() || kind.is_char_device() => {
            "it is a device, not a regular file"
        }
        () => "it is not a regular file",
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, what))
}

/// Reads a plain file whole.
///
/// # Errors
///
/// Fails where it is none, and where it cannot be read.
pub fn read_plain(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_plain(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}
