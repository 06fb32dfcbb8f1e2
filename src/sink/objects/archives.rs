//! A folder of release archives, that is used like a bucket of `df-dist-v1`.
//!
//! People find the archives in the folder itself, by their names. What castoff
//! notes of them lies in `.castoff` beside them: the documents, what is staged,
//! and for each archive and each tag that names it an empty mark at its key. An
//! archive goes when its last mark does. A file without a mark
//! is another publisher's, and is never touched.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;

use super::{
    ListedObject, ObjectInfo, ObjectListing, ObjectVersion, Objects, Other, Read,
    folder::FolderObjects,
};
use crate::{
    model::{Abilities, Descriptor, Failure, FailureKind, Remedy, Side, media_type::OCTET_STREAM},
    net::Random,
    ports::{Content, JobOutput, Meter, blocking},
    sink::{disk, folder_lock::FolderLock},
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
struct ArchiveKey<'k> {
    /// `df-dist-v1/NAME/`.
    name: &'k str,
    /// `OS/ARCH[/VARIANT]/ARCHIVE`.
    rest: &'k str,
    archive: &'k str,
}

impl<'k> ArchiveKey<'k> {
    /// None where the key is of a document, or of what is staged.
    fn of(key: &'k str) -> Option<Self> {
        let slashes: Vec<usize> = key.match_indices('/').map(|(place, _)| place).collect();
        let [_, name, tag, _, .., last] = slashes[..] else { return None };
        Some(Self { name: &key[..=name], rest: &key[tag + 1..], archive: &key[last + 1..] })
    }
}

impl ArchiveObjects {
    /// The archives in `root`, which need not exist. `random` makes the waits for
    /// other publishers differ.
    #[must_use]
    pub fn new(root: PathBuf, random: Random) -> Self {
        Self {
            archives: FolderObjects::new(root.clone(), random),
            notes: FolderObjects::new(root.join(NOTES), random),
            root,
        }
    }

    fn mark(&self, key: &str) -> PathBuf {
        self.root.join(NOTES).join(key)
    }

    /// The marks of an archive, of all tags, of what is called the same.
    async fn marks(&self, key: &ArchiveKey<'_>) -> Result<usize, Failure> {
        let mut marks = 0;
        for tag in self.notes.list(key.name).await?.folders {
            let mark = format!("{}{tag}/{}", key.name, key.rest);
            marks += usize::from(self.is_marked(&mark).await?);
        }
        Ok(marks)
    }

    /// Fails where a file has the archive's name and is not ours.
    async fn refuse_foreign(&self, key: &ArchiveKey<'_>) -> Result<(), Failure> {
        let path = self.root.join(key.archive);
        let is_free = tokio::fs::symlink_metadata(&path).await.is_err();
        if is_free || self.marks(key).await? > 0 {
            return Ok(());
        }
        let what = format!("{} exists, and is not part of this release", path.display());
        Err(Failure::new(FailureKind::Conflict, Side::Sink, what).hint("move it away"))
    }

    /// The keys of all archives of one file name that are marked.
    async fn marked(&self, archive: &str) -> Result<Vec<String>, Failure> {
        let all = self.notes.walk("").await?.into_iter().map(|written| written.name);
        let is_it = |of: &String| ArchiveKey::of(of).is_some_and(|key| key.archive == archive);
        Ok(all.filter(is_it).collect())
    }

    /// Marks an archive as ours, before there is one: a mark without an archive
    /// is harmless.
    async fn begin(&self, of: &str, key: &ArchiveKey<'_>) -> Result<(), Failure> {
        self.refuse_foreign(key).await?;
        self.notes.put(of, b"", OCTET_STREAM).await
    }

    async fn is_marked(&self, of: &str) -> Result<bool, Failure> {
        Ok(self.notes.size(of).await?.is_some())
    }
}

#[async_trait]
impl Objects for ArchiveObjects {
    fn show(&self, key: &str) -> String {
        match ArchiveKey::of(key) {
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

    fn random(&self) -> Random {
        self.archives.random()
    }

    async fn free_space(&self) -> Result<Option<u64>, Failure> {
        self.archives.free_space().await
    }

    async fn info(&self, of: &str) -> Result<Option<ObjectInfo>, Failure> {
        let Some(key) = ArchiveKey::of(of) else { return self.notes.info(of).await };
        self.refuse_foreign(&key).await?;
        if !self.is_marked(of).await? {
            return Ok(None);
        }
        self.archives.info(key.archive).await
    }

    async fn size(&self, of: &str) -> Result<Option<u64>, Failure> {
        let Some(key) = ArchiveKey::of(of) else { return self.notes.size(of).await };
        self.refuse_foreign(&key).await?;
        if !self.is_marked(of).await? {
            return Ok(None);
        }
        self.archives.size(key.archive).await
    }

    async fn turn(&self, output: &JobOutput) -> Result<Option<FolderLock>, Failure> {
        self.archives.turn(output).await
    }

    async fn read(&self, of: &str) -> Result<Option<Read>, Failure> {
        match ArchiveKey::of(of) {
            Some(key) => self.archives.read(key.archive).await,
            None => self.notes.read(of).await,
        }
    }

    async fn open(&self, of: &str, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        match ArchiveKey::of(of) {
            Some(key) => self.archives.open(key.archive, node).await,
            None => self.notes.open(of, node).await,
        }
    }

    async fn put(&self, of: &str, bytes: &[u8], content_type: &str) -> Result<(), Failure> {
        let Some(key) = ArchiveKey::of(of) else {
            return self.notes.put(of, bytes, content_type).await;
        };
        self.begin(of, &key).await?;
        self.archives.put(key.archive, bytes, content_type).await
    }

    async fn replace(
        &self,
        key: &str,
        _seen: Option<&ObjectVersion>,
        bytes: &[u8],
        content_type: &str,
    ) -> Result<(), Failure> {
        self.put(key, bytes, content_type).await
    }

    async fn remove(&self, key: &str, _seen: &ObjectVersion) -> Result<(), Failure> {
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
        let Some(key) = ArchiveKey::of(of) else {
            return self.notes.put_content(of, node, content, content_type, meter).await;
        };
        self.begin(of, &key).await?;
        self.archives.put_content(key.archive, node, content, content_type, meter).await
    }

    async fn copy(&self, from: &str, to: &str) -> Result<(), Failure> {
        let place = |of: &str| match ArchiveKey::of(of) {
            Some(key) => self.root.join(key.archive),
            None => self.mark(of),
        };
        if let Some(key) = ArchiveKey::of(to) {
            self.begin(to, &key).await?;
        }
        let (from, to) = (place(from), place(to));
        if from == to {
            return Ok(());
        }
        blocking(move || disk::copy(&from, &to)).await
    }

    async fn delete(&self, of: &str) -> Result<(), Failure> {
        let was_marked = self.is_marked(of).await?;
        self.notes.delete(of).await?;
        match ArchiveKey::of(of) {
            Some(key) if was_marked && self.marks(&key).await? == 0 => {
                self.archives.delete(key.archive).await
            }
            _ => Ok(()),
        }
    }

    async fn walk(&self, prefix: &str) -> Result<Vec<ListedObject>, Failure> {
        self.notes.walk(prefix).await
    }

    async fn list(&self, prefix: &str) -> Result<ObjectListing, Failure> {
        self.notes.list(prefix).await
    }

    async fn walk_all(&self, prefix: &str) -> Result<(Vec<ListedObject>, Vec<Other>), Failure> {
        self.notes.walk_all(prefix).await
    }

    async fn refuse_taken(
        &self,
        of: &str,
        node: &Descriptor,
        moving: &[String],
    ) -> Result<(), Failure> {
        let Some(key) = ArchiveKey::of(of) else { return Ok(()) };
        let is_free = self.archives.size(key.archive).await?.is_none();
        if is_free || self.archives.holds(key.archive, node).await? {
            return Ok(());
        }
        let stays = |other: &String| !moving.iter().any(|prefix| other.starts_with(prefix));
        let Some(other) = self.marked(key.archive).await?.into_iter().find(stays) else {
            return self.refuse_foreign(&key).await;
        };
        let there = self.archives.info(key.archive).await?;
        let now = there
            .and_then(|there| there.digest)
            .map_or_else(|| "other content".to_owned(), |of| of.to_string());
        let what = format!(
            "{} is {now}, a file of {}, and would become {}",
            self.archives.show(key.archive),
            words(&other),
            node.digest
        );
        Err(Failure::new(FailureKind::Conflict, Side::Sink, what).hint(Remedy::RenameOrRemove))
    }

    async fn is_link(&self, folder: &str) -> Result<bool, Failure> {
        self.notes.is_link(folder).await
    }

    async fn unlink(&self, folder: &str) -> Result<(), Failure> {
        self.notes.unlink(folder).await
    }
}

/// Which release a key is of, for people: `NAME:TAG for OS/ARCH`.
fn words(key: &str) -> String {
    match key.split('/').collect::<Vec<_>>()[..] {
        [_, name, tag, os, architecture, ..] => format!("`{name}:{tag}` for {os}/{architecture}"),
        _ => format!("`{key}`"),
    }
}
