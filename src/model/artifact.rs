//! What is released, and where it comes from.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    AciRecipe, ArtifactKind, Bases, Descriptor, Entry, Failure, FailureKind, Platform, Recipe,
    Repository, Side, SinkName, SinkSpec, SinkUrl, Tag, VeeaRecipe,
};

/// An artifact's name in the configuration, which is also the last part of
/// its repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArtifactName(pub String);

/// Where an artifact comes from. Paths are absolute, or relative to the
/// folder of the project's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A folder of `OS.ARCH[.VARIANT].tar[.…]`.
    Archives(PathBuf),
    /// An OCI image layout, a folder or a tar, or one archive as `docker save`
    /// writes it; with `:NAME` behind it where one of its images is meant.
    Layout(PathBuf),
    /// A tree `OS/ARCH[/VARIANT]/…`.
    Files(PathBuf),
    /// An image made of a tree of files.
    ImageOf {
        /// The tree.
        files: PathBuf,
        /// How the image runs.
        settings: ImageSettings,
    },
    /// An image that is built first.
    Build {
        /// How.
        recipe: Box<Recipe>,
        /// For what; empty: for this machine.
        platforms: Vec<Platform>,
    },
    /// The release archives of a Veea image directory.
    Veea(Box<VeeaRecipe>),
    /// App Container Images.
    Aci(Box<AciRecipe>),
    /// What is published already, at a registry or elsewhere.
    Published(Box<Published>),
}

/// Something that is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Where.
    pub at: Entry<SinkSpec>,
    /// What it is.
    pub kind: ArtifactKind,
    /// In which repository.
    pub repository: Repository,
    /// The tag that named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    /// The index or manifest.
    pub root: Descriptor,
}

/// How an image that castoff makes itself runs
/// (OCI image specification, config.md, "config").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageSettings {
    /// The command that runs. Empty: the tree's only file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entrypoint: Vec<String>,
    /// The arguments that it gets unless told otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cmd: Vec<String>,
    /// Environment variables, in order of their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Labels, in order of their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Ports as `8080`, `8080/tcp` or `53/udp`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<String>,
    /// The user, as `USER[:GROUP]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The folder that the command starts in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workdir: Option<String>,
}

impl Origin {
    /// What comes from here.
    #[must_use]
    pub fn kind(&self) -> ArtifactKind {
        match self {
            Self::Archives(_) | Self::Layout(_) | Self::ImageOf { .. } | Self::Build { .. } => {
                ArtifactKind::Image
            }
            Self::Files(_) | Self::Veea(_) => ArtifactKind::Files,
            Self::Aci(recipe) => recipe.kind,
            Self::Published(published) => published.kind,
        }
    }

    /// What the images meant that it is built on, where it is built.
    #[must_use]
    pub fn bases(&self) -> Option<&Bases> {
        match self {
            Self::Build { recipe, .. } => Some(recipe.bases()),
            Self::Veea(recipe) => Some(&recipe.bases),
            _ => None,
        }
    }

    /// The same, without what was settled when a run of it was planned.
    #[must_use]
    pub fn unsettled(self) -> Self {
        match self {
            Self::Build { recipe, platforms } => {
                Self::Build { recipe: Box::new(recipe.unsettled()), platforms }
            }
            Self::Veea(recipe) => {
                Self::Veea(Box::new(VeeaRecipe { bases: Bases::default(), ..*recipe }))
            }
            other => other,
        }
    }

    /// Whether it does not exist before an engine has built it.
    #[must_use]
    pub fn is_built(&self) -> bool {
        matches!(self, Self::Build { .. } | Self::Veea(_))
    }

    /// Whether it goes to `url` unless the configuration says otherwise.
    #[must_use]
    pub fn goes_to(&self, url: &SinkUrl) -> bool {
        let is_release_archive = matches!(self, Self::Veea(_));
        url.holds(self.kind()) && (is_release_archive || !matches!(url, SinkUrl::Archives(_)))
    }

    /// The same, with its paths changed by `change`.
    #[must_use]
    pub fn map_paths(self, change: impl Fn(PathBuf) -> PathBuf) -> Self {
        match self {
            Self::Archives(path) => Self::Archives(change(path)),
            Self::Layout(path) => Self::Layout(change(path)),
            Self::Files(path) => Self::Files(change(path)),
            Self::ImageOf { files, settings } => Self::ImageOf { files: change(files), settings },
            Self::Build { recipe, platforms } => {
                Self::Build { recipe: Box::new(recipe.map_paths(change)), platforms }
            }
            Self::Veea(recipe) => Self::Veea(Box::new(recipe.map_paths(change))),
            Self::Aci(recipe) => Self::Aci(Box::new(recipe.map_paths(change))),
            Self::Published(published) => {
                let at = published.at.map_paths(&change);
                Self::Published(Box::new(Published { at, ..*published }))
            }
        }
    }
}

impl fmt::Display for Origin {
    /// The file or folder that is read, or the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Archives(path)
            | Self::Layout(path)
            | Self::Files(path)
            | Self::ImageOf { files: path, .. } => path.display().fmt(f),
            Self::Build { recipe, .. } => recipe.fmt(f),
            Self::Veea(recipe) => recipe.folder.display().fmt(f),
            Self::Aci(recipe) => {
                let names = recipe.images.iter().map(|path| path.display().to_string());
                f.write_str(&names.collect::<Vec<_>>().join(", "))
            }
            Self::Published(published) => published.fmt(f),
        }
    }
}

impl Published {
    /// The name of the sink that has it.
    #[must_use]
    pub fn sink(&self) -> SinkName {
        SinkName(self.at.name().to_owned())
    }

    /// What is known of the sink that has it.
    ///
    /// # Errors
    ///
    /// Fails where a plan names the sink, and it was not found yet.
    pub fn place(&self) -> Result<&SinkSpec, Failure> {
        self.at.spec().ok_or_else(|| {
            let what = format!("the sink `{}` was not found before the run", self.at.name());
            Failure::new(FailureKind::Internal, Side::Local, what)
        })
    }
}

impl fmt::Display for Published {
    /// A name within its place, for messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, repository, tag, root, .. } = self;
        match tag {
            Some(tag) => write!(f, "`{}` at `{}`", super::entry_name(repository, tag), at.name()),
            None => write!(f, "`{repository}@{}` at `{}`", root.digest, at.name()),
        }
    }
}

impl fmt::Display for ArtifactName {
    /// Safe to show: another user's journal may name an artifact in any
    /// way.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::escape(&self.0).fmt(f)
    }
}

impl From<&str> for ArtifactName {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
