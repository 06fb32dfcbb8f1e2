//! Platforms that a tag has now and will not have: told before it moves.

use crate::{
    model::{Descriptor, Failure, Joining, Node, Origin, Platform, SinkName},
    plan::{Plan, PlannedArtifact, TagMove, TagTarget, Work},
    ports::{Places, Shelf, read_node},
};

/// A line for a tag that names the index `now`, where that has platforms that
/// the plan does not release, as when it is for some platforms only.
///
/// # Errors
///
/// Fails where what the tag names, or will name, cannot be read.
pub(super) async fn losses(
    places: &dyn Places,
    shelf: &dyn Shelf,
    plan: &Plan,
    (sink, tag): (&SinkName, &TagMove),
    now: &Descriptor,
) -> Result<Option<String>, Failure> {
    let Some(artifact) = released(plan, tag).filter(|_| now.is_index()) else {
        return Ok(None);
    };
    let theirs = platforms(shelf, now).await?;
    let ours = match &artifact.from {
        Origin::Published(from) => {
            let source = places.shelf(from.place()?, from.kind, &from.repository)?;
            platforms(&*source, &from.root).await?
        }
        _ => artifact.platforms.iter().map(|of| of.platform.clone()).collect(),
    };
    // What says of no platform what it is for loses none that can be named.
    if ours.is_empty() {
        return Ok(None);
    }
    let is_lost = |of: &&Platform| !ours.iter().any(|ours| ours.is_same(of));
    let lost: Vec<_> = theirs.iter().filter(is_lost).map(ToString::to_string).collect();
    let (name, platforms) = (&tag.name, lost.join(", "));
    Ok((!lost.is_empty())
        .then(|| format!("`{name}` at {sink} loses {platforms}, which this run does not release")))
}

/// The platforms that an image is for, as what names it says.
async fn platforms(shelf: &dyn Shelf, root: &Descriptor) -> Result<Vec<Platform>, Failure> {
    if !root.is_index() {
        return Ok(root.platform.iter().cloned().collect());
    }
    let Node::Index(index) = read_node(shelf, root).await? else { return Ok(Vec::new()) };
    let images = index.manifests.iter().filter(|of| !of.is_attestation());
    Ok(images.filter_map(|of| of.platform.clone()).collect())
}

/// The artifact that a tag's index is made of; none where it has the platforms of
/// others besides, as it has wherever there is a shelf.
fn released<'p>(plan: &'p Plan, tag: &TagMove) -> Option<&'p PlannedArtifact> {
    let TagTarget::Job(job) = tag.to else { return None };
    let Work::Join { artifact, .. } = &plan.job(job)?.work else { return None };
    Some(plan.artifact(artifact)).filter(|artifact| artifact.joining != Joining::Merged)
}
