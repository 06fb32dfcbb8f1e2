//! The archive in the content store, as an artifact of one file.

use std::{fs::File, path::Path, sync::Arc};

use super::chain::Chain;
use crate::{
    model::{Descriptor, Failure, Manifest, Platform, Side, media_type},
    ports::{Desk, blocking},
    source::copy_hashed,
    store::{FileState, Store},
};

impl Chain<'_> {
    /// The manifest of the archive, if it was put into the store as it is.
    pub(super) fn prepared(&self) -> Result<Option<Descriptor>, Failure> {
        if !self.stale()?.is_empty() {
            return Ok(None);
        }
        match FileState::of(&self.files.archive) {
            Ok(state) => self.archives.store.root_of(&[state], &self.key()),
            Err(_) => Ok(None),
        }
    }

    fn key(&self) -> String {
        format!("release-archive 1 {}", self.arch.platform())
    }

    /// Puts the archive into the store, as an artifact of one file.
    pub(super) async fn keep(&self, desk: &Desk) -> Result<Descriptor, Failure> {
        let (path, platform) = (self.files.archive.clone(), self.arch.platform());
        let (store, key) = (Arc::clone(&self.archives.store), self.key());
        let (root, size) = blocking(move || keep(&store, &path, platform, &key)).await?;
        desk.meter.expect(size);
        desk.meter.advance(size);
        Ok(root)
    }
}

/// Puts a file into the store, as an artifact of one file. Returns its manifest
/// and the file's size.
fn keep(
    store: &Store,
    path: &Path,
    platform: Platform,
    key: &str,
) -> Result<(Descriptor, u64), Failure> {
    let state = FileState::of(path)?;
    let mut writer = store.writer()?;
    let copied = File::open(path).and_then(|mut file| copy_hashed(&mut file, &mut writer));
    copied.map_err(|error| Failure::from_io(Side::Source, path.display(), &error))?;
    let kept = writer.commit(media_type::OCTET_STREAM, None)?;
    state.expect_same(&FileState::of(path)?)?;
    let (size, name) = (kept.size, path.file_name().unwrap_or_default().to_string_lossy());
    store.keep(media_type::EMPTY, b"{}")?;
    let manifest = Manifest::of_artifact(media_type::FILES, vec![kept.titled(&name)]);
    store.keep(media_type::MANIFEST, manifest.raw())?;
    let root = manifest.descriptor().on(platform);
    store.set_root_of(&[state], key, &root)?;
    Ok((root, size))
}
