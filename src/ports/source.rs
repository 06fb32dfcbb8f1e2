//! Where content comes from.

use std::sync::Arc;

use async_trait::async_trait;

use super::{attachment::Attachment, content::Content};
use crate::model::{Descriptor, Digest, Failure};

/// Content by digest, in any order: the store, a layout, or a sink that is
/// copied from.
#[async_trait]
pub trait Source: Send + Sync {
    /// What `node` refers to: an index's manifests; a manifest's configuration
    /// and layers; nothing where `node` is a leaf.
    async fn successors(&self, node: &Descriptor) -> Result<Vec<Descriptor>, Failure>;

    /// The content that `node` describes. Fails as [`NotFound`](crate::model::FailureKind::NotFound)
    /// where there is none.
    async fn open(&self, node: &Descriptor) -> Result<Arc<dyn Content>, Failure>;

    /// What is attached to a manifest, such as signatures, and goes with it.
    async fn attached(&self, _subject: &Digest) -> Result<Vec<Attachment>, Failure> {
        Ok(Vec::new())
    }
}

/// The content store: what was made lies here until every sink has it.
#[async_trait]
pub trait Store: Source {
    /// Keeps small content that was made in memory, such as an index.
    async fn put(&self, node: &Descriptor, content: &[u8]) -> Result<(), Failure>;

    /// Whether all that `root` refers to is here, however deep.
    async fn is_complete(&self, root: &Descriptor) -> Result<bool, Failure>;
}
