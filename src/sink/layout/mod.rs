//! An OCI image layout as a sink: a folder, or a tar of one
//! (OCI image specification, image-layout.md).
//!
//! Blobs are written beside their place and renamed into it. Tags are entries
//! of `index.json` named `NAME:TAG`; that file is read, changed and renamed
//! into place under a lock, so two publishers lose nothing of each other's. A
//! tar is staged in a hidden folder beside it, and written anew when a tag
//! moves: its readers see the old file or the new one.

mod address;
mod catalog;
mod folder;
mod index_json;
mod mark;
mod shelf;
mod storage;
mod sweep;
mod tags;
mod tar_entries;
mod tar_rewrite;
mod tarball;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

pub use self::{
    address::{Address, addressed},
    catalog::LayoutCatalog,
};
use self::{storage::Storage, tar_entries::refuse_foreign};
use crate::{
    model::{ArtifactKind, Descriptor, Digest, Failure, Repository, Tag, media_type},
    net::{Locks, Random},
    ports::{
        Attachment, Content, Desk, JobOutput, Pushed, SinkRepository, Sweeper, TagMoves, all_tags,
        blocking,
    },
    sink::{
        attach, disk,
        folder_lock::{FolderLock, UseLock},
        known_content::KnownContent,
    },
};

/// One name in an OCI image layout.
pub struct LayoutSink {
    place: Arc<Storage>,
    repository: Repository,
    /// What makes its waits for other publishers differ.
    random: Random,
    /// What is being written, by digest: platforms share layers.
    turns: Locks,
    /// What was written or read here, and what is to be written again.
    known: KnownContent,
    /// Keeps others from sweeping what is relied on here, or from relying on
    /// what is swept.
    held: Mutex<Option<UseLock>>,
}

impl LayoutSink {
    /// The entries of `repository` in the layout at `path`, which is a tar
    /// where its name ends in `.tar`. `random` makes the waits for other publishers
    /// differ.
    #[must_use]
    pub fn new(path: PathBuf, repository: Repository, random: Random) -> Self {
        let (turns, known, held) = Default::default();
        Self { place: Arc::new(Storage::at(path)), repository, random, turns, known, held }
    }

    pub(super) fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The names of all entries.
    pub(super) async fn names(&self) -> Result<Vec<String>, Failure> {
        self.blocking(|place| Ok(place.index()?.names())).await
    }

    /// A blob whole, and where it lies.
    pub(super) async fn read_blob(&self, node: &Descriptor) -> Result<(Vec<u8>, String), Failure> {
        let node = node.clone();
        self.blocking(move |place| place.read_blob(&node)).await
    }

    /// The entries that have no name.
    pub(super) async fn nameless(&self) -> Result<Vec<Descriptor>, Failure> {
        self.blocking(|place| Ok(place.index()?.nameless())).await
    }

    /// All entries, each with its name, if it has one.
    pub(super) async fn entries(&self) -> Result<Vec<(Option<String>, Descriptor)>, Failure> {
        self.blocking(|place| Ok(place.index()?.entries())).await
    }

    /// All blobs: digest, length in bytes, and how long ago each was written,
    /// where that is known.
    pub(super) async fn blobs(&self) -> Result<Vec<(Digest, u64, Option<Duration>)>, Failure> {
        self.blocking(Storage::blobs).await
    }

    /// Removes blobs, and the entries that are nothing without them.
    pub(super) async fn remove(
        &self,
        digests: Vec<Digest>,
        output: &JobOutput,
    ) -> Result<(), Failure> {
        self.change(output, move |place| place.remove(&digests)).await
    }

    /// Changes the layout when its turn has come. The turn ends with the work,
    /// even where the caller no longer waits for that.
    async fn change(
        &self,
        output: &JobOutput,
        work: impl FnOnce(&Storage) -> Result<(), Failure> + Send + 'static,
    ) -> Result<(), Failure> {
        let turn = FolderLock::of(self.place.staging().root(), self.random, output).await?;
        self.blocking(move |place| {
            let done = work(place);
            drop(turn);
            done
        })
        .await
    }

    /// Keeps others from relying on the blobs. Returns false where a process does.
    pub(super) async fn close_all(&self) -> Result<bool, Failure> {
        let alone = self.blocking(|place| UseLock::alone(&place.used())).await?;
        let is_alone = alone.is_some();
        if let Some(alone) = alone {
            self.held().get_or_insert(alone);
        }
        Ok(is_alone)
    }

    /// Fails where it cannot be known what the layout needs, or where its blobs
    /// are not its own.
    pub(super) async fn refuse_sweep(&self) -> Result<(), Failure> {
        self.blocking(|place| {
            if let Storage::Folder(folder) = place {
                folder.refuse_shared()?;
            }
            place.index()?.refuse_odd()
        })
        .await
    }

    /// A blob's length; none where there is no such blob.
    pub(super) async fn sized(&self, digest: &Digest) -> Result<Option<Descriptor>, Failure> {
        let digest = digest.clone();
        let size = {
            let digest = digest.clone();
            self.blocking(move |place| place.size_of(&digest)).await?
        };
        Ok(size.map(|size| Descriptor::new(media_type::OCTET_STREAM, digest, size)))
    }

    /// A blob of any size.
    pub(super) async fn content(&self, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        let node = node.clone();
        let piece = self.blocking(move |place| place.piece(&node)).await?;
        Ok(Arc::new(piece))
    }

    pub(super) fn held(&self) -> MutexGuard<'_, Option<UseLock>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` where blocking is allowed.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Storage) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let place = Arc::clone(&self.place);
        blocking(move || work(&place)).await
    }
}

#[async_trait]
impl SinkRepository for LayoutSink {
    async fn check(&self, _kind: ArtifactKind) -> Result<(), Failure> {
        self.blocking(|place| {
            place.index()?;
            if let Storage::Tarball(tarball) = place {
                refuse_foreign(tarball.path())?;
            }
            disk::check(place.staging().root())
        })
        .await
    }

    async fn free_space(&self) -> Result<Option<u64>, Failure> {
        self.blocking(|place| {
            let free = disk::free_space(place.staging().root())?;
            // What is staged for a tar lies there twice when the tar is written.
            let copies = if matches!(place, Storage::Tarball(_)) { 2 } else { 1 };
            Ok(Some(free / copies))
        })
        .await
    }

    async fn exists(&self, node: &Descriptor) -> Result<bool, Failure> {
        if self.known.is_wrong(node.digest.as_str()) {
            return Ok(false);
        }
        let node = node.clone();
        self.blocking(move |place| place.holds(&node)).await
    }

    async fn push(
        &self,
        expected: &Descriptor,
        content: Arc<dyn Content>,
        desk: &Desk,
    ) -> Result<Pushed, Failure> {
        let _turn = self.turns.lock(expected.digest.as_str()).await;
        self.hold(&desk.output).await?;
        if self.exists(expected).await? {
            desk.meter.skip(expected.size);
            return Ok(Pushed::Present);
        }
        let path = self.place.staging().blob(&expected.digest);
        desk.output.line(format!("{} → {}", expected.digest, path.display()));
        disk::write_content(&path, expected, content, disk::PLAIN, &desk.meter).await?;
        self.known.note_written(expected.digest.as_str());
        Ok(Pushed::Sent)
    }

    async fn hold(&self, output: &JobOutput) -> Result<(), Failure> {
        if self.held().is_none() {
            let shared = UseLock::shared(&self.place.used(), self.random, output).await?;
            self.held().get_or_insert(shared);
        }
        Ok(())
    }

    async fn release(&self) -> Result<(), Failure> {
        drop(self.held().take());
        Ok(())
    }

    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure> {
        let name = self.name(tag);
        self.blocking(move |place| place.index()?.named(&name)).await
    }

    async fn tag_order(&self) -> Result<Option<Vec<Tag>>, Failure> {
        all_tags(self).await
    }

    fn begin(self: Arc<Self>, _removed: Vec<Tag>) -> Box<dyn TagMoves> {
        self.moves()
    }

    fn shows_at_once(&self) -> bool {
        true
    }

    fn shelf(self: Arc<Self>) -> Option<Arc<dyn Sweeper>> {
        Some(self)
    }

    async fn attach(
        &self,
        _subject: &Descriptor,
        attachment: &Attachment,
        output: &JobOutput,
    ) -> Result<bool, Failure> {
        let node = attachment.node.clone();
        match &attachment.tag {
            Some(tag) => attach::tagged(self, tag, &node, output).await?,
            // It names its subject itself, and an entry without a name is
            // where others look for such.
            None => self.change(output, move |place| place.enter(&node)).await?,
        }
        Ok(true)
    }

    /// Reads everything again but the layers that this process wrote itself, or
    /// read before: those are there if a file of their size is.
    async fn confirm(&self, node: &Descriptor) -> Result<(), Failure> {
        let is_known = !node.is_manifest() && self.known.is_right(node.digest.as_str());
        if is_known && self.exists(node).await? {
            return Ok(());
        }
        let verified = {
            let node = node.clone();
            self.blocking(move |place| place.verify(&node)).await
        };
        self.known.note_read(node.digest.as_str(), &verified);
        verified
    }
}
