//! A static registry, to be looked at.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::StaticRegistry;
use crate::{
    model::{Descriptor, Digest, Failure, Node, Tag, media_type},
    ports::{Content, Page, Shelf},
    sink::{
        reading::{checked, missing, refuse_large},
        tag_list,
    },
};

#[async_trait]
impl Shelf for StaticRegistry {
    async fn tags(&self, _from: Option<&str>) -> Result<Option<Page>, Failure> {
        let list = tag_list::read(self.objects(), &self.list_key()).await?;
        Ok(list.map(|list| Page { names: list.tags, ..Page::default() }))
    }

    async fn moved_at(&self, tag: &Tag) -> Result<Option<Timestamp>, Failure> {
        Ok(self.objects().info(&self.tag_key(tag)).await?.and_then(|info| info.modified))
    }

    async fn read(&self, node: &Descriptor, limit: u64) -> Result<Vec<u8>, Failure> {
        refuse_large(node, limit)?;
        let key = self.key(node);
        let place = self.objects().show(&key);
        let bytes = self.objects().get(&key).await?.ok_or_else(|| missing(node, &place))?;
        checked(bytes, node, &place)
    }

    async fn describe(&self, digest: &Digest) -> Result<Option<Descriptor>, Failure> {
        let key = self.key(&Descriptor::new(media_type::MANIFEST, digest.clone(), 0));
        let Some(bytes) = self.objects().get(&key).await? else { return Ok(None) };
        let node = Node::sniff(&bytes).map(|kind| Descriptor::of(&kind, &bytes));
        node.map(|node| checked(bytes, &node, &key).map(|_| node)).transpose()
    }

    async fn open(&self, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        self.objects().open(&self.key(node), node).await
    }

    async fn referrers(&self, subject: &Digest) -> Result<Vec<Descriptor>, Failure> {
        self.listed(subject).await
    }
}
