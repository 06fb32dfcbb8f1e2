//! An OCI image layout, to be swept.

use async_trait::async_trait;

use super::LayoutSink;
use crate::{
    model::{
        Descriptor, Digest, Failure, FailureKind, MANIFEST_LIMIT, Node, Remedy, Repository, Side,
        Tag, split_entry_name,
    },
    ports::{Desk, Inventory, Shelf, Stored, Sweeper},
};

#[async_trait]
impl Sweeper for LayoutSink {
    /// All names share the blobs, so all that other names name is needed.
    async fn inventory(&self) -> Result<Option<Inventory>, Failure> {
        self.refuse_sweep().await?;
        let mut inventory = Inventory::default();
        for (name, node) in self.entries().await? {
            let own = name.as_deref().and_then(|name| name_of(self.repository(), name));
            match (name, own.map(|tag| tag.subject())) {
                // A tag of this name, which is marked by itself.
                (Some(_), Some(None)) => {}
                (Some(_), Some(Some(subject))) => {
                    inventory.subjects.insert(subject);
                }
                (Some(_), None) => inventory.roots.push(node),
                (None, _) => match self.subject(&node).await? {
                    Some(subject) => {
                        inventory.subjects.insert(subject);
                    }
                    None => inventory.roots.push(node),
                },
            }
        }
        for (digest, size, age) in self.blobs().await? {
            let key = digest.to_string();
            inventory.stored.push(Stored { key, size, age, needed_by: Some(digest), what: None });
        }
        Ok(Some(inventory))
    }

    async fn close(&self) -> Result<(), Failure> {
        if self.close_all().await? {
            return Ok(());
        }
        let why = "another process is publishing there, and may need content that nothing refers \
                   to yet";
        Err(Failure::new(FailureKind::Server, Side::Sink, why).hint(Remedy::WaitAndResume))
    }

    async fn reopen(&self) -> Result<(), Failure> {
        drop(self.held().take());
        Ok(())
    }

    async fn discard(&self, what: &[Stored], desk: &Desk) -> Result<(), Failure> {
        let wrong = |error| Failure::from_error(FailureKind::Internal, Side::Local, &error);
        let digests: Result<Vec<Digest>, _> =
            what.iter().map(|stored| stored.key.parse().map_err(wrong)).collect();
        self.remove(digests?, &desk.output).await?;
        for stored in what {
            desk.output.line(format!("deleted {stored}"));
            desk.meter.advance(stored.size);
        }
        Ok(())
    }
}

impl LayoutSink {
    /// What a manifest is about, if about anything.
    pub(in crate::sink) async fn subject(
        &self,
        node: &Descriptor,
    ) -> Result<Option<Digest>, Failure> {
        if !node.is_manifest() {
            return Ok(None);
        }
        let bytes = match self.read(node, MANIFEST_LIMIT).await {
            Ok(bytes) => bytes,
            Err(failure) if failure.kind == FailureKind::NotFound => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let parsed = Node::parse(bytes, node.media_type.as_str()).ok();
        Ok(parsed.and_then(|parsed| parsed.subject().map(|subject| subject.digest.clone())))
    }
}

/// The tag of `REPOSITORY:TAG`; none where it is another repository's.
fn name_of(repository: &Repository, name: &str) -> Option<Tag> {
    let (of, tag) = split_entry_name(name)?;
    (of == *repository).then_some(tag)
}
