//! Taking images out of a store.

use std::{collections::BTreeSet, fs, io, path::Path};

use super::{ImageStore, Stored, failed};
use crate::{
    aci::Key,
    model::{Failure, FailureKind, Side},
};

impl ImageStore {
    /// Removes images. With `force`, also those that others stand on.
    ///
    /// # Errors
    ///
    /// Fails, before anything is removed, where an image that stays stands on
    /// one of them.
    pub fn remove(&self, keys: &[Key], force: bool) -> Result<(), Failure> {
        let _lock = self.lock()?;
        if !force {
            self.refuse_needed(keys)?;
        }
        for key in keys {
            // What has no manifest is no image any more.
            for kind in ["imageManifest", "castoff", "blob"] {
                remove_file(&self.path(kind, key))?;
            }
        }
        Ok(())
    }

    fn refuse_needed(&self, keys: &[Key]) -> Result<(), Failure> {
        let keys: BTreeSet<&Key> = keys.iter().collect();
        let mut needed = Vec::new();
        for stored in self.list()? {
            if keys.contains(&stored.key) {
                continue;
            }
            // What is missing already is not needed any more.
            let on = stored.manifest.dependencies.iter().flat_map(|of| self.dependency(of));
            needed.extend(on.filter(|key| keys.contains(key)).map(|key| sentence(&stored, &key)));
        }
        if needed.is_empty() {
            return Ok(());
        }
        let what = "another image depends on an image to remove";
        let failure = Failure::new(FailureKind::Invalid, Side::Local, what);
        let failure = needed.iter().take(10).fold(failure, Failure::because);
        Err(failure.hint("remove these too, or give --force"))
    }
}

fn sentence(stored: &Stored, on: &Key) -> String {
    format!("{} ({}) depends on {}", stored.key, stored.manifest.name, on)
}

fn remove_file(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path, &error)),
        _ => Ok(()),
    }
}
