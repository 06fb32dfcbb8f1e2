//! Where one can be in what is published, and what it is called there.

use crate::model::{ArtifactKind, Digest, Repository, SinkName, SinkSpec, SinkUrl, Tag, TagName};

/// A repository at a sink.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryAt {
    /// The sink.
    pub sink: SinkName,
    /// What it holds: a bucket has images and files in two layouts.
    pub kind: ArtifactKind,
    /// The whole name.
    pub repository: Repository,
}

/// A tag at a sink.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagAt {
    /// The sink.
    pub sink: SinkName,
    /// Its name there.
    pub name: TagName,
}

/// Where one can be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BrowsePath {
    /// The sinks of the configuration.
    Sinks,
    /// The repositories of a sink.
    Repositories(SinkName),
    /// The tags of a repository.
    Tags(RepositoryAt),
    /// The manifests of a tag, and its referrers.
    Manifests(TagAt),
    /// What one manifest of a tag refers to, and its referrers.
    Manifest(TagAt, Digest),
}

impl RepositoryAt {
    /// One of its tags.
    #[must_use]
    pub fn tag(&self, tag: Tag) -> TagAt {
        let Self { sink, kind, repository } = self.clone();
        TagAt { sink, name: TagName { kind, repository, tag } }
    }
}

impl TagAt {
    /// The repository that it is in.
    #[must_use]
    pub fn repository(&self) -> RepositoryAt {
        let TagName { kind, repository, .. } = self.name.clone();
        RepositoryAt { sink: self.sink.clone(), kind, repository }
    }
}

impl BrowsePath {
    /// The sink that it is at, or in.
    #[must_use]
    pub fn sink(&self) -> Option<&SinkName> {
        match self {
            Self::Sinks => None,
            Self::Repositories(sink) => Some(sink),
            Self::Tags(repository) => Some(&repository.sink),
            Self::Manifests(tag) | Self::Manifest(tag, _) => Some(&tag.sink),
        }
    }

    /// The tag that it is below.
    #[must_use]
    pub fn tag(&self) -> Option<&TagAt> {
        match self {
            Self::Manifests(tag) | Self::Manifest(tag, _) => Some(tag),
            _ => None,
        }
    }

    /// Whether it is a list that is read page by page.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(self, Self::Repositories(_) | Self::Tags(_))
    }

    /// What `count` of its rows are.
    #[must_use]
    pub fn rows(&self, count: usize) -> &'static str {
        match self {
            Self::Sinks if count == 1 => "sink",
            Self::Repositories(_) if count == 1 => "repository",
            Self::Tags(_) if count == 1 => "tag",
            Self::Manifests(_) if count == 1 => "manifest",
            Self::Manifest(..) if count == 1 => "part",
            Self::Sinks => "sinks",
            Self::Repositories(_) => "repositories",
            Self::Tags(_) => "tags",
            Self::Manifests(_) => "manifests",
            Self::Manifest(..) => "parts",
        }
    }
}

/// What castoff's commands call `name` at a sink.
#[must_use]
pub fn short_reference(sink: &SinkSpec, name: &str) -> String {
    sink.short_name(name).unwrap_or_else(|| reference(sink, name))
}

/// How castoff is told of `name` at a sink: by the registry's URL, which
/// others understand too, or by the sink's name.
#[must_use]
pub fn reference(sink: &SinkSpec, name: &str) -> String {
    match &sink.url {
        SinkUrl::Registry { host, .. } => format!("docker://{host}/{name}"),
        _ => format!("{}/{name}", sink.name.0),
    }
}
