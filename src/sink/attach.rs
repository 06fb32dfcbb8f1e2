//! What is about a manifest, put where it is found by it.

use std::sync::Arc;

use async_trait::async_trait;

use super::in_memory::InMemory;
use crate::{
    model::{Descriptor, Failure, FailureKind, Node, Side, Tag, layer_list},
    ports::{Desk, Output, Shelf, Swap, read_node},
};

/// A repository where tags are made from digests.
#[async_trait]
pub(super) trait TaggedAbout: Shelf {
    /// Moves one tag, by the law of all tags.
    async fn move_tag(&self, swap: Swap, output: &Output) -> Result<(), Failure>;
}

/// Sees to it that `tag`, which is made from a digest, names `node` or
/// something that has all that `node` has. cosign keeps all signatures of one
/// manifest as the layers of another, so where each of two such lists has what
/// the other lacks, the tag gets a list of both.
///
/// # Errors
///
/// Fails as [`FailureKind::Conflict`] where each has what the other lacks, and
/// one of them is no such list.
pub(super) async fn tagged(
    place: &impl TaggedAbout,
    tag: &Tag,
    node: &Descriptor,
    output: &Output,
) -> Result<(), Failure> {
    let moving = |from: Option<&Descriptor>, to: &Descriptor| Swap {
        tag: tag.clone(),
        expected: from.map(|from| from.digest.clone()),
        to: Some(to.clone()),
        rank: None,
    };
    let Some(now) = place.resolve(tag).await? else {
        return place.move_tag(moving(None, node), output).await;
    };
    if now.digest == node.digest {
        return Ok(());
    }
    let both = (read_node(place, &now).await?, read_node(place, node).await?);
    let (Node::Manifest(theirs), Node::Manifest(ours)) = both else {
        return Err(conflict(tag, &now, node));
    };
    let all = joined(&theirs.layers, &ours.layers);
    if joined(&ours.layers, &theirs.layers).len() == ours.layers.len() {
        return place.move_tag(moving(Some(&now), node), output).await;
    }
    if all.len() == theirs.layers.len() {
        return Ok(());
    }
    if !layer_list::is_listing(&theirs) || !layer_list::is_listing(&ours) {
        return Err(conflict(tag, &now, node));
    }
    let desk = Desk { output: output.clone(), ..Desk::default() };
    let [config, list] = layer_list::listing(all);
    let named = list.0.clone();
    for (node, bytes) in [config, list] {
        place.push(&node, Arc::new(InMemory(bytes)), &desk).await?;
    }
    place.move_tag(moving(Some(&now), &named), output).await
}

/// The layers of one list, and those of another that it lacks.
fn joined(one: &[Descriptor], other: &[Descriptor]) -> Vec<Descriptor> {
    // What is signed may be the same, and signed by others.
    let is = |of: &Descriptor, other: &Descriptor| {
        of.digest == other.digest && of.annotations == other.annotations
    };
    let lacks = other.iter().filter(|of| !one.iter().any(|known| is(known, of)));
    one.iter().chain(lacks).cloned().collect()
}

fn conflict(tag: &Tag, now: &Descriptor, node: &Descriptor) -> Failure {
    let why =
        format!("`{tag}` names {}, parts of which are missing in {}", now.digest, node.digest);
    Failure::new(FailureKind::Conflict, Side::Sink, why)
        .hint("both belong to the same image, but differ; remove one of them")
}
