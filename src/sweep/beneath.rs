//! What was below tags that are gone, where the place does not tell what it
//! stores.

use std::collections::HashSet;

use super::mark::successors;
use crate::{
    model::{Descriptor, Failure, Tag},
    ports::{Shelf, Stored},
};

/// How many manifests there may be below one tag, with all that is about them.
const LIMIT: usize = 10_000;

/// The manifests below `removed` and what is about them, each after all that
/// refers to it.
///
/// # Errors
///
/// Fails where one cannot be read that may be there.
pub async fn beneath(shelf: &dyn Shelf, removed: &[Descriptor]) -> Result<Vec<Stored>, Failure> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    let mut level: Vec<Descriptor> = removed.to_vec();
    while !level.is_empty() && found.len() < LIMIT {
        let mut next = Vec::new();
        for node in level.into_iter().filter(Descriptor::is_manifest) {
            if !seen.insert(node.digest.clone()) {
                continue;
            }
            next.extend(successors(shelf, &node).await?);
            next.extend(shelf.attached(&node.digest).await?.into_iter().map(|about| about.node));
            // The list of what is about it is a manifest too.
            next.extend(shelf.resolve(&Tag::about(&node.digest, "")).await?);
            found.push(Stored {
                key: node.digest.to_string(),
                size: node.size,
                age: None,
                needed_by: Some(node.digest),
            });
        }
        level = next;
    }
    Ok(found)
}
