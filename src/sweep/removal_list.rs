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
    /// The tags that are removed.
    pub(super) fn tags(&self) -> Vec<Tag> {
        self.roots.iter().filter_map(|(tag, _)| tag.clone()).collect()
    }
}
