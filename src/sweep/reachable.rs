//! What is reached from what goes.

use crate::model::{Descriptor, Tag};

/// Something that is reached from a tag that is removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// What it is.
    pub node: Descriptor,
    /// The tag that it was reached from first; none: the tag is not known.
    pub of: Option<Tag>,
    /// What it is, for people, such as `image 1.0 linux/amd64`.
    pub what: String,
    /// What it is about, and the tag that it lies under.
    pub about: Option<(Descriptor, Option<Tag>)>,
    /// On how many ways that lead to what is about something it was reached,
    /// and how far from the tag.
    pub(super) rank: (usize, usize),
}

impl Reached {
    /// Whether it is about what is about something, and so on, and how often.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.rank.0
    }
}
