//! What the tags of a place need.

use std::collections::{BTreeMap, HashSet};

use super::Gone;
use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Remedy, Side, Tag},
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
    /// The tags that are listed and name nothing.
    lost: Vec<Tag>,
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
        let odd = inventory.into_iter().flat_map(|inventory| &inventory.odd);
        let gone: HashSet<&Tag> = gone.iter().chain(odd).collect();
        let stay = tags.into_iter().filter(|tag| !gone.contains(tag));
        let (derived, tags): (Vec<Tag>, Vec<Tag>) = stay.partition(Tag::is_derived);
        let mut marks = Marks::default();
        let mut nodes: Vec<Descriptor> =
            inventory.into_iter().flat_map(|inventory| inventory.roots.clone()).collect();
        let mut lost = tags.clone();
        for (tag, root) in resolve_all(shelf, tags).await? {
            marks.tags.insert(tag, root.digest.clone());
            nodes.push(root);
        }
        lost.retain(|tag| !marks.tags.contains_key(tag));
        Ok(Self { nodes, derived, lost, marks })
    }

    /// Fails where the list of tags is not known to be whole: it lacks a tag that
    /// is there, or has one that names nothing and did before, or is new. A place
    /// may show late what others wrote.
    pub(super) async fn refuse_lost(&self, place: &dyn Shelf, gone: &Gone) -> Result<(), Failure> {
        let not_known = |why: String| {
            Err(Failure::new(FailureKind::Server, Side::Sink, why).hint(Remedy::SweepAnew))
        };
        let removed = gone.tags();
        let is_settled = |tag: &&Tag| gone.dead.contains(tag) || removed.contains(tag);
        if let Some(tag) = self.lost.iter().find(|tag| !is_settled(tag)) {
            return not_known(format!("`{tag}` is listed, but no longer has content"));
        }
        let missing = gone.stay.iter().filter(|tag| !self.marks.tags.contains_key(tag));
        let missing: Vec<Tag> = missing.filter(|tag| !tag.is_derived()).cloned().collect();
        match (resolve_all(place, missing.clone()).await?.first(), missing.first()) {
            (Some((tag, _)), _) => {
                not_known(format!("`{tag}` exists, but is missing in the list of tags"))
            }
            // It may be a server that is behind; or it went meanwhile.
            (None, Some(tag)) => {
                not_known(format!("`{tag}` was removed after castoff chose what to remove"))
            }
            (None, None) => Ok(()),
        }
    }

    /// The same, where all tags are made from digests: what they are about lies
    /// elsewhere, as where cosign's `COSIGN_REPOSITORY` names this place.
    pub(super) async fn or_derived(mut self, place: &dyn Shelf) -> Result<Self, Failure> {
        if self.marks.tags.is_empty() {
            for (tag, root) in resolve_all(place, std::mem::take(&mut self.derived)).await? {
                self.marks.tags.insert(tag, root.digest.clone());
                self.nodes.push(root);
            }
        }
        Ok(self)
    }
}
