//! A repository that is copied from, or walked through.

use std::sync::Arc;

use async_trait::async_trait;

use super::{content::Content, repository::Shelf, source::Source};
use crate::model::{Descriptor, Failure, FailureKind, MANIFEST_LIMIT, Node, Side};

/// The most bytes of content that is ever read whole, and so is kept for a
/// rollback.
pub const WHOLE_LIMIT: u64 = 16 << 20;

/// A place to copy from, or to be walked through.
pub struct Shelved<S: ?Sized>(pub Arc<S>);

#[async_trait]
impl<S: Shelf + ?Sized> Source for Shelved<S> {
    async fn successors(&self, node: &Descriptor) -> Result<Vec<Descriptor>, Failure> {
        if !node.is_manifest() {
            return Ok(Vec::new());
        }
        Ok(read_node(&*self.0, node).await?.successors())
    }

    async fn open(&self, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        self.0.open(node).await
    }
}

/// Reads what a manifest refers to.
///
/// # Errors
///
/// Fails where it cannot be read, and where it is no manifest.
pub async fn read_node(shelf: &(impl Shelf + ?Sized), node: &Descriptor) -> Result<Node, Failure> {
    let bytes = shelf.read(node, MANIFEST_LIMIT).await?;
    Node::parse(bytes, node.media_type.as_str()).map_err(|error| {
        Failure::from_error(FailureKind::Invalid, Side::Sink, &error).context(&node.digest)
    })
}
