//! Images that are built, as a source of a release.

use async_trait::async_trait;

use super::{Builds, CacheUse, archive};
use crate::{
    model::{ArtifactKind, Failure, Origin, Recipe, ReleasePlatform},
    net,
    ports::{AskedOrigin, Desk, MadePlatform, Maker, Surveyed, Wanted, wrong_maker},
};

#[async_trait]
impl Maker for Builds {
    fn takes(&self, from: &Origin) -> bool {
        let is_ours =
            |of: &Recipe| of.kind == ArtifactKind::Image && self.readers.find(of).is_some();
        from.recipe().is_some_and(is_ours)
    }

    async fn ask(&self, from: Origin, wanted: &Wanted) -> Result<AskedOrigin, Failure> {
        let recipe = from.recipe().ok_or_else(wrong_maker)?.clone();
        self.readers.of(&recipe)?.ask(recipe, wanted).await
    }

    async fn settled(&self, from: Origin) -> Result<Origin, Failure> {
        let recipe = from.recipe().ok_or_else(wrong_maker)?.clone();
        let reader = self.readers.of(&recipe)?;
        if let Some(file) = reader.archive(&recipe)? {
            return archive::fetched(&file, &self.cache(), self.caps).await.map(Origin::Archives);
        }
        let recipe = self.on_bases(reader.settled(recipe).await?).await?;
        Ok(Origin::Recipe(Box::new(recipe)))
    }

    async fn survey(&self, from: &Origin) -> Result<Surveyed, Failure> {
        let recipe = from.recipe().ok_or_else(wrong_maker)?;
        let environment = self.network.environment();
        let engines = "[builders] in castoff.toml sets the engines";
        net::tell_unused(environment, "BUILDX_BUILDER", engines);
        let platforms = "`platforms` sets the platforms";
        net::tell_unused(environment, "DOCKER_DEFAULT_PLATFORM", platforms);
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
    ) -> Result<MadePlatform, Failure> {
        let recipe = from.recipe().ok_or_else(wrong_maker)?;
        let afresh = force && self.readers.of(recipe)?.is_built_afresh();
        self.compile(recipe, platform, CacheUse { again: force, afresh }, desk).await
    }
}
