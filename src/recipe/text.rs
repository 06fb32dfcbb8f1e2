//! The text of a Dockerfile.

use std::{fs, io, path::Path};

use crate::model::{Failure, FailureKind, Side, bytes};

/// The most bytes of a Dockerfile.
pub(super) const LIMIT: u64 = 4 << 20;

/// The text of a Dockerfile.
///
/// # Errors
///
/// Fails where it cannot be read, is too large, or is no text.
pub fn text(file: &Path) -> Result<String, Failure> {
    let read = || -> io::Result<Vec<u8>> {
        let size = fs::metadata(file)?.len();
        if size > LIMIT {
            let what = format!("a Dockerfile must not have {}", bytes(size));
            return Err(Failure::new(FailureKind::Invalid, Side::Source, what).into());
        }
        fs::read(file)
    };
    let missing = |error: io::Error| {
        Failure::from_io(Side::Source, file.display(), &error)
            .hint("choose another with dockerfile = \"PATH\"")
    };
    String::from_utf8(read().map_err(missing)?).map_err(|_| {
        Failure::new(FailureKind::Invalid, Side::Source, "it is not UTF-8 text")
            .context(file.display())
    })
}
