//! castoff's login at a registry, as Docker and Podman have stored it.
//!
//! `docker_credential` reads an entry of a file; which entry it is, and in
//! which file, is decided here (containers-auth.json(5)), and helpers are ours
//! to run, since they are to see nothing of castoff's secrets.

use async_trait::async_trait;
use docker_credential::{CredentialRetrievalError, DockerCredential};
use serde_json::{Map, Value, json};

use super::{
    credentials::{Credential, Credentials},
    docker_files::{DockerFile, files, unreadable},
    helper,
};
use crate::{
    environment::Environment,
    model::{Failure, FailureKind, Side},
};

/// What Docker stores the credential for its own registry under.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";
/// What Docker's own registry is called, here and there.
const DOCKER_HUB: [&str; 3] = ["docker.io", "index.docker.io", "registry-1.docker.io"];
/// What an entry may hold.
const FIELDS: [&str; 4] = ["auth", "identitytoken", "username", "password"];

/// The configuration of Docker and of Podman, with their helpers.
#[derive(Clone, Debug)]
pub struct DockerConfig {
    /// What says where it is, and what its helpers are started with.
    pub environment: Environment,
}

#[async_trait]
impl Credentials for DockerConfig {
    async fn find(
        &self,
        host: &str,
        repository: Option<&str>,
    ) -> Result<Option<Credential>, Failure> {
        // A helper reads one line: what follows a line break is another order.
        if host.is_empty() || host.chars().any(|c| c.is_control() || c.is_whitespace()) {
            let why = format!("`{host}` is not a host name, so no credential helper is asked");
            return Err(Failure::new(FailureKind::Invalid, Side::Local, why));
        }
        let found = look_up(host, repository, &self.environment).await;
        found.map_err(|failure| {
            failure.context(format!("the credentials for `{host}` cannot be read"))
        })
    }
}

/// Looks for the most of the path first, in every file, and for the host last.
async fn look_up(
    host: &str,
    repository: Option<&str>,
    environment: &Environment,
) -> Result<Option<Credential>, Failure> {
    let host = if DOCKER_HUB.contains(&host) { DOCKER_HUB[0] } else { host };
    let files: Vec<DockerFile> = files(environment)?;
    for key in paths(host, repository) {
        for file in &files {
            if let Some(found) = own(file, |name| name == key)? {
                return Ok(Some(found));
            }
        }
    }
    for file in &files {
        if let Some(found) = of_host(file, host, environment).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// `HOST/a/b` and `HOST/a` for the repository `a/b`.
fn paths(host: &str, repository: Option<&str>) -> Vec<String> {
    let Some(name) = repository else { return Vec::new() };
    // A notary server knows names with their host.
    let name = name.strip_prefix(host).and_then(|name| name.strip_prefix('/')).unwrap_or(name);
    let official = host == DOCKER_HUB[0] && !name.contains('/');
    let whole = if official { format!("library/{name}") } else { name.to_owned() };
    let ends = whole.match_indices('/').map(|(at, _)| at).chain([whole.len()]);
    let mut paths: Vec<String> = ends.map(|end| format!("{host}/{}", &whole[..end])).collect();
    paths.reverse();
    paths
}

/// The helper of this host, else what the helper of all hosts has, else the file
/// itself.
async fn of_host(
    file: &DockerFile,
    host: &str,
    environment: &Environment,
) -> Result<Option<Credential>, Failure> {
    let is_hub = host == DOCKER_HUB[0];
    let key = if is_hub && file.is_dockers { DOCKER_HUB_KEY } else { host };
    let mut known = vec![key];
    known.extend(DOCKER_HUB.iter().chain(&[DOCKER_HUB_KEY]).filter(|_| is_hub));
    let helpers = file.value.get("credHelpers");
    let of = |name: &str| helpers.and_then(|helpers| word(helpers.get(name)?));
    if let Some(key) = known.iter().find(|key| of(key).is_some()) {
        return helper::get(of(key).unwrap_or_default(), key, environment).await;
    }
    let stored = own_of_host(file, host, &known);
    // As Docker does: what the helper has is newer than what an earlier login
    // left in the file.
    match file.value.get("credsStore").and_then(word) {
        Some(name) => match helper::get(name, key, environment).await {
            Ok(None) => stored,
            Err(failure) => stored.ok().flatten().map(Some).ok_or(failure),
            found => found,
        },
        None => stored,
    }
}

/// What the file itself has for a host, under one of its names.
fn own_of_host(
    file: &DockerFile,
    host: &str,
    known: &[&str],
) -> Result<Option<Credential>, Failure> {
    for name in known {
        if let Some(found) = own(file, |entry| entry == *name)? {
            return Ok(Some(found));
        }
    }
    own(file, |entry| host_of(entry) == Some(host))
}

/// The host of an entry that is named by a URL, as earlier versions did.
fn host_of(entry: &str) -> Option<&str> {
    let (scheme, rest) = entry.split_once("://").unwrap_or(("", entry));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let is_api = matches!(path.trim_end_matches('/'), "" | "v1" | "v2");
    let host = if DOCKER_HUB.contains(&host) { DOCKER_HUB[0] } else { host };
    (is_api && matches!(scheme, "" | "http" | "https")).then_some(host)
}

/// What the file itself has under the first name that `is_it`. An entry that
/// holds nothing says that a helper has it.
fn own(file: &DockerFile, is_it: impl Fn(&str) -> bool) -> Result<Option<Credential>, Failure> {
    let entries = file.value.get("auths").and_then(Value::as_object);
    let mut fitting = entries.into_iter().flatten().filter(|(name, _)| is_it(name));
    let Some((_, entry)) = fitting.next() else { return Ok(None) };
    if let Some(token) = entry.get("registrytoken").and_then(word) {
        return Ok(Some(Credential::RegistryToken(token.trim().into())));
    }
    let document = json!({ "auths": { "it": needed(entry) } }).to_string();
    match docker_credential::get_credential_from_reader(document.as_bytes(), "it") {
        Ok(DockerCredential::IdentityToken(token)) => {
            Ok(Some(Credential::IdentityToken(token.into())))
        }
        Ok(DockerCredential::UsernamePassword(user, password)) => {
            Ok(Some(Credential::of(&user, &password.into())))
        }
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(None),
        Err(error) => Err(unreadable(&error).context(&file.name)),
    }
}

/// What is needed of an entry: texts that are not empty. What Docker puts into
/// `auth` goes before the fields that it is made of.
fn needed(entry: &Value) -> Map<String, Value> {
    let field = |name: &str| Some((name.to_owned(), Value::from(word(entry.get(name)?)?.trim())));
    let mut needed: Map<String, Value> = FIELDS.into_iter().filter_map(field).collect();
    if needed.contains_key("auth") {
        needed.retain(|name, _| !matches!(name.as_str(), "username" | "password"));
    }
    needed
}

/// A text that is not empty.
fn word(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.trim().is_empty())
}
