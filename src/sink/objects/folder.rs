//! A folder that is used like a bucket: each key is a path below it.
//!
//! A symbolic link below it is read through where its key is asked for. It is
//! not listed, and nothing behind it is written or removed: there begins
//! another place.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::io::AsyncReadExt;

use super::{Info, Listing, Objects, Other, Read, Version, Written};
use crate::{
    archive::{open_plain, read_plain},
    model::{Abilities, Can, Descriptor, Digest, Failure, FailureKind, Hasher, Side},
    ports::{Content, Meter, Output},
    sink::{
        disk::{self, at},
        file_range::Piece,
        folder_lock::Turn,
    },
};

/// How much is read and written at once, in bytes.
const CHUNK: usize = 256 << 10;

/// Objects in a folder.
pub struct FolderObjects {
    root: PathBuf,
}

impl FolderObjects {
    /// The objects below `root`, which need not exist.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    /// The path of a key that is to be written or removed. Fails where a folder
    /// on the way to it is a symbolic link.
    fn own(&self, key: &str) -> Result<PathBuf, Failure> {
        let path = self.path(key);
        let above = path.ancestors().skip(1).take_while(|folder| *folder != self.root);
        let Some(link) = above.filter(|folder| folder.is_symlink()).last() else {
            return Ok(path);
        };
        let what =
            format!("{} is a symbolic link, and nothing behind it is changed", link.display());
        Err(Failure::new(FailureKind::Invalid, Side::Sink, what)
            .hint("name what it leads to, or remove the link"))
    }

    /// What lies below `prefix`, however deep: plain files, and what is neither
    /// a plain file nor a folder. Fails where `prefix` leads through a symbolic
    /// link.
    fn all(&self, prefix: &str) -> Result<(Vec<Written>, Vec<Other>), Failure> {
        self.own(&format!("{prefix}any"))?;
        let (mut found, mut others) = (Vec::new(), Vec::new());
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            for Entry { name, meta, path } in entries(&self.path(&format!("{prefix}{folder}")))? {
                let name = format!("{folder}{name}");
                if meta.is_dir() {
                    folders.push(format!("{name}/"));
                } else if meta.is_file() {
                    let modified = meta.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
                    found.push(Written { name, size: meta.len(), modified });
                } else {
                    let what = format!("{} is {}", path.display(), words(&meta));
                    let leads_to = below(&self.path(prefix), &path);
                    others.push(Other { name, what, leads_to });
                }
            }
        }
        others.sort();
        Ok((found, others))
    }

    /// Removes the folders above `path` that have become empty.
    fn tidy(&self, path: &Path) {
        let above = path.ancestors().skip(1).take_while(|folder| *folder != self.root);
        // The first that is not empty ends it.
        let _ = above.map(fs::remove_dir).find(Result::is_err);
    }
}

#[async_trait]
impl Objects for FolderObjects {
    fn show(&self, key: &str) -> String {
        self.path(key).display().to_string()
    }

    async fn check(&self) -> Result<(), Failure> {
        disk::check(&self.root)
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

    fn room(&self) -> Result<Option<u64>, Failure> {
        disk::room(&self.root).map(Some)
    }

    async fn info(&self, key: &str) -> Result<Option<Info>, Failure> {
        let path = self.path(key);
        match tokio::fs::metadata(&path).await {
            Ok(meta) if meta.is_file() => {
                // Nobody wrote down what a file holds.
                let digest = hash(&path).await?;
                let modified = meta.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
                let (size, digest) = (meta.len(), Some(digest));
                Ok(Some(Info { size, digest, content_type: None, modified }))
            }
            Ok(_) => Ok(None),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(at(&path)(error)),
        }
    }

    async fn turn(&self, output: &Output) -> Result<Option<Turn>, Failure> {
        Turn::of(&self.root, output).await.map(Some)
    }

    async fn read(&self, key: &str) -> Result<Option<Read>, Failure> {
        let path = self.path(key);
        match read_plain(&path) {
            Ok(bytes) => Ok(Some(Read { bytes, version: Version::default() })),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(at(&path)(error)),
        }
    }

    async fn open(&self, key: &str, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        Ok(Arc::new(Piece::whole(self.path(key), node.size)))
    }

    async fn put(&self, key: &str, bytes: &[u8], _content_type: &str) -> Result<(), Failure> {
        disk::write(&self.own(key)?, bytes)
    }

    async fn replace(
        &self,
        key: &str,
        _seen: Option<&Version>,
        bytes: &[u8],
        content_type: &str,
    ) -> Result<(), Failure> {
        self.put(key, bytes, content_type).await
    }

    async fn remove(&self, key: &str, _seen: &Version) -> Result<(), Failure> {
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
        disk::write_content(&self.own(key)?, node, content, mode, meter).await
    }

    async fn copy(&self, from: &str, to: &str) -> Result<(), Failure> {
        let (from, to) = (self.path(from), self.own(to)?);
        let file = disk::beside(&to)?;
        tokio::fs::copy(&from, file.path()).await.map_err(at(&from))?;
        disk::finish(file, &to)
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        let path = self.own(key)?;
        match tokio::fs::remove_file(&path).await {
            Err(error) if !is_absent(&error) => Err(at(&path)(error)),
            _ => {
                self.tidy(&path);
                Ok(())
            }
        }
    }

    async fn walk(&self, prefix: &str) -> Result<Vec<Written>, Failure> {
        Ok(self.all(prefix)?.0)
    }

    async fn list(&self, prefix: &str) -> Result<Listing, Failure> {
        let mut listing = Listing::default();
        for Entry { name, meta, path } in entries(&self.path(prefix))? {
            if meta.is_dir() {
                listing.folders.push(name);
            } else if meta.is_file() || meta.is_symlink() && path.is_file() {
                listing.keys.push(name);
            }
        }
        listing.keys.sort();
        listing.folders.sort();
        Ok(listing)
    }

    async fn others(&self, prefix: &str) -> Result<Vec<Other>, Failure> {
        Ok(self.all(prefix)?.1)
    }

    async fn is_link(&self, folder: &str) -> Result<bool, Failure> {
        Ok(self.path(folder).is_symlink())
    }

    async fn unlink(&self, folder: &str) -> Result<(), Failure> {
        let path = self.own(folder)?;
        if path.is_symlink() { fs::remove_file(&path).map_err(at(&path)) } else { Ok(()) }
    }
}

/// Where a link leads, as a path below `folder`; none where that is elsewhere.
fn below(folder: &Path, link: &Path) -> Option<String> {
    let (folder, to) = (folder.canonicalize().ok()?, link.canonicalize().ok()?);
    Some(to.strip_prefix(folder).ok()?.to_str()?.to_owned())
}

/// Something in a folder, as it is itself.
struct Entry {
    name: String,
    meta: fs::Metadata,
    path: PathBuf,
}

/// What lies directly in a folder, which need not exist.
fn entries(folder: &Path) -> Result<Vec<Entry>, Failure> {
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(at(folder)(error)),
    };
    let mut found = Vec::new();
    for entry in listed {
        let entry = entry.map_err(at(folder))?;
        let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
        match entry.metadata() {
            Ok(meta) => found.push(Entry { name, meta, path }),
            // Another process removed it.
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(at(&path)(error)),
        }
    }
    Ok(found)
}

/// What something is that is neither a plain file nor a folder, for people.
fn words(meta: &fs::Metadata) -> &'static str {
    if meta.is_symlink() { "a symbolic link" } else { "no plain file" }
}

async fn hash(path: &Path) -> Result<Digest, Failure> {
    let mut file = tokio::fs::File::from_std(open_plain(path).map_err(at(path))?);
    let (mut hasher, mut buffer) = (Hasher::default(), vec![0; CHUNK]);
    loop {
        match file.read(&mut buffer).await.map_err(at(path))? {
            0 => return Ok(hasher.finish()),
            count => hasher.update(&buffer[..count]),
        }
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
