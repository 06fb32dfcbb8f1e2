//! What became of the tags of a run.

use indexmap::IndexMap;

use crate::{
    model::{ArtifactKind, Descriptor, Rank, Repository, SignerName, SinkName, TagName},
    plan::PutBack,
};

/// A tag at a sink.
pub(super) type TagAt = (SinkName, TagName);

/// The tags that moved or may have, in order.
pub(super) type MovedTags = IndexMap<TagAt, MovedTag>;

/// What a tag named before anything was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenTag {
    /// The sink that it is at.
    pub sink: SinkName,
    /// The tag.
    pub name: TagName,
    /// What it named.
    pub target: Option<Descriptor>,
}

/// A tag that moved, or that may have: its move was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedTag {
    /// The sink that it is at.
    pub sink: SinkName,
    /// The tag.
    pub name: TagName,
    /// What it named before.
    pub before: Option<Descriptor>,
    /// What it was to name.
    pub after: Option<Descriptor>,
    /// Manifests of what lay beside it.
    pub beside: Vec<Descriptor>,
    /// What was about what it named and was removed with it.
    pub about: Vec<PutBack>,
    /// Where it stood in the list of tags.
    pub rank: Option<Rank>,
    /// Whether it was read back.
    pub confirmed: bool,
    /// How many of its moves were begun of which it is not known what they
    /// came to.
    pub begun: u32,
}

/// A tag with a meaning that changed, or may have: that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTag {
    /// The sink that it is at.
    pub sink: SinkName,
    /// The signer.
    pub signer: SignerName,
    /// The tag.
    pub name: TagName,
    /// What it meant before.
    pub before: Option<Descriptor>,
    /// What it was to mean.
    pub after: Option<Descriptor>,
}

/// Something about content, such as a signature, that was to be removed with
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swept {
    /// The sink that it was at.
    pub sink: SinkName,
    /// In which repository.
    pub repository: Repository,
    /// What lies there.
    pub kind: ArtifactKind,
    /// What it is.
    pub what: PutBack,
}
