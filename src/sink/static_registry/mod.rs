//! Images in a bucket as a registry that only serves files.
//!
//! The keys are the paths of the OCI distribution specification
//! (`v2/NAME/manifests/…`, `v2/NAME/blobs/…`, `v2/NAME/tags/list`), each with
//! the content type that clients expect, so that a bucket which is served as a
//! web site is pulled from like any registry. `v2/` and `v2/index.html` answer
//! the ping; a static registry cannot page its tag list.

mod referrers;
mod shelf;
mod sweep;
mod tags;

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::{
    attach, failures::corrupt, known_content::KnownContent, lease::Lease, objects::Objects,
};
use crate::{
    model::{
        ArtifactKind, Descriptor, Digest, Failure, FailureKind, Node, Repository, Side, Tag,
        media_type,
    },
    net::{Clock, Locks},
    ports::{Attachment, Content, Desk, JobOutput, Pushed, SinkRepository, Sweeper, TagMoves},
};

/// One repository of a static registry.
pub struct StaticRegistry {
    objects: Arc<dyn Objects>,
    repository: Repository,
    /// The tags that this run moves.
    tags: Vec<Tag>,
    /// All that these needed when it was asked first.
    named: OnceCell<HashSet<Digest>>,
    /// What is being sent, by digest: platforms share layers.
    turns: Locks,
    /// What was written or read here, and what is to be written again.
    known: KnownContent,
    /// Tells others that castoff relies on what is there, or sweeps it.
    pub(super) lease: Lease,
    clock: Clock,
}

impl StaticRegistry {
    /// The images named `repository` in `objects`. What is left there
    /// meanwhile for other publishers to see is named `holder`.
    #[must_use]
    pub fn new(objects: Arc<dyn Objects>, repository: Repository, holder: &str) -> Self {
        let lease = Lease::new(format!("v2/{repository}/.castoff/"), holder.to_owned());
        Self {
            objects,
            repository,
            tags: Vec::new(),
            named: OnceCell::new(),
            turns: Locks::default(),
            known: KnownContent::default(),
            lease,
            clock: Clock::default(),
        }
    }

    /// The same, where `clock` tells how old content is.
    #[must_use]
    pub fn timed_by(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The same, for a run that moves `tags`.
    #[must_use]
    pub fn moving(self, tags: Vec<Tag>) -> Self {
        Self { tags, ..self }
    }

    /// The same, for a run that another process began.
    #[must_use]
    pub fn taken_over(self) -> Self {
        Self { lease: self.lease.taken_over(), ..self }
    }

    /// Whether what is there stays there until the tags have moved: what the
    /// tags name that this run moves does, since they would not move after
    /// another process took it away; for the rest others are told.
    async fn may_rely_on(&self, node: &Descriptor, output: &JobOutput) -> Result<bool, Failure> {
        if self.named().await?.contains(&node.digest) {
            return Ok(true);
        }
        self.hold(output).await?;
        // It may have been swept away just before that.
        self.exists(node).await
    }

    /// All that the tags need that this run moves.
    async fn named(&self) -> Result<&HashSet<Digest>, Failure> {
        let read = async || {
            let mut named = HashSet::new();
            let mut below = Vec::new();
            for tag in &self.tags {
                below.extend(self.resolve(tag).await?);
            }
            while let Some(node) = below.pop() {
                if named.insert(node.digest.clone()) && node.is_manifest() {
                    let Some(bytes) = self.objects.get(&self.key(&node)).await? else { continue };
                    let parsed = Node::parse(bytes, node.media_type.as_str());
                    below.extend(parsed.iter().flat_map(Node::successors));
                }
            }
            Ok(named)
        };
        self.named.get_or_try_init(read).await
    }

    /// What every key of the repository begins with, ending in a slash.
    pub(super) fn root(&self) -> String {
        format!("v2/{}/", self.repository)
    }

    pub(super) fn objects(&self) -> &dyn Objects {
        &*self.objects
    }

    pub(super) fn list_key(&self) -> String {
        format!("v2/{}/tags/list", self.repository)
    }

    pub(super) fn key(&self, node: &Descriptor) -> String {
        let folder = if node.is_manifest() { "manifests" } else { "blobs" };
        format!("v2/{}/{folder}/{}", self.repository, node.digest)
    }

    pub(super) fn tag_key(&self, tag: &Tag) -> String {
        format!("v2/{}/manifests/{tag}", self.repository)
    }
}

#[async_trait]
impl SinkRepository for StaticRegistry {
    async fn check(&self, _kind: ArtifactKind) -> Result<(), Failure> {
        self.objects.check().await
    }

    async fn exists(&self, node: &Descriptor) -> Result<bool, Failure> {
        if self.known.is_wrong(node.digest.as_str()) {
            return Ok(false);
        }
        let info = self.objects.info(&self.key(node)).await?;
        Ok(info.is_some_and(|info| info.is(node)))
    }

    async fn push(
        &self,
        expected: &Descriptor,
        content: Arc<dyn Content>,
        desk: &Desk,
    ) -> Result<Pushed, Failure> {
        let _turn = self.turns.lock(expected.digest.as_str()).await;
        if self.exists(expected).await? && self.may_rely_on(expected, &desk.output).await? {
            desk.meter.skip(expected.size);
            return Ok(Pushed::Present);
        }
        let key = self.key(expected);
        let content_type = if expected.is_manifest() {
            expected.media_type.as_str()
        } else {
            media_type::OCTET_STREAM
        };
        desk.output.line(format!("{} → {}", expected.digest, self.objects.show(&key)));
        self.objects.put_content(&key, expected, content, content_type, &desk.meter).await?;
        self.known.note_written(expected.digest.as_str());
        Ok(Pushed::Sent)
    }

    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure> {
        Ok(self.seen(tag).await?.map(|(now, _)| now))
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

    async fn hold(&self, output: &JobOutput) -> Result<(), Failure> {
        self.lease.hold(&*self.objects, output).await
    }

    async fn release(&self) -> Result<(), Failure> {
        self.lease.let_go(&*self.objects).await
    }

    async fn attach(
        &self,
        subject: &Descriptor,
        attachment: &Attachment,
        output: &JobOutput,
    ) -> Result<bool, Failure> {
        match &attachment.tag {
            Some(tag) => attach::tagged(self, tag, &attachment.node, output).await?,
            None => self.refer(&subject.digest, &attachment.node).await?,
        }
        Ok(true)
    }

    async fn confirm(&self, node: &Descriptor) -> Result<(), Failure> {
        // Platforms share layers, and one reading is enough.
        let _turn = self.turns.lock(node.digest.as_str()).await;
        let confirmed = self.read_back(node).await;
        self.known.note_read(node.digest.as_str(), &confirmed);
        confirmed
    }
}

impl StaticRegistry {
    async fn read_back(&self, node: &Descriptor) -> Result<(), Failure> {
        let key = self.key(node);
        let name = || self.objects.show(&key);
        if node.is_manifest() {
            let missing = || Failure::new(FailureKind::NotFound, Side::Sink, name());
            let bytes = self.objects.get(&key).await?.ok_or_else(missing)?;
            return if node.digest.is_of(&bytes) { Ok(()) } else { Err(corrupt(&name())) };
        }
        match self.objects.info(&key).await? {
            None => Err(Failure::new(FailureKind::NotFound, Side::Sink, name())),
            Some(info) if info.is_other(node) => Err(corrupt(&name())),
            Some(_) if self.known.is_right(node.digest.as_str()) => Ok(()),
            Some(info)
                if info.digest.is_some() && self.known.is_enough(node, node.digest.as_str()) =>
            {
                Ok(())
            }
            Some(_) if self.objects.digest(&key, node).await? == node.digest => Ok(()),
            Some(_) => Err(corrupt(&name())),
        }
    }
}
