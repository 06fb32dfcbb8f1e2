//! What is asked of a Docker Engine.

use std::time::Duration;

use bollard::{
    Docker, body_try_stream,
    errors::Error,
    query_parameters::{
        ImportImageOptionsBuilder, ListImagesOptionsBuilder, RemoveImageOptionsBuilder,
        TagImageOptionsBuilder,
    },
};
use futures_util::TryStreamExt;
use tokio::sync::OnceCell;
use tokio_util::io::ReaderStream;

use crate::{
    docker::{self, failure},
    model::{Descriptor, Digest, EngineUrl, Failure, FailureKind, Platform, Side, media_type},
    ports::Reader,
};

/// How long an engine may take to load an image: it answers when it is done.
const LOAD_TIMEOUT: Duration = Duration::from_hours(24);
/// How much is given to it at once, in bytes.
const CHUNK: usize = 256 << 10;

/// What an engine's driver is called where containerd keeps its images.
const SNAPSHOTTER: &str = "io.containerd.snapshotter";

/// The local engine, reached when it is first asked.
pub(super) struct Engine {
    engine: docker::Engine,
    keeps_indexes: OnceCell<bool>,
}

impl Default for Engine {
    fn default() -> Self {
        let engine = docker::Engine::new(EngineUrl::Local);
        Self { engine, keeps_indexes: OnceCell::new() }
    }
}

impl Engine {
    /// What the engine runs.
    pub(super) async fn platform(&self) -> Result<&Platform, Failure> {
        Ok(&self.engine.about().await?.platform)
    }

    /// Whether its images are in containerd's store, which holds indexes.
    pub(super) async fn keeps_indexes(&self) -> Result<bool, Failure> {
        let asked = self.keeps_indexes.get_or_try_init(async || {
            let info = self.docker().await?.info().await;
            let info = info.map_err(|error| {
                failure(&error).context("asking the engine how it keeps its images")
            })?;
            let mut said = info.driver_status.into_iter().flatten().flatten();
            Ok(said.any(|word| word.starts_with(SNAPSHOTTER)))
        });
        asked.await.copied()
    }

    /// The identity of an image, by a name or an identity; none where there is
    /// no such image.
    pub(super) async fn id(&self, image: &str) -> Result<Option<Digest>, Failure> {
        Ok(self.named(image).await?.map(|found| found.digest))
    }

    /// The same with what else the engine tells of it: with a store of its own
    /// that is no more than the digest of a configuration.
    pub(super) async fn named(&self, image: &str) -> Result<Option<Descriptor>, Failure> {
        let asking = || format!("asking the engine for {image}");
        let found = match self.docker().await?.inspect_image(image).await {
            Ok(found) => found,
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => return Ok(None),
            Err(error) => return Err(failure(&error).context(asking())),
        };
        let unreadable = |error| {
            Failure::from_error(FailureKind::Protocol, Side::Sink, &error).context(asking())
        };
        let id: Digest = found.id.unwrap_or_default().parse().map_err(unreadable)?;
        let told = found.descriptor.filter(|told| told.digest.as_deref() == Some(id.as_str()));
        let (media_type, size) = told.map(|told| (told.media_type, told.size)).unzip();
        let media_type = media_type.flatten();
        let media_type = media_type.as_deref().unwrap_or(media_type::CONFIG);
        let size = size.flatten().and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
        Ok(Some(Descriptor::new(media_type, id, size)))
    }

    /// Whether it has an index with all that it lists, as far as it tells.
    pub(super) async fn has_whole(&self, index: &Digest) -> Result<bool, Failure> {
        if self.id(index.as_str()).await?.is_none() {
            return Ok(false);
        }
        // Only a list tells what of an index there is.
        let options = ListImagesOptionsBuilder::default().all(true).manifests(true).build();
        let listed = self.docker().await?.list_images(Some(options)).await;
        let listed = listed.map_err(|error| failure(&error).context("listing its images"))?;
        let mut manifests = listed
            .into_iter()
            .filter(|image| image.id == index.as_str())
            .flat_map(|image| image.manifests.unwrap_or_default());
        Ok(manifests.all(|manifest| manifest.available))
    }

    /// Loads an archive.
    pub(super) async fn load(&self, archive: Reader) -> Result<(), Failure> {
        let docker = self.docker().await?.clone().with_timeout(LOAD_TIMEOUT);
        let body = body_try_stream(ReaderStream::with_capacity(archive, CHUNK));
        let options = ImportImageOptionsBuilder::default().quiet(true).build();
        let answers = docker.import_image(options, body, None);
        let loaded = answers.try_for_each(async |_| Ok(())).await;
        loaded.map_err(|error| failure(&error).context("loading an image into the engine"))
    }

    /// Names an image, in place of what the name meant before.
    pub(super) async fn tag(
        &self,
        id: &Digest,
        repository: &str,
        tag: &str,
    ) -> Result<(), Failure> {
        let options = TagImageOptionsBuilder::default().repo(repository).tag(tag).build();
        let tagged = self.docker().await?.tag_image(id.as_str(), Some(options)).await;
        tagged.map_err(|error| {
            failure(&error).context(format!("naming the engine's image {id} {repository}:{tag}"))
        })
    }

    /// Takes a name away, and with the last name the image.
    pub(super) async fn untag(&self, name: &str) -> Result<(), Failure> {
        let options = RemoveImageOptionsBuilder::default().noprune(true).build();
        match self.docker().await?.remove_image(name, Some(options), None).await {
            Ok(_) | Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(()),
            Err(error) => Err(failure(&error).context(format!("taking {name} from the engine"))),
        }
    }

    async fn docker(&self) -> Result<&Docker, Failure> {
        self.engine.docker().await
    }
}
