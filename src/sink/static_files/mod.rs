//! Files in a bucket or a folder, in the layout `df-dist-v1`.
//!
//! A file lies at `df-dist-v1/NAME/TAG/OS/ARCH[/VARIANT]/PATH`; the document
//! `df-dist-v1/NAME/TAG` says which files there are, and `df-dist-v1/NAME`
//! which tags. In a folder a document is the `index.json` of the folder of its
//! name, since a file cannot be a folder too.
//!
//! The tag is part of each key, so content is first staged by its digest, and
//! copied to its places, which costs no transfer, when the tag moves: a new tag
//! appears whole, its document last. A tag that is replaced has a short window
//! in which some of its files are new and some are old.
//!
//! `SHA256SUMS` and its signatures, where they are made, lie beside the files
//! of a tag: `df-dist-v1/NAME/TAG/SHA256SUMS`.
//!
//! A tag's content is told from outside as the index that would describe it
//! (see `release`), so that it has a digest like any other.

mod confirm;
mod documents;
mod list;
mod release;
mod releases;
mod replaced;
mod shelf;
mod staged;
mod sums;
mod sweep;
mod tags;
mod write;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use tokio::sync::OnceCell;

use self::{documents::PREFIX, release::FilesRelease};
use super::{known_content::KnownContent, objects::Objects, tag_list};
use crate::{
    model::{
        ArtifactKind, Descriptor, Digest, Failure, FailureKind, Repository, Side, Tag, media_type,
    },
    net::{Clock, Locks},
    ports::{Attachment, Content, Desk, JobOutput, Pushed, SinkRepository, Sweeper, TagMoves},
    store::Store,
};

/// The folders of a name in which castoff works: what is staged, and the marks
/// of publishers.
pub(super) const WORK: [&str; 2] = [".staged", ".moving"];

/// The releases of one name.
pub struct StaticFiles {
    objects: Arc<dyn Objects>,
    name: String,
    /// What a document's key ends in.
    document: &'static str,
    /// The tags that this release will move, where content may lie already.
    tags: Vec<Tag>,
    /// Knows the releases that were made here.
    store: Arc<Store>,
    /// Tells this publisher from others: what it stages and marks is named so.
    holder: String,
    /// What is being sent, by digest: platforms share files.
    turns: Locks,
    /// What lies beside releases, as far as it was read, by its digest.
    held: Mutex<HashMap<Digest, Vec<u8>>>,
    /// What was written or read here, by its key, and what is to be written
    /// again.
    known: KnownContent,
    /// What other publishers had staged when this one looked.
    left: OnceCell<Vec<String>>,
    /// The releases that were read last, by which their digests are known.
    recent: Mutex<VecDeque<Arc<FilesRelease>>>,
    holds_sums: bool,
    clock: Clock,
}

impl StaticFiles {
    /// The releases named `repository` in a bucket.
    ///
    /// # Errors
    ///
    /// Fails where the name has a slash: `NAME/TAG` could be either.
    pub fn in_bucket(
        objects: Arc<dyn Objects>,
        repository: &Repository,
        tags: Vec<Tag>,
        store: Arc<Store>,
    ) -> Result<Self, Failure> {
        Self::new(objects, repository, "", tags, store)
    }

    /// The releases named `repository` in a folder.
    ///
    /// # Errors
    ///
    /// Fails where the name has a slash.
    pub fn in_folder(
        objects: Arc<dyn Objects>,
        repository: &Repository,
        tags: Vec<Tag>,
        store: Arc<Store>,
    ) -> Result<Self, Failure> {
        Self::new(objects, repository, "/index.json", tags, store)
    }

    fn new(
        objects: Arc<dyn Objects>,
        repository: &Repository,
        document: &'static str,
        tags: Vec<Tag>,
        store: Arc<Store>,
    ) -> Result<Self, Failure> {
        let name = repository.to_string();
        if name.contains('/') {
            let what = format!(
                "`{name}` cannot be the name of files: a slash would make NAME/TAG ambiguous"
            );
            let failure = Failure::new(FailureKind::Invalid, Side::Sink, what);
            return Err(failure.hint("set `repository` of the artifact to a name without a slash"));
        }
        let is_taken = |tag: &&Tag| document.strip_prefix('/') == Some(tag.as_str());
        if let Some(tag) = tags.iter().find(is_taken) {
            let what = format!(
                "files in a folder cannot have the tag `{tag}`: it is the name of their list"
            );
            let failure = Failure::new(FailureKind::Invalid, Side::Sink, what);
            return Err(failure.hint("use another tag for the release"));
        }
        Ok(Self {
            objects,
            name,
            document,
            tags,
            store,
            holder: "none".to_owned(),
            turns: Locks::default(),
            held: Mutex::default(),
            known: KnownContent::default(),
            left: OnceCell::new(),
            recent: Mutex::default(),
            holds_sums: true,
            clock: Clock::default(),
        })
    }

    /// The same, where `clock` tells how old content is.
    #[must_use]
    pub fn timed_by(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The same, where no sums lie beside files.
    #[must_use]
    pub fn without_sums(self) -> Self {
        Self { holds_sums: false, ..self }
    }

    /// The same, for a publisher that others can tell from themselves.
    #[must_use]
    pub fn held_by(self, holder: &str) -> Self {
        if holder.is_empty() { self } else { Self { holder: holder.to_owned(), ..self } }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What every key of the name begins with, ending in a slash.
    pub(super) fn root(&self) -> String {
        format!("{PREFIX}/{}/", self.name)
    }

    pub(super) fn objects(&self) -> &dyn Objects {
        &*self.objects
    }

    /// The tags, in the order of their list.
    pub(super) async fn listed(&self) -> Result<Option<Vec<String>>, Failure> {
        let list = tag_list::read(&*self.objects, &self.list_key()).await?;
        Ok(list.map(|list| list.tags))
    }

    /// Where all of `tag` lies.
    fn folder(&self, tag: &Tag) -> String {
        format!("{PREFIX}/{}/{tag}", self.name)
    }

    /// Where a file lies under `tag`.
    fn file(&self, tag: &str, node: &Descriptor) -> Result<String, Failure> {
        let path = documents::path(node).ok_or_else(|| {
            let what = format!("{} is not a file of a platform", node.digest);
            Failure::new(FailureKind::Internal, Side::Local, what)
        })?;
        Ok(format!("{PREFIX}/{}/{tag}/{path}", self.name))
    }

    /// Fails where `file` under `tag` would change what lies under a tag that
    /// does not move.
    async fn refuse_taken_at(&self, tag: &Tag, file: &Descriptor) -> Result<(), Failure> {
        let moving: Vec<String> =
            self.tags.iter().chain([tag]).map(|tag| format!("{}/", self.folder(tag))).collect();
        self.objects.refuse_taken(&self.file(tag.as_str(), file)?, file, &moving).await
    }
}

#[async_trait]
impl SinkRepository for StaticFiles {
    async fn check(&self, kind: ArtifactKind) -> Result<(), Failure> {
        if kind != ArtifactKind::Files {
            return Err(Failure::new(
                FailureKind::Invalid,
                Side::Sink,
                "this sink stores only files",
            ));
        }
        self.objects.check().await
    }

    async fn free_space(&self) -> Result<Option<u64>, Failure> {
        self.objects.free_space().await
    }

    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure> {
        Ok(self.read_release(tag).await?.map(|release| release.index.descriptor()))
    }

    async fn tag_order(&self) -> Result<Option<Vec<Tag>>, Failure> {
        let listed = self.listed().await?.unwrap_or_default();
        Ok(Some(listed.iter().filter_map(|name| name.parse().ok()).collect()))
    }

    fn begin(self: Arc<Self>, _removed: Vec<Tag>) -> Box<dyn TagMoves> {
        self.moves()
    }

    fn shows_at_once(&self) -> bool {
        self.objects.are_here()
    }

    fn shelf(self: Arc<Self>) -> Option<Arc<dyn Sweeper>> {
        Some(self)
    }

    async fn exists(&self, node: &Descriptor) -> Result<bool, Failure> {
        // The documents are written from the index when the tag moves.
        if node.title().is_none() {
            return Ok(true);
        }
        // What is no file of a platform is put beside them then.
        if node.platform.is_none() {
            return self.store.holds(node).await;
        }
        Ok(self.find(node).await?.is_some())
    }

    /// A file of this size, staged or under a tag of this release.
    async fn may_exist(&self, node: &Descriptor) -> Result<bool, Failure> {
        if node.title().is_none() || node.platform.is_none() {
            return Ok(true);
        }
        for key in self.places(node).await? {
            if self.objects.size(&key).await? == Some(node.size) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn push(
        &self,
        expected: &Descriptor,
        content: Arc<dyn Content>,
        desk: &Desk,
    ) -> Result<Pushed, Failure> {
        let _turn = self.turns.lock(expected.digest.as_str()).await;
        let is_file = expected.platform.is_some();
        self.mend(expected, &content, desk).await?;
        // The documents are written from the index when the tag moves.
        if expected.title().is_none() {
            desk.meter.skip(expected.size);
            return Ok(Pushed::Skipped);
        }
        if self.exists(expected).await? || (is_file && self.inherit(expected).await?) {
            desk.meter.skip(expected.size);
            return Ok(Pushed::Present);
        }
        if !is_file {
            self.take_beside(expected, &*content).await?;
            return Ok(Pushed::Sent);
        }
        let key = self.staged(&expected.digest);
        desk.output.line(format!(
            "{} → {}",
            expected.title().unwrap_or_default(),
            self.objects.show(&key)
        ));
        self.objects
            .put_content(&key, expected, content, media_type::OCTET_STREAM, &desk.meter)
            .await?;
        self.known.note_written(&key);
        Ok(Pushed::Sent)
    }

    async fn attach(
        &self,
        subject: &Descriptor,
        attachment: &Attachment,
        _output: &JobOutput,
    ) -> Result<bool, Failure> {
        self.stage_beside(subject, &attachment.node).await
    }

    async fn refuse_taken(&self, files: &[Descriptor]) -> Result<(), Failure> {
        for tag in &self.tags {
            for file in files {
                self.refuse_taken_at(tag, file).await?;
            }
        }
        Ok(())
    }

    async fn confirm(&self, node: &Descriptor) -> Result<(), Failure> {
        // The documents are written when the tag moves.
        if documents::path(node).is_none() { Ok(()) } else { self.read_back(node).await }
    }
}
