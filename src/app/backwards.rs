//! Moving tags that go back to an older version: told of a release before it
//! begins, and of a run of the past before it goes on. A preflight that is still
//! to be done tells its own.

use super::World;
use crate::{
    engine::{goes_back, moving},
    model::{Failure, SinkName, Tag},
    plan::{Named, Plan, TagMove, Work},
    ports::Places,
    run::Run,
};

/// A line for each moving tag that names a newer version now than `plan` would
/// have it name. What cannot be asked is left out, as in the preflight.
pub(super) async fn foreseen(world: &World, plan: &Plan, named: &Named) -> Vec<String> {
    let places = world.places_to_look();
    let mut lines = Vec::new();
    for job in plan.jobs() {
        let Work::Tag { sink, moves } = &job.work else { continue };
        for (tag, ours) in moving(moves) {
            let seen = named.get(&(sink.clone(), tag.name.clone()));
            let changes = seen.and_then(|seen| {
                let now = seen.target.as_ref()?;
                (seen.after.as_ref() != Some(&now.digest)).then_some(now)
            });
            let (Some(now), Some(spec)) = (changes, plan.sink(sink)) else { continue };
            let told = async {
                let shelf = places.shelf(spec, tag.name.kind, &tag.name.repository)?;
                goes_back(&*shelf, sink, tag, now, ours).await
            };
            match told.await {
                Ok(line) => lines.extend(line),
                Err(failure) => tracing::info!("{} at {sink}: {failure}", tag.name),
            }
        }
    }
    lines
}

/// A line for each moving tag that names a newer version now than `run` would
/// have it name. What cannot be asked is left out, since the run itself asks it.
pub(super) async fn told(world: &World, run: &Run) -> Vec<String> {
    let mut lines = Vec::new();
    for job in run.plan().jobs().iter().filter(|job| !run.is_done(job.id)) {
        let Work::Tag { sink, moves } = &job.work else { continue };
        if !has_looked(run, sink) {
            continue;
        }
        for (tag, ours) in moving(moves) {
            match look(world, run, sink, tag, ours).await {
                Ok(line) => lines.extend(line),
                Err(failure) => tracing::info!("{} at {sink}: {failure}", tag.name),
            }
        }
    }
    lines
}

fn has_looked(run: &Run, at: &SinkName) -> bool {
    let is_its = |work: &Work| matches!(work, Work::Preflight { sink, .. } if sink == at);
    let mut preflights = run.plan().jobs().iter().filter(|job| is_its(&job.work));
    preflights.all(|job| run.is_done(job.id))
}

async fn look(
    world: &World,
    run: &Run,
    sink: &SinkName,
    tag: &TagMove,
    ours: &Tag,
) -> Result<Option<String>, Failure> {
    let Some(spec) = run.plan().sink(sink) else { return Ok(None) };
    let name = &tag.name;
    let shelf = world.places_to_look().shelf(spec, name.kind, &name.repository)?;
    match shelf.resolve(&name.tag).await? {
        Some(now) => goes_back(&*shelf, sink, tag, &now, ours).await,
        None => Ok(None),
    }
}
