//! The rows of what is published, on every level.

use crate::{
    browse::{AttachedManifest, Branch, Odd},
    model::{ArtifactKind, Descriptor, SinkSpec},
};

/// A row of a level. Names are what the other side says, and may be anything.
#[derive(Clone, Debug)]
pub enum LevelRow {
    /// A sink of the configuration.
    Sink(Box<SinkSpec>),
    /// A repository.
    Repository(ArtifactKind, String),
    /// A tag.
    Tag(String),
    /// One manifest of an index, or the only one.
    Manifest(Box<Branch>),
    /// A manifest's configuration.
    Config(Box<Descriptor>),
    /// A layer.
    Layer(Box<Descriptor>),
    /// What is about the index or the manifest, such as a signature.
    About(Box<AttachedManifest>),
    /// What is no image, or cannot be read.
    Odd(Box<Odd>),
    /// An annotation: its name and value.
    Annotation(String, String),
}

impl LevelRow {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Sink(spec) => spec.name.0.clone(),
            Self::Repository(_, name) | Self::Tag(name) | Self::Annotation(name, _) => name.clone(),
            Self::Manifest(branch) => branch.platform(),
            Self::Config(_) => "configuration".to_owned(),
            Self::Layer(_) => "layer".to_owned(),
            Self::About(about) => about.kind(),
            Self::Odd(odd) => {
                odd.node.platform.as_ref().map_or_else(|| "other".to_owned(), ToString::to_string)
            }
        }
    }

    /// What a filter looks at.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Sink(spec) => format!("{} {}", spec.name.0, spec.url),
            Self::Repository(kind, name) => format!("{name} {kind}"),
            Self::Tag(name) => name.clone(),
            Self::Manifest(branch) => format!("{} {}", self.name(), branch.manifest.digest),
            Self::Config(node) | Self::Layer(node) => {
                let title = node.title().unwrap_or_default();
                format!("{} {title} {} {}", self.name(), node.media_type, node.digest)
            }
            Self::About(about) => format!("{} {}", self.name(), about.node.digest),
            Self::Odd(odd) => format!("{} {} {}", self.name(), odd.what, odd.node.digest),
            Self::Annotation(name, value) => format!("annotation {name} {value}"),
        }
    }

    /// What it is, where content is behind it.
    #[must_use]
    pub fn node(&self) -> Option<&Descriptor> {
        match self {
            Self::Manifest(branch) => Some(&branch.manifest),
            Self::Config(node) | Self::Layer(node) => Some(node),
            Self::About(about) => Some(&about.node),
            Self::Odd(odd) => Some(&odd.node),
            _ => None,
        }
    }
}
