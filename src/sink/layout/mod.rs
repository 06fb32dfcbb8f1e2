//! An OCI image layout as a sink: a folder, or a tar of one
//! (OCI image specification, image-layout.md).
//!
//! Blobs are written beside their place and renamed into it. Tags are entries
//! of `index.json` named `NAME:TAG`; that file is read, changed and renamed
//! into place under a lock, so two publishers lose nothing of each other's. A
//! tar is staged in a hidden folder beside it, and written anew when a tag
//! moves: its readers see the old file or the new one.

mod address;
mod folder;
mod index_json;
mod mark;
mod shelf;
mod sweep;
mod tarball;

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

pub use self::{
    address::{Address, addressed},
    shelf::LayoutCatalog,
};
use self::{folder::Folder, index_json::IndexJson, tarball::Tarball};
use crate::{
    model::{
        ArtifactKind, Descriptor, Digest, Failure, FailureKind, Repository, Side, Tag, entry_name,
        media_type,
    },
    net::Locks,
    ports::{Attachment, Content, Desk, Output, Pushed, Sink, Swap, Swapped, Tags, all_tags},
    sink::{
        attach, disk,
        file_range::Piece,
        folder_lock::{Turn, Use},
        known_content::Spoiled,
    },
};

/// One name in an OCI image layout.
pub struct LayoutSink {
    place: Arc<Place>,
    repository: Repository,
    /// What is being written, by digest: platforms share layers.
    turns: Locks,
    /// What was written or read here, and what is to be written again.
    spoiled: Spoiled,
    /// Keeps others from sweeping what is relied on here, or from relying on
    /// what is swept.
    held: Mutex<Option<Use>>,
}

enum Place {
    Folder(Folder),
    Tarball(Tarball),
}

impl LayoutSink {
    /// The entries of `repository` in the layout at `path`, which is a tar
    /// where its name ends in `.tar`.
    #[must_use]
    pub fn new(path: PathBuf, repository: Repository) -> Self {
        Self {
            place: Arc::new(Place::at(path)),
            repository,
            turns: Locks::default(),
            spoiled: Spoiled::default(),
            held: Mutex::default(),
        }
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
        self.blocking(Place::blobs).await
    }

    /// Removes blobs, and the entries that are nothing without them.
    pub(super) async fn remove(
        &self,
        digests: Vec<Digest>,
        output: &Output,
    ) -> Result<(), Failure> {
        self.change(output, move |place| place.remove(&digests)).await
    }

    /// Changes the layout when its turn has come. The turn ends with the work,
    /// even where the caller no longer waits for that.
    async fn change(
        &self,
        output: &Output,
        work: impl FnOnce(&Place) -> Result<(), Failure> + Send + 'static,
    ) -> Result<(), Failure> {
        let turn = Turn::of(self.place.staging().root(), output).await?;
        self.blocking(move |place| {
            let done = work(place);
            drop(turn);
            done
        })
        .await
    }

    /// Keeps others from relying on the blobs. Returns whether nobody did.
    pub(super) async fn close_all(&self) -> Result<bool, Failure> {
        let alone = self.blocking(|place| Use::alone(&place.used())).await?;
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
            if let Place::Folder(folder) = place {
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

    pub(super) fn held(&self) -> MutexGuard<'_, Option<Use>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn swap_entries(&self, swaps: &[Swap], output: &Output) -> Result<(), Failure> {
        let mut about = HashSet::new();
        for swap in swaps.iter().filter(|swap| swap.to.is_none()) {
            if let Some(node) = self.resolve(&swap.tag).await?
                && self.subject(&node).await?.is_some()
            {
                about.insert(node.digest);
            }
        }
        let (repository, swaps) = (self.repository.clone(), swaps.to_vec());
        self.change(output, move |place| place.swap(&repository, &swaps, &about)).await
    }

    fn name(&self, tag: &Tag) -> String {
        entry_name(&self.repository, tag)
    }

    /// Runs `work` where blocking is allowed.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Place) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let place = Arc::clone(&self.place);
        let lost = |error| Failure::from_error(FailureKind::Internal, Side::Local, &error);
        tokio::task::spawn_blocking(move || work(&place)).await.map_err(lost)?
    }
}

impl Place {
    fn at(path: PathBuf) -> Self {
        if path.extension().is_some_and(|extension| extension == "tar") {
            Self::Tarball(Tarball::new(path))
        } else {
            Self::Folder(Folder::new(path))
        }
    }

    fn staging(&self) -> &Folder {
        match self {
            Self::Folder(folder) => folder,
            Self::Tarball(tarball) => tarball.staging(),
        }
    }

    /// The folder whose lock tells who uses the blobs.
    fn used(&self) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.root().join("blobs"),
            Self::Tarball(tarball) => tarball.used(),
        }
    }

    fn holds(&self, node: &Descriptor) -> Result<bool, Failure> {
        match self {
            Self::Folder(folder) => folder.holds(node),
            Self::Tarball(tarball) => Ok(tarball.staging().holds(node)? || tarball.holds(node)?),
        }
    }

    fn verify(&self, node: &Descriptor) -> Result<(), Failure> {
        match self {
            Self::Folder(folder) => folder.verify(node),
            Self::Tarball(tarball) => {
                staged_or(tarball.staging().verify(node), || tarball.verify(node))
            }
        }
    }

    fn read_blob(&self, node: &Descriptor) -> Result<(Vec<u8>, String), Failure> {
        match self {
            Self::Folder(folder) => folder.read_blob(node),
            Self::Tarball(tarball) => {
                staged_or(tarball.staging().read_blob(node), || tarball.read_blob(node))
            }
        }
    }

    fn size_of(&self, digest: &Digest) -> Result<Option<u64>, Failure> {
        match self {
            Self::Folder(folder) => folder.size_of(digest),
            Self::Tarball(tarball) => match tarball.staging().size_of(digest)? {
                None => tarball.size_of(digest),
                staged => Ok(staged),
            },
        }
    }

    fn blobs(&self) -> Result<Vec<(Digest, u64, Option<Duration>)>, Failure> {
        match self {
            Self::Folder(folder) => folder.blobs(),
            Self::Tarball(tarball) => tarball.listed(),
        }
    }

    fn remove(&self, digests: &[Digest]) -> Result<(), Failure> {
        let change = |index: &mut IndexJson| Ok(index.forget(digests));
        match self {
            Self::Folder(folder) => {
                folder.change_index(change)?;
                digests.iter().try_for_each(|digest| folder.remove(digest))
            }
            Self::Tarball(tarball) => tarball.remove(digests),
        }
    }

    fn piece(&self, node: &Descriptor) -> Result<Piece, Failure> {
        match self {
            Self::Folder(folder) => Ok(Piece::whole(folder.blob(&node.digest), node.size)),
            Self::Tarball(tarball) => tarball.piece(node),
        }
    }

    fn index(&self) -> Result<IndexJson, Failure> {
        match self {
            Self::Folder(folder) => folder.index(),
            Self::Tarball(tarball) => tarball.index(),
        }
    }

    /// Adds an entry without a name.
    fn enter(&self, node: &Descriptor) -> Result<(), Failure> {
        let change = |index: &mut IndexJson| Ok(index.enter(node));
        match self {
            Self::Folder(folder) => folder.change_index(change),
            Self::Tarball(tarball) => tarball.change_index(change),
        }
    }

    /// Moves tags of `repository`, with one write; what is about something
    /// else stays listed. Nothing moves where one cannot.
    fn swap(
        &self,
        repository: &Repository,
        swaps: &[Swap],
        about: &HashSet<Digest>,
    ) -> Result<(), Failure> {
        let change = |index: &mut IndexJson| {
            let mut changed = false;
            for Swap { tag, expected, to, .. } in swaps {
                let is_about = expected.as_ref().is_some_and(|digest| about.contains(digest));
                let name = entry_name(repository, tag);
                changed |= index.swap(&name, expected.as_ref(), to.as_ref(), is_about)?;
            }
            index.rank(repository, swaps);
            Ok(changed)
        };
        match self {
            Self::Folder(folder) => folder.change_index(change),
            Self::Tarball(tarball) => tarball.change_index(change),
        }
    }
}

/// What is staged, or else what is in the tar, where it is by now: each change
/// moves it there.
fn staged_or<T>(
    staged: Result<T, Failure>,
    tarred: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    match staged {
        Err(failure) if failure.kind == FailureKind::NotFound => tarred(),
        staged => staged,
    }
}

#[async_trait]
impl Sink for LayoutSink {
    async fn check(&self, _kind: ArtifactKind) -> Result<(), Failure> {
        self.blocking(|place| {
            place.index()?;
            if let Place::Tarball(tarball) = place {
                tarball.refuse_others()?;
            }
            disk::check(place.staging().root())
        })
        .await
    }

    async fn room(&self) -> Result<Option<u64>, Failure> {
        let room = disk::room(self.place.staging().root())?;
        // What is staged for a tar lies there twice when the tar is written.
        let copies = if matches!(*self.place, Place::Tarball(_)) { 2 } else { 1 };
        Ok(Some(room / copies))
    }

    async fn exists(&self, node: &Descriptor) -> Result<bool, Failure> {
        if self.spoiled.has(node.digest.as_str()) {
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
        self.spoiled.wrote(expected.digest.as_str());
        Ok(Pushed::Sent)
    }

    async fn hold(&self, output: &Output) -> Result<(), Failure> {
        if self.held().is_none() {
            let shared = Use::shared(&self.place.used(), output).await?;
            self.held().get_or_insert(shared);
        }
        Ok(())
    }

    async fn let_go(&self) -> Result<(), Failure> {
        drop(self.held().take());
        Ok(())
    }

    async fn attach(
        &self,
        _subject: &Descriptor,
        attachment: &Attachment,
        output: &Output,
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
        let is_known = !node.is_manifest() && self.spoiled.is_known(node.digest.as_str());
        if is_known && self.exists(node).await? {
            return Ok(());
        }
        let verified = {
            let node = node.clone();
            self.blocking(move |place| place.verify(&node)).await
        };
        self.spoiled.note(node.digest.as_str(), &verified);
        verified
    }
}

#[async_trait]
impl Tags for LayoutSink {
    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure> {
        let name = self.name(tag);
        self.blocking(move |place| place.index()?.named(&name)).await
    }

    async fn swap(
        &self,
        tag: &Tag,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
        output: &Output,
    ) -> Result<(), Failure> {
        let (tag, expected, to) = (tag.clone(), expected.cloned(), to.cloned());
        self.swap_all(&[Swap { tag, expected, to, rank: None }], output).await.all()
    }

    async fn swap_all(&self, swaps: &[Swap], output: &Output) -> Swapped {
        match self.swap_entries(swaps, output).await {
            Ok(()) => {
                Swapped { done: (0..swaps.len()).map(|at| (at, 0)).collect(), ..Swapped::default() }
            }
            Err(failure) => Swapped { failed: vec![(0, failure)], ..Swapped::default() },
        }
    }

    async fn in_order(&self) -> Result<Option<Vec<Tag>>, Failure> {
        all_tags(self).await
    }

    fn shows_at_once(&self) -> bool {
        true
    }
}
