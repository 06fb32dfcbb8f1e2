//! Where an engine listens: what its URL says, what the environment says, and
//! what the Docker command line has noted as a context.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{
    environment::Environment,
    model::{Digest, EngineTls, EngineUrl, Failure, FailureKind, Side, escape, lenient},
    net,
};

/// Where the local engine listens unless told otherwise.
const SOCKET: &str = "/var/run/docker.sock";
/// The context that stands for the local engine.
const DEFAULT: &str = "default";

/// Something that can be connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Unix(PathBuf),
    Tcp { address: String, tls: Option<EngineTls> },
    Ssh { destination: String, port: Option<u16> },
}

/// The part of `config.json` that names a context.
#[derive(Default, Deserialize)]
#[serde(default)]
struct CurrentContext {
    #[serde(rename = "currentContext")]
    current_context: Option<String>,
}

/// `meta.json` of a context.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    endpoints: std::collections::BTreeMap<String, MetaEndpoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetaEndpoint {
    #[serde(default, deserialize_with = "lenient::or_usual")]
    host: String,
}

impl Endpoint {
    /// Where the engine at `url` listens.
    pub(super) fn of(url: &EngineUrl, environment: &Environment) -> Result<Self, Failure> {
        match url {
            EngineUrl::Local => local(environment),
            EngineUrl::Unix(path) => Ok(Self::Unix(path.clone())),
            EngineUrl::Tcp { address, tls } => {
                Ok(Self::Tcp { address: address.clone(), tls: tls.clone() })
            }
            EngineUrl::Ssh { destination, port } => {
                Ok(Self::Ssh { destination: destination.clone(), port: *port })
            }
            EngineUrl::Context(name) => context(name, environment),
        }
    }
}

/// What the Docker command line would take: `DOCKER_HOST`, then the context
/// that is chosen, then the usual socket.
fn local(environment: &Environment) -> Result<Endpoint, Failure> {
    let newest = "castoff uses the newest one that both know";
    net::tell_unused(environment, "DOCKER_API_VERSION", newest);
    let docker_folder = || docker_folder(environment);
    if let Some(host) = environment.text("DOCKER_HOST") {
        let tls = environment.text("DOCKER_TLS_VERIFY").map(|_| {
            let folder = environment.text("DOCKER_CERT_PATH");
            let folder = folder.map_or_else(docker_folder, PathBuf::from);
            tls_in(&folder)
        });
        return at(&host, tls, environment).map_err(|failure| failure.context("DOCKER_HOST"));
    }
    net::tell_unused(environment, "CONTAINER_HOST", "DOCKER_HOST sets the engine");
    let config: CurrentContext = match std::fs::read(docker_folder().join("config.json")) {
        Ok(text) => serde_json::from_slice(&text).unwrap_or_default(),
        Err(_) => CurrentContext::default(),
    };
    let chosen = environment.text("DOCKER_CONTEXT").or(config.current_context);
    match chosen {
        Some(name) if name != DEFAULT => context(&name, environment),
        _ => Ok(Endpoint::Unix(SOCKET.into())),
    }
}

/// The context `name` of the Docker command line, which files it under the
/// digest of its name.
fn context(name: &str, environment: &Environment) -> Result<Endpoint, Failure> {
    if name == DEFAULT {
        return Ok(Endpoint::Unix(SOCKET.into()));
    }
    let contexts = docker_folder(environment).join("contexts");
    let folder = Digest::of(name.as_bytes()).hex().to_owned();
    let file = contexts.join("meta").join(&folder).join("meta.json");
    let shown = escape(name);
    let missing = |error: std::io::Error| {
        let what = format!("there is no Docker context `{shown}`");
        let failure = Failure::from_io(Side::Local, file.display(), &error);
        Failure { kind: FailureKind::NotFound, ..failure }
            .context(what)
            .hint("docker context ls lists the contexts")
    };
    let text = std::fs::read(&file).map_err(missing)?;
    let unreadable = || {
        let what = format!("the Docker context `{shown}` has no endpoint `docker`");
        Failure::new(FailureKind::Invalid, Side::Local, what).context(file.display())
    };
    let meta: Meta = serde_json::from_slice(&text).map_err(|_| unreadable())?;
    let endpoint = meta.endpoints.get("docker").ok_or_else(unreadable)?;
    let tls = contexts.join("tls").join(&folder).join("docker");
    let tls = tls.is_dir().then(|| tls_in(&tls));
    at(&endpoint.host, tls, environment).map_err(|failure| failure.context(file.display()))
}

fn at(host: &str, tls: Option<EngineTls>, environment: &Environment) -> Result<Endpoint, Failure> {
    let url: EngineUrl = host
        .parse()
        .map_err(|error| Failure::from_error(FailureKind::Invalid, Side::Local, &error))?;
    match url {
        EngineUrl::Tcp { address, .. } => {
            let tls = tls.or_else(|| host.starts_with("https:").then(EngineTls::default));
            Ok(Endpoint::Tcp { address, tls })
        }
        EngineUrl::Context(_) | EngineUrl::Local => {
            let what = format!("`{}` is not the URL of an engine", escape(host));
            Err(Failure::new(FailureKind::Invalid, Side::Local, what))
        }
        other => Endpoint::of(&other, environment),
    }
}

/// The files that Docker keeps for TLS in a folder.
fn tls_in(folder: &Path) -> EngineTls {
    let file = |name| Some(folder.join(name)).filter(|path| path.exists());
    EngineTls { ca: file("ca.pem"), identity: file("cert.pem").zip(file("key.pem")) }
}

/// `$DOCKER_CONFIG`, or `.docker` in the home folder.
fn docker_folder(environment: &Environment) -> PathBuf {
    let home = || etcetera::home_dir().unwrap_or_default().join(".docker");
    environment.raw("DOCKER_CONFIG").map_or_else(home, PathBuf::from)
}
