//! Image directories as recipes of images.

use async_trait::async_trait;

use super::{read::read, veea_image::VeeaArch, veea_recipe::VeeaRecipe};
use crate::{
    model::{Failure, Platform, Recipe, RecipeSpec},
    ports::{AskedOrigin, Wanted},
    recipe::{Blueprint, Cache, HeldFolder, RecipeReader, for_platforms},
};

/// Reads the images of image directories.
#[derive(Clone, Copy, Debug)]
pub struct VeeaImages;

#[async_trait]
impl RecipeReader for VeeaImages {
    fn source(&self) -> &'static str {
        VeeaRecipe::SOURCE
    }

    async fn blueprint(
        &self,
        recipe: &Recipe,
        _: &Cache,
    ) -> Result<(Blueprint, Option<HeldFolder>), Failure> {
        Ok((read(&recipe.read()?)?.blueprint()?, None))
    }

    /// A directory says itself what it is for.
    async fn ask(&self, recipe: Recipe, _: &Wanted) -> Result<AskedOrigin, Failure> {
        let version = read(&recipe.read()?)?.config.version;
        let asked = AskedOrigin::of(for_platforms(recipe, Vec::new()));
        Ok(AskedOrigin { version: Some(version), ..asked })
    }

    fn platforms(&self, recipe: &Recipe) -> Result<Option<Vec<Platform>>, Failure> {
        let project = read(&recipe.read()?)?;
        Ok(Some(project.arches().map(VeeaArch::platform).collect()))
    }
}
