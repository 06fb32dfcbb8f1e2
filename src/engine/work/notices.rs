//! What is worth knowing of tags before they move: to an older version, or to
//! fewer platforms than they have.

use super::{
    downgrades::{goes_back, moving},
    losses::losses,
};
use crate::{
    model::{Descriptor, Failure, SinkName},
    plan::{Plan, TagMove},
    ports::Places,
};

/// The lines that tell it of the `moves` at `sink`; `now` tells what a tag names,
/// where it names something else than it will. What cannot be read is left out:
/// the tag moves from it, whatever it is.
pub async fn notices(
    places: &dyn Places,
    plan: &Plan,
    sink: &SinkName,
    moves: &[TagMove],
    now: impl Fn(&TagMove) -> Option<Descriptor>,
) -> Vec<String> {
    let Some(spec) = plan.sink(sink) else { return Vec::new() };
    let shelf = |tag: &TagMove| places.shelf(spec, tag.name.kind, &tag.name.repository);
    let mut lines = Vec::new();
    let mut tell = |tag: &TagMove, told: Result<Option<String>, Failure>| match told {
        Ok(line) => lines.extend(line),
        Err(failure) => tracing::info!("{} at {sink}: {failure}", tag.name),
    };
    for (tag, ours) in moving(moves) {
        let Some(now) = now(tag) else { continue };
        let told = async { goes_back(&*shelf(tag)?, sink, tag, &now, ours).await };
        tell(tag, told.await);
    }
    for tag in moves {
        let Some(now) = now(tag) else { continue };
        let told = async { losses(places, &*shelf(tag)?, plan, (sink, tag), &now).await };
        tell(tag, told.await);
    }
    lines
}
