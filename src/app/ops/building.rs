//! What builds need, settled before a run: engines that can build for their
//! platforms, and secrets.

use std::sync::PoisonError;

use super::{
    pending_archives,
    pending_build::{PendingBuild, engines},
};
use crate::{
    app::wiring::services::Services,
    error::Error,
    model::{ArtifactKind, Failure, Origin, Platform, ReleasePlatform},
    plan::Work,
    ports::Surveyed,
    run::Run,
};

/// Sees to it that all builds that are left of `run` can begin. Tells of all
/// that is wrong, not of the first alone.
pub(crate) async fn ready(services: &Services, run: &Run) -> Result<(), Error> {
    let archives = Box::pin(pending_archives::pending(services, run)).await?;
    let mut pending = pending(services, run).await?;
    pending.extend(archives.iter().filter_map(pending_archives::PendingArchive::build));
    let mut failures = engines(&pending, &services.environment).await;
    let secrets = services.secrets_of(run);
    failures.extend(pending_archives::open(services, &archives, &secrets).await);
    for PendingBuild { recipe, .. } in &pending {
        for (id, sources) in &recipe.secrets {
            let what = format!("the secret `{id}` of {recipe}");
            match secrets.find(&what, sources).await {
                Ok(secret) => {
                    let mut open =
                        services.build_secrets.lock().unwrap_or_else(PoisonError::into_inner);
                    open.insert(sources.clone(), secret);
                }
                Err(failure) => failures.push(failure),
            }
        }
    }
    failures.dedup();
    if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
}

/// What recipes are built from now, each looked at once for all its platforms.
pub(crate) struct Looks<'r> {
    services: &'r Services,
    seen: Vec<(&'r Origin, Surveyed)>,
}

impl<'r> Looks<'r> {
    pub(crate) fn new(services: &'r Services) -> Self {
        Self { services, seen: Vec::new() }
    }

    /// One platform of what is built from `from`.
    pub(crate) async fn at(
        &mut self,
        from: &'r Origin,
        platform: &Platform,
    ) -> Result<Option<&ReleasePlatform>, Failure> {
        let known = self.seen.iter().position(|(of, _)| *of == from);
        let place = if let Some(place) = known {
            place
        } else {
            let found = self.services.makers.of(from)?.survey(from).await?;
            self.seen.push((from, found));
            self.seen.len() - 1
        };
        Ok(self.seen[place].1.platforms.iter().find(|of| of.platform == *platform))
    }
}

/// The builds that are neither done nor in the store.
async fn pending<'r>(
    services: &'r Services,
    run: &'r Run,
) -> Result<Vec<PendingBuild<'r>>, Failure> {
    let (mut pending, mut looks) = (Vec::new(), Looks::new(services));
    for job in run.plan().jobs() {
        let Work::Make { artifact, platform, .. } = &job.work else { continue };
        let planned = run.plan().artifact(artifact);
        let Some(builder) = run.plan().builder(artifact, platform) else { continue };
        let Origin::Recipe(recipe) = &planned.from else { continue };
        if run.is_done(job.id) || run.plan().is_shared(job) || recipe.kind != ArtifactKind::Image {
            continue;
        }
        let is_prepared = !run.plan().force
            && looks.at(&planned.from, platform).await?.is_some_and(|of| of.prepared.is_some());
        if !is_prepared {
            pending.push(PendingBuild { recipe, platform, builder });
        }
    }
    Ok(pending)
}
