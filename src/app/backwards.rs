//! Moving tags that a run of the past would move back to an older version:
//! told before it goes on. A preflight that is still to be done tells its own.

use super::World;
use crate::{
    engine::{goes_back, moving},
    model::{Failure, SinkName, Tag},
    plan::{TagMove, Work},
    ports::Places,
    run::Run,
};

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
