//! A registry, to be looked at.

use std::{ops::Range, sync::Arc};

use async_trait::async_trait;

use super::RegistrySink;
use crate::{
    model::{Abilities, Descriptor, Digest, Failure, Repository},
    ports::{Catalog, Content, Page, Reader, Shelf},
    registry::{Client, ManifestName, Names},
    sink::reading::{missing, refuse_large},
};

/// The repositories of a registry.
pub struct RegistryCatalog {
    client: Arc<Client>,
    /// What their names begin with; may be empty.
    namespace: String,
}

/// A blob of a registry.
struct RemoteBlob {
    sink: RegistrySink,
    node: Descriptor,
}

impl RegistryCatalog {
    /// The repositories below `namespace`.
    #[must_use]
    pub fn new(client: Arc<Client>, namespace: String) -> Self {
        Self { client, namespace }
    }
}

#[async_trait]
impl Catalog for RegistryCatalog {
    async fn repositories(&self, from: Option<&str>) -> Result<Option<Page>, Failure> {
        let Some(mut page) = self.client.repositories(from).await?.map(page) else {
            return Ok(None);
        };
        let below = format!("{}/", self.namespace);
        page.names.retain(|name| self.namespace.is_empty() || name.starts_with(&below));
        Ok(Some(page))
    }

    async fn abilities(
        &self,
        repository: Option<&Repository>,
        may_write: bool,
    ) -> Result<Abilities, Failure> {
        self.client.abilities(repository, may_write).await
    }
}

#[async_trait]
impl Shelf for RegistrySink {
    async fn tags(&self, from: Option<&str>) -> Result<Option<Page>, Failure> {
        Ok(self.client().tags(self.repository(), from).await?.map(page))
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

    /// Opening reads nothing: whoever takes it into another repository of the
    /// same registry need not have the bytes.
    async fn open(&self, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        self.client().holds(self.repository(), &node.digest);
        Ok(Arc::new(RemoteBlob { sink: self.clone(), node: node.clone() }))
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
        let (client, repository) = (self.sink.client(), self.sink.repository());
        client.read_blob(repository, &self.node.digest, range).await
    }
}

fn page(Names { names, odd, next }: Names) -> Page {
    Page { names, odd, next }
}
