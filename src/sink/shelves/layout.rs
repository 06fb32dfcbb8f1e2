//! An OCI image layout, to be looked at.

use async_trait::async_trait;

use super::{checked, refuse_large};
use crate::{
    model::{Descriptor, Failure, Repository},
    ports::{Catalog, Page, Shelf},
    sink::layout::LayoutSink,
};

/// The names of a layout.
pub struct LayoutCatalog(pub LayoutSink);

#[async_trait]
impl Catalog for LayoutCatalog {
    async fn repositories(&self, _from: Option<&str>) -> Result<Option<Page>, Failure> {
        let names = self.0.names().await?;
        let mut repositories: Vec<String> =
            names.iter().filter_map(|name| Some(name.rsplit_once(':')?.0.to_owned())).collect();
        repositories.sort();
        repositories.dedup();
        Ok(Some(Page { names: repositories, next: None }))
    }
}

#[async_trait]
impl Shelf for LayoutSink {
    async fn tags(&self, _from: Option<&str>) -> Result<Option<Page>, Failure> {
        let repository: &Repository = self.repository();
        let names = self.names().await?;
        let of = |name: &String| {
            let (found, tag) = name.rsplit_once(':')?;
            (found == repository.as_str()).then(|| tag.to_owned())
        };
        let names: Vec<String> = names.iter().filter_map(of).collect();
        Ok((!names.is_empty()).then_some(Page { names, next: None }))
    }

    async fn read(&self, node: &Descriptor, limit: u64) -> Result<Vec<u8>, Failure> {
        refuse_large(node, limit)?;
        let (bytes, place) = self.read_blob(node).await?;
        checked(bytes, node, &place)
    }
}
