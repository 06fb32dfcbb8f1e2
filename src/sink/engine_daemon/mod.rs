//! The local Docker Engine.
//!
//! An engine keeps images of its own platform, by the digest of their
//! configuration, or, with containerd's store, of their manifest; of an index
//! it knows nothing. So an index is here the image of it that the engine runs:
//!
//! - Staging loads that image without a name, which is one request. Images of
//!   other platforms are left out, and a line of output says so, unless each
//!   platform has a tag of its own.
//! - Moving a tag names the image, which costs no transfer.
//! - What a tag was moved to is noted in the store under the tag's name and
//!   the image's identity. [`EngineDaemon::resolve`] tells it as long as the
//!   tag names that image. A tag that somebody else moved, or of which nothing
//!   is noted here, names the image's configuration; it differs from every
//!   index, so such a tag is moved once more, and nothing is sent for it.
//!
//! Layers are counted as sent where the image that they belong to is loaded,
//! and as present while the engine has an image that brought them.

mod engine;

use std::sync::Arc;

use async_trait::async_trait;

use self::engine::Engine;
use crate::{
    model::{
        ArtifactKind, Descriptor, Digest, Failure, FailureKind, Manifest, Node, Platform,
        Repository, Side, Tag, media_type,
    },
    ports::{Content, Desk, Output, Pushed, Sink, Source as _, Tags},
    store::{Store, saved},
};

/// One repository of the local engine.
pub struct EngineDaemon {
    engine: Engine,
    repository: Repository,
    store: Arc<Store>,
    /// The registry that its names begin with.
    registry: Option<String>,
    /// Whether images are kept that the engine does not run.
    keeps_all: bool,
}

/// One platform's image.
struct Image {
    root: Descriptor,
    manifest: Manifest,
}

impl Image {
    /// What an engine may call it.
    fn ids(&self) -> [&Digest; 2] {
        [&self.manifest.config.digest, &self.root.digest]
    }
}

impl EngineDaemon {
    /// The images named `repository` at the engine that `DOCKER_HOST` names,
    /// or at the usual one. What is pushed is read from `store`.
    #[must_use]
    pub fn new(repository: Repository, store: Arc<Store>) -> Self {
        let engine = Engine::default();
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

    /// Whether the engine is to have what is for `platform`.
    async fn takes(&self, platform: Option<&Platform>) -> Result<bool, Failure> {
        if platform.is_some_and(is_unknown) {
            return Ok(false);
        }
        if self.keeps_all {
            return Ok(true);
        }
        let own = self.engine.platform().await?;
        // What has no platform, the engine decides.
        Ok(platform.is_none_or(|platform| platform.fits(own)))
    }

    /// The image that `node` is at this engine: itself, or the one of an
    /// index that the engine runs.
    async fn image(&self, node: &Descriptor) -> Result<Image, Failure> {
        let root = if node.is_index() { self.host_manifest(node).await? } else { node.clone() };
        let parsed = Node::parse(self.store.read(&root)?, root.media_type.as_str());
        if let Ok(Node::Manifest(manifest)) = parsed {
            return Ok(Image { root, manifest: *manifest });
        }
        let what = format!("{} is no image", root.digest);
        Err(Failure::new(FailureKind::Invalid, Side::Source, what))
    }

    async fn host_manifest(&self, index: &Descriptor) -> Result<Descriptor, Failure> {
        let own = self.engine.platform().await?;
        let manifests = self.store.successors(index).await?.into_iter();
        let fitting = manifests
            .filter(|node| node.platform.as_ref().is_some_and(|platform| platform.fits(own)));
        // Of several levels the highest: the engine does not tell its own.
        let best = fitting.max_by(|a, b| a.platform.cmp(&b.platform));
        best.ok_or_else(|| {
            let what = format!("the engine runs {own}, for which there is no image");
            Failure::new(FailureKind::Invalid, Side::Source, what)
                .hint(format!("add the platform {own} to the artifact, or leave this sink out"))
        })
    }

    /// What the engine calls the image, whose blobs it has then; none where it
    /// does not have it.
    async fn id_of(&self, image: &Image) -> Result<Option<Digest>, Failure> {
        for id in image.ids() {
            if let Some(found) = self.engine.id(id.as_str()).await? {
                self.note_blobs(image, &found)?;
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Notes which image at the engine has the blobs of `image`.
    fn note_blobs(&self, image: &Image, id: &Digest) -> Result<(), Failure> {
        for blob in image.manifest.layers.iter().chain([&image.manifest.config]) {
            let key = brought_by(&blob.digest);
            if self.store.session_get(&key)?.as_deref() != Some(id.as_str()) {
                self.store.session_put(&key, id.as_str())?;
            }
        }
        Ok(())
    }

    /// Loads the image where the engine does not have it.
    async fn load(&self, image: &Image, desk: &Desk) -> Result<(Digest, bool), Failure> {
        if let Some(id) = self.id_of(image).await? {
            return Ok((id, false));
        }
        let archive = saved(&self.store, &image.root, &image.manifest, &[]).await?;
        self.engine.load(archive).await?;
        let Some(id) = self.id_of(image).await? else {
            let what = format!("the engine did not take the image {}", image.root.digest);
            return Err(Failure::new(FailureKind::Integrity, Side::Sink, what));
        };
        desk.output.line(format!("{} → the engine's image {id}", image.root.digest));
        Ok((id, true))
    }

    /// Whether the engine has an image that brought a blob.
    async fn has_blob(&self, digest: &Digest) -> Result<bool, Failure> {
        match self.store.session_get(&brought_by(digest))? {
            Some(image) => Ok(self.engine.id(&image).await?.is_some()),
            None => Ok(false),
        }
    }

    /// What the engine has for `to`, which it loads where it must.
    async fn prepared(&self, to: &Descriptor) -> Result<Digest, Failure> {
        if to.media_type.as_str() == media_type::CONFIG {
            let missing = || {
                let what = format!("the engine has no image {} any more", to.digest);
                Failure::new(FailureKind::NotFound, Side::Sink, what)
            };
            return self.engine.id(to.digest.as_str()).await?.ok_or_else(missing);
        }
        // What an earlier run moved may be gone from the store, and yet be here.
        if let Some(id) = self.store.session_get(&image_of(&to.digest))?
            && let Some(id) = self.engine.id(&id).await?
        {
            return Ok(id);
        }
        let image = self.image(to).await?;
        Ok(self.load(&image, &Desk::default()).await?.0)
    }

    async fn write(&self, tag: &Tag, to: &Descriptor) -> Result<(), Failure> {
        let id = self.prepared(to).await?;
        let noted = serde_json::to_string(to).expect("a descriptor always becomes JSON");
        // Noted first: until the tag names that image, the note says nothing.
        self.store.session_put(&self.moved_to(tag, &id), &noted)?;
        self.store.session_put(&image_of(&to.digest), id.as_str())?;
        self.engine.tag(&id, &self.full_name(), tag.as_str()).await
    }

    fn moved_to(&self, tag: &Tag, id: &Digest) -> String {
        format!("docker-daemon: {} names {id} as", self.name(tag))
    }
}

/// Whether this is no platform, as attestations have it.
fn is_unknown(platform: &Platform) -> bool {
    platform.os == "unknown"
}

/// The note of the image that brought a blob.
fn brought_by(blob: &Digest) -> String {
    format!("docker-daemon: {blob} came with")
}

/// The note of the image that something is at the engine.
fn image_of(root: &Digest) -> String {
    format!("docker-daemon: {root} is")
}

#[async_trait]
impl Sink for EngineDaemon {
    async fn check(&self, kind: ArtifactKind) -> Result<(), Failure> {
        if kind != ArtifactKind::Image {
            return Err(Failure::new(FailureKind::Invalid, Side::Sink, "only images go here"));
        }
        self.engine.platform().await.map(drop)
    }

    async fn exists(&self, node: &Descriptor) -> Result<bool, Failure> {
        if node.is_index() {
            // Nothing is sent for it, but somebody must look what is in it.
            return Ok(self.store.session_get(&image_of(&node.digest))?.is_some());
        }
        if !self.takes(node.platform.as_ref()).await? {
            return Ok(true);
        }
        if node.is_manifest() {
            return Ok(self.id_of(&self.image(node).await?).await?.is_some());
        }
        self.has_blob(&node.digest).await
    }

    async fn push(
        &self,
        expected: &Descriptor,
        _content: Arc<dyn Content>,
        desk: &Desk,
    ) -> Result<Pushed, Failure> {
        if expected.is_index() {
            self.host_manifest(expected).await?;
            return Ok(Pushed::Skipped);
        }
        if !self.takes(expected.platform.as_ref()).await? {
            if expected.is_attestation() {
                desk.output.line("1 attestation is left out: the engine keeps none".to_owned());
            } else if expected.platform.as_ref().is_some_and(is_unknown) {
                // A part of one.
            } else if expected.media_type.as_str().contains("config") {
                let own = self.engine.platform().await?;
                desk.output.line(format!("left out: the engine runs {own}"));
            }
            return Ok(Pushed::Skipped);
        }
        if expected.is_manifest() {
            let image = self.image(expected).await?;
            let (_, sent) = self.load(&image, desk).await?;
            return Ok(if sent { Pushed::Sent } else { Pushed::Present });
        }
        // It goes with its manifest, right after this.
        Ok(if self.has_blob(&expected.digest).await? { Pushed::Present } else { Pushed::Sent })
    }

    async fn confirm(&self, node: &Descriptor) -> Result<(), Failure> {
        let is_ours =
            node.is_manifest() && (node.is_index() || self.takes(node.platform.as_ref()).await?);
        if !is_ours {
            return Ok(());
        }
        let image = self.image(node).await?;
        if self.id_of(&image).await?.is_some() {
            return Ok(());
        }
        let what = format!("the engine has no image {}", image.manifest.config.digest);
        Err(Failure::new(FailureKind::NotFound, Side::Sink, what))
    }
}

#[async_trait]
impl Tags for EngineDaemon {
    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure> {
        let Some(id) = self.engine.id(&self.name(tag)).await? else { return Ok(None) };
        let noted = self.store.session_get(&self.moved_to(tag, &id))?;
        let noted = noted.and_then(|noted| serde_json::from_str(&noted).ok());
        // The engine does not tell how long the configuration is.
        Ok(Some(noted.unwrap_or_else(|| Descriptor::new(media_type::CONFIG, id, 0))))
    }

    async fn swap(
        &self,
        tag: &Tag,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
        _output: &Output,
    ) -> Result<(), Failure> {
        let now = self.resolve(tag).await?.map(|now| now.digest);
        let wanted = to.map(|to| &to.digest);
        if now.as_ref() == wanted {
            return Ok(());
        }
        if now.as_ref() != expected {
            return Err(super::moved(now.as_ref()).undone());
        }
        match to {
            Some(to) => self.write(tag, to).await?,
            None => self.engine.untag(&self.name(tag)).await?,
        }
        let after = self.resolve(tag).await?.map(|after| after.digest);
        if after.as_ref() == wanted { Ok(()) } else { Err(super::moved(after.as_ref())) }
    }

    fn shows_at_once(&self) -> bool {
        true
    }
}
