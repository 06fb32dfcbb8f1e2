//! A release with everything resolved: what the survey found in the sources.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{
    ArtifactKind, ArtifactName, Builder, Descriptor, Digest, Entry, Index, Origin, Platform,
    Repository, SharedStep, SignerName, SignerSpec, SinkName, SinkSpec, StageSpec, Tag,
};

/// What of a configuration is released. Empty: all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Selection {
    /// Artifacts by name.
    pub artifacts: Vec<String>,
    /// Platforms; one that names no variant means all of them.
    pub platforms: Vec<Platform>,
    /// Sinks by name.
    pub sinks: Vec<String>,
}

/// What is to be released, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The folder that relative paths start from.
    pub root: PathBuf,
    /// The artifacts, in the order of the configuration.
    pub artifacts: Vec<ReleaseArtifact>,
    /// The sinks that something goes to, in the order of the configuration.
    pub sinks: Vec<SinkSpec>,
    /// The signers of anything, in the order of the configuration.
    pub signers: Vec<SignerSpec>,
}

/// One artifact of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseArtifact {
    /// Its name.
    pub name: ArtifactName,
    /// What it is.
    pub kind: ArtifactKind,
    /// Where it comes from.
    pub from: Origin,
    /// The steps on the way to each platform's content, in order; none: it is
    /// made in one.
    pub stages: Vec<StageSpec>,
    /// The step of another artifact that makes the same.
    pub shares: Option<SharedStep>,
    /// What it is released for, in order.
    pub platforms: Vec<ReleasePlatform>,
    /// The index that the source brought along, where it covers just these platforms.
    pub index: Option<Descriptor>,
    /// The tags that will name it.
    pub tags: Vec<ReleaseTag>,
    /// The sinks that it goes to, each with the repository there.
    pub sinks: Vec<(SinkName, Repository)>,
    /// Its signers, in order.
    pub signers: Vec<SignerName>,
    /// What joins its platforms.
    pub joining: Joining,
    /// The platforms that others may have published, each under a tag of its
    /// own, where [`Merged`](Joining::Merged).
    pub elsewhere: Vec<Platform>,
    /// Tags that will name what is at every sink already.
    pub also: Vec<(Tag, Descriptor)>,
    /// What its source holds and is not released, each as a sentence.
    pub left_out: Vec<String>,
}

/// What joins the platforms of an artifact, and so what its tags name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Joining {
    /// An index over its platforms.
    #[default]
    Whole,
    /// An index over its platforms and those that others have published: what
    /// the first of its tags names, and the tags `TAG-ARCH`. Where nothing
    /// knows of several platforms, as at an engine, [`Whole`](Self::Whole).
    Merged,
    /// Nothing: only the tags of single platforms name something.
    Apart,
}

/// One platform of an artifact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasePlatform {
    /// What it runs on.
    pub platform: Platform,
    /// The files that it is made from.
    pub sources: Vec<SourceFile>,
    /// The digest of all that it is built from, where it is built: no file of
    /// `sources` stands for it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub built_from: Option<Digest>,
    /// Where it is built, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub builder: Option<Entry<Builder>>,
    /// Its manifest, where it was prepared before.
    #[serde(skip)]
    pub prepared: Option<Descriptor>,
    /// The manifests of attestations about it, where it was prepared before.
    #[serde(skip)]
    pub attested: Vec<Descriptor>,
}

impl Joining {
    /// Whether it is as it is for everything that says nothing else.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::Whole
    }
}

impl ReleaseArtifact {
    /// The index that will join the platforms; none before each is prepared.
    #[must_use]
    pub fn foreseen(&self) -> Option<Descriptor> {
        let prepared = self.platforms.iter().map(|platform| platform.prepared.clone());
        let attested = self.platforms.iter().flat_map(|platform| platform.attested.clone());
        let new = || {
            let roots = prepared.collect::<Option<Vec<_>>>()?;
            Some(Index::of(roots.into_iter().chain(attested).collect()).descriptor())
        };
        // What others have is known only when it is joined.
        let is_known = self.joining == Joining::Whole;
        self.index.clone().or_else(new).filter(|_| is_known)
    }
}

impl ReleasePlatform {
    /// What is made from files, for a platform.
    #[must_use]
    pub fn of_files(platform: Platform, sources: Vec<SourceFile>) -> Self {
        Self {
            platform,
            sources,
            built_from: None,
            builder: None,
            prepared: None,
            attested: Vec::new(),
        }
    }

    /// The size of its sources in bytes.
    #[must_use]
    pub fn source_size(&self) -> u64 {
        self.sources.iter().map(|source| source.size).sum()
    }
}

/// A tag that a release moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseTag {
    /// The tag.
    pub tag: Tag,
    /// Whether it is written once and never moved.
    pub immutable: bool,
    /// Whether it belongs to this version alone; the others move with every
    /// release, and move last.
    pub versioned: bool,
}

/// A file that a release reads, and how to tell that it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its length in bytes.
    pub size: u64,
    /// When it was last written, in nanoseconds since the Unix epoch.
    pub modified_ns: i64,
}
