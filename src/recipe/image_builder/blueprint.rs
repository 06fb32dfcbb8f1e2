//! What a builder is asked for one image of a payload.

use std::path::Path;

use super::{
    base,
    fetch::{self, Fetched, fetch},
    file,
    payload::{Payload, PayloadSource, WebFile},
};
use crate::{
    model::{Failure, ImageBuilderRecipe},
    recipe::{Blueprint, Cache, ContextFolder, HeldFolder},
};

/// Reads a recipe, and fetches what it names.
///
/// # Errors
///
/// Fails where the payload is mistaken, or its source cannot be had.
pub(in crate::recipe) async fn blueprint(
    recipe: &ImageBuilderRecipe,
    cache: &Cache,
) -> Result<(Blueprint, Option<HeldFolder>), Failure> {
    let payload = of(recipe)?;
    let image = payload.image(recipe.image.as_deref()).map_err(|of| of.context(at(recipe)))?;
    let fetched = fetch(&payload.source, recipe.commit.as_deref(), cache).await;
    let Fetched { context, mut dockerfile, held } = fetched.map_err(|of| of.context(at(recipe)))?;
    let mut args = Vec::new();
    if let Some(base) = &image.base {
        let replaced = base::with_base(&dockerfile.text);
        dockerfile.text = replaced.map_err(|failure| failure.context(&dockerfile.from))?;
        args.push((base::ARGUMENT.to_owned(), base.clone()));
    }
    let folder = |folder| ContextFolder {
        folder,
        to: String::new(),
        ignores: true,
        ..ContextFolder::default()
    };
    let blueprint = Blueprint {
        context: context.into_iter().map(folder).collect(),
        dockerfile,
        args,
        network: true,
        cache: true,
        ..Blueprint::default()
    };
    Ok((blueprint, held))
}

/// The payload of a recipe.
///
/// # Errors
///
/// Fails where it cannot be read, or is mistaken.
pub fn of(recipe: &ImageBuilderRecipe) -> Result<Payload, Failure> {
    file::read(&recipe.payload)
}

/// The same recipe, with what moves settled: its repository's commit.
///
/// # Errors
///
/// Fails where the payload is mistaken, or its repository cannot be asked.
pub async fn pinned(recipe: ImageBuilderRecipe) -> Result<ImageBuilderRecipe, Failure> {
    if recipe.commit.is_some() {
        return Ok(recipe);
    }
    let payload = of(&recipe)?;
    let commit = fetch::commit(&payload.source).await.map_err(|of| of.context(at(&recipe)))?;
    // Names the image too, so that the payload may have more of them later.
    let image = payload.image(recipe.image.as_deref()).map_err(|of| of.context(at(&recipe)))?;
    Ok(ImageBuilderRecipe { commit, image: Some(image.name()), ..recipe })
}

/// The archive that a recipe names, where it builds nothing.
///
/// # Errors
///
/// Fails where the payload is mistaken.
pub fn archive_of(recipe: &ImageBuilderRecipe) -> Result<Option<WebFile>, Failure> {
    match of(recipe)?.source {
        PayloadSource::Archive(file) => Ok(Some(file)),
        _ => Ok(None),
    }
}

fn at(recipe: &ImageBuilderRecipe) -> impl std::fmt::Display + '_ {
    Path::display(&recipe.payload)
}
