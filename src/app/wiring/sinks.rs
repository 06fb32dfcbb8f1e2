//! Places as a command line names them: by URL, or as a sink of the
//! configuration.

use std::{path::PathBuf, sync::Arc};

use crate::{
    config::{Config, EngineConfig},
    error::Error,
    model::{Builders, Destination, Repository, SinkName, SinkSpec, SinkUrl, Tag, escape},
    sink::layout::{self, Address},
    survey,
};

/// The configuration in force, which is empty where there is none, and where
/// paths begin that a command line names.
#[derive(Clone)]
pub(crate) struct NamedSinks {
    pub(crate) config: Arc<Config>,
    pub(crate) folder: PathBuf,
}

/// How registries are trusted that no sink of the configuration names.
#[derive(Clone, Debug, Default)]
pub(crate) struct RegistryTrust {
    /// Whether plain HTTP and unknown certificates are taken.
    pub(crate) insecure: bool,
    /// Certificates that are trusted besides the system's.
    pub(crate) ca: Option<PathBuf>,
}

impl From<&RegistryTrust> for RegistryTrust {
    fn from(trust: &RegistryTrust) -> Self {
        trust.clone()
    }
}

impl NamedSinks {
    /// Where images are built.
    pub(crate) fn builders(&self) -> Builders {
        self.config.builders.clone()
    }

    /// How the engine is set.
    pub(crate) fn engine(&self) -> EngineConfig {
        self.config.engine
    }

    /// The patterns of tags that are written once in a repository at a place.
    pub(crate) fn written_once(&self, at: &SinkSpec, repository: &Repository) -> Vec<String> {
        survey::written_once(&self.config, at, repository)
    }

    /// The place that `text` names. One that is no sink of the configuration
    /// is called `name`, and trusted as `trust` says.
    pub(crate) fn find(
        &self,
        text: &str,
        name: String,
        trust: &RegistryTrust,
    ) -> Result<(SinkSpec, Destination), Error> {
        if let Some(named) = self.named(text)? {
            return Ok(named);
        }
        let sinks = self.config.sinks.iter().map(|sink| sink.spec.name.0.as_str());
        let destination = Destination::of_command_line(text, sinks).map_err(Error::usage)?;
        let url = destination.url.map_path(|path| self.folder.join(path));
        let name = if name.is_empty() { called_after(&url) } else { name };
        let spec = SinkSpec {
            name: SinkName(name),
            url: url.clone(),
            insecure: trust.insecure,
            ca: trust.ca.clone(),
            platform_tags: false,
            read_only: false,
            login: None,
            registry: None,
        };
        Ok((spec, addressed(Destination { url, ..destination })?))
    }

    /// `SINK[/NAME[:TAG]]` of the configuration.
    fn named(&self, text: &str) -> Result<Option<(SinkSpec, Destination)>, Error> {
        let (name, rest) = text.split_once('/').unwrap_or((text, ""));
        let Some(sink) = self.config.sink(&SinkName(name.to_owned())) else { return Ok(None) };
        let (repository, tag) = match rest {
            "" => (None, None),
            rest => {
                let (repository, tag) = name_and_tag(rest)?;
                let below = Repository::below(sink.spec.url.namespace(), repository.as_str());
                (Some(below.map_err(Error::usage)?), tag)
            }
        };
        let destination = Destination { url: sink.spec.url.clone(), repository, tag };
        Ok(Some((sink.spec.clone(), addressed(destination)?)))
    }
}

/// A name behind a layout's path, which may be a tag alone: what other tools
/// than castoff write.
pub(crate) fn addressed(destination: Destination) -> Result<Destination, Error> {
    let Destination { url: SinkUrl::Layout(path), repository: Some(name), tag: None } =
        &destination
    else {
        return Ok(destination);
    };
    let Some(Address::Tag(tag)) = layout::addressed(path, Some(name.as_str()))? else {
        return Ok(destination);
    };
    let repository = Some(Repository::nameless());
    Ok(Destination { repository, tag: Some(tag), ..destination })
}

/// `NAME[:TAG]`.
pub(crate) fn name_and_tag(text: &str) -> Result<(Repository, Option<Tag>), Error> {
    let (name, tag) = match text.rsplit_once(':') {
        Some((name, tag)) => (name, Some(tag.parse().map_err(Error::usage)?)),
        None => (text, None),
    };
    Ok((name.parse().map_err(Error::usage)?, tag))
}

/// What is called after its URL: the host, the bucket or the folder.
fn called_after(url: &SinkUrl) -> String {
    let of_path = |path: &std::path::Path| {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        escape(&name).to_string()
    };
    match url {
        SinkUrl::Registry { host, .. } => host.clone(),
        SinkUrl::S3(url) => url.bucket.clone(),
        SinkUrl::Layout(path) | SinkUrl::Folder(path) | SinkUrl::Archives(path) => of_path(path),
        SinkUrl::DockerDaemon => "docker-daemon".to_owned(),
    }
}
