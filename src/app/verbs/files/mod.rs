//! Files that are signed, or checked, where they lie on this machine.

mod sign;
mod verify;

use std::{fs::File, io::Read, path::Path};

pub(crate) use self::{
    sign::{beside, sign},
    verify::{verify, verify_sums},
};
use crate::{
    error::Error,
    model::{Failure, FailureKind, Side, escape},
};

/// How much of a file is looked at to tell what it is, in bytes.
const GLIMPSE: u64 = 4 << 10;

/// Whether references name files, all of them or none.
///
/// # Errors
///
/// Fails where only some do.
pub(crate) fn are_named(references: &[String]) -> Result<bool, Error> {
    let count = references.iter().filter(|reference| is_file(reference)).count();
    let other = references.iter().find(|reference| !is_file(reference));
    match other.filter(|_| count > 0) {
        Some(other) if is_word(other) => {
            Err(Error::refused(format!("the file `{}` does not exist", escape(other))))
        }
        Some(_) => Err(Error::usage(
            "these are both files and published references: name only files or only references",
        )),
        None => Ok(count > 0),
    }
}

/// What a reference of an image never looks like: without host, name or digest.
fn is_word(reference: &str) -> bool {
    !reference.contains(['/', ':', '@'])
}

/// What is there as a file is one, and what can be nothing else.
fn is_file(reference: &str) -> bool {
    ["./", "../", "/"].iter().any(|start| reference.starts_with(start))
        || (!reference.contains("://") && Path::new(reference).is_file())
}

/// Opens a file to be read, which must be a regular one.
fn open_file(path: &Path) -> Result<File, Failure> {
    let failed = |error| Failure::from_io(Side::Local, path.display(), &error);
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_file() {
        return Ok(file);
    }
    Err(Failure::new(FailureKind::Invalid, Side::Local, "this is not a file")
        .context(path.display()))
}

/// With what a file begins; none where there is no file.
fn glimpse(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let failed = |error| Failure::from_io(Side::Local, path.display(), &error);
    match File::open(path) {
        Ok(file) => {
            let mut bytes = Vec::new();
            file.take(GLIMPSE).read_to_end(&mut bytes).map_err(failed)?;
            Ok(Some(bytes))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// The name of a file, for people.
fn shown(path: &Path) -> String {
    escape(&path.display().to_string()).to_string()
}
