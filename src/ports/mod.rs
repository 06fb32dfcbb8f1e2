//! What the engine needs from the world.
//!
//! Adapters implement these traits; the engine knows nothing else of archives,
//! registries, buckets and folders. Every verb is idempotent, so that trying
//! again, resuming and running are the same thing.

mod desk;
mod maker;
mod reading;
mod sealer;
mod shelf;
mod signer;
mod swap;
mod sweeper;

use std::{ops::Range, pin::Pin, sync::Arc};

use async_trait::async_trait;
pub use desk::{Desk, Meter, Output, WITHIN};
pub use maker::{Lacking, Made, Maker, Makers, Surveyed, wrong_maker};
pub use reading::{check_content, each_chunk, hash};
pub use sealer::Sealer;
pub use shelf::{
    Attachment, Catalog, Page, Shelf, Shelved, WHOLE_LIMIT, all_tags, each_page, read_node,
    resolve_all, resolve_readable,
};
pub use signer::{Signature, Signer, Subject, Verified};
pub use swap::{Moving, Swap, Swapped, ranked, swap_each};
pub use sweeper::{Inventory, Stored, Sweeper};
use tokio::io::AsyncRead;

use crate::model::{
    ArtifactKind, Descriptor, Digest, Failure, Repository, SinkName, SinkSpec, Tag,
};

/// A stream of content. An error that it ends with may hold a [`Failure`];
/// [`Failure::find_in`] takes it out.
pub type Reader = Pin<Box<dyn AsyncRead + Send>>;

/// Content that can be read again, from anywhere.
#[async_trait]
pub trait Content: Send + Sync {
    /// Its length in bytes.
    fn size(&self) -> u64;

    /// Reads the bytes of `range`. A reader of the whole content fails at its
    /// end where the bytes are not those that the digest promised.
    async fn read(&self, range: Range<u64>) -> Result<Reader, Failure>;

    /// Whether it is a program, as the file that it was or is says.
    fn is_executable(&self) -> bool {
        false
    }

    /// The digest that a reader of the whole content checks it against, where
    /// it does, so that nobody else needs to hash it again.
    fn checked_against(&self) -> Option<&Digest> {
        None
    }

    /// The file of this machine that it is read from unchecked, for people.
    fn unchecked_file(&self) -> Option<String> {
        None
    }
}

/// Content by digest, in any order: the store, a layout, or a sink that is
/// copied from.
#[async_trait]
pub trait Source: Send + Sync {
    /// What `node` refers to: an index's manifests; a manifest's configuration
    /// and layers; nothing where `node` is a leaf.
    async fn successors(&self, node: &Descriptor) -> Result<Vec<Descriptor>, Failure>;

    /// The content that `node` describes. Fails as [`FailureKind::NotFound`]
    /// where there is none.
    async fn open(&self, node: &Descriptor) -> Result<Arc<dyn Content>, Failure>;

    /// What there is about a manifest, such as signatures, and goes with it.
    async fn attached(&self, _subject: &Digest) -> Result<Vec<Attachment>, Failure> {
        Ok(Vec::new())
    }
}

/// The content store: what was made lies here until every sink has it.
#[async_trait]
pub trait Store: Source {
    /// Keeps small content that was made in memory, such as an index.
    async fn put(&self, node: &Descriptor, content: &[u8]) -> Result<(), Failure>;

    /// Whether all that `root` refers to is here, however deep.
    async fn is_complete(&self, root: &Descriptor) -> Result<bool, Failure>;
}

/// What became of content that was to be pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It was sent.
    Sent,
    /// The sink took it from another of its repositories.
    Mounted,
    /// It was there.
    Present,
    /// It has no place at this sink, such as a platform that it cannot hold.
    Skipped,
}

/// Where content goes: one repository of a sink.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Whether the sink can be reached and written to and holds this kind,
    /// found out without writing. Asked before a run.
    async fn check(&self, kind: ArtifactKind) -> Result<(), Failure>;

    /// How many bytes still fit; none where the sink is no disk of this machine.
    async fn room(&self) -> Result<Option<u64>, Failure> {
        Ok(None)
    }

    /// Whether the sink holds what `node` describes. Only "not found" is
    /// `false`; any other answer is a failure.
    async fn exists(&self, node: &Descriptor) -> Result<bool, Failure>;

    /// Stores `content`, and fails if it is not what `expected` describes.
    /// Counts all of its bytes: those that are sent as moved, the others as
    /// skipped.
    ///
    /// `expected` carries the platform of the manifest that led to it, and a
    /// file's path as its title: a sink of plain files needs both.
    async fn push(
        &self,
        expected: &Descriptor,
        content: Arc<dyn Content>,
        desk: &Desk,
    ) -> Result<Pushed, Failure>;

    /// Sees to it that what is about `subject` is found by it. The attached
    /// manifest is at the sink already. Returns whether the sink can hold such.
    /// While it waits for another process, `output` tells for which.
    async fn attach(
        &self,
        _subject: &Descriptor,
        _attachment: &Attachment,
        _output: &Output,
    ) -> Result<bool, Failure> {
        Ok(false)
    }

    /// Tells everybody else that what is there is relied on, until
    /// [`let_go`](Self::let_go): nothing of it may be swept away meanwhile, not
    /// even what nothing refers to yet. Waits while another process sweeps, and
    /// tells so at `output`. May be called again and again.
    async fn hold(&self, _output: &Output) -> Result<(), Failure> {
        Ok(())
    }

    /// Ends a [`hold`](Self::hold).
    async fn let_go(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// Fails where `files`, each with its platform and its path, cannot come to
    /// lie there without changing what other tags name than those that this run
    /// moves.
    async fn refuse_taken(&self, _files: &[Descriptor]) -> Result<(), Failure> {
        Ok(())
    }

    /// Reads back what a push stored: a manifest whole and by its digest, a
    /// leaf by its size and, where the sink knows it, its digest. Fails as
    /// [`FailureKind::NotFound`] or [`FailureKind::Integrity`].
    async fn confirm(&self, node: &Descriptor) -> Result<(), Failure>;
}

/// Names that move.
#[async_trait]
pub trait Tags: Send + Sync {
    /// What `tag` names; none only where it does not exist.
    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure>;

    /// What a tag that is moved to `to` will be said to name: the same, unless
    /// the place keeps it in another form.
    async fn form_of(&self, to: &Descriptor) -> Result<Descriptor, Failure> {
        Ok(to.clone())
    }

    /// Moves `tag` to `to`, or removes it for none, if it names `expected`
    /// now, and reads it again; a tag that names `to` already is done.
    ///
    /// What `to` describes is at the sink already. Fails as
    /// [`FailureKind::Conflict`] where the tag names anything else. While it
    /// waits for another process, `output` tells for which.
    async fn swap(
        &self,
        tag: &Tag,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
        output: &Output,
    ) -> Result<(), Failure>;

    /// Moves several tags as [`swap`](Self::swap) does, at last removals side by
    /// side, and writes a list of them once. After a failure no further one is begun.
    async fn swap_all(&self, swaps: &[Swap], output: &Output) -> Swapped {
        let swap = |Swap { tag, expected, to, .. }: Swap| -> Moving<'_> {
            Box::pin(async move {
                self.swap(&tag, expected.as_ref(), to.as_ref(), output).await.map(|()| 0)
            })
        };
        swap_each(swaps, swaps.iter().cloned().map(swap).collect()).await
    }

    /// The tags in the order of the place's own list; none where their order
    /// follows from the tags.
    async fn in_order(&self) -> Result<Option<Vec<Tag>>, Failure> {
        Ok(None)
    }

    /// Whether what it says of a tag is always what was done to it last, as on
    /// this machine.
    fn shows_at_once(&self) -> bool {
        false
    }

    /// Learns which tags are about to be removed, all of them: a place that can
    /// only remove what several tags name together may do so then.
    fn part_with(&self, _tags: &[&Tag]) {}

    /// What `tag` names after a removal from `names` that broke off, where the
    /// place can only remove it with something of castoff's own.
    fn leaving(&self, _tag: &Tag, _names: &Digest) -> Option<Digest> {
        None
    }

    /// Takes what is worth telling of the moves so far: where a tag could be
    /// moved in a roundabout way only.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// Lets go of what was only needed until the tags had moved.
    async fn settle(&self) -> Result<(), Failure> {
        Ok(())
    }
}

/// One repository of a sink, with its tags.
pub trait Place: Sink + Tags {}

impl<T: Sink + Tags> Place for T {}

/// Opens places. Touches no network; the same place is the same value.
pub trait Places: Send + Sync {
    /// The place that holds `repository` at `sink`, as what it is.
    fn open(
        &self,
        sink: &SinkName,
        kind: ArtifactKind,
        repository: &Repository,
    ) -> Result<Arc<dyn Place>, Failure>;

    /// What lies at a place under one name, to be read or swept.
    fn shelf(
        &self,
        at: &SinkSpec,
        kind: ArtifactKind,
        repository: &Repository,
    ) -> Result<Arc<dyn Sweeper>, Failure>;
}
