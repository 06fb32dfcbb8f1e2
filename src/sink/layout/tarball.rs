//! A layout as a tar.
//!
//! A tar cannot be changed in place, so what is pushed is staged in a hidden
//! folder beside it; a tag that moves writes a new tar of what the old one
//! held and what was staged, and renames it over the old one.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    folder::{Folder, parse_index, verify_reader},
    index_json::IndexJson,
    mark,
    tar_entries::{Entry, TarBlobs, blob_name, name_of, opened},
};
use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Side},
    sink::{disk::at, file_range::FileRange},
};

/// The largest `index.json` that is read, in bytes.
const INDEX_LIMIT: u64 = 4 << 20;

pub(super) struct Tarball {
    path: PathBuf,
    staging: Folder,
}

impl Tarball {
    pub(super) fn new(path: PathBuf) -> Self {
        // A link stays, and what it leads to is written.
        let path = path.canonicalize().unwrap_or(path);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let staging = Folder::new(path.with_file_name(format!(".{name}.castoff")));
        Self { path, staging }
    }

    /// The folder of the lock that tells which processes use the blobs. It is there only
    /// meanwhile.
    pub(super) fn used(&self) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.path.with_file_name(format!(".{name}.castoff-use"))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn staging(&self) -> &Folder {
        &self.staging
    }

    pub(super) fn holds(&self, node: &Descriptor) -> Result<bool, Failure> {
        Ok(self.size_of(&node.digest)? == Some(node.size))
    }

    /// A blob's length; none where there is no such blob.
    pub(super) fn size_of(&self, digest: &Digest) -> Result<Option<u64>, Failure> {
        Ok(self.blobs()?.blobs.get(&blob_name(digest)).map(|entry| entry.size))
    }

    /// Where a blob lies in the tar.
    pub(super) fn piece(&self, node: &Descriptor) -> Result<FileRange, Failure> {
        let name = blob_name(&node.digest);
        let missing = || at(&self.path)(io::ErrorKind::NotFound.into()).because(&name);
        let entry = self.blobs()?.blobs.remove(&name).ok_or_else(missing)?;
        Ok(FileRange { path: self.path.clone(), offset: entry.offset, size: entry.size })
    }

    pub(super) fn verify(&self, node: &Descriptor) -> Result<(), Failure> {
        let held = self.blobs()?;
        let name = blob_name(&node.digest);
        let missing = || at(&self.path)(io::ErrorKind::NotFound.into()).because(&name);
        let reader = held.open(&name).map_err(at(&self.path))?.ok_or_else(missing)?;
        verify_reader(reader, node, &format!("{}: {name}", self.path.display()))
    }

    pub(super) fn index(&self) -> Result<IndexJson, Failure> {
        let Some(file) = opened(&self.path)? else { return Ok(IndexJson::default()) };
        let mut archive = tar::Archive::new(file);
        let mut index = IndexJson::default();
        for entry in archive.entries_with_seek().map_err(at(&self.path))? {
            let entry = entry.map_err(at(&self.path))?;
            let name = name_of(&entry);
            if !["index.json", mark::NAME].contains(&&*name) {
                continue;
            }
            let mut bytes = Vec::new();
            entry.take(INDEX_LIMIT).read_to_end(&mut bytes).map_err(at(&self.path))?;
            let name = format!("{}: {name}", self.path.display());
            if name.ends_with(mark::NAME) {
                mark::check(&bytes).map_err(|failure| failure.context(name))?;
            } else {
                // What is appended to a tar stands for what it was before.
                index = parse_index(&bytes, &name)?;
            }
        }
        Ok(index)
    }

    /// All blobs: digest, length, and how long ago each was written, which a
    /// tar does not tell.
    pub(super) fn listed(&self) -> Result<Vec<(Digest, u64, Option<Duration>)>, Failure> {
        let digest = |(name, entry): (String, Entry)| {
            let name = name.strip_prefix("blobs/")?.replacen('/', ":", 1);
            Some((name.parse().ok()?, entry.size, None))
        };
        Ok(self.blobs()?.blobs.into_iter().filter_map(digest).collect())
    }

    /// A blob whole, and where it lies.
    pub(super) fn read_blob(&self, node: &Descriptor) -> Result<(Vec<u8>, String), Failure> {
        let name = blob_name(&node.digest);
        let place = format!("{}: {name}", self.path.display());
        let missing =
            || Failure::new(FailureKind::NotFound, Side::Sink, "the entry does not exist");
        let held = self.blobs()?;
        let reader = held.open(&name).map_err(at(&self.path))?;
        let reader = reader.ok_or_else(|| missing().context(&place))?;
        let mut bytes = Vec::new();
        reader.take(node.size + 1).read_to_end(&mut bytes).map_err(at(&self.path))?;
        Ok((bytes, place))
    }

    /// The blobs of the tar itself.
    pub(super) fn blobs(&self) -> Result<TarBlobs, Failure> {
        TarBlobs::at(&self.path)
    }
}
