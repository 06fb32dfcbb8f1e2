//! Why a release cannot be planned.

use super::PlanError;
use crate::model::{ArtifactName, SinkName, TagName};

/// A release that cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Two artifacts would write one tag of one repository.
    #[error(transparent)]
    SameTag(#[from] Box<SameTag>),
    /// Two files of a release would have one name in a folder of archives.
    #[error(transparent)]
    SameFile(#[from] Box<SameFile>),
    /// A tag for one platform is outside the grammar.
    #[error("the platform's tag is not a tag")]
    PlatformTag(#[from] crate::model::ParseReferenceError),
    /// Nothing is selected.
    #[error("there is nothing to release")]
    Nothing,
    /// The jobs are in disorder, which is a defect.
    #[error("the plan is in disorder")]
    Disorder(#[from] PlanError),
}

/// Two artifacts that would write one tag of one repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{first}` and `{second}` would both be `{name}` at `{sink}`")]
pub struct SameTag {
    /// One artifact.
    pub first: ArtifactName,
    /// The other.
    pub second: ArtifactName,
    /// The sink.
    pub sink: SinkName,
    /// The tag that both have.
    pub name: TagName,
}

/// Two files that would be one in a folder of archives.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{sink}` stores files only by name: {first} and {second} would both be `{name}`")]
pub struct SameFile {
    /// What one is of, for people.
    pub first: String,
    /// What the other is of.
    pub second: String,
    /// The sink.
    pub sink: SinkName,
    /// The name that both have.
    pub name: String,
}
