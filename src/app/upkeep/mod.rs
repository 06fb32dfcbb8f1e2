//! What is published is copied, untagged and swept, each as a run with a
//! journal of its own.

mod collect;
mod copy;
mod remove;

use super::{World, named::NamedSinks};
use crate::{
    cli::GlobalArgs,
    config::{Config, EngineConfig},
    error::Error,
    model::{ArtifactKind, Repository, SinkSpec, Tag, TagName},
};

pub(super) use self::{
    collect::{collecting, gc},
    copy::{copy, copying, copying_to},
    remove::{consequences, removing, removing_named, rm},
};

/// A tag at a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// The sink.
    pub(super) spec: SinkSpec,
    /// What the tag names.
    pub(super) kind: ArtifactKind,
    /// The repository.
    pub(super) repository: Repository,
    /// The tag.
    pub(super) tag: Tag,
}

impl Spot {
    fn name(&self) -> TagName {
        let Self { kind, repository, tag, .. } = self.clone();
        TagName { kind, repository, tag }
    }
}

impl std::fmt::Display for Spot {
    /// For people: the name, and where it is.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` at {}", self.name(), self.spec.name)
    }
}

/// What a command that needs no configuration works with, and the
/// configuration, where there is one.
fn world(global: &GlobalArgs) -> Result<(World, Option<Config>), Error> {
    let known = super::project(global)?.map(|file| {
        let user = super::user_paths()?;
        Ok::<_, Error>(crate::config::load(&file, Some(&user.config))?)
    });
    let known = known.transpose()?;
    let engine = known.as_ref().map_or_else(EngineConfig::default, |config| config.engine);
    Ok((World::new(engine)?, known))
}

/// Each sink once, in order.
fn sinks(specs: impl Iterator<Item = SinkSpec>) -> Vec<SinkSpec> {
    let mut sinks: Vec<SinkSpec> = Vec::new();
    for spec in specs {
        if sinks.iter().all(|known| known.name != spec.name) {
            sinks.push(spec);
        }
    }
    sinks
}

/// The sinks of `known`, without it being moved.
fn named(known: Option<&Config>) -> NamedSinks {
    NamedSinks(known.cloned())
}
