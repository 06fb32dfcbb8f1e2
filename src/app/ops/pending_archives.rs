//! What release archives need, settled before a run: an engine that builds for
//! their platforms, and a signer.

use std::sync::{Arc, PoisonError};

use super::pending_build::PendingBuild;
use crate::{
    app::wiring::{sealers, services::Services},
    model::{Builder, Failure, Origin, Platform, Recipe, SignerSpec, VeeaRecipe},
    plan::Work,
    ports::Sealer,
    run::Run,
    secret::Secrets,
    veea::{VeeaStep, unsigned},
};

/// An archive of which some steps are still to be done.
pub(crate) struct PendingArchive<'r> {
    recipe: &'r VeeaRecipe,
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
        let Some(planned) = plan.artifact(artifact) else { continue };
        let Origin::Veea(recipe) = &planned.from else { continue };
        let known = pending.iter_mut().find(|of| of.recipe == &**recipe && of.platform == platform);
        if let Some(known) = known {
            known.steps.push(VeeaStep::named(stage)?);
            continue;
        }
        pending.push(PendingArchive {
            recipe,
            image: Recipe::Veea(VeeaRecipe::clone(recipe)),
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
        match archive.recipe.signer.as_deref() {
            Some(spec) => {
                if let Err(failure) = open_one(services, spec, secrets).await {
                    failures.push(failure.context(format!("signer `{}`", spec.name)));
                }
            }
            None if archive.recipe.unauth => {}
            None => failures.push(unsigned()),
        }
    }
    failures.dedup();
    failures
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
