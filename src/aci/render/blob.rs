//! Where a plain tar lies.

use std::{
    fs::File,
    io::{self, Seek},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::model::{Failure, Side};

/// A plain tar: a file, or one that is open and has no name.
#[derive(Clone, Debug)]
pub struct LayerBlob {
    name: String,
    place: BlobSource,
}

#[derive(Clone, Debug)]
enum BlobSource {
    Path(PathBuf),
    Open(Arc<File>),
}

impl LayerBlob {
    /// The file at `path`.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { name: path.display().to_string(), place: BlobSource::Path(path) }
    }

    /// A file that errors call `name`, and that is read by one at a time.
    #[must_use]
    pub fn of(file: File, name: &str) -> Self {
        Self { name: name.to_owned(), place: BlobSource::Open(Arc::new(file)) }
    }

    /// What errors call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it lies, if it has a name.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            BlobSource::Path(path) => Some(path),
            BlobSource::Open(_) => None,
        }
    }

    /// Opens it at its beginning.
    ///
    /// # Errors
    ///
    /// Fails where it is not there.
    pub fn open(&self) -> io::Result<File> {
        match &self.place {
            BlobSource::Path(path) => File::open(path),
            BlobSource::Open(file) => {
                let mut file = file.try_clone()?;
                file.rewind()?;
                Ok(file)
            }
        }
    }

    /// Describes an error of reading it, which may hold a failure that names
    /// it already.
    pub(in crate::aci) fn failed(&self, error: &io::Error) -> Failure {
        match Failure::find_in(error) {
            Some(failure) if failure.causes.first() == Some(&self.name) => failure,
            _ => Failure::from_io(Side::Local, &self.name, error),
        }
    }
}
