//! The names in a layout, and what can be done with it.

use async_trait::async_trait;

use super::LayoutSink;
use crate::{
    model::{Abilities, Can, Failure, Repository, split_entry_name},
    ports::{Catalog, Page},
};

/// The names of a layout.
pub struct LayoutCatalog(pub LayoutSink);

#[async_trait]
impl Catalog for LayoutCatalog {
    async fn repositories(&self, _from: Option<&str>) -> Result<Option<Page>, Failure> {
        let names = self.0.names().await?;
        let of = |name: &String| Some(String::from(split_entry_name(name)?.0));
        let mut repositories: Vec<String> = names.iter().filter_map(of).collect();
        repositories.sort();
        repositories.dedup();
        Ok(Some(Page { names: repositories, ..Page::default() }))
    }

    async fn abilities(
        &self,
        _repository: Option<&Repository>,
        _may_write: bool,
    ) -> Result<Abilities, Failure> {
        Ok(Abilities {
            catalogue: Can::Yes,
            referrers: Can::Yes,
            mounts: Can::Yes,
            tag_deletes: Can::Yes,
            manifest_deletes: Can::Yes,
            conditional_writes: Can::Yes,
            resumable_uploads: Can::No,
        })
    }
}
