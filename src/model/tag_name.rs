//! A tag in its repository.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    ArtifactKind,
    reference::{Repository, Tag},
};

/// A tag of a repository at some sink. A bucket holds images and files in two
/// layouts, so the kind is part of the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TagName {
    /// What it names.
    pub kind: ArtifactKind,
    /// The repository.
    pub repository: Repository,
    /// The tag.
    pub tag: Tag,
}

impl fmt::Display for TagName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::entry_name(&self.repository, &self.tag))
    }
}
