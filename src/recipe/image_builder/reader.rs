//! What a builder is asked for one image of a payload.

use std::path::PathBuf;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{
    base,
    fetch::{self, Fetched, fetch},
    file,
    payload::{Payload, PayloadSource, Registry, WebFile},
};
use crate::{
    git::Git,
    model::{Failure, Platform, Recipe, RecipeSpec},
    ports::{AskedOrigin, Wanted},
    recipe::{Blueprint, Cache, ContextFolder, HeldFolder, RecipeReader, for_platforms},
};

/// A payload of which an image is built; the recipe names its image as a part,
/// `NAME:TAG`. Passwords stay in the payload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageBuilderRecipe {
    /// The payload's file.
    pub payload: PathBuf,
}

impl RecipeSpec for ImageBuilderRecipe {
    const SOURCE: &'static str = "image_builder";
    const PATHS: &'static [&'static str] = &["payload"];
}

/// Reads payloads.
#[derive(Clone, Debug)]
pub struct ImageBuilderPayloads {
    /// What asks for the commits of their repositories.
    pub git: Git,
}

#[async_trait]
impl RecipeReader for ImageBuilderPayloads {
    fn source(&self) -> &'static str {
        ImageBuilderRecipe::SOURCE
    }

    async fn blueprint(
        &self,
        recipe: &Recipe,
        cache: &Cache,
    ) -> Result<(Blueprint, Option<HeldFolder>), Failure> {
        blueprint(recipe, cache).await
    }

    /// A payload says itself what it is built for, unless the configuration does.
    async fn ask(&self, recipe: Recipe, wanted: &Wanted) -> Result<AskedOrigin, Failure> {
        let configured = Wanted { selected: Vec::new(), ..wanted.clone() };
        Ok(AskedOrigin::of(for_platforms(recipe, configured.platforms())))
    }

    fn platforms(&self, recipe: &Recipe) -> Result<Option<Vec<Platform>>, Failure> {
        Ok(Some(of(recipe)?.image(recipe.part.as_deref())?.platforms.clone()))
    }

    /// What moves is its repository, which is settled as a commit.
    async fn settled(&self, recipe: Recipe) -> Result<Recipe, Failure> {
        if recipe.commit.is_some() {
            return Ok(recipe);
        }
        let payload = of(&recipe)?;
        let at = payload_of(&recipe)?;
        let at = at.display();
        let commit =
            fetch::commit(&payload.source, &self.git).await.map_err(|of| of.context(&at))?;
        // Names the image too, so that the payload may have more of them later.
        let image = payload.image(recipe.part.as_deref()).map_err(|of| of.context(&at))?;
        Ok(Recipe { commit, part: Some(image.name()), ..recipe })
    }

    fn archive(&self, recipe: &Recipe) -> Result<Option<WebFile>, Failure> {
        match of(recipe)?.source {
            PayloadSource::Archive(file) => Ok(Some(file)),
            _ => Ok(None),
        }
    }

    fn registry(&self, recipe: &Recipe) -> Result<Option<Registry>, Failure> {
        Ok(Some(of(recipe)?.registry))
    }
}

/// Reads a recipe, and fetches what it names.
async fn blueprint(
    recipe: &Recipe,
    cache: &Cache,
) -> Result<(Blueprint, Option<HeldFolder>), Failure> {
    let payload = of(recipe)?;
    let at = payload_of(recipe)?;
    let at = at.display();
    let image = payload.image(recipe.part.as_deref()).map_err(|of| of.context(&at))?;
    let fetched = fetch(&payload.source, recipe.commit.as_deref(), cache).await;
    let Fetched { context, mut dockerfile, held } = fetched.map_err(|of| of.context(&at))?;
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
fn of(recipe: &Recipe) -> Result<Payload, Failure> {
    file::read(&payload_of(recipe)?)
}

/// The file of the payload.
fn payload_of(recipe: &Recipe) -> Result<PathBuf, Failure> {
    Ok(recipe.read::<ImageBuilderRecipe>()?.payload)
}
