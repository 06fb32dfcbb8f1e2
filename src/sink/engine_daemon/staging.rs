//! How content comes to the engine.

use super::EngineDaemon;
use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Manifest, Platform, Side},
    ports::{Desk, Pushed, Source as _},
    store::{saved, whole},
};

/// One platform's image.
pub(super) struct Image {
    pub(super) root: Descriptor,
    pub(super) manifest: Manifest,
}

impl Image {
    /// What an engine may call it.
    fn ids(&self) -> [&Digest; 2] {
        [&self.manifest.config.digest, &self.root.digest]
    }
}

impl EngineDaemon {
    /// Whether the engine is to have what is for `platform`.
    pub(super) async fn takes(&self, platform: Option<&Platform>) -> Result<bool, Failure> {
        if self.engine.keeps_indexes().await? {
            return Ok(true);
        }
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
    pub(super) async fn image(&self, node: &Descriptor) -> Result<Image, Failure> {
        let root = if node.is_index() { self.host_manifest(node).await? } else { node.clone() };
        let manifest = self.store.read_manifest(&root).await?;
        Ok(Image { root, manifest })
    }

    pub(super) async fn host_manifest(&self, index: &Descriptor) -> Result<Descriptor, Failure> {
        let own = self.engine.platform().await?;
        let manifests = self.store.successors(index).await?.into_iter();
        let fitting = manifests
            .filter(|node| node.platform.as_ref().is_some_and(|platform| platform.fits(own)));
        // Of several levels the highest: the engine does not tell its own.
        let best = fitting.max_by(|a, b| a.platform.cmp(&b.platform));
        best.ok_or_else(|| {
            let what = format!("the engine runs {own}, and the artifact has no image for it");
            Failure::new(FailureKind::Invalid, Side::Source, what)
                .hint(format!("add the platform {own} to the artifact, or leave this sink out"))
        })
    }

    /// What the engine calls the image, if it has the image's blobs; none where it
    /// does not have it.
    pub(super) async fn id_of(&self, image: &Image) -> Result<Option<Digest>, Failure> {
        for id in image.ids() {
            if let Some(found) = self.engine.id(id.as_str()).await? {
                let blobs = image.manifest.layers.iter().chain([&image.manifest.config]);
                self.note(blobs, &found).await?;
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Notes which image at the engine has `nodes`.
    pub(super) async fn note<'n>(
        &self,
        nodes: impl IntoIterator<Item = &'n Descriptor> + Send,
        id: &Digest,
    ) -> Result<(), Failure> {
        let keys: Vec<String> = nodes.into_iter().map(|node| brought_by(&node.digest)).collect();
        for key in keys {
            if self.store.noted(&key).await?.as_deref() != Some(id.as_str()) {
                self.store.note(&key, id.as_str()).await?;
            }
        }
        Ok(())
    }

    /// Loads the image where the engine does not have it.
    pub(super) async fn load(
        &self,
        image: &Image,
        desk: &Desk,
    ) -> Result<(Digest, Pushed), Failure> {
        if let Some(id) = self.id_of(image).await? {
            return Ok((id, Pushed::Present));
        }
        let archive = saved(&self.store, &image.root, &image.manifest, &[]).await?;
        self.engine.load(archive).await?;
        let id = self.id_of(image).await?.ok_or_else(|| not_taken(&image.root))?;
        desk.output.line(format!("{} → the engine's image {id}", image.root.digest));
        Ok((id, Pushed::Sent))
    }

    /// Loads an index with all that it lists, unless the engine has all of it.
    pub(super) async fn load_index(&self, index: &Descriptor) -> Result<Pushed, Failure> {
        let root = index.clone();
        let nodes = self.store.blocking(move |store| store.nodes(&root)).await?;
        if self.engine.has_whole(&index.digest).await? {
            self.note(&nodes, &index.digest).await?;
            return Ok(Pushed::Present);
        }
        self.engine.load(whole(&self.store, index, &nodes).await?).await?;
        if !self.engine.has_whole(&index.digest).await? {
            return Err(not_taken(index));
        }
        self.note(&nodes, &index.digest).await?;
        Ok(Pushed::Sent)
    }

    /// Whether the engine has an image that brought this.
    pub(super) async fn has(&self, digest: &Digest) -> Result<bool, Failure> {
        match self.store.noted(&brought_by(digest)).await? {
            Some(image) => Ok(self.engine.id(&image).await?.is_some()),
            None => Ok(false),
        }
    }

    /// Whether the engine has an image that brought this, or will be given it
    /// with what is pushed next.
    pub(super) async fn goes_along(&self, node: &Descriptor) -> Result<Pushed, Failure> {
        Ok(if self.has(&node.digest).await? { Pushed::Present } else { Pushed::Sent })
    }

    /// Whether a manifest is part of an index that is loaded as a whole.
    pub(super) async fn is_part(&self, node: &Descriptor) -> Result<bool, Failure> {
        let is_alone = self.keeps_all && !node.platform.as_ref().is_some_and(is_unknown);
        Ok(!is_alone && !node.is_index() && self.engine.keeps_indexes().await?)
    }

    /// Says what of `node` the engine will not have.
    pub(super) async fn tell_left_out(
        &self,
        node: &Descriptor,
        desk: &Desk,
    ) -> Result<(), Failure> {
        if node.is_attestation() {
            desk.output.line("1 attestation is left out: the engine stores none".to_owned());
        } else if node.platform.as_ref().is_some_and(is_unknown) {
            // A part of one.
        } else if node.media_type.as_str().contains("config") {
            let own = self.engine.platform().await?;
            desk.output.line(format!("left out: the engine runs {own}"));
        }
        Ok(())
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

fn not_taken(root: &Descriptor) -> Failure {
    let what = format!("the engine did not accept the image {}", root.digest);
    Failure::new(FailureKind::Integrity, Side::Sink, what)
}
