//! Docker Engines, and what speaks as they do: how they are reached.
//!
//! An [`DockerEngine`] opens one connection for each request, over whatever leads to
//! it: a socket, a port, TLS, or another machine's engine through `ssh`. What
//! is asked there is `bollard`'s API; what BuildKit needs besides is a
//! connection that is taken over, by [`DockerEngine::upgrade`].

mod ask;
mod context;
mod dial;
mod failure;
mod upgrade;

use std::sync::Arc;

use bollard::{ClientVersion, Docker};
use tokio::sync::OnceCell;

use self::{
    context::Endpoint,
    dial::{ANSWER, Dial},
};
pub use self::{failure::failure, upgrade::Upgraded};
use crate::{
    environment::Environment,
    model::{EngineUrl, Failure, FailureKind, Platform, Side},
};

/// The version of the API that is asked for at first: that of Docker 20.10.
const VERSION: ClientVersion = ClientVersion { major_version: 1, minor_version: 41 };

/// An engine, reached when it is first asked.
pub struct DockerEngine {
    url: EngineUrl,
    environment: Environment,
    connected: OnceCell<Connected>,
}

struct Connected {
    docker: Docker,
    dial: Arc<Dial>,
    about: EngineInfo,
}

/// What an engine says of itself.
#[derive(Clone, Debug)]
pub struct EngineInfo {
    /// What it runs.
    pub platform: Platform,
    /// Whether it is Podman, which speaks the same API and builds otherwise.
    pub is_podman: bool,
    /// Its version, for people.
    pub version: String,
}

impl DockerEngine {
    /// The engine at `url`; the environment says which one is this machine's, and
    /// what `ssh` is started with. Touches no network.
    #[must_use]
    pub fn new(url: EngineUrl, environment: Environment) -> Self {
        Self { url, environment, connected: OnceCell::new() }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &EngineUrl {
        &self.url
    }

    /// What it says of itself.
    ///
    /// # Errors
    ///
    /// Fails where it cannot be reached, or is older than Docker 20.10.
    pub async fn about(&self) -> Result<&EngineInfo, Failure> {
        Ok(&self.connected().await?.about)
    }

    /// The client of its API.
    ///
    /// # Errors
    ///
    /// As [`Self::about`].
    pub async fn docker(&self) -> Result<&Docker, Failure> {
        Ok(&self.connected().await?.docker)
    }

    /// What it answers to a small question, as a version of the API that it
    /// chooses itself; none where it has no such thing.
    ///
    /// # Errors
    ///
    /// As [`Self::about`], and where it answers anything else.
    pub async fn ask(&self, path: &str) -> Result<Option<serde_json::Value>, Failure> {
        ask::get(&self.connected().await?.dial, path).await
    }

    /// Sends a request that turns its connection into one for HTTP/2 in the
    /// clear, and returns the connection.
    ///
    /// # Errors
    ///
    /// Fails where the engine refuses.
    pub async fn upgrade(&self, path: &str, headers: &[(&str, &str)]) -> Result<Upgraded, Failure> {
        let connected = self.connected().await?;
        upgrade::upgrade(&connected.dial, path, headers)
            .await
            .map_err(|failure| failure.context(format!("POST {path} at {}", self.url)))
    }

    async fn connected(&self) -> Result<&Connected, Failure> {
        self.connected.get_or_try_init(|| self.connect()).await.map_err(|failure| {
            let failure = failure.context(format!("{} cannot be used", self.url));
            // How a server in general is reached is no help with an engine.
            let is_own = !failure.unreached || failure.kind != FailureKind::Network;
            if failure.hint.is_some() && is_own {
                return failure;
            }
            failure.hint(match self.url {
                EngineUrl::Local => "start it, or set DOCKER_HOST to where it listens",
                EngineUrl::Ssh { .. } => {
                    "check that `ssh HOST docker system dial-stdio` works without a prompt"
                }
                _ => "start it, or change [builders] in castoff.toml",
            })
        })
    }

    async fn connect(&self) -> Result<Connected, Failure> {
        let endpoint = Endpoint::of(&self.url, &self.environment)?;
        let dial = Arc::new(Dial::new(endpoint, self.environment.clone())?);
        let transport = dial::Transport(Arc::clone(&dial));
        let docker = Docker::connect_with_custom_transport(
            transport.into_request(),
            Some("http://docker"),
            ANSWER.as_secs(),
            &VERSION,
        );
        let docker = docker.map_err(|error| failure(&error))?;
        let docker = docker.negotiate_version().await.map_err(|error| failure(&error))?;
        let version = docker.version().await.map_err(|error| failure(&error))?;
        let (os, architecture) = (version.os.unwrap_or_default(), version.arch.unwrap_or_default());
        let platform = Platform::new(&os, &architecture, None)
            .map_err(|error| Failure::from_error(FailureKind::Protocol, Side::Sink, &error))?;
        let components = version.components.unwrap_or_default();
        let is_podman = components.iter().any(|component| component.name.contains("Podman"));
        let version = version.version.unwrap_or_default();
        refuse_old(&docker, &version)?;
        Ok(Connected { docker, dial, about: EngineInfo { platform, is_podman, version } })
    }
}

/// An engine without BuildKit's sessions.
fn refuse_old(docker: &Docker, version: &str) -> Result<(), Failure> {
    let api = docker.client_version();
    let has = (api.major_version, api.minor_version);
    if has >= (VERSION.major_version, VERSION.minor_version) {
        return Ok(());
    }
    let what = format!("version {version} (API {api}) is too old");
    Err(Failure::new(FailureKind::Invalid, Side::Sink, what)
        .hint("update it to Docker 20.10 or later"))
}
