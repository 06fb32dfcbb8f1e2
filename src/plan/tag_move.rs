//! Tags that move, and what is signed.

use serde::{Deserialize, Serialize};

use super::JobId;
use crate::model::{Descriptor, Digest, Rank, Tag, TagName};

/// A tag that moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagMove {
    /// The tag.
    pub name: TagName,
    /// What it must name before; without it, what the preflight saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<ExpectedTag>,
    /// Whether it may not move once it names something.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub immutable: bool,
    /// Whether it may not move once it names something, in this run alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_clobber: bool,
    /// What it will name.
    pub to: TagTarget,
    /// The tags that name the same as one that is removed, and stay: some
    /// registries remove what a tag names with all its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub siblings: Vec<Tag>,
    /// Manifests of what is put beside that, which the store has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Descriptor>,
    /// What is about that and is put back with it, each after what it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<PutBack>,
    /// Whether there was nothing else about that when it was removed, as far as
    /// it was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub about_known: bool,
    /// Where it stood in the list of tags, where that keeps its order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<Rank>,
}

/// Something about content, such as a signature, that is put back where it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutBack {
    /// What it is about.
    pub subject: Descriptor,
    /// The tag that it lay under; none: it names its subject itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    /// The manifest itself, which the store has.
    pub node: Descriptor,
}

/// Something that is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signee {
    /// The manifest; nothing: the tags are to mean nothing any more.
    pub what: TagTarget,
    /// The tags that will name it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// What these must mean before, where they are signed by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<ExpectedTag>,
}

/// What a tag names before it moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpectedTag {
    /// Nothing: the tag does not exist.
    Nothing,
    /// The content with this digest.
    Digest(Digest),
}

/// What a tag will name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TagTarget {
    /// What this job staged.
    Job(JobId),
    /// This content, which is at the sink.
    Content(Box<Descriptor>),
    /// Nothing: the tag is removed.
    Nothing,
}

impl Signee {
    /// Something that tags will name.
    #[must_use]
    pub fn new(what: TagTarget, tags: Vec<Tag>) -> Self {
        Self { what, tags, expected: None }
    }
}

impl TagMove {
    /// A move of `name` to `to`, from whatever the preflight sees.
    #[must_use]
    pub fn new(name: TagName, to: TagTarget) -> Self {
        Self {
            name,
            expected: None,
            immutable: false,
            no_clobber: false,
            to,
            siblings: Vec::new(),
            beside: Vec::new(),
            about: Vec::new(),
            about_known: false,
            rank: None,
        }
    }

    /// Whether it may not move once it names something, for whatever reason.
    #[must_use]
    pub fn is_once(&self) -> bool {
        self.immutable || self.no_clobber
    }
}

impl ExpectedTag {
    /// What a tag that names `target` names.
    #[must_use]
    pub fn of(target: Option<&Descriptor>) -> Self {
        target.map_or(Self::Nothing, |target| Self::Digest(target.digest.clone()))
    }

    /// The digest, where there is one.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        match self {
            Self::Nothing => None,
            Self::Digest(digest) => Some(digest),
        }
    }
}
