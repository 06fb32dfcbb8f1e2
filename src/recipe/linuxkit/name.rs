//! What a package is called.

use std::fmt;

use crate::model::{Failure, FailureKind, Repository, Side, Tag, escape};

/// The registry that is meant where none is named.
const DOCKER_HUB: &str = "docker.io";

/// The name of a package's image, `ORGANISATION/IMAGE`, as it is written; the
/// organisation may begin with a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageName {
    written: String,
    host: String,
    repository: Repository,
}

impl ImageName {
    /// The image `image` of `org`.
    ///
    /// # Errors
    ///
    /// Fails where a registry would not take the name.
    pub fn new(org: &str, image: &str) -> Result<Self, Failure> {
        let written = format!("{org}/{image}");
        let wrong = |why: &dyn fmt::Display| {
            let what = format!("could not resolve references for image {}", escape(&written));
            Failure::new(FailureKind::Invalid, Side::Source, why).context(what)
        };
        let whole = expand(&written, false);
        let (host, repository) = whole.split_once('/').ok_or_else(|| wrong(&"it has no name"))?;
        let is_host = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        if host.is_empty() || !host.chars().all(is_host) {
            return Err(wrong(&format!("`{}` is not a host", escape(host))));
        }
        let repository = repository.parse().map_err(|error| wrong(&error))?;
        Ok(Self { host: host.to_owned(), repository, written })
    }

    /// As it is written: `linuxkit/init`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The registry.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The repository there.
    #[must_use]
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// A tag of it, as it is written: `linuxkit/init:0123…`.
    #[must_use]
    pub fn with(&self, tag: &Tag) -> String {
        format!("{}:{tag}", self.written)
    }

    /// A tag of it with its registry: `docker.io/linuxkit/init:0123…`.
    #[must_use]
    pub fn canonical(&self, tag: &Tag) -> String {
        format!("{}/{}:{tag}", self.host, self.repository)
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// The whole name of what LinuxKit calls `name`: of one word it is an official
/// image, of two words a user's, both at Docker Hub, unless the first word
/// is a host; of three or more words, the first is always a host. With `tag`,
/// what has none is `latest`.
#[must_use]
pub fn expand(name: &str, tag: bool) -> String {
    let words: Vec<&str> = name.split('/').collect();
    let whole = match words[..] {
        [image] => format!("{DOCKER_HUB}/library/{image}"),
        [first, _] if !first.contains(['.', ':']) && first != "localhost" => {
            format!("{DOCKER_HUB}/{name}")
        }
        _ => name.to_owned(),
    };
    let last = whole.rsplit('/').next().unwrap_or_default();
    if tag && !last.contains(':') { format!("{whole}:latest") } else { whole }
}
