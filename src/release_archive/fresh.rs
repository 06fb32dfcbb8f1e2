//! Files that are there whole, or not at all.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::model::{Failure, Side};

/// A file that is written beside its place. It is gone when this is dropped
/// before it was put there.
pub(crate) struct Fresh {
    file: NamedTempFile,
    target: PathBuf,
}

impl Fresh {
    /// Begins the file that will be `target`, in the folder of which it is written.
    pub(crate) fn begin(target: &Path) -> Result<Self, Failure> {
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = tempfile::Builder::new()
            .prefix(".castoff-")
            // What the user's mask leaves of it: none of these is a secret.
            .permissions(fs::Permissions::from_mode(0o666))
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(|error| Failure::from_io(Side::Local, target.display(), &error))?;
        Ok(Self { file, target: target.to_owned() })
    }

    /// What is written to.
    pub(crate) fn writer(&self) -> Result<File, Failure> {
        self.file.as_file().try_clone().map_err(|error| self.failed(&error))
    }

    /// Puts the file in its place, where it replaces another.
    pub(crate) fn put(self) -> Result<(), Failure> {
        self.file.as_file().sync_all().map_err(|error| self.failed(&error))?;
        let Self { file, target } = self;
        let persisted = file.persist(&target);
        persisted
            .map(drop)
            .map_err(|error| Failure::from_io(Side::Local, target.display(), &error.error))
    }

    /// An error of writing it.
    pub(crate) fn failed(&self, error: &io::Error) -> Failure {
        Failure::from_io(Side::Local, self.target.display(), error)
    }
}
