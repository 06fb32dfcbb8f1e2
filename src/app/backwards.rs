//! Moving tags that a run of the past would move back to an older version:
//! told before it goes on.

use super::World;
use crate::{
    browse::Age,
    model::{Digest, Failure, Repository, SinkName, Tag},
    plan::{TagMove, TagTarget, Work},
    ports::{Places, Sweeper, all_tags, resolve_all},
    run::Run,
};

/// How many newer versions are looked at for what a tag names now.
const VERSIONS: usize = 20;

/// A line for each moving tag that names a newer version now than `run` would
/// have it name. What cannot be asked is left to the preflight, which says so.
pub(super) async fn told(world: &World, run: &Run) -> Vec<String> {
    let mut lines = Vec::new();
    for job in run.plan().jobs().iter().filter(|job| !run.is_done(job.id)) {
        let Work::Tag { sink, moves } = &job.work else { continue };
        for tag in moves.iter().filter(|tag| is_moving(tag)) {
            let Some(ours) = version(moves, &tag.name.repository) else { continue };
            match newer(world, run, sink, tag, ours).await {
                Ok(Some(theirs)) => lines.push(format!(
                    "`{}` at {sink} goes back: it names {theirs} now, and this run is {ours}",
                    tag.name
                )),
                Ok(None) => {}
                Err(failure) => tracing::info!("{} at {sink}: {failure}", tag.name),
            }
        }
    }
    lines
}

fn is_moving(tag: &TagMove) -> bool {
    tag.to != TagTarget::Nothing && !Age::is_version(tag.name.tag.as_str())
}

/// The newest version that is released to a repository.
fn version<'m>(moves: &'m [TagMove], repository: &Repository) -> Option<&'m Tag> {
    let here = moves.iter().map(|of| &of.name).filter(|name| name.repository == *repository);
    let versions = here.map(|name| &name.tag).filter(|tag| Age::is_version(tag.as_str()));
    versions.max_by_key(|tag| Age::of(tag.as_str()))
}

/// The version that a tag names now, where that is newer than `ours`.
async fn newer(
    world: &World,
    run: &Run,
    sink: &SinkName,
    tag: &TagMove,
    ours: &Tag,
) -> Result<Option<Tag>, Failure> {
    let Some(spec) = run.plan().sink(sink) else { return Ok(None) };
    let name = &tag.name;
    let shelf = world.places_to_look().shelf(spec, name.kind, &name.repository)?;
    match shelf.resolve(&name.tag).await? {
        Some(now) => newest_named(&*shelf, &now.digest, ours).await,
        None => Ok(None),
    }
}

async fn newest_named(
    shelf: &dyn Sweeper,
    digest: &Digest,
    ours: &Tag,
) -> Result<Option<Tag>, Failure> {
    let is_newer =
        |tag: &Tag| Age::is_version(tag.as_str()) && Age::of(tag.as_str()) > Age::of(ours.as_str());
    let mut newer = all_tags(shelf).await?.unwrap_or_default();
    newer.retain(is_newer);
    newer.sort_by_cached_key(|tag| std::cmp::Reverse(Age::of(tag.as_str())));
    newer.truncate(VERSIONS);
    let named = resolve_all(shelf, newer).await?;
    Ok(named.into_iter().find(|(_, of)| of.digest == *digest).map(|(tag, _)| tag))
}
