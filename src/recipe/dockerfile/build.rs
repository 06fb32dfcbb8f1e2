//! A Dockerfile and the folder that it is built in.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    model::{Failure, FailureKind, Recipe, RecipeSpec, Side},
    recipe::{Blueprint, Cache, ContextFolder, Dockerfile, HeldFolder, RecipeReader, text::text},
};

/// What Dockerfiles are called.
const DOCKERFILE: &str = "Dockerfile";

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
}

impl RecipeSpec for DockerfileRecipe {
    const SOURCE: &'static str = "dockerfile";
    const PATHS: &'static [&'static str] = &["dockerfile", "context"];
}

/// Reads Dockerfiles.
#[derive(Clone, Copy, Debug)]
pub struct Dockerfiles;

#[async_trait]
impl RecipeReader for Dockerfiles {
    fn source(&self) -> &'static str {
        DockerfileRecipe::SOURCE
    }

    async fn blueprint(
        &self,
        recipe: &Recipe,
        _: &Cache,
    ) -> Result<(Blueprint, Option<HeldFolder>), Failure> {
        Ok((blueprint(recipe.read()?)?, None))
    }
}

fn blueprint(recipe: DockerfileRecipe) -> Result<Blueprint, Failure> {
    let is_folder = recipe.dockerfile.is_dir();
    let file =
        if is_folder { recipe.dockerfile.join(DOCKERFILE) } else { recipe.dockerfile.clone() };
    let folder = match recipe.context {
        Some(context) => context,
        None => file.parent().map_or_else(PathBuf::new, Path::to_path_buf),
    };
    let text = text(&file)?;
    refuse_missing(&folder)?;
    Ok(Blueprint {
        context: vec![ContextFolder {
            folder,
            to: String::new(),
            ignores: true,
            ..ContextFolder::default()
        }],
        dockerfile: Dockerfile { from: file.display().to_string(), text },
        target: recipe.target,
        args: recipe.args.into_iter().collect(),
        labels: recipe.labels.into_iter().collect(),
        annotations: recipe.annotations,
        network: !recipe.no_network,
        cache: !recipe.no_cache,
        ..Blueprint::default()
    })
}

fn refuse_missing(folder: &Path) -> Result<(), Failure> {
    if folder.is_dir() {
        return Ok(());
    }
    let what = format!("the build context {} is not a folder", folder.display());
    Err(Failure::new(FailureKind::NotFound, Side::Source, what))
}
