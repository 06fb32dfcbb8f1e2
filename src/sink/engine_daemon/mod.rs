//! The local Docker Engine.
//!
//! An engine keeps images in one of two ways, and tells in which:
//!
//! - With containerd's image store, the default since Docker 29, it keeps
//!   indexes. One is loaded with all that it lists, as soon as all of that was
//!   met: what nothing refers to, the engine would take away again. A tag
//!   names the index.
//! - With a store of its own it keeps images of its own platform, by the digest
//!   of their configuration, and of an index it knows nothing. So an index is
//!   here the image of it that the engine runs, and what its tag names is that
//!   image's identity: [`EngineDaemon::form_of`] tells it beforehand. Images of
//!   other platforms are left out, and a line of output says so, unless each
//!   platform has a tag of its own.
//!
//! Either way staging loads images without a name, which is one request for
//! each, and moving a tag names them, which costs no transfer. Blobs are counted
//! as sent where the image that they belong to is loaded, and as present while
//! the engine has an image that brought them.

mod engine;
mod staging;
mod tags;

use std::sync::Arc;

use async_trait::async_trait;

use self::engine::LocalEngine;
use crate::{
    environment::Environment,
    model::{
        ArtifactKind, Descriptor, Digest, Failure, FailureKind, Repository, Side, Tag, media_type,
    },
    ports::{Content, Desk, Pushed, SinkRepository, TagMoves},
    store::Store,
};

/// One repository of the local engine.
pub struct EngineDaemon {
    engine: LocalEngine,
    repository: Repository,
    store: Arc<Store>,
    /// The registry that its names begin with.
    registry: Option<String>,
    /// Whether images are kept that the engine does not run.
    keeps_all: bool,
}

impl EngineDaemon {
    /// The images named `repository` at the engine that the environment names, or
    /// at the usual one. What is pushed is read from `store`.
    #[must_use]
    pub fn new(repository: Repository, store: Arc<Store>, environment: Environment) -> Self {
        let engine = LocalEngine::of(environment);
        Self { engine, repository, store, registry: None, keeps_all: false }
    }

    /// The same, called as it is at a registry.
    #[must_use]
    pub fn at(self, registry: Option<String>) -> Self {
        Self { registry, ..self }
    }

    /// The same, where images have tags that the engine does not run.
    #[must_use]
    pub fn keeping_all(self, keeps_all: bool) -> Self {
        Self { keeps_all, ..self }
    }

    fn name(&self, tag: &Tag) -> String {
        format!("{}:{tag}", self.full_name())
    }

    fn full_name(&self) -> String {
        match &self.registry {
            Some(registry) => format!("{registry}/{}", self.repository),
            None => self.repository.to_string(),
        }
    }

    /// What the engine has for `to`, which it loads where it must.
    async fn prepared(&self, to: &Descriptor) -> Result<Digest, Failure> {
        if let Some(id) = self.engine.id(to.digest.as_str()).await? {
            return Ok(id);
        }
        if to.media_type.as_str() == media_type::CONFIG {
            let what = format!("the engine no longer has the image {}", to.digest);
            return Err(Failure::new(FailureKind::NotFound, Side::Sink, what));
        }
        if to.is_index() && self.engine.keeps_indexes().await? {
            self.load_index(to).await?;
            return Ok(to.digest.clone());
        }
        Ok(self.load(&self.image(to).await?, &Desk::default()).await?.0)
    }
}

#[async_trait]
impl SinkRepository for EngineDaemon {
    async fn check(&self, kind: ArtifactKind) -> Result<(), Failure> {
        if kind != ArtifactKind::Image {
            return Err(Failure::new(
                FailureKind::Invalid,
                Side::Sink,
                "this sink stores only images",
            ));
        }
        self.engine.platform().await.map(drop)
    }

    async fn exists(&self, node: &Descriptor) -> Result<bool, Failure> {
        if node.is_index() && self.engine.keeps_indexes().await? {
            return self.engine.has_whole(&node.digest).await;
        }
        if !self.takes(node.platform.as_ref()).await? {
            return Ok(true);
        }
        if node.is_manifest() && !self.is_part(node).await? {
            return Ok(self.id_of(&self.image(node).await?).await?.is_some());
        }
        self.has(&node.digest).await
    }

    async fn push(
        &self,
        expected: &Descriptor,
        _content: Arc<dyn Content>,
        desk: &Desk,
    ) -> Result<Pushed, Failure> {
        if expected.is_index() {
            if self.engine.keeps_indexes().await? {
                return self.load_index(expected).await;
            }
            self.host_manifest(expected).await?;
            return Ok(Pushed::Skipped);
        }
        if !self.takes(expected.platform.as_ref()).await? {
            self.tell_left_out(expected, desk).await?;
            return Ok(Pushed::Skipped);
        }
        if expected.is_manifest() && !self.is_part(expected).await? {
            return Ok(self.load(&self.image(expected).await?, desk).await?.1);
        }
        self.goes_along(expected).await
    }

    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure> {
        self.engine.named(&self.name(tag)).await
    }

    async fn form_of(&self, to: &Descriptor) -> Result<Descriptor, Failure> {
        if !to.is_manifest() || self.engine.keeps_indexes().await? {
            return Ok(to.clone());
        }
        let image = self.image(to).await?;
        let id = self.id_of(&image).await?;
        let Descriptor { digest, size, .. } = image.manifest.config;
        Ok(Descriptor::new(media_type::CONFIG, id.unwrap_or(digest), size))
    }

    fn begin(self: Arc<Self>, _removed: Vec<Tag>) -> Box<dyn TagMoves> {
        self.moves()
    }

    fn shows_at_once(&self) -> bool {
        true
    }

    async fn confirm(&self, node: &Descriptor) -> Result<(), Failure> {
        let missing = |digest: &Digest| {
            let what = format!("the engine has no image {digest}");
            Err(Failure::new(FailureKind::NotFound, Side::Sink, what))
        };
        if node.is_index() && self.engine.keeps_indexes().await? {
            let has = self.engine.has_whole(&node.digest).await?;
            return if has { Ok(()) } else { missing(&node.digest) };
        }
        let is_ours =
            node.is_manifest() && (node.is_index() || self.takes(node.platform.as_ref()).await?);
        if !is_ours || self.is_part(node).await? {
            return Ok(());
        }
        let image = self.image(node).await?;
        if self.id_of(&image).await?.is_some() {
            return Ok(());
        }
        missing(&image.manifest.config.digest)
    }
}
