//! Where content goes, as it is written in a configuration or on a command line.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use url::Url;

use super::{ArtifactKind, Repository, S3Url, Tag, shown_url::without_secrets, split_entry_name};

/// Where a sink is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SinkUrl {
    /// An OCI registry: `docker://HOST[/NAMESPACE]`.
    Registry {
        /// `HOST[:PORT]`.
        host: String,
        /// What repositories begin with; may be empty.
        namespace: String,
    },
    /// A bucket: `s3://BUCKET?…`.
    S3(S3Url),
    /// An OCI image layout, a folder or a `.tar`: `oci:PATH`.
    Layout(PathBuf),
    /// Files in a folder: `dir:PATH`.
    Folder(PathBuf),
    /// Release archives in a folder: `archive:PATH`.
    Archives(PathBuf),
    /// The local Docker Engine: `docker-daemon:`.
    DockerDaemon,
}

/// One name at a place, as `castoff push` is told: `docker://HOST/NAME:TAG`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The place, without namespace.
    pub url: SinkUrl,
    /// The repository there, where the URL names one.
    pub repository: Option<Repository>,
    /// The tag, where the URL names one.
    pub tag: Option<Tag>,
}

/// A string that is no sink URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a sink: {reason}", super::escape(&without_secrets(text)))]
pub struct ParseSinkUrlError {
    text: String,
    reason: String,
}

impl ParseSinkUrlError {
    pub(super) fn new(text: &str, reason: String) -> Self {
        Self { text: text.to_owned(), reason }
    }
}

const FORMS: &str =
    "write docker://HOST/…, s3://BUCKET?…, oci:PATH, dir:PATH, archive:PATH or docker-daemon:";

impl SinkUrl {
    /// Whether content of `kind` goes here unless an artifact says otherwise.
    #[must_use]
    pub fn holds(&self, kind: ArtifactKind) -> bool {
        match self {
            Self::S3(_) => true,
            Self::Registry { .. } | Self::Layout(_) | Self::DockerDaemon => {
                kind == ArtifactKind::Image
            }
            Self::Folder(_) | Self::Archives(_) => kind == ArtifactKind::Files,
        }
    }

    /// Whether content of `kind` can go here at all.
    #[must_use]
    pub fn can_hold(&self, kind: ArtifactKind) -> bool {
        self.holds(kind) || matches!(self, Self::Registry { .. } | Self::Layout(_))
    }

    /// What names of repositories begin with; may be empty.
    #[must_use]
    pub fn namespace(&self) -> &str {
        match self {
            Self::Registry { namespace, .. } => namespace,
            _ => "",
        }
    }

    /// Whether signatures can lie beside what is here.
    #[must_use]
    pub fn holds_signatures(&self) -> bool {
        matches!(self, Self::Registry { .. } | Self::S3(_) | Self::Layout(_))
    }

    /// Whether the sums of files, and their signatures, can lie beside files
    /// here.
    #[must_use]
    pub fn holds_sums(&self) -> bool {
        matches!(self, Self::S3(_) | Self::Folder(_))
    }

    /// What people call a repository here, such as
    /// `registry.example.org/acme/albatros`.
    #[must_use]
    pub fn public_name(&self, repository: &Repository) -> String {
        match self {
            // As cosign has it.
            Self::Registry { host, .. } if host == "docker.io" => {
                format!("index.docker.io/{repository}")
            }
            Self::Registry { host, .. } => format!("{host}/{repository}"),
            Self::S3(url) => format!("{}/{repository}", url.bucket),
            _ => repository.to_string(),
        }
    }

    /// Whether both are one host, bucket, folder or engine, whatever else is
    /// written behind it.
    #[must_use]
    pub fn is_same_place(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Registry { host: one, .. }, Self::Registry { host: other, .. }) => {
                let names = [one, other].map(|host| known_as(&host.to_ascii_lowercase()));
                names[0] == names[1]
            }
            (Self::S3(one), Self::S3(other)) => one.is_same_bucket(other),
            (Self::Layout(one), Self::Layout(other))
            | (Self::Folder(one), Self::Folder(other))
            | (Self::Archives(one), Self::Archives(other)) => one == other,
            (Self::DockerDaemon, Self::DockerDaemon) => true,
            _ => false,
        }
    }

    /// Its path, where it is on this machine.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Layout(path) | Self::Folder(path) | Self::Archives(path) => Some(path),
            _ => None,
        }
    }

    /// The same, with its path changed by `change`, where it has one.
    #[must_use]
    pub fn map_path(self, change: impl FnOnce(PathBuf) -> PathBuf) -> Self {
        match self {
            Self::Layout(path) => Self::Layout(change(path)),
            Self::Folder(path) => Self::Folder(change(path)),
            Self::Archives(path) => Self::Archives(change(path)),
            other => other,
        }
    }
}

impl Destination {
    /// Reads a URL that may name a repository and a tag.
    ///
    /// # Errors
    ///
    /// Fails on an unknown scheme or parameter, and on a name or tag outside
    /// the grammar.
    pub fn parse(text: &str) -> Result<Self, ParseSinkUrlError> {
        let fail = |reason: String| ParseSinkUrlError { text: text.to_owned(), reason };
        let bare = |url| Self { url, repository: None, tag: None };
        if let Some(rest) = text.strip_prefix("docker://") {
            if rest.contains('?') {
                return Err(fail("the URL of a registry has no parameters".into()));
            }
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let url = SinkUrl::Registry {
                host: checked_host(host).map_err(&fail)?,
                namespace: String::new(),
            };
            return with_name(url, path).map_err(fail);
        }
        if text.starts_with("s3://") {
            let (url, path) = S3Url::parse(text).map_err(&fail)?;
            return with_name(SinkUrl::S3(url), &path).map_err(fail);
        }
        if let Some(rest) = text.strip_prefix("oci:") {
            let (path, name) = rest.split_once(':').unwrap_or((rest, ""));
            if rest.ends_with(':') {
                return Err(fail("nothing follows the last `:`".into()));
            }
            let url = SinkUrl::Layout(path_of(path).map_err(&fail)?);
            return with_name(url.clone(), name).or_else(|reason| {
                let (repository, tag) = split_entry_name(name).ok_or_else(|| fail(reason))?;
                Ok(Self { url, repository: Some(repository), tag: Some(tag) })
            });
        }
        if let Some(path) = text.strip_prefix("dir:") {
            return Ok(bare(SinkUrl::Folder(path_of(path).map_err(fail)?)));
        }
        if let Some(path) = text.strip_prefix("archive:") {
            return Ok(bare(SinkUrl::Archives(path_of(path).map_err(fail)?)));
        }
        if let Some(rest) = text.strip_prefix("docker-daemon:") {
            return with_name(SinkUrl::DockerDaemon, rest).map_err(fail);
        }
        Err(fail(FORMS.into()))
    }
}

/// Adds `NAME[:TAG]`, which may be empty.
fn with_name(url: SinkUrl, name: &str) -> Result<Destination, String> {
    if name.is_empty() {
        return Ok(Destination { url, repository: None, tag: None });
    }
    let (name, tag) = match name.split_once(':') {
        Some((name, tag)) => (name, Some(tag.parse().map_err(|error| format!("{error}"))?)),
        None => (name, None),
    };
    let repository = name.parse().map_err(|error| format!("{error}"))?;
    Ok(Destination { url, repository: Some(repository), tag })
}

fn checked_host(host: &str) -> Result<String, String> {
    let parsed =
        Url::parse(&format!("https://{host}/")).map_err(|error| format!("its host: {error}"))?;
    let plain = parsed.username().is_empty() && parsed.password().is_none() && parsed.path() == "/";
    if host.is_empty() || !plain || parsed.query().is_some() || parsed.fragment().is_some() {
        return Err("write docker://HOST[:PORT]/…, without user or password".into());
    }
    Ok(host.to_owned())
}

fn path_of(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("the path is missing".into()) } else { Ok(PathBuf::from(text)) }
}

impl std::str::FromStr for SinkUrl {
    type Err = ParseSinkUrlError;

    /// Reads a namespace: what follows a registry's host begins the names of
    /// its repositories, and no other URL may name one.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail =
            |reason: &str| ParseSinkUrlError { text: text.to_owned(), reason: reason.into() };
        match Destination::parse(text.trim_end_matches('/'))? {
            Destination { tag: Some(_), .. } => {
                Err(fail("a sink stores many tags; leave the tag out"))
            }
            Destination { url: Self::Registry { host, .. }, repository, .. } => {
                let namespace = repository.map(String::from).unwrap_or_default();
                Ok(Self::Registry { host, namespace })
            }
            Destination { repository: Some(_), .. } => {
                Err(fail("a sink stores many names; leave the name out"))
            }
            Destination { url, .. } => Ok(url),
        }
    }
}

impl fmt::Display for SinkUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry { host, namespace } if namespace.is_empty() => {
                write!(f, "docker://{host}")
            }
            Self::Registry { host, namespace } => write!(f, "docker://{host}/{namespace}"),
            Self::S3(url) => url.fmt(f),
            Self::Layout(path) => write!(f, "oci:{}", path.display()),
            Self::Folder(path) => write!(f, "dir:{}", path.display()),
            Self::Archives(path) => write!(f, "archive:{}", path.display()),
            Self::DockerDaemon => f.write_str("docker-daemon:"),
        }
    }
}

impl TryFrom<String> for SinkUrl {
    type Error = ParseSinkUrlError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SinkUrl> for String {
    fn from(url: SinkUrl) -> Self {
        url.to_string()
    }
}

/// A host and port by one of their names: this machine has several.
fn known_as(host: &str) -> String {
    let own = ["localhost", "127.0.0.1", "[::1]"];
    let port = own.iter().find_map(|name| host.strip_prefix(name));
    match port.filter(|port| port.is_empty() || port.starts_with(':')) {
        Some(port) => format!("localhost{port}"),
        None => host.to_owned(),
    }
}
