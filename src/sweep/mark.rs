//! What the tags of a place need.

use std::collections::{BTreeMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Side, Tag},
    ports::{Inventory, Shelf, all_tags, read_node, resolve_all},
};

/// How many manifests are read at once.
const PARALLEL: usize = 8;
/// How deep indexes may be nested, and what is about what is about.
const DEPTH: usize = 16;

/// What is needed.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// What each tag named.
    pub tags: BTreeMap<Tag, Digest>,
    /// The digests of all that is needed.
    pub needed: HashSet<Digest>,
}

/// Marks what all tags but `gone` need, and what else the inventory says.
///
/// # Errors
///
/// Fails where anything cannot be read that may be there.
pub async fn mark(
    shelf: &dyn Shelf,
    gone: &[Tag],
    inventory: Option<&Inventory>,
) -> Result<Marks, Failure> {
    let mut tags = all_tags(shelf).await?.unwrap_or_default();
    // What a derived tag names is needed if what it is about is.
    tags.retain(|tag| !gone.contains(tag) && tag.subject().is_none());
    let mut marks = Marks::default();
    let mut roots: Vec<Descriptor> =
        inventory.into_iter().flat_map(|inventory| inventory.roots.clone()).collect();
    for (tag, root) in resolve_all(shelf, tags).await? {
        marks.tags.insert(tag, root.digest.clone());
        roots.push(root);
    }
    walk(shelf, roots, inventory, &mut marks.needed).await?;
    Ok(marks)
}

/// Marks all below `level`, one level after another.
pub(super) async fn walk(
    shelf: &dyn Shelf,
    mut level: Vec<Descriptor>,
    inventory: Option<&Inventory>,
    needed: &mut HashSet<Digest>,
) -> Result<(), Failure> {
    for _ in 0..DEPTH {
        let new: Vec<Descriptor> =
            level.into_iter().filter(|node| needed.insert(node.digest.clone())).collect();
        if new.is_empty() {
            return Ok(());
        }
        let below: Vec<Vec<Descriptor>> = stream::iter(new)
            .map(async |node| below(shelf, &node, inventory).await)
            .buffer_unordered(PARALLEL)
            .try_collect()
            .await?;
        level = below.into_iter().flatten().collect();
    }
    let why = format!("something lies more than {DEPTH} manifests deep");
    Err(Failure::new(FailureKind::Invalid, Side::Sink, why))
}

/// What `node` refers to, and what there is about it.
async fn below(
    shelf: &dyn Shelf,
    node: &Descriptor,
    inventory: Option<&Inventory>,
) -> Result<Vec<Descriptor>, Failure> {
    if !node.is_manifest() {
        return Ok(Vec::new());
    }
    let mut below = successors(shelf, node).await?;
    if inventory.is_some_and(|inventory| inventory.subjects.contains(&node.digest)) {
        below.extend(shelf.attached(&node.digest).await?.into_iter().map(|about| about.node));
    }
    Ok(below)
}

/// What `node` refers to; nothing where it is not there.
pub(super) async fn successors(
    shelf: &dyn Shelf,
    node: &Descriptor,
) -> Result<Vec<Descriptor>, Failure> {
    match read_node(shelf, node).await {
        Ok(parsed) => Ok(parsed.successors()),
        Err(failure) if failure.kind == FailureKind::NotFound => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}
