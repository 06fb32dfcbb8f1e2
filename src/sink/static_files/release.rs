//! What a tag holds, as the index and the manifests that describe it.
//!
//! They are made from the documents and from what is known of each file, in
//! the form in which a tree of files becomes an artifact; so a release that
//! was published from a tree has the digest that the tree has.

use crate::{
    model::{Descriptor, Digest, Index, Manifest, Tag},
    sink::objects::ObjectVersion,
};

/// A release as it is found under a tag.
pub(in crate::sink) struct FilesRelease {
    pub(super) tag: Tag,
    /// Which writing of its document that is.
    pub(super) version: ObjectVersion,
    pub(super) index: Index,
    pub(super) manifests: Vec<Manifest>,
    /// The files, each with its platform and its path.
    pub(super) files: Vec<Descriptor>,
}

impl FilesRelease {
    /// The bytes of its index or of one of its manifests.
    pub(in crate::sink) fn document(&self, digest: &Digest) -> Option<&[u8]> {
        if self.index.descriptor().digest == *digest {
            return Some(self.index.raw());
        }
        let is_it = |manifest: &&Manifest| manifest.descriptor().digest == *digest;
        self.manifests.iter().find(is_it).map(Manifest::raw)
    }
}
