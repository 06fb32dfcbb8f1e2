//! What was agreed to is what is done: the plan that was shown, while its tags
//! name what they named then.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{history, run::Task};
use crate::{
    app::wiring::services::Services,
    engine::moved,
    error::Error,
    model::{Digest, Failure, SinkName, TagName},
    plan::{Expected, Named, Plan, TagMove, TagTarget},
    ports::Places,
};

/// How many tags are looked at at once.
const PARALLEL: usize = 8;

/// The plan in which each tag must name what it names now. What `known` tells
/// was shown; the others are looked at.
pub(crate) async fn bound(services: &Services, plan: Plan, known: &Named) -> Result<Plan, Error> {
    let places = services.places(&plan);
    let is_open = |(sink, tag): &(&SinkName, &TagMove)| {
        tag.expected.is_none() && !known.contains_key(&((*sink).clone(), tag.name.clone()))
    };
    let looks: Vec<_> = plan.moves().filter(is_open).map(|at| look(&places, at)).collect();
    let looked: Vec<_> = stream::iter(looks).buffered(PARALLEL).try_collect().await?;
    let looked: HashMap<(SinkName, TagName), Expected> = looked.into_iter().collect();
    let now = |sink: &SinkName, name: &TagName| {
        let key = (sink.clone(), name.clone());
        let shown = known.get(&key).map(|tag| Expected::of(tag.target.as_ref()));
        shown.or_else(|| looked.get(&key).cloned())
    };
    Ok(plan.bound(now))
}

/// A run of a plan that was agreed to.
pub(crate) async fn task(services: &Services, plan: Plan) -> Result<Task, Error> {
    refuse_moved(services, &plan).await?;
    match plan.undoes.clone() {
        Some(run) => history::undoing_as(services, &run, plan).await,
        None => Task::new(services, plan).await,
    }
}

/// Fails where a tag names neither what it must name before it moves nor what
/// it will name.
pub(crate) async fn refuse_moved(services: &Services, plan: &Plan) -> Result<(), Error> {
    let places = services.places(plan);
    let looks: Vec<_> = plan
        .moves()
        .filter_map(|at| Some((at, at.1.expected.as_ref()?)))
        .map(async |(at, expected)| {
            let ((sink, name), now) = look(&places, at).await?;
            let is_right = now == *expected || is_after(at.1, now.digest());
            let wrong = || moved(&format!("`{name}` at `{sink}`"), now.digest());
            Ok::<_, Failure>((!is_right).then(wrong))
        })
        .collect();
    let looked: Vec<_> = stream::iter(looks).buffered(PARALLEL).try_collect().await?;
    let hint = "nothing was done; check what it names now, and confirm again";
    let moved: Vec<Failure> = looked.into_iter().flatten().map(|of| of.hint(hint)).collect();
    if moved.is_empty() { Ok(()) } else { Err(moved.into()) }
}

/// Whether that is what the tag is to name.
fn is_after(tag: &TagMove, now: Option<&Digest>) -> bool {
    match &tag.to {
        TagTarget::Nothing => now.is_none(),
        TagTarget::Content(to) => now == Some(&to.digest),
        TagTarget::Job(_) => false,
    }
}

async fn look(
    places: &dyn Places,
    (sink, tag): (&SinkName, &TagMove),
) -> Result<((SinkName, TagName), Expected), Failure> {
    let TagName { kind, repository, tag: of } = &tag.name;
    let found = async { places.open(sink, *kind, repository)?.resolve(of).await };
    let found = found.await.map_err(|failure| failure.context(format!("sink `{sink}`")))?;
    Ok(((sink.clone(), tag.name.clone()), Expected::of(found.as_ref())))
}
