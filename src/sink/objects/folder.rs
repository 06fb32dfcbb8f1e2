//! A folder that is used like a bucket: each key is a path below it.
//!
//! A symbolic link below it is read through where its key is asked for. It is
//! not listed, and nothing behind it is written or removed: there begins
//! another place.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;

use super::{
    ListedObject, ObjectInfo, ObjectListing, ObjectVersion, Objects, Other, Read,
    file_tree::{ObjectFolder, modified},
};
use crate::{
    model::{Abilities, Can, Descriptor, Failure},
    net::Random,
    ports::{Content, JobOutput, Meter, blocking},
    sink::{disk, file_digests::FileDigests, file_range::FileRange, folder_lock::FolderLock},
};

/// Objects in a folder.
pub struct FolderObjects {
    tree: ObjectFolder,
    digests: FileDigests,
    random: Random,
}

impl FolderObjects {
    /// The objects below `root`, which need not exist. `random` makes the waits for
    /// other publishers differ.
    #[must_use]
    pub fn new(root: PathBuf, random: Random) -> Self {
        Self { tree: ObjectFolder { root }, digests: FileDigests::default(), random }
    }

    /// Does `work` where blocking is allowed.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ObjectFolder) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let tree = self.tree.clone();
        blocking(move || work(&tree)).await
    }

    /// Does `work` with a key where blocking is allowed.
    async fn with_key<T: Send + 'static>(
        &self,
        key: &str,
        work: fn(&ObjectFolder, &str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let key = key.to_owned();
        self.blocking(move |tree| work(tree, &key)).await
    }
}

#[async_trait]
impl Objects for FolderObjects {
    fn show(&self, key: &str) -> String {
        self.tree.path(key).display().to_string()
    }

    async fn check(&self) -> Result<(), Failure> {
        self.blocking(|tree| disk::check(&tree.root)).await
    }

    async fn abilities(&self, _may_write: bool) -> Result<Abilities, Failure> {
        Ok(Abilities {
            catalogue: Can::Yes,
            referrers: Can::No,
            mounts: Can::Yes,
            tag_deletes: Can::Yes,
            manifest_deletes: Can::Yes,
            conditional_writes: Can::No,
            resumable_uploads: Can::No,
        })
    }

    fn are_here(&self) -> bool {
        true
    }

    fn random(&self) -> Random {
        self.random
    }

    async fn free_space(&self) -> Result<Option<u64>, Failure> {
        self.blocking(|tree| disk::free_space(&tree.root).map(Some)).await
    }

    /// A file does not say what it holds, so it is read, once a run.
    async fn info(&self, key: &str) -> Result<Option<ObjectInfo>, Failure> {
        let Some(meta) = self.with_key(key, ObjectFolder::look).await? else { return Ok(None) };
        let (size, digest) = self.digests.of(&self.tree.path(key)).await?;
        let modified = modified(&meta);
        Ok(Some(ObjectInfo { size, digest: Some(digest), content_type: None, modified }))
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, Failure> {
        Ok(self.with_key(key, ObjectFolder::look).await?.map(|meta| meta.len()))
    }

    async fn turn(&self, output: &JobOutput) -> Result<Option<FolderLock>, Failure> {
        FolderLock::of(&self.tree.root, self.random, output).await.map(Some)
    }

    async fn read(&self, key: &str) -> Result<Option<Read>, Failure> {
        let bytes = self.with_key(key, ObjectFolder::read).await?;
        Ok(bytes.map(|bytes| Read { bytes, version: ObjectVersion::default() }))
    }

    async fn open(&self, key: &str, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        Ok(Arc::new(FileRange::whole(self.tree.path(key), node.size)))
    }

    async fn put(&self, key: &str, bytes: &[u8], _content_type: &str) -> Result<(), Failure> {
        let (key, bytes) = (key.to_owned(), bytes.to_vec());
        self.blocking(move |tree| disk::write(&tree.own(&key)?, &bytes)).await
    }

    async fn replace(
        &self,
        key: &str,
        _seen: Option<&ObjectVersion>,
        bytes: &[u8],
        content_type: &str,
    ) -> Result<(), Failure> {
        self.put(key, bytes, content_type).await
    }

    async fn remove(&self, key: &str, _seen: &ObjectVersion) -> Result<(), Failure> {
        self.delete(key).await
    }

    async fn put_content(
        &self,
        key: &str,
        node: &Descriptor,
        content: Arc<dyn Content>,
        _content_type: &str,
        meter: &Meter,
    ) -> Result<(), Failure> {
        let mode = if content.is_executable() { disk::PROGRAM } else { disk::PLAIN };
        let path = self.with_key(key, ObjectFolder::own).await?;
        disk::write_content(&path, node, content, mode, meter).await
    }

    async fn copy(&self, from: &str, to: &str) -> Result<(), Failure> {
        let (from, to) = (from.to_owned(), to.to_owned());
        self.blocking(move |tree| tree.copy(&from, &to)).await
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        self.with_key(key, ObjectFolder::delete).await
    }

    async fn walk(&self, prefix: &str) -> Result<Vec<ListedObject>, Failure> {
        Ok(self.walk_all(prefix).await?.0)
    }

    async fn walk_all(&self, prefix: &str) -> Result<(Vec<ListedObject>, Vec<Other>), Failure> {
        self.with_key(prefix, ObjectFolder::all).await
    }

    async fn list(&self, prefix: &str) -> Result<ObjectListing, Failure> {
        self.with_key(prefix, ObjectFolder::list).await
    }

    async fn is_link(&self, folder: &str) -> Result<bool, Failure> {
        self.with_key(folder, |tree, folder| Ok(tree.path(folder).is_symlink())).await
    }

    async fn unlink(&self, folder: &str) -> Result<(), Failure> {
        self.with_key(folder, ObjectFolder::unlink).await
    }
}
