//! What this machine has seen of a repository, in Docker's trust folder. The
//! first root that is seen is the one that all others must follow from.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{Gun, METADATA_LIMIT};
use crate::model::{Failure, FailureKind, Side};

/// The folder of what was seen.
#[derive(Clone, Debug)]
pub struct SeenMetadata {
    folder: PathBuf,
}

impl SeenMetadata {
    /// What is below the trust folder.
    #[must_use]
    pub fn new(trust: &Path) -> Self {
        Self { folder: trust.join("tuf") }
    }

    /// The folder of one repository.
    #[must_use]
    pub fn folder(&self, gun: &Gun) -> PathBuf {
        self.folder.join(gun.as_str()).join("metadata")
    }

    /// The metadata of `role` that was seen last; none where none was.
    ///
    /// # Errors
    ///
    /// Fails where it cannot be read.
    pub fn read(&self, gun: &Gun, role: &str) -> Result<Option<Vec<u8>>, Failure> {
        let path = self.path(gun, role);
        let failed = |error: io::Error| Failure::from_io(Side::Local, path.display(), &error);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let mut bytes = Vec::new();
        file.take(METADATA_LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > METADATA_LIMIT {
            let why = format!("it has more than {METADATA_LIMIT} bytes");
            return Err(
                Failure::new(FailureKind::Invalid, Side::Local, why).context(path.display())
            );
        }
        Ok(Some(bytes))
    }

    /// Roles are of the words that were checked when they were read.
    pub(super) fn path(&self, gun: &Gun, role: &str) -> PathBuf {
        self.folder(gun).join(format!("{role}.json"))
    }
}
