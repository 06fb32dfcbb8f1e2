//! Images as people name them, in Dockerfiles and definition files.

use std::{fmt, str::FromStr};

use super::{Digest, Repository, Tag, escape};

/// The registry that is meant where none is named.
const DOCKER_HUB: &str = "docker.io";
/// Where it keeps images of one word.
const OFFICIAL: &str = "library";

/// `[HOST/]REPOSITORY[:TAG][@DIGEST]`, read as Docker does: what stands before
/// the first slash is a host only if it has a dot or a port, or is
/// `localhost`. Shown whole, with its host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageReference {
    /// The registry, such as `docker.io`.
    pub host: String,
    /// The repository there.
    pub repository: Repository,
    /// The tag, if it names one.
    pub tag: Option<Tag>,
    /// The digest, if it names one; it counts more than the tag.
    pub digest: Option<Digest>,
}

/// A string that names no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not an image name: {reason}", escape(text))]
pub struct ParseImageReferenceError {
    text: String,
    reason: String,
}

impl ImageReference {
    /// The image without tag and digest: `docker.io/library/busybox`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.host, self.repository)
    }

    /// The tag that is meant: where neither tag nor digest is named, `latest`.
    #[must_use]
    pub fn tag_or_latest(&self) -> Tag {
        self.tag.clone().unwrap_or_else(Tag::latest)
    }
}

/// The host of `text` and what follows it; none where it names none.
fn split_host(text: &str) -> Option<(&str, &str)> {
    let (host, rest) = text.split_once('/')?;
    let is_host = host.contains(['.', ':']) || host == "localhost" || host.starts_with('[');
    is_host.then_some((host, rest))
}

impl FromStr for ImageReference {
    type Err = ParseImageReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = |reason: &dyn fmt::Display| ParseImageReferenceError {
            text: text.to_owned(),
            reason: reason.to_string(),
        };
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.parse().map_err(|error| fail(&error))?)),
            None => (text, None),
        };
        let (host, rest) = split_host(name).unwrap_or((DOCKER_HUB, name));
        let is_host = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        if !host.chars().all(is_host) || host.chars().all(|c| c == '.') {
            return Err(fail(&format!("`{}` is not a host", escape(host))));
        }
        let (path, tag) = match rest.split_once(':') {
            Some((path, tag)) => (path, Some(tag.parse().map_err(|error| fail(&error))?)),
            None => (rest, None),
        };
        let host = if host == "index.docker.io" { DOCKER_HUB } else { host };
        let is_official = host == DOCKER_HUB && !path.contains('/');
        let path = if is_official { format!("{OFFICIAL}/{path}") } else { path.to_owned() };
        let repository = path.parse().map_err(|error| fail(&error))?;
        Ok(Self { host: host.to_owned(), repository, tag, digest })
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)?;
        self.tag.iter().try_for_each(|tag| write!(f, ":{tag}"))?;
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}
