//! What this process wrote to a registry lately, and how that is remembered.

use super::{client::Client, manifest_name::ManifestName};
use crate::model::{Descriptor, Digest, Repository, Tag};

impl Client {
    /// Whether castoff itself has just written what `node` describes. That a
    /// read does not show it yet is no reason to send it again.
    #[must_use]
    pub fn has_written(&self, repository: &Repository, node: &Descriptor) -> bool {
        let key = self.written_as(repository, ManifestName::Digest(&node.digest));
        matches!(self.recent.written(&key), Some(Some(_)))
    }

    /// Whether this process made a tag name `digest` lately, and nothing else
    /// since.
    #[must_use]
    pub fn made(&self, repository: &Repository, tag: &Tag, digest: &Digest) -> bool {
        let key = self.written_as(repository, ManifestName::Tag(tag));
        self.recent.written(&key).flatten().as_ref() == Some(digest)
    }

    /// Notes what a tag is known to have named, whatever is read next.
    pub fn knew(&self, repository: &Repository, tag: &Tag, named: Option<&Digest>) {
        self.recent.saw(&self.written_as(repository, ManifestName::Tag(tag)), named.cloned());
    }

    /// What a write is remembered as, and shown.
    pub(super) fn written_as(&self, repository: &Repository, name: ManifestName<'_>) -> String {
        match name {
            ManifestName::Digest(digest) => format!("{}{digest}", self.digests_of(repository)),
            ManifestName::Tag(tag) => format!("{}{tag}", self.tags_of(repository)),
        }
    }

    pub(super) fn digests_of(&self, repository: &Repository) -> String {
        format!("{}/{repository}@", self.host())
    }

    pub(super) fn tags_of(&self, repository: &Repository) -> String {
        format!("{}/{repository}:", self.host())
    }

    /// What is about `subject` is remembered below this.
    pub(super) fn about(&self, repository: &Repository, subject: &Digest) -> String {
        format!("referrers of {}{subject}: ", self.digests_of(repository))
    }
}
