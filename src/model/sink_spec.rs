//! Where content goes, as a configuration has it.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{sink_url::SinkUrl, text::escape};

/// A sink's name in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SinkName(pub String);

/// A sink as configured. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkSpec {
    /// Its name.
    pub name: SinkName,
    /// Where it is.
    pub url: SinkUrl,
    /// Whether plain HTTP and unknown certificates are accepted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insecure: bool,
    /// A file of certificates that are trusted besides the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// Whether each platform gets a tag `TAG-ARCH` of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub platform_tags: bool,
    /// Whether it is only looked at: nothing is ever changed there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
    /// The file that has castoff's login there, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<PathBuf>,
    /// The registry that names begin with at an engine, as
    /// `registry.example.org` in `registry.example.org/acme/app`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
}

impl SinkSpec {
    /// A sink at `url`, of which nothing else is said.
    #[must_use]
    pub fn new(name: SinkName, url: SinkUrl) -> Self {
        Self {
            name,
            url,
            insecure: false,
            ca: None,
            platform_tags: false,
            read_only: false,
            login: None,
            registry: None,
        }
    }

    /// What castoff's commands call `name` here: `SINK/NAME`, below the namespace;
    /// none where it is not below that, or where the sink has no name but its URL.
    #[must_use]
    pub fn short_name(&self, name: &str) -> Option<String> {
        let below = match self.url.namespace() {
            "" => name,
            namespace => name.strip_prefix(namespace)?.strip_prefix('/')?,
        };
        let is_named = self.name.0 != self.url.to_string();
        is_named.then(|| format!("{}/{below}", self.name))
    }
}

impl fmt::Display for SinkName {
    /// Safe to show: another user's journal may name a sink in any way.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(&self.0).fmt(f)
    }
}

impl From<&str> for SinkName {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
