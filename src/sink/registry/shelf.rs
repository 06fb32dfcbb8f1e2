//! A registry, to be looked at.

use std::{ops::Range, sync::Arc};

use async_trait::async_trait;

use super::RegistrySink;
use crate::{
    model::{Descriptor, Digest, Failure, Repository},
    ports::{Content, Page, Reader, Shelf},
    registry::{ManifestName, RegistryClient},
    sink::reading::{missing, refuse_large},
};

/// A blob of a registry.
struct RemoteBlob {
    client: Arc<RegistryClient>,
    repository: Repository,
    node: Descriptor,
}

#[async_trait]
impl Shelf for RegistrySink {
    async fn tags(&self, from: Option<&str>) -> Result<Option<Page>, Failure> {
        Ok(self.client().tags(self.repository(), from).await?.map(Page::from))
    }

    async fn describe(&self, digest: &Digest) -> Result<Option<Descriptor>, Failure> {
        let name = ManifestName::Digest(digest);
        self.client().describe_manifest(self.repository(), name).await
    }

    async fn read(&self, node: &Descriptor, limit: u64) -> Result<Vec<u8>, Failure> {
        refuse_large(node, limit)?;
        let (client, repository) = (self.client(), self.repository());
        let found = if node.is_manifest() {
            let name = ManifestName::Digest(&node.digest);
            client.manifest(repository, name).await?.map(|(_, bytes)| bytes.to_vec())
        } else {
            client.small_blob(repository, node, limit).await?
        };
        found.ok_or_else(|| missing(node, &format!("{}/{repository}", client.host())))
    }

    /// Opening reads nothing: another repository of the same registry can take
    /// it without the bytes.
    async fn open(&self, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        self.client().holds(self.repository(), &node.digest);
        let (client, repository) = (Arc::clone(&self.client), self.repository.clone());
        Ok(Arc::new(RemoteBlob { client, repository, node: node.clone() }))
    }

    async fn referrers(&self, subject: &Digest) -> Result<Vec<Descriptor>, Failure> {
        self.client().referrers(self.repository(), subject).await
    }
}

#[async_trait]
impl Content for RemoteBlob {
    fn size(&self) -> u64 {
        self.node.size
    }

    async fn read(&self, range: Range<u64>) -> Result<Reader, Failure> {
        if range.is_empty() {
            return Ok(Box::pin(tokio::io::empty()));
        }
        self.client.read_blob(&self.repository, &self.node.digest, range).await
    }
}
