//! Passwords for registries and keys for buckets, from the keyring where
//! no other source has them.
//!
//! Nothing that needs no password asks for one, and a keyring that cannot be
//! asked is as one that has nothing: the caller says that
//! access was refused.

use std::sync::Arc;

use async_trait::async_trait;

use super::secret_names;
use crate::{
    environment::Environment,
    error::Error,
    model::{Failure, FailureKind, Side},
    registry::{Credential, Credentials, DockerConfig},
    secret::{ExposeSecret, Keyring, Secret},
    sink::objects::{Keys, KeysOf},
};

/// Which store the keyring is in.
const VARIABLE: &str = "CASTOFF_KEYRING";

/// The keyring of this system, as the environment wants it.
pub(crate) fn keyring(environment: &Environment) -> Result<Keyring, Error> {
    let which = environment.text(VARIABLE).unwrap_or_default();
    let which = which.parse().map_err(|error| Error::usage(format!("${VARIABLE}: {error}")))?;
    Ok(Keyring::new(which))
}

/// Docker's and Podman's configuration, and after them the keyring.
pub(crate) struct RegistryLogins {
    docker: DockerConfig,
    keyring: Arc<Keyring>,
}

/// The keys of one bucket.
pub(crate) struct BucketKeys {
    pub(crate) keyring: Arc<Keyring>,
    /// The name in the keyring.
    pub(crate) name: String,
}

impl RegistryLogins {
    pub(crate) fn new(keyring: &Arc<Keyring>, environment: &Environment) -> Self {
        let docker = DockerConfig { environment: environment.clone() };
        Self { docker, keyring: Arc::clone(keyring) }
    }
}

#[async_trait]
impl Credentials for RegistryLogins {
    async fn find(
        &self,
        host: &str,
        repository: Option<&str>,
    ) -> Result<Option<Credential>, Failure> {
        if let Some(found) = self.docker.find(host, repository).await? {
            return Ok(Some(found));
        }
        let pair = pair(&self.keyring, &secret_names::registry(host)).await?;
        Ok(pair.map(|(user, password)| Credential::Basic { user, password }))
    }
}

#[async_trait]
impl KeysOf for BucketKeys {
    async fn find(&self) -> Result<Option<Keys>, Failure> {
        let pair = pair(&self.keyring, &self.name).await?;
        Ok(pair.map(|(id, secret)| Keys { id, secret }))
    }
}

/// What stands before and after the first colon of an entry.
async fn pair(keyring: &Keyring, name: &str) -> Result<Option<(String, Secret)>, Failure> {
    let found = match keyring.get(name).await {
        Ok(found) => found,
        Err(failure) => {
            tracing::info!("`{name}` is not looked up in the keyring: {failure}");
            None
        }
    };
    let Some(found) = found else { return Ok(None) };
    tracing::debug!("`{name}` is in the keyring");
    let (first, second) = found.expose_secret().split_once(':').ok_or_else(|| {
        let what = format!("the secret `{name}` in the keyring is not USER:PASSWORD");
        Failure::new(FailureKind::Invalid, Side::Local, what)
            .hint(format!("store it again with castoff secret set {name}"))
    })?;
    Ok(Some((first.to_owned(), Secret::from(second))))
}
