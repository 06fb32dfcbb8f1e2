//! Files of `df-dist-v1`, to be looked at.
//!
//! A release of files has no manifests of its own: those that describe it are
//! made when its tag is resolved, and are known by their digests from then on.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::StaticFiles;
use crate::{
    model::{Descriptor, Digest, Failure, Tag, media_type},
    ports::{Attachment, Content, Page, Shelf},
    sink::{
        in_memory::InMemory,
        reading::{checked, missing, refuse_large},
    },
};

/// The configuration of what has none.
const EMPTY: &[u8] = b"{}";

#[async_trait]
impl Shelf for StaticFiles {
    async fn tags(&self, _from: Option<&str>) -> Result<Option<Page>, Failure> {
        Ok(self.listed().await?.map(|names| Page { names, ..Page::default() }))
    }

    async fn moved_at(&self, tag: &Tag) -> Result<Option<Timestamp>, Failure> {
        let info = self.objects().info(&self.document_key(tag.as_str())).await?;
        Ok(info.and_then(|info| info.modified))
    }

    async fn describe(&self, digest: &Digest) -> Result<Option<Descriptor>, Failure> {
        Ok(self.described(digest))
    }

    async fn read(&self, node: &Descriptor, limit: u64) -> Result<Vec<u8>, Failure> {
        refuse_large(node, limit)?;
        let empty = || (node.digest == Digest::of(EMPTY)).then(|| EMPTY.to_vec());
        let known = self.document_of(&node.digest).or_else(|| self.held(&node.digest));
        if let Some(bytes) = known.or_else(empty) {
            return Ok(bytes);
        }
        if let Some(bytes) = self.staged_document(node).await {
            return Ok(bytes);
        }
        let key = self.key_of(node).ok_or_else(|| missing(node, self.name()))?;
        let bytes = self.objects().get(&key).await?.ok_or_else(|| missing(node, &key))?;
        checked(bytes, node, &self.objects().show(&key))
    }

    async fn open(&self, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        if node.media_type.as_str() == media_type::EMPTY {
            return Ok(Arc::new(InMemory(EMPTY.to_vec())));
        }
        if let Some(bytes) = self.held(&node.digest) {
            return Ok(Arc::new(InMemory(bytes)));
        }
        let key = self.key_of(node).ok_or_else(|| missing(node, self.name()))?;
        self.objects().open(&key, node).await
    }

    async fn referrers(&self, subject: &Digest) -> Result<Vec<Descriptor>, Failure> {
        Ok(self.about(subject).await?.into_iter().map(|about| about.node).collect())
    }

    fn holds_sums(&self) -> bool {
        self.holds_sums
    }

    async fn attached(&self, subject: &Digest) -> Result<Vec<Attachment>, Failure> {
        self.about(subject).await
    }
}
