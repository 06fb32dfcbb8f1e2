//! Objects in a bucket or a folder, to be looked at: images of a static
//! registry, and files.

use std::sync::Arc;

use async_trait::async_trait;

use super::{checked, missing, refuse_large};
use crate::{
    model::{ArtifactKind, Descriptor, Failure},
    ports::{Catalog, Page, Shelf},
    sink::{
        objects::{Listing, Objects},
        static_registry::StaticRegistry,
        tag_list,
    },
};

/// How deep names may be nested.
const DEPTH: usize = 16;

/// The names below a prefix of some objects.
pub struct ObjectsCatalog {
    objects: Arc<dyn Objects>,
    kind: ArtifactKind,
}

impl ObjectsCatalog {
    /// The names of images, or of files.
    #[must_use]
    pub fn new(objects: Arc<dyn Objects>, kind: ArtifactKind) -> Self {
        Self { objects, kind }
    }
}

#[async_trait]
impl Catalog for ObjectsCatalog {
    async fn repositories(&self, _from: Option<&str>) -> Result<Option<Page>, Failure> {
        let mut names = Vec::new();
        let (root, mark) = match self.kind {
            ArtifactKind::Image => ("v2/", "tags"),
            ArtifactKind::Files => ("df-dist-v1/", ""),
        };
        let mut below = vec![(String::new(), 0)];
        while let Some((name, depth)) = below.pop() {
            let prefix = if name.is_empty() { root.to_owned() } else { format!("{root}{name}/") };
            let Listing { keys, folders } = self.objects.list(&prefix).await?;
            if self.kind == ArtifactKind::Files {
                // The list of a name's tags is an object with that name.
                let full =
                    |key: String| if name.is_empty() { key } else { format!("{name}/{key}") };
                names.extend(keys.into_iter().filter(|key| folders.contains(key)).map(full));
                continue;
            }
            if folders.iter().any(|folder| folder == mark) {
                names.push(name.clone());
            }
            let is_name =
                |folder: &&String| !["blobs", "manifests", "tags"].contains(&folder.as_str());
            for folder in folders.iter().filter(is_name).filter(|_| depth < DEPTH) {
                let deeper =
                    if name.is_empty() { folder.clone() } else { format!("{name}/{folder}") };
                below.push((deeper, depth + 1));
            }
        }
        names.sort();
        Ok(Some(Page { names, next: None }))
    }
}

#[async_trait]
impl Shelf for StaticRegistry {
    async fn tags(&self, _from: Option<&str>) -> Result<Option<Page>, Failure> {
        let list = tag_list::read(self.objects(), &self.list_key()).await?;
        Ok(list.map(|list| Page { names: list.tags, next: None }))
    }

    async fn read(&self, node: &Descriptor, limit: u64) -> Result<Vec<u8>, Failure> {
        refuse_large(node, limit)?;
        let key = self.key(node);
        let place = self.objects().show(&key);
        let bytes = self.objects().get(&key).await?.ok_or_else(|| missing(node, &place))?;
        checked(bytes, node, &place)
    }
}
