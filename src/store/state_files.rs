//! Small state beside the content: pins and upload sessions.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use super::{
    Store,
    files::{read_small, remove, storage},
};
use crate::model::{Descriptor, Digest, Failure};

impl Store {
    /// Keeps `roots`, and all that they refer to, until `run` is unpinned.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn pin(&self, run: &str, roots: &[Descriptor]) -> Result<(), Failure> {
        self.write_small(&self.small_path("pins", run), &text_of(roots))
    }

    /// Keeps `roots` besides what `run` has pinned already.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn pin_more(&self, run: &str, roots: &[Descriptor]) -> Result<(), Failure> {
        let path = self.small_path("pins", run);
        let failed = |error| storage(&path, &error);
        let mut file = OpenOptions::new().append(true).create(true).open(&path).map_err(failed)?;
        file.write_all(format!("\n{}", text_of(roots)).as_bytes()).map_err(failed)
    }

    /// Lets go of what `run` pinned, if anything.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn unpin(&self, run: &str) -> Result<(), Failure> {
        remove(&self.small_path("pins", run))
    }

    /// The text that was put under `key`.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub(super) fn session_get(&self, key: &str) -> Result<Option<String>, Failure> {
        read_small(&self.small_path("sessions", key))
    }

    /// Puts `text` under `key`, in place of what was there.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub(super) fn session_put(&self, key: &str, text: &str) -> Result<(), Failure> {
        self.write_small(&self.small_path("sessions", key), text)
    }

    /// Removes what is under `key`, if anything.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub(super) fn session_remove(&self, key: &str) -> Result<(), Failure> {
        remove(&self.small_path("sessions", key))
    }

    /// Writes a small file so that it is there whole or not at all.
    pub(super) fn write_small(&self, path: &Path, text: &str) -> Result<(), Failure> {
        let mut temp = self.temp_file()?;
        temp.file().write_all(text.as_bytes()).map_err(|error| storage(path, &error))?;
        temp.persist(path)
    }

    /// All that is pinned, by any run.
    pub(super) fn pinned(&self) -> Result<Vec<Descriptor>, Failure> {
        let folder = self.path("pins");
        let mut roots = Vec::new();
        for entry in fs::read_dir(&folder).map_err(|error| storage(&folder, &error))? {
            let path = entry.map_err(|error| storage(&folder, &error))?.path();
            let text = read_small(&path)?.unwrap_or_default();
            // A line for each time that something was pinned.
            let lines = text.lines().map(serde_json::from_str::<Vec<Descriptor>>);
            roots.extend(lines.filter_map(Result::ok).flatten());
        }
        Ok(roots)
    }

    /// A key may be anything, so its hash is the file's name.
    fn small_path(&self, folder: &str, key: &str) -> PathBuf {
        self.path(folder).join(Digest::of(key.as_bytes()).hex())
    }
}

fn text_of(roots: &[Descriptor]) -> String {
    serde_json::to_string(roots).expect("a descriptor always becomes JSON")
}
