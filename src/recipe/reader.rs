//! What reads the recipes of one source.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    Blueprint, Cache, HeldFolder,
    image_builder::{Registry, WebFile},
};
use crate::{
    model::{Failure, FailureKind, Origin, Platform, Recipe, Side},
    ports::{AskedOrigin, Wanted},
};

/// Reads recipes of images that an engine builds.
#[async_trait]
pub trait RecipeReader: Send + Sync {
    /// The source that it reads recipes of.
    fn source(&self) -> &'static str;

    /// Reads what an engine is asked for. What lies elsewhere is fetched into
    /// `cache`, and stays there as long as it is held.
    ///
    /// # Errors
    ///
    /// Fails where its files cannot be read.
    async fn blueprint(
        &self,
        recipe: &Recipe,
        cache: &Cache,
    ) -> Result<(Blueprint, Option<HeldFolder>), Failure>;

    /// The recipe for what is wanted, and what it says of itself.
    ///
    /// # Errors
    ///
    /// Fails where its files cannot be read, and where it is not for that.
    async fn ask(&self, recipe: Recipe, wanted: &Wanted) -> Result<AskedOrigin, Failure> {
        Ok(AskedOrigin::of(for_platforms(recipe, wanted.platforms())))
    }

    /// The platforms that it names itself; none: that of this machine.
    ///
    /// # Errors
    ///
    /// Fails where its files cannot be read.
    fn platforms(&self, _recipe: &Recipe) -> Result<Option<Vec<Platform>>, Failure> {
        Ok(None)
    }

    /// The same recipe, with what moves elsewhere settled, but for images that
    /// it refers to.
    ///
    /// # Errors
    ///
    /// Fails where what moves cannot be asked.
    async fn settled(&self, recipe: Recipe) -> Result<Recipe, Failure> {
        Ok(recipe)
    }

    /// The archive of an image that is there already, so that nothing is built.
    ///
    /// # Errors
    ///
    /// Fails where its files cannot be read.
    fn archive(&self, _recipe: &Recipe) -> Result<Option<WebFile>, Failure> {
        Ok(None)
    }

    /// The registry of which the recipe has a login.
    ///
    /// # Errors
    ///
    /// Fails where its files cannot be read.
    fn registry(&self, _recipe: &Recipe) -> Result<Option<Registry>, Failure> {
        Ok(None)
    }

    /// Whether the engine leaves out no step where it is built again.
    fn is_built_afresh(&self) -> bool {
        true
    }
}

/// The same recipe, for `platforms`.
#[must_use]
pub fn for_platforms(recipe: Recipe, platforms: Vec<Platform>) -> Origin {
    Origin::Recipe(Box::new(Recipe { platforms, ..recipe }))
}

/// The readers of recipes, each for one source.
#[derive(Clone)]
pub struct Readers(pub Vec<Arc<dyn RecipeReader>>);

impl Readers {
    /// What reads a recipe, if something does.
    #[must_use]
    pub fn find(&self, recipe: &Recipe) -> Option<&dyn RecipeReader> {
        let mut readers = self.0.iter().map(|reader| &**reader);
        readers.find(|reader| reader.source() == recipe.source)
    }

    /// What reads a recipe.
    ///
    /// # Errors
    ///
    /// Fails where nothing does.
    pub fn of(&self, recipe: &Recipe) -> Result<&dyn RecipeReader, Failure> {
        self.find(recipe).ok_or_else(|| {
            let what = format!("nothing reads recipes of `{}`", recipe.source);
            Failure::new(FailureKind::Invalid, Side::Local, what)
        })
    }
}
