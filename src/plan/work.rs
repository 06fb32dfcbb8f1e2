//! What the jobs of a plan do.

use serde::{Deserialize, Serialize};

use super::{JobId, OtherWork};
use crate::model::{
    ArtifactKind, ArtifactName, Descriptor, Digest, Platform, Rank, Repository, SignerName,
    SinkName, StageName, Tag, TagName,
};

/// What one job does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    /// Asks a sink, before anything is sent anywhere, whether it will take all
    /// this, and what its tags name now.
    Preflight {
        /// Where.
        sink: SinkName,
        /// The tags that will move there.
        moves: Vec<TagMove>,
    },
    /// Puts one platform's content into the store.
    Make {
        /// Of which artifact.
        artifact: ArtifactName,
        /// For what.
        platform: Platform,
        /// Whether an engine builds it first.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        built: bool,
        /// The step on the way to the content that this does, where there are
        /// several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stage: Option<StageName>,
    },
    /// Copies one platform's content to a sink, by digest.
    Push {
        /// Of which artifact.
        artifact: ArtifactName,
        /// For what.
        platform: Platform,
        /// To where.
        sink: SinkName,
        /// Into which repository there.
        repository: Repository,
    },
    /// Copies the index over an artifact's platforms to a sink, by digest.
    Join {
        /// Of which artifact.
        artifact: ArtifactName,
        /// To where.
        sink: SinkName,
        /// Into which repository there.
        repository: Repository,
    },
    /// Signs what was staged at a sink, before a tag names it.
    Sign {
        /// Of which artifact.
        artifact: ArtifactName,
        /// Where.
        sink: SinkName,
        /// In which repository there.
        repository: Repository,
        /// The signer.
        signer: SignerName,
        /// What.
        subjects: Vec<Signee>,
    },
    /// Reads back what was staged at a sink, and what its tags name now.
    Check {
        /// Where.
        sink: SinkName,
        /// The tags that will move there.
        moves: Vec<TagMove>,
    },
    /// Moves a sink's tags, one after another.
    Tag {
        /// Where.
        sink: SinkName,
        /// Which, in order.
        moves: Vec<TagMove>,
    },
    /// Removes what is no longer needed at a sink under one name.
    Sweep {
        /// Where.
        sink: SinkName,
        /// What lies there.
        artifact_kind: ArtifactKind,
        /// In which repository.
        repository: Repository,
        /// What the tags named that this run removes.
        removed: Vec<Descriptor>,
        /// These tags, in the same order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tags: Vec<Tag>,
        /// What nothing ever named stays for so many seconds.
        grace_s: u64,
        /// The tags that named something and stay.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        stay: Vec<Tag>,
        /// The tags that were listed and named nothing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        dead: Vec<Tag>,
    },
    /// Something that a newer castoff knows how to do.
    #[serde(untagged)]
    Other(OtherWork),
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
}

/// A tag that moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagMove {
    /// The tag.
    pub name: TagName,
    /// What it must name before; without it, what the preflight saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
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
    pub expected: Option<Expected>,
}

/// What a tag names before it moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
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
    /// Whether it may not move once it names something, for whatever reason.
    #[must_use]
    pub fn is_once(&self) -> bool {
        self.immutable || self.no_clobber
    }
}

impl Expected {
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

impl Work {
    /// The sink that this works at, if at one.
    #[must_use]
    pub fn sink(&self) -> Option<&SinkName> {
        match self {
            Self::Make { .. } => None,
            Self::Preflight { sink, .. }
            | Self::Push { sink, .. }
            | Self::Join { sink, .. }
            | Self::Sign { sink, .. }
            | Self::Check { sink, .. }
            | Self::Tag { sink, .. }
            | Self::Sweep { sink, .. } => Some(sink),
            Self::Other(other) => other.sink.as_ref(),
        }
    }

    /// The artifact that this is about, if about one.
    #[must_use]
    pub fn artifact(&self) -> Option<&ArtifactName> {
        match self {
            Self::Make { artifact, .. }
            | Self::Push { artifact, .. }
            | Self::Join { artifact, .. }
            | Self::Sign { artifact, .. } => Some(artifact),
            Self::Other(other) => other.artifact.as_ref(),
            Self::Preflight { .. } | Self::Check { .. } | Self::Tag { .. } | Self::Sweep { .. } => {
                None
            }
        }
    }

    /// The platform that this is about, if about one.
    #[must_use]
    pub fn platform(&self) -> Option<&Platform> {
        match self {
            Self::Make { platform, .. } | Self::Push { platform, .. } => Some(platform),
            Self::Preflight { .. }
            | Self::Join { .. }
            | Self::Sign { .. }
            | Self::Check { .. }
            | Self::Tag { .. }
            | Self::Sweep { .. } => None,
            Self::Other(other) => other.platform.as_ref(),
        }
    }

    /// What the tags will name that this is about, and what it signs.
    pub fn targets(&self) -> impl Iterator<Item = &TagTarget> {
        let subjects = match self {
            Self::Sign { subjects, .. } => &subjects[..],
            _ => &[],
        };
        let moves = self.moves().iter().map(|tag| &tag.to);
        moves.chain(subjects.iter().map(|subject| &subject.what))
    }

    /// The tags that this is about, if about any.
    #[must_use]
    pub fn moves(&self) -> &[TagMove] {
        match self {
            Self::Preflight { moves, .. } | Self::Check { moves, .. } | Self::Tag { moves, .. } => {
                moves
            }
            _ => &[],
        }
    }

    /// The repositories that this is about, some of them more than once.
    pub fn repositories(&self) -> impl Iterator<Item = &Repository> {
        let own = match self {
            Self::Push { repository, .. }
            | Self::Join { repository, .. }
            | Self::Sign { repository, .. }
            | Self::Sweep { repository, .. } => Some(repository),
            _ => None,
        };
        own.into_iter().chain(self.moves().iter().map(|tag| &tag.name.repository))
    }
}

impl std::fmt::Display for Work {
    /// For people: what is done, to what, and where.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Preflight { sink, .. } => write!(f, "preflight {sink}"),
            Self::Make { artifact, platform, stage: Some(stage), .. } => {
                write!(f, "{stage} {artifact} {platform}")
            }
            Self::Make { artifact, platform, built: false, .. } => {
                write!(f, "prepare {artifact} {platform}")
            }
            Self::Make { artifact, platform, built: true, .. } => {
                write!(f, "build {artifact} {platform}")
            }
            Self::Push { artifact, platform, sink, .. } => {
                write!(f, "push {artifact} {platform} → {sink}")
            }
            Self::Join { artifact, sink, .. } => write!(f, "index {artifact} → {sink}"),
            Self::Sign { artifact, sink, signer, .. } => {
                write!(f, "sign {artifact} by {signer} → {sink}")
            }
            Self::Check { sink, .. } => write!(f, "check {sink}"),
            Self::Tag { sink, .. } => write!(f, "tag {sink}"),
            Self::Sweep { sink, repository, .. } => write!(f, "sweep {repository} at {sink}"),
            Self::Other(other) => other.fmt(f),
        }
    }
}
