//! What is to go.

use crate::model::{ArtifactKind, Descriptor, Tag};

/// What tags named that are removed, and the tags that were there besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// What lies there.
    pub kind: ArtifactKind,
    /// What they named, each with its tag, where that is known.
    pub roots: Vec<(Option<Tag>, Descriptor)>,
    /// The tags that named something when it was chosen what goes, and stay.
    pub stay: Vec<Tag>,
    /// The tags that named nothing then.
    pub dead: Vec<Tag>,
}

impl Gone {
    /// What is removed, the first of it under these tags, in the same order.
    #[must_use]
    pub fn named(kind: ArtifactKind, removed: &[Descriptor], tags: &[Tag]) -> Self {
        let names = tags.iter().cloned().map(Some).chain(std::iter::repeat(None));
        let roots = names.zip(removed.iter().cloned()).collect();
        Self { kind, roots, stay: Vec::new(), dead: Vec::new() }
    }

    /// The tags that are removed.
    pub(super) fn tags(&self) -> Vec<Tag> {
        self.roots.iter().filter_map(|(tag, _)| tag.clone()).collect()
    }
}
