//! Images that are built, as a source of a release.

use async_trait::async_trait;

use super::{Builds, Wish, archive};
use crate::{
    model::{ArtifactKind, Failure, Origin, Recipe, ReleasePlatform},
    net,
    ports::{AskedOrigin, Desk, Made, Maker, Surveyed, Wanted, wrong_maker},
};

/// The recipe of an origin.
fn recipe_of(from: &Origin) -> Result<&Recipe, Failure> {
    match from {
        Origin::Recipe(recipe) => Ok(recipe),
        _ => Err(wrong_maker()),
    }
}

#[async_trait]
impl Maker for Builds {
    fn takes(&self, from: &Origin) -> bool {
        let Origin::Recipe(recipe) = from else { return false };
        recipe.kind == ArtifactKind::Image && self.readers.find(recipe).is_some()
    }

    async fn ask(&self, from: Origin, wanted: &Wanted) -> Result<AskedOrigin, Failure> {
        let recipe = recipe_of(&from)?.clone();
        self.readers.of(&recipe)?.ask(recipe, wanted).await
    }

    async fn settled(&self, from: Origin) -> Result<Origin, Failure> {
        let recipe = recipe_of(&from)?.clone();
        let reader = self.readers.of(&recipe)?;
        if let Some(file) = reader.archive(&recipe)? {
            return archive::fetched(&file, &self.cache(), self.caps).await.map(Origin::Archives);
        }
        let recipe = self.on_bases(reader.settled(recipe).await?).await?;
        Ok(Origin::Recipe(Box::new(recipe)))
    }

    async fn survey(&self, from: &Origin) -> Result<Surveyed, Failure> {
        let recipe = recipe_of(from)?;
        net::tell_unused("BUILDX_BUILDER", "[builders] in castoff.toml sets the engines");
        net::tell_unused("DOCKER_DEFAULT_PLATFORM", "`platforms` sets the platforms");
        let looked = self.look(recipe).await?;
        let mut surveyed = Vec::new();
        for platform in self.platforms_of(recipe)? {
            let digest = looked.of(&platform);
            let prepared = self.store.root_of(&[], &Self::key(&digest, &platform))?;
            surveyed.push(ReleasePlatform {
                prepared: prepared.filter(|_| looked.bases.are_known()),
                built_from: Some(digest),
                ..ReleasePlatform::of_files(platform, Vec::new())
            });
        }
        Ok(Surveyed::of(surveyed))
    }

    async fn make(
        &self,
        from: &Origin,
        platform: &ReleasePlatform,
        force: bool,
        desk: &Desk,
    ) -> Result<Made, Failure> {
        let recipe = recipe_of(from)?;
        let afresh = force && self.readers.of(recipe)?.is_built_afresh();
        self.compile(recipe, platform, Wish { again: force, afresh }, desk).await
    }
}
