//! Taking images into a store.

use std::{
    fs::{self, File},
    io::{Read, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use jiff::Timestamp;
use tempfile::NamedTempFile;

use super::{ImageStore, failed, record::Note};
use crate::{
    aci::{AciForm, AciManifest, ImageId, ImageKey, archive},
    archive::Caps,
    model::Failure,
};

/// How an image is taken in.
#[derive(Clone, Copy, Debug)]
pub struct Import {
    /// What the archive must hold.
    pub form: AciForm,
    /// How far it may inflate.
    pub caps: Caps,
    /// Whether it is marked as the latest of its name.
    pub latest: bool,
    /// The time now.
    pub now: Timestamp,
}

/// An image that was taken in.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Its key.
    pub key: ImageKey,
    /// Its whole hash.
    pub id: ImageId,
    /// What it says of itself.
    pub manifest: AciManifest,
    /// The length of its plain tar in bytes.
    pub size: u64,
}

impl ImageStore {
    /// Reads an archive, which errors call `name`, checks it, and keeps it; one
    /// that is there already is there anew.
    ///
    /// # Errors
    ///
    /// Fails where the archive is not good, or the disk fails; nothing of it
    /// stays then.
    pub fn import(&self, reader: impl Read, name: &str, how: Import) -> Result<Imported, Failure> {
        let mut temp = self.temp()?;
        let contents = archive::read(reader, name, how.form, how.caps, temp.as_file_mut())?;
        let key = contents.id.key();
        let _lock = self.lock()?;
        self.keep(temp, &self.path("blob", &key))?;
        let note = Note { id: contents.id.to_string(), imported: how.now, latest: how.latest };
        self.set_note(&key, &note)?;
        // The manifest comes last: an image that has one is complete.
        let manifest = contents.manifest;
        self.write(&self.path("imageManifest", &key), &manifest.to_bytes())?;
        Ok(Imported { key, id: contents.id, manifest, size: contents.size })
    }

    /// Writes a file of the store whole, or not at all.
    pub(super) fn write(&self, path: &Path, content: &[u8]) -> Result<(), Failure> {
        let mut temp = self.temp()?;
        temp.write_all(content).map_err(|error| failed(path, &error))?;
        self.keep(temp, path)
    }

    fn keep(&self, temp: NamedTempFile, path: &Path) -> Result<(), Failure> {
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
        temp.persist(path).map_err(|error| failed(path, &error.error))?;
        Ok(())
    }

    fn temp(&self) -> Result<NamedTempFile, Failure> {
        let folder = self.root.join("tmp");
        fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
        tempfile::Builder::new()
            .prefix("castoff-")
            // Images are no secrets; what the user's mask leaves of it.
            .permissions(fs::Permissions::from_mode(0o644))
            .tempfile_in(&folder)
            .map_err(|error| failed(&folder, &error))
    }

    /// Keeps other processes of castoff from taking in and removing images
    /// until it is dropped.
    pub(super) fn lock(&self) -> Result<File, Failure> {
        let folder = self.root.join("cas");
        fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
        let path = folder.join("castoff.lock");
        let opened = File::options().create(true).append(true).open(&path);
        let file = opened.map_err(|error| failed(&path, &error))?;
        file.lock().map_err(|error| failed(&path, &error))?;
        Ok(file)
    }
}
