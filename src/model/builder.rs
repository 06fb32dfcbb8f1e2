//! Where images are built.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Platform, escape};

/// How many builds an engine does at once, unless told otherwise.
pub const BUILDS_AT_ONCE: u32 = 4;

/// An engine that builds images.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Builder {
    /// Where it listens.
    pub engine: EngineUrl,
    /// How many builds it does at once.
    pub jobs: u32,
}

/// The engines of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Builders {
    /// Engines for certain platforms; the longest platform that fits counts.
    pub for_platforms: Vec<(Platform, Builder)>,
    /// The engine for all others; none: the local one.
    pub default: Option<Builder>,
}

/// How a Docker Engine, or one that speaks as it does, is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineUrl {
    /// As the Docker command line would: `DOCKER_HOST`, its current context, or
    /// the usual socket.
    #[default]
    Local,
    /// A socket of this machine.
    Unix(PathBuf),
    /// A port, `HOST:PORT`.
    Tcp {
        /// `HOST:PORT`.
        address: String,
        /// Files for TLS; none: in the clear.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tls: Option<EngineTls>,
    },
    /// Another machine's engine, through the system's `ssh`.
    Ssh {
        /// What `ssh` is given: `[USER@]HOST`.
        destination: String,
        /// The port, where it is not the usual one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
    },
    /// A context of the Docker command line, by its name.
    Context(String),
}

/// What TLS to an engine needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EngineTls {
    /// Certificates that are trusted, in PEM; none: those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// Our own certificate and its key, in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// A text that says no way to an engine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not the URL of an engine: {why}", escape(text))]
pub struct ParseEngineUrlError {
    text: String,
    why: &'static str,
}

impl Builder {
    /// The engine at `engine`, with as many builds at once as is usual.
    #[must_use]
    pub fn at(engine: EngineUrl) -> Self {
        Self { engine, jobs: BUILDS_AT_ONCE }
    }
}

impl Builders {
    /// Where `platform` is built.
    #[must_use]
    pub fn of(&self, platform: &Platform) -> Builder {
        let fitting = self.for_platforms.iter().filter(|(of, _)| platform.matches(of));
        let best = fitting.max_by_key(|(of, _)| of.variant.is_some()).map(|(_, builder)| builder);
        let chosen = best.or(self.default.as_ref()).cloned();
        chosen.unwrap_or_else(|| Builder::at(EngineUrl::Local))
    }
}

impl FromStr for EngineUrl {
    type Err = ParseEngineUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = |why| Err(ParseEngineUrlError { text: text.to_owned(), why });
        match text.split_once("://") {
            Some(("unix", path)) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            Some(("unix", _)) => fail("write unix:///PATH, with an absolute path"),
            Some(("tcp" | "http" | "https", address)) => match address.trim_end_matches('/') {
                host if has_port(host) => Ok(Self::Tcp { address: host.to_owned(), tls: None }),
                _ => fail("write tcp://HOST:PORT"),
            },
            Some(("ssh", rest)) => ssh(rest).ok_or_else(|| ParseEngineUrlError {
                text: text.to_owned(),
                why: "write ssh://[USER@]HOST[:PORT]",
            }),
            Some(_) => fail("write unix://, tcp:// or ssh://, or the name of a Docker context"),
            None if text.is_empty() || text.chars().any(|c| c.is_control() || c == '/') => {
                fail("write unix://, tcp:// or ssh://, or the name of a Docker context")
            }
            None => Ok(Self::Context(text.to_owned())),
        }
    }
}

fn has_port(address: &str) -> bool {
    let port = address.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    port.is_some_and(|(host, port)| port.parse::<u16>().is_ok() && !host.contains('/'))
}

/// `[USER@]HOST[:PORT]`. What begins with a dash would be an option of `ssh`.
fn ssh(rest: &str) -> Option<EngineUrl> {
    let rest = rest.trim_end_matches('/');
    let (destination, port) = match rest.rsplit_once(':') {
        Some((destination, port)) if !port.contains(']') => (destination, Some(port.parse().ok()?)),
        _ => (rest, None),
    };
    let host = destination.rsplit('@').next().unwrap_or_default();
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | '\'' | '"');
    if host.is_empty() || host.starts_with('-') || destination.starts_with('-') {
        return None;
    }
    let destination = Some(destination).filter(|text| !text.contains(is_odd))?;
    Some(EngineUrl::Ssh { destination: destination.to_owned(), port })
}

impl fmt::Display for EngineUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("the Docker Engine"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { address, .. } => write!(f, "tcp://{address}"),
            Self::Ssh { destination, port: None } => write!(f, "ssh://{destination}"),
            Self::Ssh { destination, port: Some(port) } => write!(f, "ssh://{destination}:{port}"),
            Self::Context(name) => write!(f, "the Docker context `{}`", escape(name)),
        }
    }
}
