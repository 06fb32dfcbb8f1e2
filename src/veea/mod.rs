//! Release archives of Veea image directories, step by step.
//!
//! An archive comes to be in seven steps: the Dockerfile gets its labels, the
//! image is built, saved and signed, the Swarm service file and the metadata
//! are written, and all is packed. What a step makes lies in `build/auth` or
//! `build/unauth` of the directory, where people look for it.
//!
//! A step that was done is not done again while what it was made of and what it
//! made are the same, by their content: `steps.json` beside them says so. Files
//! that a user edited are made again, and never signed. With `mtime` it is the
//! times of the files that count, as for the vendor's tool. A step that is done
//! has all after it done too.
//!
//! The lines that steps print are those of the vendor's tool.

pub mod archive;
mod archives;
mod chain;
mod freshness;
mod identity;
mod image;
pub mod recipe;
mod record;
mod release;
mod step;
mod stored_archive;
mod vendor_lines;

pub use self::archives::{Archives, OpenSealers};

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use jiff::Timestamp;

use self::chain::Chain;
use crate::{
    build::Builds,
    model::{
        ArtifactKind, Failure, FailureKind, Origin, Platform, Recipe, ReleasePlatform, SharedStep,
        Side, SignerSpec, StageName, StageSpec,
    },
    net::Locks,
    ports::{AskedOrigin, Desk, MadePlatform, Maker, Sealer, Surveyed, Wanted, wrong_maker},
    veea::recipe::{VeeaArch, VeeaRecipe},
};

pub use self::step::VeeaStep;

impl Archives {
    /// Puts what it makes into the store of `builds`.
    #[must_use]
    pub fn new(builds: Builds, sealers: OpenSealers) -> Self {
        let (store, epoch) = (Arc::clone(&builds.store), builds.epoch);
        Self { store, builds, sealers, epoch, turns: Locks::default(), written: Mutex::default() }
    }

    /// The steps that are not done for a platform, or not any more.
    ///
    /// # Errors
    ///
    /// Fails where the directory cannot be read.
    pub async fn stale(
        &self,
        recipe: &Recipe,
        platform: &Platform,
    ) -> Result<Vec<VeeaStep>, Failure> {
        self.chain(recipe, platform).await?.stale()
    }

    async fn chain<'a>(
        &'a self,
        recipe: &'a Recipe,
        platform: &Platform,
    ) -> Result<Chain<'a>, Failure> {
        let project = recipe::read(&recipe.read()?)?;
        let arch = VeeaArch::of(platform).ok_or_else(|| {
            let what = format!("{platform} is not a platform of image directories");
            Failure::new(FailureKind::Invalid, Side::Source, what)
        })?;
        project.refuse_other(arch)?;
        let image = self.builds.identity(&chain::image_of(recipe), platform).await?;
        Chain::new(self, recipe, project, arch, image)
    }

    /// The signer of what is made by `recipe`.
    fn sealer(&self, recipe: &Recipe) -> Result<Arc<dyn Sealer>, Failure> {
        let Some(signer) = &recipe.signer else {
            if recipe.read::<VeeaRecipe>()?.unauth {
                return Ok(Arc::new(crate::sign::cms::UnsignedSealer));
            }
            return Err(unsigned());
        };
        let open = self.sealers.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |of: &SignerSpec| signer.spec() == Some(of);
        let found = open.iter().find(|(of, _)| is_it(of)).map(|(_, sealer)| Arc::clone(sealer));
        found.ok_or_else(|| {
            let what =
                format!("the key of signer `{}` was not unlocked before the run", signer.name());
            Failure::new(FailureKind::Internal, Side::Local, what)
        })
    }

    fn has_written(&self, path: &Path) -> bool {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).contains(path)
    }

    fn set_written(&self, path: &Path) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.insert(path.to_owned());
    }

    /// When something is made.
    fn now(&self) -> Timestamp {
        let epoch = self.epoch.and_then(|seconds| i64::try_from(seconds).ok());
        epoch
            .and_then(|at| Timestamp::from_second(at).ok())
            .unwrap_or_else(|| self.builds.network.clock().now())
    }
}

/// The failure of a release for a partner without a signer.
#[must_use]
pub fn unsigned() -> Failure {
    let what = "a release for a partner must be signed, and no signer is set";
    Failure::new(FailureKind::Invalid, Side::Local, what).hint(
        "set a [[signer]] of kind cms with signer = \"NAME\" or --signer NAME; or use --unauth",
    )
}

/// Whether release archives are made of `recipe`, be it that these are wanted or
/// their image alone.
fn is_ours(recipe: &Recipe) -> bool {
    recipe.is_of::<VeeaRecipe>()
}

#[async_trait]
impl Maker for Archives {
    fn takes(&self, from: &Origin) -> bool {
        from.recipe().is_some_and(|of| is_ours(of) && of.kind == ArtifactKind::Files)
    }

    fn stages(&self, _: &Origin) -> Vec<StageSpec> {
        VeeaStep::stages()
    }

    /// The image of a directory is built on the way to its archives.
    fn shares(&self, from: &Origin) -> Option<SharedStep> {
        let is_image = |of: &&Recipe| is_ours(of) && of.kind == ArtifactKind::Image;
        let recipe = from.recipe().filter(is_image)?;
        let from = Recipe { kind: ArtifactKind::Files, ..recipe.clone() };
        let from = Origin::Recipe(Box::new(from));
        Some(SharedStep { from, stage: VeeaStep::Compile.name() })
    }

    async fn ask(&self, from: Origin, _: &Wanted) -> Result<AskedOrigin, Failure> {
        let version =
            Some(recipe::read(&from.recipe().ok_or_else(wrong_maker)?.read()?)?.config.version);
        Ok(AskedOrigin { version, ..AskedOrigin::of(from) })
    }

    async fn settled(&self, from: Origin) -> Result<Origin, Failure> {
        let recipe = from.recipe().ok_or_else(wrong_maker)?;
        let Recipe { bases, .. } = self.builds.on_bases(chain::image_of(recipe)).await?;
        Ok(Origin::Recipe(Box::new(Recipe { bases, ..recipe.clone() })))
    }

    async fn survey(&self, from: &Origin) -> Result<Surveyed, Failure> {
        let recipe = from.recipe().ok_or_else(wrong_maker)?;
        let project = recipe::read(&recipe.read()?)?;
        let mut platforms = Vec::new();
        for arch in project.arches() {
            let platform = arch.platform();
            let chain = self.chain(recipe, &platform).await?;
            platforms.push(ReleasePlatform {
                built_from: Some(chain.identity()?),
                prepared: chain.prepared()?,
                ..ReleasePlatform::of_files(platform, Vec::new())
            });
        }
        Ok(Surveyed::of(platforms))
    }

    async fn step(
        &self,
        from: &Origin,
        platform: &ReleasePlatform,
        stage: &StageName,
        force: bool,
        desk: &Desk,
    ) -> Result<bool, Failure> {
        let recipe = from.recipe().ok_or_else(wrong_maker)?;
        let step = VeeaStep::named(stage)?;
        // Building takes long, and shares nothing.
        let _turn = match step {
            VeeaStep::Generate | VeeaStep::Swarm => {
                Some(self.turns.lock(&recipe.to_string()).await)
            }
            _ => None,
        };
        let mut chain = self.chain(recipe, &platform.platform).await?;
        chain.refuse_changed(platform)?;
        chain.step(step, platform, force, desk).await
    }

    async fn make(
        &self,
        from: &Origin,
        platform: &ReleasePlatform,
        force: bool,
        desk: &Desk,
    ) -> Result<MadePlatform, Failure> {
        let mut chain =
            self.chain(from.recipe().ok_or_else(wrong_maker)?, &platform.platform).await?;
        chain.refuse_changed(platform)?;
        chain.refuse_unfinished()?;
        let is_fresh = chain.step(VeeaStep::Release, platform, force, desk).await?;
        let prepared = if is_fresh { chain.prepared()? } else { None };
        match prepared {
            Some(root) => Ok(MadePlatform::of(root, true)),
            None => Ok(MadePlatform::of(chain.keep(desk).await?, false)),
        }
    }
}
