//! A repository of an OCI registry.

mod catalog;
mod push;
mod shelf;
mod sweep;
mod tags;
mod untag;

use std::sync::Arc;

use async_trait::async_trait;

pub use self::catalog::RegistryCatalog;
use super::{
    attach,
    known_content::{KnownContent, READ_WHOLE},
};
use crate::{
    model::{ArtifactKind, Descriptor, Digest, Failure, FailureKind, Repository, Side, Tag},
    net::Locks,
    ports::{Attachment, Content, Desk, Output, Pushed, SinkRepository, Sweeper, TagMoves},
    registry::{Client, ManifestName, parting},
};

/// One repository of a registry.
#[derive(Debug)]
pub struct RegistrySink {
    client: Arc<Client>,
    repository: Repository,
    /// What was written or read here, and what is to be written again.
    known: KnownContent,
    /// What is being sent or read, by digest: platforms share layers.
    turns: Locks,
}

impl RegistrySink {
    /// The repository at the client's registry. Touches no network.
    #[must_use]
    pub fn new(client: Arc<Client>, repository: Repository) -> Self {
        Self { client, repository, known: KnownContent::default(), turns: Locks::default() }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn repository(&self) -> &Repository {
        &self.repository
    }

    fn missing(&self, node: &Descriptor) -> Failure {
        let why = format!("{} does not exist", node.digest);
        Failure::new(FailureKind::NotFound, Side::Sink, why).context(self.name())
    }

    fn name(&self) -> String {
        format!("{}/{}", self.client.host(), self.repository)
    }
}

#[async_trait]
impl SinkRepository for RegistrySink {
    async fn check(&self, _: ArtifactKind) -> Result<(), Failure> {
        self.client.ping(Some(&self.repository)).await?;
        self.client.check_push(&self.repository).await
    }

    async fn exists(&self, node: &Descriptor) -> Result<bool, Failure> {
        if self.client.has_written(&self.repository, node) {
            return Ok(true);
        }
        if node.is_manifest() {
            let name = ManifestName::Digest(&node.digest);
            let found = self.client.describe_manifest(&self.repository, name).await?;
            return Ok(found.is_some_and(|found| found.size == node.size));
        }
        let size = self.client.blob_size(&self.repository, &node.digest, node.size).await?;
        Ok(size == Some(node.size))
    }

    async fn push(
        &self,
        expected: &Descriptor,
        content: Arc<dyn Content>,
        desk: &Desk,
    ) -> Result<Pushed, Failure> {
        let pushed = if expected.is_manifest() {
            self.push_manifest(expected, content.as_ref(), desk).await
        } else {
            self.push_blob(expected, content, desk).await
        };
        self.pass_warnings(desk);
        pushed
    }

    async fn attach(
        &self,
        subject: &Descriptor,
        attachment: &Attachment,
        output: &Output,
    ) -> Result<bool, Failure> {
        match &attachment.tag {
            Some(tag) => attach::tagged(self, tag, &attachment.node, output).await?,
            None => {
                self.client.refer(&self.repository, &subject.digest, &attachment.node).await?;
            }
        }
        Ok(true)
    }

    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure> {
        self.client.describe_manifest(&self.repository, ManifestName::Tag(tag)).await
    }

    fn begin(self: Arc<Self>, removed: Vec<Tag>) -> Box<dyn TagMoves> {
        self.moves(removed)
    }

    fn left_by_removal(&self, tag: &Tag, names: &Digest) -> Option<Digest> {
        Some(parting(tag, names))
    }

    fn may_lose_manifests(&self) -> bool {
        true
    }

    fn shelf(self: Arc<Self>) -> Option<Arc<dyn Sweeper>> {
        Some(self)
    }

    async fn confirm(&self, node: &Descriptor) -> Result<(), Failure> {
        let _turn = self.turns.lock(node.digest.as_str()).await;
        let confirmed = self.read_back(node).await;
        if !node.is_manifest() {
            self.known.note_read(node.digest.as_str(), &confirmed);
        }
        confirmed
    }
}

impl RegistrySink {
    async fn read_back(&self, node: &Descriptor) -> Result<(), Failure> {
        let (repository, digest) = (&self.repository, &node.digest);
        let name = digest.as_str();
        let has_sent = || self.client.has_sent(repository, digest);
        let is_known = self.known.is_right(name) || (has_sent() && !self.known.is_doubted(name));
        let found = if node.is_manifest() {
            let found = self.client.manifest(repository, ManifestName::Digest(digest)).await?;
            found.map(|(found, _)| (found.digest, found.size))
        } else if is_known {
            let size = self.client.blob_size(repository, digest, node.size).await?;
            size.map(|size| (digest.clone(), size))
        } else {
            self.client.served(repository, node, READ_WHOLE).await?
        };
        let wrong = |why: String| {
            Err(Failure::new(FailureKind::Integrity, Side::Sink, why).context(self.name()))
        };
        match found {
            None => Err(self.missing(node)),
            Some((_, size)) if size != node.size => {
                wrong(format!("{digest} has {size} bytes, not {}", node.size))
            }
            Some((found, _)) if found != *digest => {
                wrong(format!("the content served as {digest} is {found}"))
            }
            Some(_) => Ok(()),
        }
    }
}
