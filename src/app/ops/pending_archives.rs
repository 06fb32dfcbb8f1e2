//! What release archives need, settled before a run: an engine that builds for
//! their platforms, and a signer.

use std::sync::{Arc, PoisonError};

use super::pending_build::PendingBuild;
use crate::{
    app::wiring::{sealers, services::Services},
    model::{ArtifactKind, Builder, Failure, Origin, Platform, Recipe, SignerSpec},
    plan::Work,
    ports::Sealer,
    run::Run,
    secret::Secrets,
    veea::{VeeaStep, recipe::VeeaRecipe, unsigned},
};

/// An archive of which some steps are still to be done.
pub(crate) struct PendingArchive<'r> {
    recipe: &'r Recipe,
    image: Recipe,
    platform: &'r Platform,
    builder: Option<&'r Builder>,
    steps: Vec<VeeaStep>,
}

impl PendingArchive<'_> {
    /// The build that is still to be done, if it is.
    pub(crate) fn build(&self) -> Option<PendingBuild<'_>> {
        let builder = self.builder.filter(|_| self.steps.contains(&VeeaStep::Compile))?;
        Some(PendingBuild { recipe: &self.image, platform: self.platform, builder })
    }

    fn is_signed(&self) -> bool {
        let signing = [VeeaStep::Sign, VeeaStep::Metadata, VeeaStep::Release];
        self.steps.iter().any(|step| signing.contains(step))
    }
}

/// The archives of which steps are left that have to be done.
pub(crate) async fn pending<'r>(
    services: &Services,
    run: &'r Run,
) -> Result<Vec<PendingArchive<'r>>, Failure> {
    let mut pending: Vec<PendingArchive<'r>> = Vec::new();
    let plan = run.plan();
    for job in plan.jobs().iter().filter(|job| !run.is_done(job.id)) {
        let Work::Make { artifact, platform, stage: Some(stage), .. } = &job.work else { continue };
        let Origin::Recipe(recipe) = &plan.artifact(artifact).from else { continue };
        if !recipe.is_of::<VeeaRecipe>() {
            continue;
        }
        let known = pending.iter_mut().find(|of| of.recipe == &**recipe && of.platform == platform);
        if let Some(known) = known {
            known.steps.push(VeeaStep::named(stage)?);
            continue;
        }
        pending.push(PendingArchive {
            recipe,
            image: Recipe { kind: ArtifactKind::Image, ..Recipe::clone(recipe) },
            platform,
            builder: plan.builder(artifact, platform),
            steps: vec![VeeaStep::named(stage)?],
        });
    }
    for archive in pending.iter_mut().filter(|_| !plan.force) {
        let stale = services.archives.stale(archive.recipe, archive.platform).await?;
        archive.steps.retain(|step| stale.contains(step));
    }
    Ok(pending)
}

/// Opens the keys of the signers. Returns why that fails.
pub(crate) async fn open(
    services: &Services,
    archives: &[PendingArchive<'_>],
    secrets: &Secrets,
) -> Vec<Failure> {
    let mut failures = Vec::new();
    for archive in archives.iter().filter(|archive| archive.is_signed()) {
        if let Err(failure) = open_signer(services, archive.recipe, secrets).await {
            failures.push(failure);
        }
    }
    failures.dedup();
    failures
}

/// Opens the key of the signer of a recipe.
async fn open_signer(
    services: &Services,
    recipe: &Recipe,
    secrets: &Secrets,
) -> Result<(), Failure> {
    match recipe.signer.as_ref() {
        Some(signer) => match signer.spec() {
            Some(spec) => {
                let opened = open_one(services, spec, secrets).await;
                opened.map_err(|failure| failure.context(format!("signer `{}`", spec.name)))
            }
            // What the configuration lacks was refused before.
            None => Ok(()),
        },
        None if recipe.read::<VeeaRecipe>()?.unauth => Ok(()),
        None => Err(unsigned()),
    }
}

async fn open_one(
    services: &Services,
    spec: &SignerSpec,
    secrets: &Secrets,
) -> Result<(), Failure> {
    let is_open = |open: &Vec<(SignerSpec, Arc<dyn Sealer>)>| open.iter().any(|(of, _)| of == spec);
    let sealers = &services.archives.sealers;
    if is_open(&sealers.lock().unwrap_or_else(PoisonError::into_inner)) {
        return Ok(());
    }
    let sealer = Box::pin(sealers::sealer(services, spec, secrets)).await?;
    let mut open = sealers.lock().unwrap_or_else(PoisonError::into_inner);
    open.push((spec.clone(), sealer));
    Ok(())
}
