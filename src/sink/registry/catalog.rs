//! The repositories of a registry, and what can be done there.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    model::{Abilities, Failure, Repository},
    ports::{Catalog, Page},
    registry::{Names, RegistryClient},
};

/// The repositories of a registry.
pub struct RegistryCatalog {
    client: Arc<RegistryClient>,
    /// What their names begin with; may be empty.
    namespace: String,
}

impl RegistryCatalog {
    /// The repositories below `namespace`.
    #[must_use]
    pub fn new(client: Arc<RegistryClient>, namespace: String) -> Self {
        Self { client, namespace }
    }
}

#[async_trait]
impl Catalog for RegistryCatalog {
    async fn repositories(&self, from: Option<&str>) -> Result<Option<Page>, Failure> {
        let Some(mut page) = self.client.repositories(from).await?.map(Page::from) else {
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

impl From<Names> for Page {
    fn from(Names { names, odd, next }: Names) -> Self {
        Self { names, odd, next }
    }
}
