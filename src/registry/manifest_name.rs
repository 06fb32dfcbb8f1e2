//! How a manifest is asked for.

use crate::model::{Digest, Tag};

/// How a manifest is asked for.
#[derive(Clone, Copy, Debug)]
pub enum ManifestName<'a> {
    /// By what it is.
    Digest(&'a Digest),
    /// By a name that may move.
    Tag(&'a Tag),
}

impl ManifestName<'_> {
    /// The path of the manifest within its repository.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Digest(digest) => format!("manifests/{digest}"),
            Self::Tag(tag) => format!("manifests/{tag}"),
        }
    }

    /// The digest that the content must have.
    pub(super) fn digest(&self) -> Option<&Digest> {
        match self {
            Self::Digest(digest) => Some(digest),
            Self::Tag(_) => None,
        }
    }
}
