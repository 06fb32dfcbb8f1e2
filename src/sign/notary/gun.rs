//! What a repository is called at a notary server.

use std::fmt;

use url::Url;

use crate::model::{Failure, FailureKind, Repository, Side};

/// The registry of Docker itself.
const DOCKER_HUB: &str = "docker.io";
/// The server that vouches for Docker's own registry.
const DOCKER_HUB_SERVER: &str = "https://notary.docker.io";

/// A globally unique name, such as `docker.io/library/busybox`. It may stand in
/// a URL and in a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gun(String);

impl Gun {
    /// The name of what people call `HOST/REPOSITORY`.
    ///
    /// # Errors
    ///
    /// Fails where that is no image of a registry.
    pub fn of(name: &str) -> Result<Self, Failure> {
        let wrong = |why: String| {
            Failure::new(FailureKind::Invalid, Side::Local, why)
                .context(format!("`{name}` cannot be the name of a repository at a notary server"))
        };
        let Some((host, repository)) = name.split_once('/') else {
            return Err(wrong("write HOST/REPOSITORY".to_owned()));
        };
        let repository: Repository = repository
            .parse()
            .map_err(|error: crate::model::ParseReferenceError| wrong(error.to_string()))?;
        let is_host = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        let is_dots = host.chars().all(|c| c == '.');
        if is_dots || !host.chars().all(is_host) || Url::parse(&format!("https://{host}")).is_err()
        {
            return Err(wrong(format!("`{host}` is not a host")));
        }
        Ok(match host {
            "docker.io" | "index.docker.io" | "registry-1.docker.io" => {
                let official = if repository.as_str().contains('/') { "" } else { "library/" };
                Self(format!("{DOCKER_HUB}/{official}{repository}"))
            }
            _ => Self(format!("{host}/{repository}")),
        })
    }

    /// The registry's host.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.split_once('/').map_or("", |(host, _)| host)
    }

    /// The server that Docker takes where nothing else is said.
    ///
    /// # Errors
    ///
    /// Fails where the host is no address.
    pub fn usual_server(&self) -> Result<Url, Failure> {
        let server = match self.host() {
            DOCKER_HUB => DOCKER_HUB_SERVER.to_owned(),
            host => format!("https://{host}"),
        };
        Url::parse(&server)
            .map_err(|error| Failure::from_error(FailureKind::Invalid, Side::Local, &error))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Gun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
