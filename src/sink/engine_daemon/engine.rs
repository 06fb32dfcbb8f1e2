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
use tokio::sync::OnceCell;
use tokio_util::io::ReaderStream;

use crate::{
    model::{Digest, Failure, FailureKind, Platform, Side},
    ports::Reader,
};

/// How long an engine may take to load an image: it answers when it is done.
const LOAD_TIMEOUT: Duration = Duration::from_hours(24);
/// How much is given to it at once, in bytes.
const CHUNK: usize = 256 << 10;

/// A Docker Engine, reached when it is first asked.
#[derive(Default)]
pub(super) struct Engine(OnceCell<Connected>);

struct Connected {
    docker: Docker,
    platform: Platform,
}

impl Engine {
    /// What the engine runs.
    pub(super) async fn platform(&self) -> Result<&Platform, Failure> {
        Ok(&self.connected().await?.platform)
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
        Ok(&self.connected().await?.docker)
    }

    async fn connected(&self) -> Result<&Connected, Failure> {
        self.0.get_or_try_init(connect).await.map_err(|failure| {
            failure
                .context("the Docker Engine cannot be used")
                .hint("start it, or set DOCKER_HOST to where it listens")
        })
    }
}

async fn connect() -> Result<Connected, Failure> {
    let docker = Docker::connect_with_defaults().map_err(|error| failure(&error))?;
    let docker = docker.negotiate_version().await.map_err(|error| failure(&error))?;
    let version = docker.version().await.map_err(|error| failure(&error))?;
    let (os, architecture) = (version.os.unwrap_or_default(), version.arch.unwrap_or_default());
    let platform = Platform::new(&os, &architecture, None)
        .map_err(|error| Failure::from_error(FailureKind::Protocol, Side::Sink, &error))?;
    Ok(Connected { docker, platform })
}

fn failure(error: &Error) -> Failure {
    // What was read for the engine may have failed.
    if let Some(failure) = Failure::find_in(error) {
        return failure;
    }
    let kind = match error {
        Error::DockerResponseServerError { status_code: 404, .. } => FailureKind::NotFound,
        Error::DockerResponseServerError { status_code: 401 | 403, .. } => FailureKind::Forbidden,
        Error::DockerResponseServerError { status_code: 409, .. } => FailureKind::Conflict,
        Error::DockerResponseServerError { status_code: 500.., .. }
        | Error::DockerStreamError { .. } => FailureKind::Server,
        Error::DockerResponseServerError { .. } => FailureKind::Protocol,
        Error::RequestTimeoutError => FailureKind::Timeout,
        Error::UnsupportedURISchemeError { .. } => FailureKind::Invalid,
        _ => FailureKind::Network,
    };
    Failure::from_error(kind, Side::Sink, error)
}
