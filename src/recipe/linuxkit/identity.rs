//! What a package is called.

use super::name::ImageName;
use crate::model::Tag;

/// What a package is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageName {
    /// The name of its image.
    pub name: ImageName,
    /// Its tag, without an architecture.
    pub tag: Tag,
}

impl PackageName {
    /// What `show-tag` prints: `linuxkit/init:0123…`.
    #[must_use]
    pub fn reference(&self) -> String {
        self.name.with(&self.tag)
    }

    /// The same with its registry.
    #[must_use]
    pub fn canonical(&self) -> String {
        self.name.canonical(&self.tag)
    }
}
