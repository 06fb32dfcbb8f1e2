//! What the tags of a place need.

use std::collections::{BTreeMap, HashSet};

use crate::{
    model::{Descriptor, Digest, Failure, Tag},
    ports::{Inventory, Shelf, all_tags, resolve_all},
};

/// What is needed.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// What each tag named.
    pub tags: BTreeMap<Tag, Digest>,
    /// The digests of all that is needed.
    pub needed: HashSet<Digest>,
}

/// Where the walk over what is needed begins.
pub(super) struct Roots {
    /// What is needed by itself.
    pub(super) nodes: Vec<Descriptor>,
    /// The tags that are made from digests: what they name is needed if what
    /// it is about is.
    pub(super) derived: Vec<Tag>,
    /// What the tags name; nothing is marked yet.
    pub(super) marks: Marks,
}

impl Roots {
    /// All tags of `shelf` but `gone`, and what else the inventory says.
    pub(super) async fn of(
        shelf: &dyn Shelf,
        gone: &[Tag],
        inventory: Option<&Inventory>,
    ) -> Result<Self, Failure> {
        let listed = all_tags(shelf).await?.unwrap_or_default();
        let stored = inventory.into_iter().flat_map(|inventory| inventory.tags.clone());
        let tags: HashSet<Tag> = listed.into_iter().chain(stored).collect();
        let gone: HashSet<&Tag> = gone.iter().collect();
        let stay = tags.into_iter().filter(|tag| !gone.contains(tag));
        let (derived, tags): (Vec<Tag>, Vec<Tag>) = stay.partition(Tag::is_derived);
        let mut marks = Marks::default();
        let mut nodes: Vec<Descriptor> =
            inventory.into_iter().flat_map(|inventory| inventory.roots.clone()).collect();
        for (tag, root) in resolve_all(shelf, tags).await? {
            marks.tags.insert(tag, root.digest.clone());
            nodes.push(root);
        }
        Ok(Self { nodes, derived, marks })
    }

    /// The same, where all tags are made from digests: what they are about lies
    /// elsewhere, as where cosign's `COSIGN_REPOSITORY` names this place.
    pub(super) async fn or_derived(mut self, shelf: &dyn Shelf) -> Result<Self, Failure> {
        if self.marks.tags.is_empty() {
            for (tag, root) in resolve_all(shelf, std::mem::take(&mut self.derived)).await? {
                self.marks.tags.insert(tag, root.digest.clone());
                self.nodes.push(root);
            }
        }
        Ok(self)
    }
}
