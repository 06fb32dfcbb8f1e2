//! Platforms that a tag has now and will not have: told before it moves.

use crate::{
    model::{Descriptor, Failure, Joining, Node, Platform, ReleasePlatform, SinkName, SinkUrl},
    plan::{Plan, TagMove, TagTarget, Work},
    ports::{Shelf, read_node},
};

/// A line for a tag that names the index `now`, where that has platforms that
/// the plan does not release, as when it is for some platforms only.
///
/// # Errors
///
/// Fails where the index cannot be read.
pub(super) async fn losses(
    shelf: &dyn Shelf,
    plan: &Plan,
    sink: &SinkName,
    tag: &TagMove,
    now: &Descriptor,
) -> Result<Option<String>, Failure> {
    let Some(ours) = released(plan, sink, tag).filter(|_| now.is_index()) else { return Ok(None) };
    let Node::Index(index) = read_node(shelf, now).await? else { return Ok(None) };
    let images = index.manifests.iter().filter(|of| !of.is_attestation());
    let theirs = images.filter_map(|of| of.platform.as_ref());
    let is_lost = |of: &&Platform| !ours.iter().any(|ours| ours.platform.is_same(of));
    let lost: Vec<_> = theirs.filter(is_lost).map(ToString::to_string).collect();
    let (name, platforms) = (&tag.name, lost.join(", "));
    Ok((!lost.is_empty())
        .then(|| format!("`{name}` at {sink} loses {platforms}, which this run does not release")))
}

/// The platforms that a tag's index is made of; none where it has others
/// besides.
fn released<'p>(plan: &'p Plan, sink: &SinkName, tag: &TagMove) -> Option<&'p [ReleasePlatform]> {
    let TagTarget::Job(job) = tag.to else { return None };
    let Work::Join { artifact, .. } = &plan.job(job)?.work else { return None };
    let artifact = plan.artifact(artifact)?;
    let is_merged = artifact.joining == Joining::Merged && merges_at(plan, sink);
    (!is_merged).then_some(artifact.platforms.as_slice())
}

/// Whether an index at `sink` may have the platforms of others besides.
pub(super) fn merges_at(plan: &Plan, sink: &SinkName) -> bool {
    plan.sink(sink).is_some_and(|spec| !matches!(spec.url, SinkUrl::DockerDaemon))
}
