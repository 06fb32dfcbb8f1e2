//! The one door to a sink: a repository of it, and what can be done there.
//!
//! What every kind of sink can do is [`SinkRepository`]. What only some can is
//! asked for: [`SinkRepository::shelf`] gives what can be read and swept.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::{
    attachment::Attachment,
    catalog::Page,
    content::{Content, Pushed},
    desk::{Desk, Output},
    inventory::{Inventory, Stored},
    tag_moves::TagMoves,
};
use crate::model::{
    ArtifactKind, Descriptor, Digest, Failure, Repository, SinkName, SinkSpec, Tag,
};

/// One repository of a sink: content goes there, and tags name it.
#[async_trait]
pub trait SinkRepository: Send + Sync {
    /// Fails unless the sink can be reached and written to and holds this kind.
    /// Writes nothing. Asked before a run.
    async fn check(&self, kind: ArtifactKind) -> Result<(), Failure>;

    /// How many bytes still fit; none where the sink is no disk of this machine.
    async fn free_space(&self) -> Result<Option<u64>, Failure> {
        Ok(None)
    }

    /// Whether content of this size may be there already, so that no space is
    /// needed for it. Looks at sizes and reads no content; where the sink knows
    /// more for the same price, it is asked as [`exists`](Self::exists).
    async fn may_exist(&self, node: &Descriptor) -> Result<bool, Failure> {
        self.exists(node).await
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

    /// Reads back what a push stored: a manifest whole and by its digest, a
    /// leaf by its size and, where the sink knows it, its digest. Fails as
    /// [`FailureKind::NotFound`](crate::model::FailureKind::NotFound) or
    /// [`FailureKind::Integrity`](crate::model::FailureKind::Integrity).
    async fn confirm(&self, node: &Descriptor) -> Result<(), Failure>;

    /// Makes the attached manifest, which is at the sink already, be found by
    /// `subject`. Returns whether the sink can hold such. While it waits for
    /// another process, `output` tells for which.
    async fn attach(
        &self,
        _subject: &Descriptor,
        _attachment: &Attachment,
        _output: &Output,
    ) -> Result<bool, Failure> {
        Ok(false)
    }

    /// Fails where `files`, each with its platform and its path, cannot come to
    /// lie there without changing what other tags name than those that this run
    /// moves.
    async fn refuse_taken(&self, _files: &[Descriptor]) -> Result<(), Failure> {
        Ok(())
    }

    /// Tells other publishers and sweepers that what is there is relied on,
    /// until [`release`](Self::release): nothing of it may be swept meanwhile,
    /// not even what nothing refers to yet. Waits while another process sweeps,
    /// and tells so at `output`. May be called again and again.
    async fn hold(&self, _output: &Output) -> Result<(), Failure> {
        Ok(())
    }

    /// Ends a [`hold`](Self::hold).
    async fn release(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// What `tag` names; none only where it does not exist.
    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure>;

    /// What a tag that is moved to `to` will be said to name: the same, unless
    /// the sink keeps it in another form.
    async fn form_of(&self, to: &Descriptor) -> Result<Descriptor, Failure> {
        Ok(to.clone())
    }

    /// The tags in the order of the sink's own list; none where their order
    /// follows from the tags.
    async fn tag_order(&self) -> Result<Option<Vec<Tag>>, Failure> {
        Ok(None)
    }

    /// Begins to move tags, of which `removed` will name nothing in the end: a
    /// sink that can only remove what several tags name together may do so.
    /// Touches no network.
    fn begin(self: Arc<Self>, removed: Vec<Tag>) -> Box<dyn TagMoves>;

    /// What `tag` names after a removal from `names` that broke off, where the
    /// sink can only remove it with a manifest of castoff's own.
    fn left_by_removal(&self, _tag: &Tag, _names: &Digest) -> Option<Digest> {
        None
    }

    /// Whether a look at a tag always shows what was done to it last, as on
    /// this machine.
    fn shows_at_once(&self) -> bool {
        false
    }

    /// Whether a tag may go only together with the manifests that it names.
    fn may_lose_manifests(&self) -> bool {
        false
    }

    /// What can be read there and swept; none where the sink shows nothing but
    /// what its tags name.
    fn shelf(self: Arc<Self>) -> Option<Arc<dyn Sweeper>> {
        None
    }
}

/// A repository with content that can be read.
#[async_trait]
pub trait Shelf: SinkRepository {
    /// A page of the tags; none where there is no such repository.
    async fn tags(&self, from: Option<&str>) -> Result<Option<Page>, Failure>;

    /// When a tag was last moved; none where the sink does not know.
    async fn moved_at(&self, _tag: &Tag) -> Result<Option<Timestamp>, Failure> {
        Ok(None)
    }

    /// Describes what a digest names; none where there is no such manifest.
    async fn describe(&self, digest: &Digest) -> Result<Option<Descriptor>, Failure>;

    /// Reads small content whole, such as a manifest, and checks its digest.
    /// Fails as [`FailureKind::NotFound`](crate::model::FailureKind::NotFound)
    /// where there is none, and where it has more than `limit` bytes.
    async fn read(&self, node: &Descriptor, limit: u64) -> Result<Vec<u8>, Failure>;

    /// Opens content of any size, such as a layer. What is read of it is not
    /// checked. Reading fails where there is none.
    async fn open(&self, node: &Descriptor) -> Result<Arc<dyn Content>, Failure>;

    /// The manifests that name `subject` as theirs, each once, as the sink
    /// lists them.
    async fn referrers(&self, subject: &Digest) -> Result<Vec<Descriptor>, Failure>;

    /// The manifests about another one, such as signatures: those that name it
    /// as their subject, and those under tags that are made from its digest.
    async fn attached(&self, subject: &Digest) -> Result<Vec<Attachment>, Failure> {
        let tagged = SUFFIXES.map(async |suffix| {
            let tag = Tag::about(subject, suffix);
            let found = self.resolve(&tag).await?;
            Ok(found.map(|node| Attachment { tag: Some(tag), node }))
        });
        let referrers = self.referrers(subject).await?.into_iter();
        let referrers = referrers.map(|node| Attachment { tag: None, node });
        Ok(referrers.chain(try_join_all(tagged).await?.into_iter().flatten()).collect())
    }

    /// Whether sums of files and their signatures lie beside a tag's files and
    /// go with them.
    fn holds_sums(&self) -> bool {
        false
    }

    /// Whether a manifest may be there without all that it refers to.
    fn may_be_sparse(&self) -> bool {
        false
    }
}

/// What the tags end in that cosign makes from a digest.
const SUFFIXES: [&str; 3] = [".sig", ".att", ".sbom"];

/// A repository from which unneeded content can be removed.
#[async_trait]
pub trait Sweeper: Shelf {
    /// All that is stored; none where the sink does not tell.
    async fn inventory(&self) -> Result<Option<Inventory>, Failure>;

    /// The tags that other names lead to, such as symbolic links, each with what
    /// does, for people: they are needed there.
    async fn linked(&self) -> Result<HashMap<Tag, String>, Failure> {
        Ok(HashMap::new())
    }

    /// Keeps publishers from [holding](SinkRepository::hold) what is there,
    /// until [`reopen`](Self::reopen). Fails where one does.
    async fn close(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// Ends a [`close`](Self::close).
    async fn reopen(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// Removes what is stored, in this order. Fails where it was closed for so
    /// long that others no longer believe it.
    async fn discard(&self, what: &[Stored], desk: &Desk) -> Result<(), Failure>;
}

/// Opens repositories. Touches no network; the same repository of the same
/// sink is the same value.
pub trait Places: Send + Sync {
    /// The repository at a sink of the plan.
    fn open(
        &self,
        sink: &SinkName,
        kind: ArtifactKind,
        repository: &Repository,
    ) -> Result<Arc<dyn SinkRepository>, Failure>;

    /// A repository of any sink, to be read or swept. Fails where the sink
    /// cannot be looked at.
    fn shelf(
        &self,
        at: &SinkSpec,
        kind: ArtifactKind,
        repository: &Repository,
    ) -> Result<Arc<dyn Sweeper>, Failure>;
}
