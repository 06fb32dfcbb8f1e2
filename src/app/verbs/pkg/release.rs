//! A package as a release.

use super::bench::Bench;
use crate::{
    error::Error,
    model::{
        ArtifactKind, ArtifactName, Descriptor, Joining, LinuxkitRecipe, Origin, Platform, Recipe,
        Release, ReleaseArtifact, ReleasePlatform, ReleaseTag, SignerSpec, SinkName, SinkSpec,
        SinkUrl, Tag,
    },
    plan::{self, Plan},
    recipe::linuxkit::{self, Package},
};

/// What of a package goes where, under which names.
pub(super) struct Wanted {
    /// How it is built.
    pub(super) recipe: LinuxkitRecipe,
    /// For what; nothing: what is published is joined.
    pub(super) platforms: Vec<Platform>,
    /// Its tags, without those of single platforms.
    pub(super) tags: Vec<Tag>,
    /// What joins it at its registry, where it goes there.
    pub(super) at_registry: Option<(SinkSpec, Joining)>,
    /// What joins it at the local engine, where it goes there.
    pub(super) at_engine: Option<Joining>,
    /// Tags that will name what is published already.
    pub(super) also: Vec<(Tag, Descriptor)>,
    /// Its signers.
    pub(super) signers: Vec<SignerSpec>,
    /// Whether it is built again.
    pub(super) force: bool,
}

impl Bench<'_> {
    /// Plans what is wanted of a package.
    pub(super) async fn plan(&self, package: &Package, wanted: Wanted) -> Result<Plan, Error> {
        let from = Origin::Build {
            recipe: Box::new(Recipe::Linuxkit(wanted.recipe)),
            platforms: wanted.platforms.clone(),
        };
        // What is built on its like is looked for where it goes.
        self.registry(&package.identity.name, false);
        let (from, platforms) = self.surveyed(from, &wanted.platforms).await?;
        let mut release = Release {
            root: package.folder.clone(),
            artifacts: Vec::new(),
            sinks: Vec::new(),
            signers: wanted.signers.clone(),
        };
        let tag = |tag: &Tag| ReleaseTag { tag: tag.clone(), immutable: false, versioned: true };
        let name = &package.identity.name;
        let artifact = |called: String, at: &SinkSpec, joining| ReleaseArtifact {
            name: ArtifactName(called),
            kind: ArtifactKind::Image,
            from: from.clone(),
            stages: Vec::new(),
            shares: None,
            platforms: platforms.clone(),
            index: None,
            tags: wanted.tags.iter().map(tag).collect(),
            sinks: vec![(at.name.clone(), name.repository().clone())],
            signers: Vec::new(),
            joining,
            elsewhere: match joining {
                Joining::Merged => linuxkit::pushed_elsewhere(),
                Joining::Whole | Joining::Apart => Vec::new(),
            },
            also: Vec::new(),
            left_out: Vec::new(),
        };
        if let Some((at, joining)) = wanted.at_registry {
            let signers = wanted.signers.iter().map(|signer| signer.name.clone()).collect();
            let artifact = artifact(name.to_string(), &at, joining);
            release.artifacts.push(ReleaseArtifact { signers, also: wanted.also, ..artifact });
            release.sinks.push(at);
        }
        if let Some(joining) = wanted.at_engine {
            let at = engine(package);
            release.artifacts.push(artifact(format!("{name} (engine)"), &at, joining));
            release.sinks.push(at);
        }
        Ok(plan::plan(&release, wanted.force)?)
    }

    /// What is built, with what it is built on settled; and the platforms as
    /// they are built, and where.
    pub(super) async fn surveyed(
        &self,
        from: Origin,
        platforms: &[Platform],
    ) -> Result<(Origin, Vec<ReleasePlatform>), Error> {
        if platforms.is_empty() {
            return Ok((from, Vec::new()));
        }
        let from = self.services.makers.of(&from)?.settled(from.clone()).await?;
        let mut found = self.services.makers.of(&from)?.survey(&from).await?.platforms;
        for of in &mut found {
            of.builder = Some(crate::model::Entry::given(self.builders.of(&of.platform)));
        }
        Ok((from, found))
    }
}

/// The local engine, which has images of all platforms under tags of theirs.
fn engine(package: &Package) -> SinkSpec {
    let host = package.identity.name.host();
    let is_written = package.identity.name.as_str().starts_with(host);
    SinkSpec {
        name: SinkName("docker".to_owned()),
        url: SinkUrl::DockerDaemon,
        insecure: false,
        ca: None,
        platform_tags: true,
        read_only: false,
        login: None,
        registry: is_written.then(|| host.to_owned()),
    }
}
