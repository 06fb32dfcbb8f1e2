//! What a package adds to what a configuration says of it: a tag, its platforms,
//! and that it is never published while it differs from its commit.

use async_trait::async_trait;

use super::{
    flow::refuse_dirty, linuxkit_recipe::LinuxkitRecipe, package::Package, read::read,
    refusal::invalid,
};
use crate::{
    git::Git,
    model::{Failure, Platform, Recipe, RecipeSpec},
    ports::{AskedOrigin, Wanted},
    recipe::{Blueprint, Cache, HeldFolder, RecipeReader, for_platforms},
};

/// Reads packages.
#[derive(Clone, Debug)]
pub struct LinuxkitPackages {
    /// What tells what they are called.
    pub git: Git,
}

#[async_trait]
impl RecipeReader for LinuxkitPackages {
    fn source(&self) -> &'static str {
        LinuxkitRecipe::SOURCE
    }

    async fn blueprint(
        &self,
        recipe: &Recipe,
        _: &Cache,
    ) -> Result<(Blueprint, Option<HeldFolder>), Failure> {
        Ok((read(&recipe.read()?, &self.git).await?.blueprint().await?, None))
    }

    async fn ask(&self, recipe: Recipe, wanted: &Wanted) -> Result<AskedOrigin, Failure> {
        let package = read(&recipe.read()?, &self.git).await?;
        let dirty = refuse_dirty(&package);
        let unpublishable = dirty.err().map(|of| of.context(package.folder.display()));
        Ok(AskedOrigin {
            from: for_platforms(recipe, platforms(&package, &wanted.platforms())?),
            version: Some(package.identity.tag.to_string()),
            unpublishable,
        })
    }

    /// LinuxKit's flag leaves `BuildKit` its cache; a package has one of its own
    /// for that.
    fn is_built_afresh(&self) -> bool {
        false
    }
}

/// For what a package is built: for what is asked, of what it is for.
fn platforms(package: &Package, asked: &[Platform]) -> Result<Vec<Platform>, Failure> {
    let build_yml = &package.recipe.build_yml;
    if package.platforms.is_empty() {
        return Err(invalid("it has no architectures to build")
            .hint(format!("see `arches` in {build_yml}")));
    }
    if asked.is_empty() {
        return Ok(package.platforms.clone());
    }
    for asked in asked {
        if !package.platforms.iter().any(|of| of.matches(asked) || asked.matches(of)) {
            let known: Vec<String> = package.platforms.iter().map(ToString::to_string).collect();
            return Err(invalid(format!("it has nothing for {asked}"))
                .hint(format!("{build_yml} names {}", known.join(", "))));
        }
    }
    Ok(asked.to_vec())
}
