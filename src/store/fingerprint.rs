//! Telling that a file changed without reading it.

use std::{
    fs::{self, File, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::links::modified_ns;
use crate::model::{Failure, FailureKind, Side, SourceFile};

/// What a file looks like from outside. Two looks that are equal saw the same
/// content, unless the clock was set back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FileState {
    /// Where it lies; absolute.
    #[serde(serialize_with = "as_bytes")]
    pub path: PathBuf,
    /// Its length in bytes.
    pub size: u64,
    modified_ns: i64,
    changed_ns: i64,
    device: u64,
    inode: u64,
}

impl FileState {
    /// Looks at the file at `path`, or at what a link there leads to.
    ///
    /// # Errors
    ///
    /// Fails where it cannot be looked at, or is no regular file.
    pub fn of(path: &Path) -> Result<Self, Failure> {
        let look = || Self::new(std::path::absolute(path)?, &fs::metadata(path)?);
        look().map_err(|error: io::Error| Failure::from_io(Side::Source, path.display(), &error))
    }

    /// Looks at `file`, which was opened at `path`.
    ///
    /// # Errors
    ///
    /// As [`Self::of`].
    pub fn of_open(path: &Path, file: &File) -> Result<Self, Failure> {
        let look = || Self::new(std::path::absolute(path)?, &file.metadata()?);
        look().map_err(|error: io::Error| Failure::from_io(Side::Source, path.display(), &error))
    }

    fn new(path: PathBuf, metadata: &Metadata) -> io::Result<Self> {
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
        }
        Ok(Self {
            path,
            size: metadata.len(),
            modified_ns: modified_ns(metadata),
            changed_ns: metadata
                .ctime()
                .saturating_mul(1_000_000_000)
                .saturating_add(metadata.ctime_nsec()),
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }

    /// Whether the file last changed more than `least` before `now`. A file
    /// that has not rested can change and look as it does now.
    #[must_use]
    pub fn has_rested(&self, now: Timestamp, least: Duration) -> bool {
        let age = now.as_nanosecond() - i128::from(self.changed_ns);
        u128::try_from(age).is_ok_and(|age| age > least.as_nanos())
    }

    /// The same as a release keeps it.
    #[must_use]
    pub fn source(&self) -> SourceFile {
        SourceFile { path: self.path.clone(), size: self.size, modified_ns: self.modified_ns }
    }

    /// Fails where `now`, a later look at the same file, sees another.
    ///
    /// # Errors
    ///
    /// As it says.
    pub fn expect_same(&self, now: &Self) -> Result<(), Failure> {
        if self == now { Ok(()) } else { Err(changed(&self.path)) }
    }

    /// Fails where this is not what a survey saw.
    ///
    /// # Errors
    ///
    /// As it says.
    pub fn expect_seen(&self, seen: &SourceFile) -> Result<(), Failure> {
        let same = self.size == seen.size && self.modified_ns == seen.modified_ns;
        if same { Ok(()) } else { Err(changed(&self.path)) }
    }
}

/// Two paths that are not UTF-8 must not become the same text.
fn as_bytes<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_os_str().as_encoded_bytes().serialize(serializer)
}

/// The failure of a source that is not what it was.
pub(crate) fn changed(path: &Path) -> Failure {
    Failure::new(FailureKind::Changed, Side::Source, "it changed after castoff read it")
        .context(path.display())
        .hint("wait until it no longer changes, and plan again")
}
