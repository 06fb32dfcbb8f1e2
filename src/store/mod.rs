//! The content store: what was made lies here until every sink has it.
//!
//! ```text
//! ROOT/lock              held shortly, while files come and go
//! ROOT/blobs/sha256/HEX  content, written once; sha512 beside it
//! ROOT/links/sha256/HEX  content that lies elsewhere: path, size and time
//! ROOT/made/KEY          what was made of what was read
//! ROOT/pins/RUN          what must not be removed
//! ROOT/sessions/KEY      uploads that can be taken up again
//! ROOT/temp/…            what is being written
//! ```
//!
//! Content is hashed again whenever it is read whole, so a damaged disk or a
//! file that changed where it lies is noticed before a sink has all of it.
//!
//! Its async face is [`Source`](crate::ports::Source),
//! [`Store`](crate::ports::Store) and what `faced.rs` adds. The methods that
//! are not async block: they are for threads that may, and for
//! [`Store::blocking`].

mod content;
mod evict;
mod faced;
mod files;
mod fingerprint;
mod links;
mod made;
mod saved;
mod small;
mod walk;
mod writer;

use std::{
    collections::HashMap,
    fs::{self, File},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

pub use evict::Evicted;
pub(crate) use files::is_executable;
pub use fingerprint::FileState;
pub(crate) use fingerprint::changed;
pub use saved::{all_saved, saved, whole};
pub(crate) use walk::DEPTH_LIMIT;
pub use writer::{TempFile, Writer};

use self::{content::StoredContent, files::storage, links::Link};
use crate::model::{ALGORITHMS, Descriptor, Digest, Failure, FailureKind, Side};

/// The most bytes that a manifest or a configuration may have.
pub const DOCUMENT_LIMIT: u64 = 4 << 20;

/// The content store in one folder. Several processes may use one folder.
/// Clones are the same store.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    limit: u64,
    /// Content that lies elsewhere and is known to this process only.
    noticed: Mutex<HashMap<Digest, Link>>,
}

impl Store {
    /// Opens the store at `root`, which is made if it is missing, and removes
    /// what processes that died left half written. [`Self::evict`] keeps it
    /// below `limit` bytes.
    ///
    /// # Errors
    ///
    /// Fails where the folder cannot be made or written to.
    pub fn open(root: &Path, limit: u64) -> Result<Self, Failure> {
        let root = std::path::absolute(root).map_err(|error| storage(root, &error))?;
        let inner = Inner { root, limit, noticed: Mutex::default() };
        let store = Self(Arc::new(inner));
        for algorithm in ALGORITHMS {
            for folder in ["blobs", "links"] {
                files::make_folder(&store.path(folder).join(algorithm))?;
            }
        }
        for folder in ["made", "pins", "sessions", "temp"] {
            files::make_folder(&store.path(folder))?;
        }
        store.sweep()?;
        Ok(store)
    }

    /// The same, if something can be written to it now.
    ///
    /// # Errors
    ///
    /// Fails where it cannot.
    pub fn writable(self) -> Result<Self, Failure> {
        let temp = self.path("temp");
        tempfile::tempfile_in(&temp).map_err(|error| storage(&temp, &error))?;
        Ok(self)
    }

    /// Whether the content that `node` describes is here, by its size.
    ///
    /// # Errors
    ///
    /// Fails where the folder cannot be read.
    pub fn has(&self, node: &Descriptor) -> Result<bool, Failure> {
        match self.find(node) {
            Ok(found) => Ok(found.is_some()),
            // What lies elsewhere and changed is not here any more.
            Err(failure) if failure.kind == FailureKind::Integrity => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Reads a manifest or another small document whole, and checks it.
    ///
    /// # Errors
    ///
    /// Fails where it is not here, too large, or not what `node` describes.
    pub fn read(&self, node: &Descriptor) -> Result<Vec<u8>, Failure> {
        let content = self.find(node)?.ok_or_else(|| not_found(node))?;
        if node.size > DOCUMENT_LIMIT {
            return Err(Failure::new(
                FailureKind::Invalid,
                Side::Source,
                format!(
                    "{} has {} bytes, which is too large for a document",
                    node.digest, node.size
                ),
            ));
        }
        content.read_whole()
    }

    /// The folder that it lies in.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.0.root
    }

    /// Keeps small content that was made in memory.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn keep(&self, media_type: &str, content: &[u8]) -> Result<Descriptor, Failure> {
        self.keep_as(Descriptor::of(media_type, content), content)
    }

    fn keep_as(&self, node: Descriptor, content: &[u8]) -> Result<Descriptor, Failure> {
        if self.blob_size(&node.digest)? == Some(node.size) {
            self.touch(&node.digest);
            return Ok(node);
        }
        let mut writer = self.writer_of(&node.digest)?;
        io::Write::write_all(&mut writer, content)
            .map_err(|error| storage(&self.path("temp"), &error))?;
        writer.commit(node.media_type.as_str(), Some(&node.digest))
    }

    /// Notes that content which is here is a program: no digest tells.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn make_executable(&self, digest: &Digest) -> Result<(), Failure> {
        let path = self.blob_path(digest);
        match fs::set_permissions(&path, fs::Permissions::from_mode(0o700)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(storage(&path, &error)),
            _ => Ok(()),
        }
    }

    /// Says that the content of `node` lies at `path`, for this process only.
    ///
    /// # Errors
    ///
    /// Fails where there is no regular file of that size.
    pub fn notice(&self, node: &Descriptor, path: &Path) -> Result<(), Failure> {
        let link = Link::to(node, path)?;
        self.noticed().insert(node.digest.clone(), link);
        Ok(())
    }

    /// Says that the content of `node` lies at `path`, where it is read from
    /// and never copied. Whether it was not known before.
    ///
    /// # Errors
    ///
    /// Fails where there is no regular file of that size, or the disk fails.
    pub fn adopt(&self, node: &Descriptor, path: &Path) -> Result<bool, Failure> {
        let link = Link::to(node, path)?;
        let file = self.link_path(&node.digest);
        if self.blob_size(&node.digest)? == Some(node.size)
            || Link::load(&file)? == Some(link.clone())
        {
            return Ok(false);
        }
        self.write_small(&file, &link.to_text())?;
        Ok(true)
    }

    fn find(&self, node: &Descriptor) -> Result<Option<StoredContent>, Failure> {
        let blob = self.blob_path(&node.digest);
        match self.blob_size(&node.digest)? {
            Some(size) if size == node.size => {
                self.touch(&node.digest);
                return Ok(Some(StoredContent::blob(node, blob)));
            }
            // A torn disk, or a descriptor that lies: made again is made right.
            Some(_) => return Ok(None),
            None => {}
        }
        let noticed = self.noticed().get(&node.digest).cloned();
        let file = self.link_path(&node.digest);
        let Some(link) = noticed.map_or_else(|| Link::load(&file), |link| Ok(Some(link)))? else {
            return Ok(None);
        };
        if let Err(failure) = link.check(node) {
            self.forget(&node.digest);
            return Err(failure);
        }
        Ok(Some(StoredContent::link(node, link.path, file)))
    }

    fn forget(&self, digest: &Digest) {
        self.noticed().remove(digest);
        // Reading the link again finds out the same.
        let _ = fs::remove_file(self.link_path(digest));
    }

    fn blob_size(&self, digest: &Digest) -> Result<Option<u64>, Failure> {
        let path = self.blob_path(digest);
        match fs::symlink_metadata(&path) {
            Ok(metadata) => Ok(metadata.is_file().then_some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(storage(&path, &error)),
        }
    }

    /// Marks a blob as used now, for [`Self::evict`].
    fn touch(&self, digest: &Digest) {
        let opened = File::options().append(true).open(self.blob_path(digest));
        #[expect(clippy::disallowed_methods, reason = "the store and its files are of one machine")]
        // At worst it is removed earlier than others.
        let _ = opened.and_then(|file| file.set_modified(SystemTime::now()));
    }

    fn noticed(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Link>> {
        self.0.noticed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.root.join(below)
    }

    fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.path("blobs").join(digest.algorithm()).join(digest.hex())
    }

    fn link_path(&self, digest: &Digest) -> PathBuf {
        self.path("links").join(digest.algorithm()).join(digest.hex())
    }
}

fn not_found(node: &Descriptor) -> Failure {
    Failure::new(FailureKind::NotFound, Side::Local, format!("{} is not in the store", node.digest))
        .hint("prepare the release again")
}
