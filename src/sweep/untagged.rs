//! What is about content that no tag names any more, and goes with it.

use std::collections::HashSet;

use super::{Reached, graph::ReferenceGraph};
use crate::{
    model::{ArtifactKind, Digest, Failure},
    ports::InventoryItem,
};

impl ReferenceGraph<'_> {
    /// What of `stored`, which goes, is about something that no removed tag led
    /// to, with what it consists of; each after all that refers to it. What
    /// cannot be understood is about nothing.
    pub(super) async fn untagged(
        &self,
        kind: ArtifactKind,
        stored: &[InventoryItem],
        known: &HashSet<Digest>,
    ) -> Result<Vec<Reached>, Failure> {
        let Some(subjects) = self.subjects else { return Ok(Vec::new()) };
        let going: HashSet<&Digest> =
            stored.iter().filter_map(|of| of.needed_by.as_ref()).collect();
        let is_new = |of: &&Digest| going.contains(of) && !known.contains(*of);
        let mut subjects: Vec<&Digest> = subjects.iter().filter(is_new).collect();
        subjects.sort();
        let (mut all, mut seen) = (Vec::new(), HashSet::new());
        for subject in subjects {
            let Some(root) = self.describe(subject).await? else { continue };
            let found = match self.removed(kind, vec![(None, root)]).await {
                Ok(found) => found.in_order(),
                Err(failure) if failure.is_transient() => return Err(failure),
                Err(_) => continue,
            };
            all.extend(found.into_iter().filter(|of| {
                let goes = of.depth() > 0 && going.contains(&of.node.digest);
                goes && seen.insert(of.node.digest.clone())
            }));
        }
        Ok(all)
    }
}
