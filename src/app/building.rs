//! What builds need, settled before a run: engines that can build for their
//! platforms, and secrets.

use std::sync::PoisonError;

use futures_util::future::join_all;

use super::World;
use crate::{
    build,
    error::Error,
    model::{Builder, Failure, Origin, Platform, Recipe},
    plan::Work,
    run::Run,
};

/// A build that is still to be done.
struct Pending<'r> {
    recipe: &'r Recipe,
    platform: &'r Platform,
    builder: &'r Builder,
}

/// Sees to it that all builds that are left of `run` can begin. Tells of all
/// that is wrong, not of the first alone.
pub(super) async fn ready(world: &World, run: &Run) -> Result<(), Error> {
    let pending = pending(world, run).await?;
    let mut failures = engines(&pending).await;
    let secrets = world.secrets_of(run);
    for Pending { recipe, .. } in &pending {
        for (id, sources) in recipe.secrets() {
            let what = format!("the secret `{id}` of {recipe}");
            match secrets.find(&what, sources).await {
                Ok(secret) => {
                    let mut open =
                        world.build_secrets.lock().unwrap_or_else(PoisonError::into_inner);
                    open.insert(sources.clone(), secret);
                }
                Err(failure) => failures.push(failure),
            }
        }
    }
    failures.dedup();
    if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
}

/// The builds that are neither done nor in the store.
async fn pending<'r>(world: &World, run: &'r Run) -> Result<Vec<Pending<'r>>, Failure> {
    let mut pending = Vec::new();
    for job in run.plan().jobs() {
        let Work::Make { artifact, platform, .. } = &job.work else { continue };
        let planned = run.plan().artifact(artifact);
        let (Some(planned), Some(builder)) = (planned, run.plan().builder(artifact, platform))
        else {
            continue;
        };
        let Origin::Build { recipe, .. } = &planned.from else { continue };
        let is_prepared = async || {
            let found = world.makers.of(&planned.from)?.survey(&planned.from).await?;
            let of = found.platforms.into_iter().find(|of| of.platform == *platform);
            Ok::<_, Failure>(of.is_some_and(|of| of.prepared.is_some()))
        };
        if !run.is_done(job.id) && (run.plan().force || !is_prepared().await?) {
            pending.push(Pending { recipe, platform, builder });
        }
    }
    Ok(pending)
}

/// Asks each engine once whether it builds what it is to build.
async fn engines(pending: &[Pending<'_>]) -> Vec<Failure> {
    let mut asked: Vec<(&Builder, Vec<(&Recipe, &Platform)>)> = Vec::new();
    for Pending { recipe, platform, builder } in pending {
        match asked.iter_mut().find(|(known, _)| known.engine == builder.engine) {
            Some((_, builds)) => builds.push((recipe, platform)),
            None => asked.push((builder, vec![(recipe, platform)])),
        }
    }
    let checks = asked.iter().map(|(builder, builds)| build::check(builder, builds));
    join_all(checks).await.into_iter().filter_map(Result::err).collect()
}
