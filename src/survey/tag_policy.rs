//! What the configuration says of tags at a place: which are written once, and
//! where nothing is written. It counts by whatever name or URL the place is
//! given.

use std::path::{Path, PathBuf};

use super::repository_of;
use crate::{
    config::{Config, SinkConfig},
    model::{Repository, SinkName, SinkSpec},
};

/// The patterns of tags that are written once in `repository` at `at`: those
/// of the artifacts that are released there; at another repository of a sink
/// of the configuration, under whatever name or URL, those of `[release]`.
#[must_use]
pub fn written_once(config: &Config, at: &SinkSpec, repository: &Repository) -> Vec<String> {
    let is_here = |sink: &&SinkConfig| is_within(sink, at, repository);
    let sinks: Vec<&SinkConfig> = config.sinks.iter().filter(is_here).collect();
    if sinks.is_empty() {
        return Vec::new();
    }
    let is_its = |sink: &&SinkConfig, artifact| {
        repository_of(artifact, sink).is_ok_and(|its| its == *repository)
    };
    let own = config.artifacts.iter().filter(|of| sinks.iter().any(|sink| is_its(sink, of)));
    let own: Vec<_> = own.collect();
    if own.is_empty() {
        return config.immutable.clone();
    }
    own.into_iter().flat_map(|artifact| artifact.immutable.iter().cloned()).collect()
}

/// The sink of the configuration, if there is one, that has `repository` at `at`
/// and is read only.
#[must_use]
pub fn read_only<'c>(
    config: &'c Config,
    at: &SinkSpec,
    repository: &Repository,
) -> Option<&'c SinkName> {
    let sinks = config.sinks.iter().filter(|sink| sink.spec.read_only);
    Some(&sinks.into_iter().find(|sink| is_within(sink, at, repository))?.spec.name)
}

/// Whether a repository at a place is one of a sink's.
fn is_within(sink: &SinkConfig, at: &SinkSpec, repository: &Repository) -> bool {
    let namespace = sink.spec.url.namespace();
    let rest = repository.as_str().strip_prefix(namespace);
    let is_below = namespace.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'));
    let (one, other) = (sink.spec.url.clone(), at.url.clone());
    is_below && one.map_path(real).is_same_place(&other.map_path(real))
}

/// A path without links, as far as it exists.
fn real(path: PathBuf) -> PathBuf {
    let real = |path: &Path| path.canonicalize().ok();
    let parent = || Some(real(path.parent()?)?.join(path.file_name()?));
    real(&path).or_else(parent).unwrap_or(path)
}
