//! Reads a recipe: a Dockerfile and what the configuration says, or another's
//! definition file.

use std::path::{Path, PathBuf};

use super::{
    Blueprint, Cache, ContextFolder, Dockerfile, Held, image_builder, linuxkit, text::text, veea,
};
use crate::model::{DockerfileRecipe, Failure, FailureKind, Recipe, Side};

/// What Dockerfiles are called.
const DOCKERFILE: &str = "Dockerfile";
/// Reads what `recipe` says. What lies elsewhere is fetched into `cache`, and
/// stays there as long as it is held.
///
/// # Errors
///
/// Fails where its files cannot be read.
pub async fn read(recipe: &Recipe, cache: &Cache) -> Result<(Blueprint, Option<Held>), Failure> {
    match recipe {
        Recipe::Dockerfile(recipe) => Ok((of_dockerfile(recipe)?, None)),
        Recipe::ImageBuilder(recipe) => image_builder::blueprint(recipe, cache).await,
        Recipe::Veea(recipe) => Ok((veea::read(recipe)?.blueprint()?, None)),
        Recipe::Linuxkit(recipe) => Ok((linuxkit::read(recipe).await?.blueprint().await?, None)),
    }
}

fn of_dockerfile(recipe: &DockerfileRecipe) -> Result<Blueprint, Failure> {
    let is_folder = recipe.dockerfile.is_dir();
    let file =
        if is_folder { recipe.dockerfile.join(DOCKERFILE) } else { recipe.dockerfile.clone() };
    let folder = match &recipe.context {
        Some(context) => context.clone(),
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
        target: recipe.target.clone(),
        args: recipe.args.clone().into_iter().collect(),
        labels: recipe.labels.clone().into_iter().collect(),
        annotations: recipe.annotations.clone(),
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
