//! Objects in a bucket or a folder, to be looked at: images of a static
//! registry, and files.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{checked, missing, refuse_large};
use crate::{
    model::{
        Abilities, ArtifactKind, Descriptor, Digest, Failure, Node, Repository, Tag, media_type,
    },
    ports::{Catalog, Content, Page, Shelf},
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
                names = self.named(root, keys, folders).await?;
                break;
            }
            if folders.iter().any(|folder| folder == mark) {
                names.push(name.clone());
            }
            let is_name = |folder: &&String| {
                !["blobs", "manifests", "tags", "referrers", ".castoff"].contains(&folder.as_str())
            };
            for folder in folders.iter().filter(is_name).filter(|_| depth < DEPTH) {
                let deeper =
                    if name.is_empty() { folder.clone() } else { format!("{name}/{folder}") };
                below.push((deeper, depth + 1));
            }
        }
        names.sort();
        Ok(Some(Page { names, ..Page::default() }))
    }

    async fn abilities(
        &self,
        _repository: Option<&Repository>,
        may_write: bool,
    ) -> Result<Abilities, Failure> {
        self.objects.check().await?;
        self.objects.abilities(may_write).await
    }
}

impl ObjectsCatalog {
    /// The folders with a list of tags: an object with the same name, or,
    /// where a file cannot be a folder too, one within it.
    async fn named(
        &self,
        root: &str,
        keys: Vec<String>,
        folders: Vec<String>,
    ) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        for folder in folders {
            let within = format!("{root}{folder}/index.json");
            if keys.contains(&folder) || self.objects.get(&within).await?.is_some() {
                names.push(folder);
            }
        }
        Ok(names)
    }
}

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
