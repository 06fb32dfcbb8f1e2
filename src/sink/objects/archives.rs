//! A folder of release archives, that is used like a bucket of `df-dist-v1`.
//!
//! People find the archives in the folder itself, by their names. What castoff
//! notes of them lies in `.castoff` beside them: the documents, what is staged,
//! and for each archive and each tag that names it an empty mark at its key. An
//! archive goes when its last mark does. A file without a mark is somebody
//! else's, and is never touched.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;

use super::{FolderObjects, Info, Listing, Objects, Read, Version, Written};
use crate::{
    model::{Abilities, Descriptor, Failure, FailureKind, Side},
    ports::{Content, Meter, Output},
    sink::{
        disk::{self, at},
        turn::Turn,
    },
};

/// Where the notes lie.
const NOTES: &str = ".castoff";

/// Release archives in a folder.
pub struct ArchiveObjects {
    root: PathBuf,
    archives: FolderObjects,
    notes: FolderObjects,
}

/// The parts of a key of an archive:
/// `df-dist-v1/NAME/TAG/OS/ARCH[/VARIANT]/ARCHIVE`.
struct Key<'k> {
    /// `df-dist-v1/NAME/`.
    name: &'k str,
    /// `OS/ARCH[/VARIANT]/ARCHIVE`.
    rest: &'k str,
    archive: &'k str,
}

impl<'k> Key<'k> {
    /// None where the key is of a document, or of what is staged.
    fn of(key: &'k str) -> Option<Self> {
        let slashes: Vec<usize> = key.match_indices('/').map(|(place, _)| place).collect();
        let [_, name, tag, _, .., last] = slashes[..] else { return None };
        Some(Self { name: &key[..=name], rest: &key[tag + 1..], archive: &key[last + 1..] })
    }
}

impl ArchiveObjects {
    /// The archives in `root`, which need not exist.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self {
            archives: FolderObjects::new(root.clone()),
            notes: FolderObjects::new(root.join(NOTES)),
            root,
        }
    }

    fn mark(&self, key: &str) -> PathBuf {
        self.root.join(NOTES).join(key)
    }

    /// The marks of an archive, of all tags, of what is called the same.
    async fn marks(&self, key: &Key<'_>) -> Result<usize, Failure> {
        let tags = self.notes.list(key.name).await?.folders.into_iter();
        let is_marked = |tag: &String| {
            self.root.join(NOTES).join(format!("{}{tag}/{}", key.name, key.rest)).is_file()
        };
        Ok(tags.filter(is_marked).count())
    }

    /// Fails where a file has the archive's name and is not ours.
    async fn refuse_foreign(&self, key: &Key<'_>) -> Result<(), Failure> {
        let path = self.root.join(key.archive);
        if path.symlink_metadata().is_err() || self.marks(key).await? > 0 {
            return Ok(());
        }
        let what = format!("{} is there, and is not of this release", path.display());
        Err(Failure::new(FailureKind::Conflict, Side::Sink, what).hint("move it away"))
    }

    /// Marks an archive as ours, before there is one: a mark without an archive
    /// is harmless.
    async fn begin(&self, of: &str, key: &Key<'_>) -> Result<(), Failure> {
        self.refuse_foreign(key).await?;
        disk::write(&self.mark(of), b"")
    }
}

#[async_trait]
impl Objects for ArchiveObjects {
    fn show(&self, key: &str) -> String {
        match Key::of(key) {
            Some(key) => self.archives.show(key.archive),
            None => self.notes.show(key),
        }
    }

    async fn check(&self) -> Result<(), Failure> {
        self.archives.check().await
    }

    async fn abilities(&self, may_write: bool) -> Result<Abilities, Failure> {
        self.archives.abilities(may_write).await
    }

    fn are_here(&self) -> bool {
        true
    }

    fn room(&self) -> Result<Option<u64>, Failure> {
        self.archives.room()
    }

    async fn info(&self, of: &str) -> Result<Option<Info>, Failure> {
        let Some(key) = Key::of(of) else { return self.notes.info(of).await };
        self.refuse_foreign(&key).await?;
        if !self.mark(of).is_file() {
            return Ok(None);
        }
        self.archives.info(key.archive).await
    }

    async fn turn(&self, output: &Output) -> Result<Option<Turn>, Failure> {
        self.archives.turn(output).await
    }

    async fn read(&self, of: &str) -> Result<Option<Read>, Failure> {
        match Key::of(of) {
            Some(key) => self.archives.read(key.archive).await,
            None => self.notes.read(of).await,
        }
    }

    async fn open(&self, of: &str, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        match Key::of(of) {
            Some(key) => self.archives.open(key.archive, node).await,
            None => self.notes.open(of, node).await,
        }
    }

    async fn put(&self, of: &str, bytes: &[u8], content_type: &str) -> Result<(), Failure> {
        let Some(key) = Key::of(of) else {
            return self.notes.put(of, bytes, content_type).await;
        };
        self.begin(of, &key).await?;
        self.archives.put(key.archive, bytes, content_type).await
    }

    async fn replace(
        &self,
        key: &str,
        _seen: Option<&Version>,
        bytes: &[u8],
        content_type: &str,
    ) -> Result<(), Failure> {
        self.put(key, bytes, content_type).await
    }

    async fn remove(&self, key: &str, _seen: &Version) -> Result<(), Failure> {
        self.delete(key).await
    }

    async fn put_content(
        &self,
        of: &str,
        node: &Descriptor,
        content: Arc<dyn Content>,
        content_type: &str,
        meter: &Meter,
    ) -> Result<(), Failure> {
        let Some(key) = Key::of(of) else {
            return self.notes.put_content(of, node, content, content_type, meter).await;
        };
        self.begin(of, &key).await?;
        self.archives.put_content(key.archive, node, content, content_type, meter).await
    }

    async fn copy(&self, from: &str, to: &str) -> Result<(), Failure> {
        let place = |of: &str| match Key::of(of) {
            Some(key) => self.root.join(key.archive),
            None => self.mark(of),
        };
        if let Some(key) = Key::of(to) {
            self.begin(to, &key).await?;
        }
        let (from, to) = (place(from), place(to));
        if from == to {
            return Ok(());
        }
        copy(&from, &to).await
    }

    async fn delete(&self, of: &str) -> Result<(), Failure> {
        let was_marked = self.mark(of).is_file();
        self.notes.delete(of).await?;
        match Key::of(of) {
            Some(key) if was_marked && self.marks(&key).await? == 0 => {
                self.archives.delete(key.archive).await
            }
            _ => Ok(()),
        }
    }

    async fn walk(&self, prefix: &str) -> Result<Vec<Written>, Failure> {
        self.notes.walk(prefix).await
    }

    async fn list(&self, prefix: &str) -> Result<Listing, Failure> {
        self.notes.list(prefix).await
    }

    async fn others(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        self.notes.others(prefix).await
    }

    async fn is_link(&self, folder: &str) -> Result<bool, Failure> {
        self.notes.is_link(folder).await
    }

    async fn unlink(&self, folder: &str) -> Result<(), Failure> {
        self.notes.unlink(folder).await
    }
}

async fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let file = disk::beside(to)?;
    tokio::fs::copy(from, file.path()).await.map_err(at(from))?;
    disk::finish(file, to)
}
