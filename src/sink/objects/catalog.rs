//! The names below a prefix of objects in a bucket or a folder: images of a
//! static registry, and files.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Listing, Objects};
use crate::{
    model::{Abilities, ArtifactKind, Failure, Repository},
    ports::{Catalog, Page},
};

/// How deep names may be nested, with what lies below them.
const DEPTH: usize = 18;
/// How many folders are listed at once.
const PARALLEL: usize = 8;

/// What lies in a folder of images.
struct Looked {
    /// The repository of these tags.
    tagged: Option<String>,
    /// The folders in it, with their whole names.
    deeper: Vec<String>,
}

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
        let mut names = match self.kind {
            ArtifactKind::Image => self.images().await?,
            ArtifactKind::Files => {
                let root = "df-dist-v1/";
                let Listing { keys, folders } = self.objects.list(root).await?;
                self.named(root, keys, folders).await?
            }
        };
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
    /// The repositories with a list of tags. One may be called as what another
    /// keeps, such as `acme/tags` beside the tags of `acme`.
    async fn images(&self) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        let mut level = vec![String::new()];
        for _ in 0..DEPTH {
            let looks = stream::iter(level.into_iter().map(|name| self.below(name)));
            let looked: Vec<Looked> = looks.buffer_unordered(PARALLEL).try_collect().await?;
            level = Vec::new();
            for Looked { tagged, deeper } in looked {
                names.extend(tagged);
                level.extend(deeper);
            }
            if level.is_empty() {
                break;
            }
        }
        Ok(names)
    }

    /// What lies in the folder of `name`.
    async fn below(&self, name: String) -> Result<Looked, Failure> {
        let prefix = if name.is_empty() { "v2/".to_owned() } else { format!("v2/{name}/") };
        let Listing { keys, folders } = self.objects.list(&prefix).await?;
        let of = name.strip_suffix("/tags").filter(|_| keys.iter().any(|key| key == "list"));
        let mut looked = Looked { tagged: of.map(str::to_owned), deeper: Vec::new() };
        for folder in folders.into_iter().filter(|folder| folder != ".castoff") {
            // Others' content is not listed, which may be much.
            let is_content = folder == "blobs" && !name.is_empty();
            if !is_content || self.is_tagged(&format!("{prefix}blobs/")).await? {
                let is_top = name.is_empty();
                looked.deeper.push(if is_top { folder } else { format!("{name}/{folder}") });
            }
        }
        Ok(looked)
    }

    async fn is_tagged(&self, prefix: &str) -> Result<bool, Failure> {
        let Listing { keys, .. } = self.objects.list(&format!("{prefix}tags/")).await?;
        Ok(keys.iter().any(|key| key == "list"))
    }

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
