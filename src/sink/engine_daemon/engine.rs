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
use tokio_util::io::ReaderStream;

use crate::{
    docker::{self, failure},
    model::{Digest, EngineUrl, Failure, FailureKind, Platform, Side},
    ports::Reader,
};

/// How long an engine may take to load an image: it answers when it is done.
const LOAD_TIMEOUT: Duration = Duration::from_hours(24);
/// How much is given to it at once, in bytes.
const CHUNK: usize = 256 << 10;

/// The local engine, reached when it is first asked.
pub(super) struct Engine(docker::Engine);

impl Default for Engine {
    fn default() -> Self {
        Self(docker::Engine::new(EngineUrl::Local))
    }
}

impl Engine {
    /// What the engine runs.
    pub(super) async fn platform(&self) -> Result<&Platform, Failure> {
        Ok(&self.0.about().await?.platform)
    }

    /// The identity of an image, by a name or an identity; none where there is
    /// no such image.
    pub(super) async fn id(&self, image: &str) -> Result<Option<Digest>, Failure> {
        let asking = || format!("asking the engine for {image}");
        let id = match self.docker().await?.inspect_image(image).await {
            Ok(found) => found.id.unwrap_or_default(),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => return Ok(None),
            Err(error) => return Err(failure(&error).context(asking())),
        };
        let unreadable = |error| {
            Failure::from_error(FailureKind::Protocol, Side::Sink, &error).context(asking())
        };
        id.parse().map(Some).map_err(unreadable)
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
        self.0.docker().await
    }
}
