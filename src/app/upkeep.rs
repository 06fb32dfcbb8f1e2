//! Changes to what is published: copies to other sinks, and removals.

use super::{World, release::Task};
use crate::{
    error::Error,
    model::{ArtifactKind, Repository, SinkSpec, Tag},
};

/// A tag at a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub spec: SinkSpec,
    pub kind: ArtifactKind,
    pub repository: Repository,
    pub tag: Tag,
}

/// A run that copies tags to another sink, under the same names.
#[expect(clippy::unused_async, reason = "it will look at what there is")]
pub(super) async fn copying(_world: &World, _what: &[Spot], _to: &SinkSpec) -> Result<Task, Error> {
    Err(Error::refused("not built yet"))
}

/// A run that removes tags.
#[expect(clippy::unused_async, reason = "it will look at what there is")]
pub(super) async fn removing(_world: &World, _what: &[Spot]) -> Result<Task, Error> {
    Err(Error::refused("not built yet"))
}

/// What the removal of tags entails, a line each.
#[expect(clippy::unused_async, reason = "it will look at what there is")]
pub(super) async fn consequences(_world: &World, _what: &[Spot]) -> Result<Vec<String>, Error> {
    Err(Error::refused("not built yet"))
}
