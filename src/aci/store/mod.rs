//! A store of images in the form that rkt and acido keep.
//!
//! ```text
//! ROOT/cas/blob/sha512/XX/KEY            the plain tar of an image
//! ROOT/cas/imageManifest/sha512/XX/KEY   its manifest
//! ROOT/cas/castoff/sha512/XX/KEY         when it was imported, its whole hash
//! ROOT/cas/db                            rkt's index, a database of its own kind
//! ROOT/tmp/…                             what is being written
//! ```
//!
//! rkt's database is neither read nor written: images that rkt or acido
//! imported are found by their manifests, as old as those files; whether one
//! of them was the latest only rkt knows. What castoff imports it notes beside.

mod import;
mod note;
mod record;
mod remove;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use self::record::Note;
use super::{App, Dependency, Key, KeyPrefix, Manifest, Reference, manifest};
use crate::model::{Failure, FailureKind, Remedy, Side};

pub use import::{Import, Imported};

/// A store of images in one folder.
#[derive(Clone, Debug)]
pub struct ImageStore {
    root: PathBuf,
}

/// What a store knows of an image.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its key.
    pub key: Key,
    /// Its whole hash, where it is known without reading it.
    pub id: Option<String>,
    /// What it says of itself.
    pub manifest: Manifest,
    /// When it was imported last.
    pub imported: Timestamp,
    /// Whether it wins over others of its name, unless a version is asked for.
    pub latest: bool,
    /// The length of its plain tar in bytes.
    pub size: u64,
}

impl ImageStore {
    /// The store at `root`, which need not be there yet.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The folder that it lies in.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All keys, in order.
    ///
    /// # Errors
    ///
    /// Fails where the folder cannot be read.
    pub fn keys(&self) -> Result<Vec<Key>, Failure> {
        let mut keys = Vec::new();
        for shelf in list(&self.kind("blob"))? {
            for path in list(&shelf)? {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                keys.extend(Key::parse(name));
            }
        }
        keys.sort();
        Ok(keys)
    }

    /// The only key that begins with `text`.
    ///
    /// # Errors
    ///
    /// Fails where `text` begins no key, where no image has it, and where
    /// several do.
    pub fn resolve_key(&self, text: &str) -> Result<Key, Failure> {
        let prefix = KeyPrefix::parse(text)
            .map_err(|error| Failure::from_error(FailureKind::Invalid, Side::Local, &error))?;
        self.beginning(&prefix)
    }

    fn beginning(&self, prefix: &KeyPrefix) -> Result<Key, Failure> {
        let folder = self.kind("blob").join(prefix.shelf());
        let mut found = Vec::new();
        for path in list(&folder)? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            found.extend(Key::parse(name).filter(|key| prefix.fits(key)));
        }
        let text = prefix.as_str();
        match &found[..] {
            [only] if self.agrees(only, prefix)? => Ok(only.clone()),
            [] | [_] => Err(not_found(format!("no keys found: no image is named `{text}`"))
                .hint(Remedy::ListImages { folder: self.root.clone() })),
            _ => {
                found.sort();
                let failure = Failure::new(
                    FailureKind::Invalid,
                    Side::Local,
                    format!(
                        "ambiguous key: the keys of {} images begin with `{text}`",
                        found.len()
                    ),
                );
                Err(found
                    .iter()
                    .take(5)
                    .fold(failure, Failure::because)
                    .hint("give more digits of it"))
            }
        }
    }

    /// Whether more digits than a key has are those of the image.
    fn agrees(&self, key: &Key, prefix: &KeyPrefix) -> Result<bool, Failure> {
        let longer = prefix.as_str().len() > key.as_str().len();
        let note = if longer { self.note(key)? } else { None };
        Ok(note.is_none_or(|note| prefix.fits_id(&note.id)))
    }

    /// The image that `reference` names: of several with the name and the
    /// labels, one that is marked as the latest, unless a version is asked
    /// for, and else the one that was imported last.
    ///
    /// # Errors
    ///
    /// Fails where there is none, and where a key begins like several.
    pub fn find(&self, reference: &Reference) -> Result<Key, Failure> {
        match reference {
            Reference::Key(prefix) => self.beginning(prefix),
            Reference::App(app) => self.find_app(app)?.ok_or_else(|| {
                not_found(format!("aci not found: {app}"))
                    .hint(Remedy::ListImages { folder: self.root.clone() })
            }),
        }
    }

    fn find_app(&self, app: &App) -> Result<Option<Key>, Failure> {
        let asks_version = app.labels.get("version").is_some();
        let fitting = self.list()?.into_iter().filter(|stored| stored.manifest.is(app));
        let best = fitting.max_by_key(|stored| {
            (!asks_version && stored.latest, stored.imported, stored.key.clone())
        });
        Ok(best.map(|stored| stored.key))
    }

    /// The image that a dependency asks for.
    ///
    /// # Errors
    ///
    /// Fails where there is none, or where the one that is asked for by its
    /// key has another name, or not the labels.
    pub fn dependency(&self, dependency: &Dependency) -> Result<Key, Failure> {
        let wanted = &dependency.app;
        let Some(prefix) = &dependency.image_id else {
            return self.find(&Reference::App(wanted.clone()));
        };
        let key = self.beginning(prefix)?;
        let manifest = self.manifest(&key)?;
        if !manifest.is(wanted) {
            let is = App { name: manifest.name, labels: manifest.labels };
            return Err(Failure::new(
                FailureKind::Integrity,
                Side::Local,
                format!("{key} should be {wanted}, but is {is}"),
            ));
        }
        Ok(key)
    }

    /// The manifest of an image.
    ///
    /// # Errors
    ///
    /// Fails where it is not there or cannot be read.
    pub fn manifest(&self, key: &Key) -> Result<Manifest, Failure> {
        let path = self.path("imageManifest", key);
        let raw = read_whole(&path)?
            .ok_or_else(|| not_found(format!("{key} has no manifest")).context(path.display()))?;
        Manifest::parse(&raw).map_err(|failure| failure.context(path.display()))
    }

    /// Where the plain tar of an image lies.
    #[must_use]
    pub fn blob(&self, key: &Key) -> PathBuf {
        self.path("blob", key)
    }

    /// All images, in the order of their keys. Those that cannot be read are
    /// left out.
    ///
    /// # Errors
    ///
    /// Fails where the folder cannot be read.
    pub fn list(&self) -> Result<Vec<Stored>, Failure> {
        Ok(self.each()?.into_iter().filter_map(Result::ok).collect())
    }

    /// All images, in the order of their keys, and why one of them cannot be
    /// read.
    ///
    /// # Errors
    ///
    /// Fails where the folder cannot be read.
    pub fn each(&self) -> Result<Vec<Result<Stored, Failure>>, Failure> {
        let there = |key: &Key| self.path("imageManifest", key).exists();
        // What has no manifest yet is being imported.
        Ok(self.keys()?.into_iter().filter(there).map(|key| self.stored(key)).collect())
    }

    /// What the store knows of an image.
    ///
    /// # Errors
    ///
    /// Fails where it is not there.
    pub fn stored(&self, key: Key) -> Result<Stored, Failure> {
        let blob = self.blob(&key);
        let metadata = fs::metadata(&blob).map_err(|error| failed(&blob, &error))?;
        let manifest = self.manifest(&key)?;
        let note = self.note(&key)?;
        let (id, imported, latest) = if let Some(Note { id, imported, latest }) = note {
            (Some(id), imported, latest)
        } else {
            let path = self.path("imageManifest", &key);
            let at = fs::metadata(&path).and_then(|metadata| metadata.modified());
            let at = at.map_err(|error| failed(&path, &error))?;
            (None, Timestamp::try_from(at).unwrap_or_default(), false)
        };
        Ok(Stored { key, id, manifest, imported, latest, size: metadata.len() })
    }

    /// The folder of one kind of files.
    fn kind(&self, kind: &str) -> PathBuf {
        self.root.join("cas").join(kind).join("sha512")
    }

    fn path(&self, kind: &str, key: &Key) -> PathBuf {
        self.kind(kind).join(key.shelf()).join(key.as_str())
    }
}

/// What lies in a folder; nothing where there is no folder.
fn list(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| failed(folder, &error))?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    paths.collect::<io::Result<_>>().map_err(|error| failed(folder, &error))
}

/// Reads a file of the store whole; none where there is none.
fn read_whole(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    use io::Read;
    let file = match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|error| failed(path, &error))?,
    };
    let mut raw = Vec::new();
    file.take(manifest::LIMIT).read_to_end(&mut raw).map_err(|error| failed(path, &error))?;
    Ok(Some(raw))
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::from_io(Side::Local, path.display(), error);
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            failure.hint("use your own store with --dir, or run as the owner of this one")
        }
        _ => failure,
    }
}

fn not_found(what: String) -> Failure {
    Failure::new(FailureKind::NotFound, Side::Local, what)
}
