//! A tag where it lies.

use std::sync::Arc;

use crate::{
    app::wiring::{references::Looking, services::Services},
    error::Error,
    model::{ArtifactKind, Descriptor, Repository, SinkSpec, Tag, TagName},
    ports::Sweeper,
};

/// A tag at a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlacedTag {
    /// The sink.
    pub(crate) spec: SinkSpec,
    /// What the tag names.
    pub(crate) kind: ArtifactKind,
    /// The repository.
    pub(crate) repository: Repository,
    /// The tag.
    pub(crate) tag: Tag,
}

impl PlacedTag {
    /// Its name, without the place.
    pub(super) fn name(&self) -> TagName {
        let Self { kind, repository, tag, .. } = self.clone();
        TagName { kind, repository, tag }
    }

    /// The repository that it lies in.
    pub(super) fn shelf(&self, services: &Services) -> Result<Arc<dyn Sweeper>, Error> {
        let looking = Looking::at_sink(services, self.spec.clone());
        Ok(looking.shelf(self.kind, &self.repository)?)
    }

    /// What the tag names, which must be something.
    pub(super) async fn root(&self, services: &Services) -> Result<Descriptor, Error> {
        let root = self.shelf(services)?.resolve(&self.tag).await?;
        root.ok_or_else(|| Error::refused(format!("{self} does not exist")))
    }
}

impl std::fmt::Display for PlacedTag {
    /// For people: as commands take it, or the name, and where it is.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.name();
        match self.spec.short_name(&name.to_string()) {
            Some(short) => write!(f, "`{short}`"),
            None => write!(f, "`{name}` at {}", self.spec.name),
        }
    }
}

/// Each sink once, in order.
pub(super) fn sinks(specs: impl Iterator<Item = SinkSpec>) -> Vec<SinkSpec> {
    let mut sinks: Vec<SinkSpec> = Vec::new();
    for spec in specs {
        if sinks.iter().all(|known| known.name != spec.name) {
            sinks.push(spec);
        }
    }
    sinks
}
