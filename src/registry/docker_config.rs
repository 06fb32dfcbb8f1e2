//! Who castoff is at a registry, as Docker and Podman have stored it.
//!
//! `docker_credential` reads what is stored in the file itself; helpers are
//! ours to run, since they are to see nothing of castoff's secrets.

use std::{io, path::PathBuf};

use async_trait::async_trait;
use docker_credential::{CredentialRetrievalError, DockerCredential};
use serde_json::{Map, Value};

use super::{
    credentials::{Credential, Credentials},
    helper,
};
use crate::model::{Failure, FailureKind, Side};

/// What Docker stores the credential for its own registry under.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// Docker's configuration with its helpers, and after it Podman's.
#[derive(Clone, Copy, Debug, Default)]
pub struct DockerConfig;

#[async_trait]
impl Credentials for DockerConfig {
    async fn find(&self, host: &str) -> Result<Option<Credential>, Failure> {
        // A helper reads one line: what follows a line break is another order.
        if host.is_empty() || host.chars().any(|c| c.is_control() || c.is_whitespace()) {
            let why = format!("`{host}` is no host that a credential helper may be asked for");
            return Err(Failure::new(FailureKind::Invalid, Side::Local, why));
        }
        let found = look_up(host).await;
        found.map_err(|failure| {
            failure.context(format!("the credential for `{host}` cannot be read"))
        })
    }
}

/// Asks Docker's configuration, then Podman's.
async fn look_up(host: &str) -> Result<Option<Credential>, Failure> {
    let is_hub = matches!(host, "docker.io" | "index.docker.io" | "registry-1.docker.io");
    let (docker, podman) = if is_hub { (DOCKER_HUB_KEY, "docker.io") } else { (host, host) };
    for (file, key) in
        docker_file().map(|file| (file, docker)).into_iter().chain(podman_files(podman))
    {
        if let Some(config) = read(&file)?
            && let Some(found) = config.find(key).await?
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// A file of Docker's or of Podman's.
struct Stored {
    file: PathBuf,
    value: Map<String, Value>,
}

impl Stored {
    /// The helper of this host, else what the file itself has, else the helper
    /// of all hosts.
    async fn find(&self, key: &str) -> Result<Option<Credential>, Failure> {
        if let Some(name) = self.value.get("credHelpers").and_then(|of| word(of.get(key)?)) {
            return helper::get(name, key).await;
        }
        match (self.own(key)?, self.value.get("credsStore").and_then(word)) {
            (None, Some(name)) => helper::get(name, key).await,
            (own, _) => Ok(own),
        }
    }

    /// What the file itself has.
    fn own(&self, key: &str) -> Result<Option<Credential>, Failure> {
        let Some(auths) = self.value.get("auths") else { return Ok(None) };
        let own = serde_json::json!({ "auths": auths }).to_string();
        match docker_credential::get_credential_from_reader(own.as_bytes(), key) {
            Ok(DockerCredential::IdentityToken(token)) => {
                Ok(Some(Credential::IdentityToken(token.into())))
            }
            Ok(DockerCredential::UsernamePassword(user, password)) => {
                Ok(Some(Credential::of(user, password.into())))
            }
            Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(None),
            Err(error) => Err(unreadable(&error).context(self.file.display())),
        }
    }
}

/// A text that is not empty.
fn word(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// A file; none where there is none.
fn read(file: &PathBuf) -> Result<Option<Stored>, Failure> {
    let failed = |failure: Failure| failure.context(file.display());
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(unreadable(&error))),
    };
    // Where the error is, and not what stands there.
    let value = serde_json::from_slice(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        failed(unreadable(&format!("it is no JSON object: line {line}, column {column}")))
    })?;
    Ok(Some(Stored { file: file.clone(), value }))
}

fn docker_file() -> Option<PathBuf> {
    let home = || Some(folder("HOME")?.join(".docker"));
    Some(folder("DOCKER_CONFIG").or_else(home)?.join("config.json"))
}

/// Podman's, each with the key.
fn podman_files(key: &str) -> impl Iterator<Item = (PathBuf, &str)> {
    let own = folder("REGISTRY_AUTH_FILE");
    let usual = own.is_none().then(|| {
        let config = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")));
        let folders = [folder("XDG_RUNTIME_DIR"), config];
        folders.into_iter().flatten().map(|folder| folder.join("containers/auth.json"))
    });
    own.into_iter().chain(usual.into_iter().flatten()).map(move |file| (file, key))
}

fn folder(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn unreadable(why: &dyn std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Unauthorized, Side::Local, why)
}
