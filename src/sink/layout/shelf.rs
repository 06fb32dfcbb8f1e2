//! An OCI image layout, to be looked at.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;

use super::LayoutSink;
use crate::{
    model::{Descriptor, Digest, Failure, MANIFEST_LIMIT, Node, Repository, Tag, split_entry_name},
    ports::{Content, Page, Shelf, SinkRepository},
    sink::reading::{checked, refuse_large},
};

#[async_trait]
impl Shelf for LayoutSink {
    async fn tags(&self, _from: Option<&str>) -> Result<Option<Page>, Failure> {
        let repository: &Repository = self.repository();
        let names = self.names().await?;
        let of = |name: &String| {
            let (found, tag) = split_entry_name(name)?;
            (found == *repository).then(|| tag.to_string())
        };
        let names: Vec<String> = names.iter().filter_map(of).collect();
        Ok((!names.is_empty()).then_some(Page { names, ..Page::default() }))
    }

    async fn describe(&self, digest: &Digest) -> Result<Option<Descriptor>, Failure> {
        let Some(node) = self.sized(digest).await?.filter(|node| node.size <= MANIFEST_LIMIT)
        else {
            return Ok(None);
        };
        let bytes = self.read(&node, MANIFEST_LIMIT).await?;
        Ok(Node::sniff(&bytes).map(|kind| Descriptor::of(&kind, &bytes)))
    }

    async fn read(&self, node: &Descriptor, limit: u64) -> Result<Vec<u8>, Failure> {
        refuse_large(node, limit)?;
        let (bytes, place) = self.read_blob(node).await?;
        checked(bytes, node, &place)
    }

    async fn open(&self, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        self.content(node).await
    }

    async fn referrers(&self, subject: &Digest) -> Result<Vec<Descriptor>, Failure> {
        let mut found = Vec::new();
        for node in self.nameless().await? {
            if self.subject(&node).await?.is_some_and(|about| about == *subject) {
                found.push(node);
            }
        }
        // Other tools keep a list under a tag, as at a registry without lists.
        if let Some(list) = self.resolve(&Tag::about(subject, "")).await? {
            let bytes = self.read(&list, MANIFEST_LIMIT).await?;
            if let Ok(Node::Index(index)) = Node::parse(bytes, list.media_type.as_str()) {
                found.extend(index.manifests);
            }
        }
        let mut seen = HashSet::new();
        found.retain(|node| seen.insert(node.digest.clone()));
        Ok(found)
    }

    fn may_be_sparse(&self) -> bool {
        true
    }
}
