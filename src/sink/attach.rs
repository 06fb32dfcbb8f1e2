//! What is about a manifest, put where it is found by it.

use crate::{
    model::{Descriptor, Failure, FailureKind, MANIFEST_LIMIT, Node, Side, Tag},
    ports::{Output, Shelf},
};

/// Sees to it that `tag`, which is made from a digest, names `node` or
/// something that has all that `node` has. cosign keeps all signatures of one
/// manifest as the layers of another.
///
/// # Errors
///
/// Fails as [`FailureKind::Conflict`] where each has what the other lacks.
pub(super) async fn tagged(
    shelf: &dyn Shelf,
    tag: &Tag,
    node: &Descriptor,
    output: &Output,
) -> Result<(), Failure> {
    let Some(now) = shelf.resolve(tag).await? else {
        return shelf.swap(tag, None, Some(node), output).await;
    };
    if now.digest == node.digest {
        return Ok(());
    }
    let (theirs, ours) = (layers(shelf, &now).await?, layers(shelf, node).await?);
    let lacks = |of: &[Descriptor], all: &[Descriptor]| {
        // What is signed may be the same, and signed by others.
        let is = |one: &Descriptor, other: &Descriptor| {
            one.digest == other.digest && one.annotations == other.annotations
        };
        of.iter().any(|one| !all.iter().any(|other| is(one, other)))
    };
    match (lacks(&theirs, &ours), lacks(&ours, &theirs)) {
        (false, _) => shelf.swap(tag, Some(&now.digest), Some(node), output).await,
        (true, false) => Ok(()),
        (true, true) => {
            let why = format!("`{tag}` names {}, which {} lacks parts of", now.digest, node.digest);
            Err(Failure::new(FailureKind::Conflict, Side::Sink, why)
                .hint("both were signed, each otherwise; remove one of the two"))
        }
    }
}

async fn layers(shelf: &dyn Shelf, node: &Descriptor) -> Result<Vec<Descriptor>, Failure> {
    let bytes = shelf.read(node, MANIFEST_LIMIT).await?;
    Ok(match Node::parse(bytes, node.media_type.as_str()) {
        Ok(Node::Manifest(manifest)) => manifest.layers,
        _ => Vec::new(),
    })
}
