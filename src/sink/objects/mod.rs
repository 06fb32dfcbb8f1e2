//! Objects by key: a bucket, or a folder that is used like one.
//!
//! The layouts of [`static_registry`](super::static_registry) and
//! [`static_files`](super::static_files) are written on this.

mod archives;
mod catalog;
mod file_tree;
mod folder;
mod retrying;
mod s3;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

pub use archives::ArchiveObjects;
pub use catalog::ObjectsCatalog;
pub use folder::FolderObjects;
pub use retrying::PatientObjects;
pub use s3::{Keys, KeysOf, S3Objects, S3Options};

use crate::{
    model::{Abilities, Descriptor, Digest, Failure, media_type::OCTET_STREAM},
    net::Random,
    ports::{Content, JobOutput, Meter, hash},
    sink::folder_lock::FolderLock,
};

/// What is known of an object without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Its length in bytes.
    pub size: u64,
    /// Its digest, where its publisher noted it.
    pub digest: Option<Digest>,
    /// Its content type, where there is one.
    pub content_type: Option<String>,
    /// When it was written, by the clock of its server or machine.
    pub modified: Option<Timestamp>,
}

impl ObjectInfo {
    /// Whether the object is known to be what `node` describes. One without a
    /// digest may be anything.
    #[must_use]
    pub fn is(&self, node: &Descriptor) -> bool {
        self.size == node.size && self.digest.as_ref() == Some(&node.digest)
    }

    /// Whether the object is known not to be what `node` describes.
    #[must_use]
    pub fn is_other(&self, node: &Descriptor) -> bool {
        let is_other = |digest: &Digest| digest.contradicts(&node.digest);
        self.size != node.size || self.digest.as_ref().is_some_and(is_other)
    }
}

/// Which writing of an object is meant, as its place tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectVersion(pub(in crate::sink) Option<String>);

/// A small object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Which writing of it that is.
    pub version: ObjectVersion,
}

/// Objects by key.
#[async_trait]
pub trait Objects: Send + Sync {
    /// The key for people, such as `s3://bucket/key`.
    fn show(&self, key: &str) -> String;

    /// Whether the objects can be reached and written, found out without writing.
    async fn check(&self) -> Result<(), Failure>;

    /// Whether they are on this machine, where what is written is there at
    /// once.
    fn are_here(&self) -> bool {
        false
    }

    /// What makes the waits of several publishers there differ.
    fn random(&self) -> Random;

    /// Finds out what can be done with the objects, with none but an own one.
    async fn abilities(&self, may_write: bool) -> Result<Abilities, Failure>;

    /// How many bytes still fit, where that is known.
    async fn free_space(&self) -> Result<Option<u64>, Failure> {
        Ok(None)
    }

    /// What is known of an object; none only where there is none.
    async fn info(&self, key: &str) -> Result<Option<ObjectInfo>, Failure>;

    /// The length of an object in bytes; none only where there is none. Reads no
    /// content.
    async fn size(&self, key: &str) -> Result<Option<u64>, Failure> {
        Ok(self.info(key).await?.map(|info| info.size))
    }

    /// Whether an object is there and known to be what `node` describes. No
    /// content is read of one that has another length.
    async fn holds(&self, key: &str, node: &Descriptor) -> Result<bool, Failure> {
        if self.are_here() && self.size(key).await? != Some(node.size) {
            return Ok(false);
        }
        Ok(self.info(key).await?.is_some_and(|info| info.is(node)))
    }

    /// Waits until no other process changes the objects, and keeps others
    /// waiting as long as the turn lives; `output` tells which is waited for.
    /// None where the place knows no turns.
    async fn turn(&self, output: &JobOutput) -> Result<Option<FolderLock>, Failure>;

    /// Reads a small object whole; none only where there is none.
    async fn read(&self, key: &str) -> Result<Option<Read>, Failure>;

    /// The content of a small object; none only where there is none.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.read(key).await?.map(|read| read.bytes))
    }

    /// Opens an object of which `node` is known.
    async fn open(&self, key: &str, node: &Descriptor) -> Result<Arc<dyn Content>, Failure>;

    /// The digest of the bytes of an object that should be `node`, whatever is
    /// noted of it. Reads them all.
    async fn digest(&self, key: &str, node: &Descriptor) -> Result<Digest, Failure> {
        let unknown = Descriptor::new(OCTET_STREAM, Digest::of(b""), node.size);
        hash(&*self.open(key, &unknown).await?, 0..node.size, node.digest.hasher()).await
    }

    /// Writes a small object.
    async fn put(&self, key: &str, bytes: &[u8], content_type: &str) -> Result<(), Failure>;

    /// Writes a small object in the place of the one that was `seen`, or where
    /// there was none. A place that can write on condition fails as
    /// [`FailureKind::Conflict`](crate::model::FailureKind::Conflict) where
    /// something else is there by now.
    async fn replace(
        &self,
        key: &str,
        seen: Option<&ObjectVersion>,
        bytes: &[u8],
        content_type: &str,
    ) -> Result<(), Failure>;

    /// Removes the object that was `seen`, on the condition of
    /// [`replace`](Self::replace).
    async fn remove(&self, key: &str, seen: &ObjectVersion) -> Result<(), Failure>;

    /// Writes an object of any size, checked against the digest of `node`.
    async fn put_content(
        &self,
        key: &str,
        node: &Descriptor,
        content: Arc<dyn Content>,
        content_type: &str,
        meter: &Meter,
    ) -> Result<(), Failure>;

    /// Copies an object without reading it here.
    async fn copy(&self, from: &str, to: &str) -> Result<(), Failure>;

    /// Removes an object, which need not be there.
    async fn delete(&self, key: &str) -> Result<(), Failure>;

    /// All objects below `prefix`, which ends in a slash, however deep.
    async fn walk(&self, prefix: &str) -> Result<Vec<ListedObject>, Failure>;

    /// The same, and what else lies there that is neither an object nor a folder,
    /// such as a symbolic link, in order. That is never removed, and nothing
    /// behind it is listed.
    async fn walk_all(&self, prefix: &str) -> Result<(Vec<ListedObject>, Vec<Other>), Failure> {
        Ok((self.walk(prefix).await?, Vec::new()))
    }

    /// The keys directly below `prefix`, which ends in a slash, and the names
    /// of the folders there; both without the prefix and in order.
    async fn list(&self, prefix: &str) -> Result<ObjectListing, Failure>;

    /// Whether `folder`, which ends in no slash, is a name for another one: what
    /// is read there is not its own.
    async fn is_link(&self, _folder: &str) -> Result<bool, Failure> {
        Ok(false)
    }

    /// Fails where writing `node` to `key` would change an object with a key that
    /// begins with none of `moving`: not every key has a place of its own.
    async fn refuse_taken(
        &self,
        _key: &str,
        _node: &Descriptor,
        _moving: &[String],
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// Removes the name that `folder` is for another one, and nothing behind it.
    async fn unlink(&self, _folder: &str) -> Result<(), Failure> {
        Ok(())
    }
}

/// An object in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedObject {
    /// Its key without the prefix.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// When it was written, by the clock of its server or machine.
    pub modified: Option<Timestamp>,
}

/// What is neither an object nor a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Other {
    /// What its key would be, without the prefix.
    pub name: String,
    /// What it is, for people, as a sentence without an end.
    pub what: String,
    /// What it is a name for, as that is called below the same prefix, if that is
    /// there.
    pub leads_to: Option<String>,
}

/// What lies directly below a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectListing {
    /// Objects.
    pub keys: Vec<String>,
    /// What further keys begin with, without the slash.
    pub folders: Vec<String>,
}
