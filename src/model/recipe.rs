//! How an image is built that does not exist yet.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{Bases, LinuxkitRecipe, SecretSource, VeeaRecipe};

/// What says how an image is built. Paths are absolute, or relative to the
/// folder of the project's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipe {
    /// A Dockerfile and a folder.
    Dockerfile(DockerfileRecipe),
    /// An image of an image-builder payload.
    ImageBuilder(ImageBuilderRecipe),
    /// A LinuxKit package.
    Linuxkit(LinuxkitRecipe),
    /// The image of a Veea image directory.
    Veea(VeeaRecipe),
}

/// An image of an image-builder payload. Its passwords stay in the payload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageBuilderRecipe {
    /// The payload's file.
    pub payload: PathBuf,
    /// Which of its images, as `NAME:TAG`; none: the only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The commit of its repository, once that is settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// What the images meant that it refers to, once that is settled.
    #[serde(skip_serializing_if = "Bases::is_empty")]
    pub bases: Bases,
}

/// The secrets of a recipe that has none.
static NO_SECRETS: BTreeMap<String, Vec<SecretSource>> = BTreeMap::new();

/// A Dockerfile and the folder that it is built in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DockerfileRecipe {
    /// The Dockerfile, or the folder that it lies in.
    pub dockerfile: PathBuf,
    /// The folder that the build may copy files of; none: the Dockerfile's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<PathBuf>,
    /// The stage that becomes the image; none: the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Build arguments.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
    /// Labels of the image.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations of the manifest.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Whether its steps may not reach the network.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_network: bool,
    /// Whether all steps are done again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_cache: bool,
    /// What `RUN --mount=type=secret,id=…` gets, by its id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, Vec<SecretSource>>,
    /// What the images meant that it refers to, once that is settled.
    #[serde(skip_serializing_if = "Bases::is_empty")]
    pub bases: Bases,
}

impl Recipe {
    /// The same, with its paths changed by `change`.
    #[must_use]
    pub fn map_paths(self, change: impl Fn(PathBuf) -> PathBuf) -> Self {
        match self {
            Self::Dockerfile(recipe) => Self::Dockerfile(DockerfileRecipe {
                dockerfile: change(recipe.dockerfile),
                context: recipe.context.map(&change),
                ..recipe
            }),
            Self::ImageBuilder(recipe) => {
                let payload = change(recipe.payload);
                Self::ImageBuilder(ImageBuilderRecipe { payload, ..recipe })
            }
            Self::Veea(recipe) => Self::Veea(recipe.map_paths(change)),
            Self::Linuxkit(recipe) => Self::Linuxkit(LinuxkitRecipe {
                folder: change(recipe.folder),
                hash_path: recipe.hash_path.map(&change),
                build_arg_files: recipe.build_arg_files.into_iter().map(&change).collect(),
                ..recipe
            }),
        }
    }

    /// What the images meant that it refers to, as far as that is settled.
    #[must_use]
    pub fn bases(&self) -> &Bases {
        match self {
            Self::Dockerfile(recipe) => &recipe.bases,
            Self::ImageBuilder(recipe) => &recipe.bases,
            Self::Linuxkit(recipe) => &recipe.bases,
            Self::Veea(recipe) => &recipe.bases,
        }
    }

    /// The same, where that is settled.
    #[must_use]
    pub fn built_on(self, bases: Bases) -> Self {
        match self {
            Self::Dockerfile(recipe) => Self::Dockerfile(DockerfileRecipe { bases, ..recipe }),
            Self::ImageBuilder(recipe) => {
                Self::ImageBuilder(ImageBuilderRecipe { bases, ..recipe })
            }
            Self::Linuxkit(recipe) => Self::Linuxkit(LinuxkitRecipe { bases, ..recipe }),
            Self::Veea(recipe) => Self::Veea(VeeaRecipe { bases, ..recipe }),
        }
    }

    /// The same, without what was settled when a run of it was planned.
    #[must_use]
    pub fn unsettled(self) -> Self {
        match self.built_on(Bases::default()) {
            Self::ImageBuilder(recipe) => {
                Self::ImageBuilder(ImageBuilderRecipe { commit: None, ..recipe })
            }
            other => other,
        }
    }

    /// The secrets that it needs, by their ids.
    #[must_use]
    pub fn secrets(&self) -> &BTreeMap<String, Vec<SecretSource>> {
        match self {
            Self::Dockerfile(recipe) => &recipe.secrets,
            Self::ImageBuilder(_) | Self::Linuxkit(_) | Self::Veea(_) => &NO_SECRETS,
        }
    }
}

impl fmt::Display for Recipe {
    /// The file or folder that it lies in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dockerfile(recipe) => recipe.dockerfile.display().fmt(f),
            Self::ImageBuilder(recipe) => match &recipe.image {
                Some(image) => write!(f, "{image} of {}", recipe.payload.display()),
                None => recipe.payload.display().fmt(f),
            },
            Self::Linuxkit(recipe) => recipe.folder.display().fmt(f),
            Self::Veea(recipe) => recipe.folder.display().fmt(f),
        }
    }
}
