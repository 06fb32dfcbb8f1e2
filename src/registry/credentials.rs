//! Who castoff is at a registry, as Docker and Podman have stored it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use docker_credential::{CredentialRetrievalError, DockerCredential};
use secrecy::SecretString;
use tokio::{sync::oneshot, time::timeout};

use crate::model::{Failure, FailureKind, Side};

/// How long a credential helper may take.
const HELPER_TIMEOUT: Duration = Duration::from_secs(10);
/// What Docker stores the credential for its own registry under.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// What proves who castoff is. Its `Debug` shows no secret.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A user and a password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: SecretString,
    },
    /// A token that a token service gave at login.
    IdentityToken(SecretString),
}

/// Where credentials come from. Asked when a registry wants one, and again
/// when it accepts that one no longer.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The credential for `host`; none where there is none.
    async fn find(&self, host: &str) -> Result<Option<Credential>, Failure>;
}

/// The credential for one host that was given for it; for others, those that
/// there are otherwise.
pub struct Given {
    /// The host.
    pub host: String,
    /// Its credential.
    pub credential: Credential,
    /// Those for other hosts.
    pub otherwise: Arc<dyn Credentials>,
}

/// No credentials for anybody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anonymous;

/// Docker's configuration with its helpers, and after it Podman's.
#[derive(Clone, Copy, Debug, Default)]
pub struct DockerConfig;

#[async_trait]
impl Credentials for Anonymous {
    async fn find(&self, _: &str) -> Result<Option<Credential>, Failure> {
        Ok(None)
    }
}

#[async_trait]
impl Credentials for Given {
    async fn find(&self, host: &str) -> Result<Option<Credential>, Failure> {
        if host == self.host {
            return Ok(Some(self.credential.clone()));
        }
        self.otherwise.find(host).await
    }
}

#[async_trait]
impl Credentials for DockerConfig {
    async fn find(&self, host: &str) -> Result<Option<Credential>, Failure> {
        // A helper reads one line: what follows a line break is another order.
        if host.is_empty() || host.chars().any(|c| c.is_control() || c.is_whitespace()) {
            let why = format!("`{host}` is no host that a credential helper may be asked for");
            return Err(Failure::new(FailureKind::Invalid, Side::Local, why));
        }
        let (answer, answered) = oneshot::channel();
        let asked = host.to_owned();
        // A thread of its own: a helper that hangs must not hold up the exit.
        std::thread::spawn(move || drop(answer.send(look_up(&asked))));
        match timeout(HELPER_TIMEOUT, answered).await {
            Ok(Ok(found)) => found,
            Ok(Err(_)) => Err(unreadable(host, "looking it up failed")),
            Err(_) => {
                let why = format!("no answer for {} s", HELPER_TIMEOUT.as_secs());
                Err(unreadable(host, &why).hint("is the credential helper waiting for somebody?"))
            }
        }
    }
}

/// Asks Docker's configuration, then Podman's. Blocks.
fn look_up(host: &str) -> Result<Option<Credential>, Failure> {
    let is_hub = matches!(host, "docker.io" | "index.docker.io" | "registry-1.docker.io");
    let (docker, podman) = if is_hub { (DOCKER_HUB_KEY, "docker.io") } else { (host, host) };
    let found = match found(docker_credential::get_credential(docker), host)? {
        Some(credential) => Some(credential),
        None => found(docker_credential::get_podman_credential(podman), host)?,
    };
    Ok(found.map(Credential::from))
}

/// Tells "there is none" from "it cannot be had".
fn found(
    result: Result<DockerCredential, CredentialRetrievalError>,
    host: &str,
) -> Result<Option<DockerCredential>, Failure> {
    use CredentialRetrievalError as E;
    match result {
        Ok(credential) => Ok(Some(credential)),
        Err(E::NoCredentialConfigured | E::ConfigNotFound | E::ConfigReadError) => Ok(None),
        // What every helper of Docker's prints where it has nothing.
        Err(E::HelperFailure { stdout, stderr, .. })
            if [&stdout, &stderr].iter().any(|text| text.contains("credentials not found")) =>
        {
            Ok(None)
        }
        Err(E::HelperFailure { helper, stderr, .. }) => {
            let said = stderr.lines().next().unwrap_or_default();
            Err(unreadable(host, &format!("the credential helper `{helper}` failed: {said}")))
        }
        Err(error) => Err(unreadable(host, &error.to_string())),
    }
}

fn unreadable(host: &str, why: &str) -> Failure {
    Failure::new(FailureKind::Unauthorized, Side::Local, why)
        .context(format!("the credential for `{host}` cannot be read"))
}

impl From<DockerCredential> for Credential {
    fn from(credential: DockerCredential) -> Self {
        match credential {
            DockerCredential::IdentityToken(token) => Self::IdentityToken(token.into()),
            DockerCredential::UsernamePassword(user, password) if user == "<token>" => {
                Self::IdentityToken(password.into())
            }
            DockerCredential::UsernamePassword(user, password) => {
                Self::Basic { user, password: password.into() }
            }
        }
    }
}
