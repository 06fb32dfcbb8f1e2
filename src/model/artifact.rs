//! What is released, and where it comes from.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    ArtifactKind, Bases, ConfigEntry, Descriptor, Failure, FailureKind, Recipe, Repository, Side,
    SignerSpec, SinkName, SinkSpec, SinkUrl, Tag,
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
    /// What a source makes of a recipe of its own.
    Recipe(Box<Recipe>),
    /// What is published already, at a registry or elsewhere.
    Published(Box<Published>),
    /// What another castoff wrote down, and this one cannot make.
    #[serde(untagged)]
    Unknown(serde_json::Value),
}

/// Something that is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Where.
    pub at: ConfigEntry<SinkSpec>,
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
    /// What comes from here; of what is not known, what most is.
    #[must_use]
    pub fn kind(&self) -> ArtifactKind {
        match self {
            Self::Archives(_) | Self::Layout(_) | Self::ImageOf { .. } | Self::Unknown(_) => {
                ArtifactKind::Image
            }
            Self::Files(_) => ArtifactKind::Files,
            Self::Recipe(recipe) => recipe.kind,
            Self::Published(published) => published.kind,
        }
    }

    /// The recipe that a source makes something of, if it is one.
    #[must_use]
    pub fn recipe(&self) -> Option<&Recipe> {
        match self {
            Self::Recipe(recipe) => Some(recipe),
            _ => None,
        }
    }

    /// What the images meant that it is built on, where it is built.
    #[must_use]
    pub fn bases(&self) -> Option<&Bases> {
        self.recipe().map(|recipe| &recipe.bases)
    }

    /// The signer that is part of how it is made.
    #[must_use]
    pub fn signer(&self) -> Option<&ConfigEntry<SignerSpec>> {
        self.recipe()?.signer.as_ref()
    }

    /// The same, without what was settled when a run of it was planned.
    #[must_use]
    pub fn unsettled(self) -> Self {
        match self {
            Self::Recipe(recipe) => Self::Recipe(Box::new(recipe.unsettled())),
            other => other,
        }
    }

    /// The same, with what signs it while it is made written down whole.
    #[must_use]
    pub fn whole(self) -> Self {
        match self {
            Self::Recipe(recipe) => Self::Recipe(Box::new(recipe.whole())),
            other => other,
        }
    }

    /// Whether it does not exist before an engine has built it.
    #[must_use]
    pub fn is_built(&self) -> bool {
        self.recipe().is_some_and(|recipe| recipe.is_built)
    }

    /// Whether it goes to `url` unless the configuration says otherwise.
    #[must_use]
    pub fn goes_to(&self, url: &SinkUrl) -> bool {
        // Of what is built, files are archives.
        url.holds(self.kind()) && (self.is_built() || !matches!(url, SinkUrl::Archives(_)))
    }

    /// The same, with its paths changed by `change`.
    #[must_use]
    pub fn map_paths(self, change: impl Fn(PathBuf) -> PathBuf) -> Self {
        match self {
            Self::Archives(path) => Self::Archives(change(path)),
            Self::Layout(path) => Self::Layout(change(path)),
            Self::Files(path) => Self::Files(change(path)),
            Self::ImageOf { files, settings } => Self::ImageOf { files: change(files), settings },
            Self::Recipe(recipe) => Self::Recipe(Box::new(recipe.map_paths(change))),
            Self::Published(published) => {
                let at = published.at.map_paths(&change);
                Self::Published(Box::new(Published { at, ..*published }))
            }
            Self::Unknown(value) => Self::Unknown(value),
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
            Self::Recipe(recipe) => recipe.fmt(f),
            Self::Published(published) => published.fmt(f),
            Self::Unknown(_) => f.write_str("a source that is not known here"),
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
