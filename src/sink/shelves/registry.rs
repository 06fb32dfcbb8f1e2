//! A registry, to be looked at.

use std::sync::Arc;

use async_trait::async_trait;

use super::{missing, refuse_large};
use crate::{
    model::{Descriptor, Failure},
    ports::{Catalog, Page, Shelf},
    registry::{Client, ManifestName, Names},
    sink::RegistrySink,
};

/// The repositories of a registry.
pub struct RegistryCatalog {
    client: Arc<Client>,
    /// What their names begin with; may be empty.
    namespace: String,
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
}

#[async_trait]
impl Shelf for RegistrySink {
    async fn tags(&self, from: Option<&str>) -> Result<Option<Page>, Failure> {
        Ok(self.client().tags(self.repository(), from).await?.map(page))
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
}

fn page(Names { names, next }: Names) -> Page {
    Page { names, next }
}
