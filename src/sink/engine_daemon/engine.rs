//! What is asked of a Docker Engine.

use std::time::Duration;

use bollard::{
    Docker, body_try_stream,
    errors::Error,
    query_parameters::{
        ImportImageOptionsBuilder, RemoveImageOptionsBuilder, TagImageOptionsBuilder,
    },
};
use futures_util::TryStreamExt;
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio_util::io::ReaderStream;

use crate::{
    docker::{self, failure},
    environment::Environment,
    model::{Descriptor, Digest, EngineUrl, Failure, FailureKind, Platform, Side, media_type},
    ports::Reader,
};

/// How long an engine may take to load an image: it answers when it is done.
const LOAD_TIMEOUT: Duration = Duration::from_hours(24);
/// How much is given to it at once, in bytes.
const CHUNK: usize = 256 << 10;

/// What an engine's driver is called where containerd keeps its images.
const SNAPSHOTTER: &str = "io.containerd.snapshotter";

fn asking(image: &str) -> String {
    format!("asking the engine for {image}")
}

/// The local engine, reached when it is first asked.
pub(super) struct LocalEngine {
    engine: docker::DockerEngine,
    keeps_indexes: OnceCell<bool>,
}

impl LocalEngine {
    /// The one that the environment names, or the usual one.
    pub(super) fn of(environment: Environment) -> Self {
        let engine = docker::DockerEngine::new(EngineUrl::Local, environment);
        Self { engine, keeps_indexes: OnceCell::new() }
    }

    /// What the engine runs.
    pub(super) async fn platform(&self) -> Result<&Platform, Failure> {
        Ok(&self.engine.about().await?.platform)
    }

    /// Whether its images are in containerd's store, which holds indexes.
    pub(super) async fn keeps_indexes(&self) -> Result<bool, Failure> {
        let asked = self.keeps_indexes.get_or_try_init(async || {
            let info =
                self.engine.ask("/info").await.map_err(|failure| {
                    failure.context("asking the engine how it keeps its images")
                })?;
            let info = info.unwrap_or_default();
            let said = info["DriverStatus"].as_array().into_iter().flatten();
            let mut words = said.filter_map(Value::as_array).flatten().filter_map(Value::as_str);
            Ok(words.any(|word| word.starts_with(SNAPSHOTTER)))
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
        let Some(found) = self.inspect(image).await? else { return Ok(None) };
        let unreadable = |error| {
            Failure::from_error(FailureKind::Protocol, Side::Sink, &error).context(asking(image))
        };
        let id: Digest = found["Id"].as_str().unwrap_or_default().parse().map_err(unreadable)?;
        let told = &found["Descriptor"];
        let is_told = told["digest"].as_str() == Some(id.as_str());
        let told = |key: &str| is_told.then(|| &told[key]);
        let media_type = told("mediaType").and_then(Value::as_str).unwrap_or(media_type::CONFIG);
        let size = told("size").and_then(Value::as_u64).unwrap_or_default();
        Ok(Some(Descriptor::new(media_type, id, size)))
    }

    /// Whether it has an index with all that it lists, as far as it tells.
    pub(super) async fn has_whole(&self, index: &Digest) -> Result<bool, Failure> {
        let Some(found) = self.inspect(index.as_str()).await? else { return Ok(false) };
        let manifests = found["Manifests"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(manifests.iter().all(|manifest| manifest["Available"] != Value::Bool(false)))
    }

    async fn inspect(&self, image: &str) -> Result<Option<Value>, Failure> {
        let found = self.engine.ask(&format!("/images/{image}/json?manifests=1")).await;
        found.map_err(|failure| failure.context(asking(image)))
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
            Err(error) => Err(failure(&error).context(format!("removing {name} from the engine"))),
        }
    }

    async fn docker(&self) -> Result<&Docker, Failure> {
        self.engine.docker().await
    }
}
