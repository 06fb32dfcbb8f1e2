//! What is worth knowing of tags before they move: told of a release before it
//! begins, and of a run of the past before it goes on. A preflight that is still
//! to be done tells its own.

use std::collections::HashMap;

use crate::{
    app::wiring::services::Services,
    engine::notices,
    model::{Descriptor, SinkName, TagName},
    plan::{Named, Plan, TagMove, Work},
    ports::Places,
    run::Run,
};

/// The lines for the tags that `plan` would move from what is `named` now.
pub(crate) async fn foreseen(services: &Services, plan: &Plan, named: &Named) -> Vec<String> {
    let places = services.places_to_look();
    let mut lines = Vec::new();
    for (sink, moves) in plan.jobs().iter().filter_map(|job| moves(&job.work)) {
        let now = |tag: &TagMove| {
            let seen = named.get(&(sink.clone(), tag.name.clone()))?;
            let now = seen.target.as_ref()?;
            (seen.after.as_ref() != Some(&now.digest)).then(|| now.clone())
        };
        lines.extend(notices(&places, plan, sink, moves, now).await);
    }
    lines
}

/// The lines for the tags that `run` has not moved yet.
pub(crate) async fn told(services: &Services, run: &Run) -> Vec<String> {
    let places = services.places_to_look();
    let mut lines = Vec::new();
    let left = run.plan().jobs().iter().filter(|job| !run.is_done(job.id));
    for (sink, moves) in left.filter_map(|job| moves(&job.work)) {
        if has_looked(run, sink) {
            let named = named(&places, run, sink, moves).await;
            let now = |tag: &TagMove| named.get(&tag.name).cloned();
            lines.extend(notices(&places, run.plan(), sink, moves, now).await);
        }
    }
    lines
}

fn moves(work: &Work) -> Option<(&SinkName, &[TagMove])> {
    match work {
        Work::Tag { sink, moves } => Some((sink, moves)),
        _ => None,
    }
}

fn has_looked(run: &Run, at: &SinkName) -> bool {
    let is_its = |work: &Work| matches!(work, Work::Preflight { sink, .. } if sink == at);
    let mut preflights = run.plan().jobs().iter().filter(|job| is_its(&job.work));
    preflights.all(|job| run.is_done(job.id))
}

/// What the tags name now. What cannot be asked is left out, since the run itself
/// asks it.
async fn named<'m>(
    places: &dyn Places,
    run: &Run,
    sink: &SinkName,
    moves: &'m [TagMove],
) -> HashMap<&'m TagName, Descriptor> {
    let mut named = HashMap::new();
    for TagMove { name, .. } in moves {
        let now = async {
            let Some(spec) = run.plan().sink(sink) else { return Ok(None) };
            places.shelf(spec, name.kind, &name.repository)?.resolve(&name.tag).await
        };
        match now.await {
            Ok(now) => named.extend(now.map(|now| (name, now))),
            Err(failure) => tracing::info!("{name} at {sink}: {failure}"),
        }
    }
    named
}
