//! Manifests about other manifests.

use serde::{Deserialize, Serialize};

use crate::model::{Descriptor, Tag};

/// A manifest about another one, such as a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The tag that it lies under; none: it names its subject itself
    /// (OCI image specification, manifest.md, "subject").
    pub tag: Option<Tag>,
    /// The manifest.
    pub node: Descriptor,
}
