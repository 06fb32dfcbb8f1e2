//! A layout as a folder.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use super::{index_json::IndexJson, mark};
use crate::{
    archive::{open_plain, read_plain},
    model::{ALGORITHMS, Descriptor, Digest, Failure, FailureKind, Remedy, Side},
    sink::{
        disk::{self, at},
        failures::unreadable,
    },
};

/// How much is read and written at once, in bytes.
const CHUNK: usize = 256 << 10;

pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn blob(&self, digest: &Digest) -> PathBuf {
        self.root.join("blobs").join(digest.algorithm()).join(digest.hex())
    }

    fn index_path(&self) -> PathBuf {
        self.root.join("index.json")
    }

    /// Whether a blob is there that is the layout's own. What a link leads to
    /// may go with another one's.
    pub(super) fn holds(&self, node: &Descriptor) -> Result<bool, Failure> {
        let path = self.blob(&node.digest);
        Ok(length(fs::symlink_metadata(&path), &path)? == Some(node.size))
    }

    /// A blob's length, or that of what a link leads to; none where there is no
    /// such blob.
    pub(super) fn size_of(&self, digest: &Digest) -> Result<Option<u64>, Failure> {
        let path = self.blob(digest);
        length(fs::metadata(&path), &path)
    }

    /// Fails where the blobs are another one's too, behind a symbolic link: what
    /// is not needed here may be needed there.
    pub(super) fn refuse_shared(&self) -> Result<(), Failure> {
        let folders = ALGORITHMS.iter().map(|algorithm| self.root.join("blobs").join(algorithm));
        let mut folders = std::iter::once(self.root.join("blobs")).chain(folders);
        let Some(link) = folders.find(|folder| folder.is_symlink()) else { return Ok(()) };
        let what = format!(
            "{} is a symbolic link: other layouts may need its content, so nothing is removed",
            link.display()
        );
        Err(Failure::new(FailureKind::Invalid, Side::Sink, what).hint(Remedy::CopyAndSweep))
    }

    /// All blobs: digest, length, and how long ago each was written.
    pub(super) fn blobs(&self) -> Result<Vec<(Digest, u64, Option<Duration>)>, Failure> {
        let mut blobs = Vec::new();
        for algorithm in ALGORITHMS {
            let folder = self.root.join("blobs").join(algorithm);
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(at(&folder)(error)),
            };
            for entry in entries {
                let entry = entry.map_err(at(&folder))?;
                let meta = entry.metadata().map_err(at(&entry.path()))?;
                let name = format!("{algorithm}:{}", entry.file_name().to_string_lossy());
                if let (Ok(digest), true) = (name.parse(), meta.is_file()) {
                    let age = meta.modified().ok().map(|at| at.elapsed().unwrap_or_default());
                    blobs.push((digest, meta.len(), age));
                }
            }
        }
        Ok(blobs)
    }

    /// Removes a blob, which need not be there.
    pub(super) fn remove(&self, digest: &Digest) -> Result<(), Failure> {
        let path = self.blob(digest);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(&path)(error)),
            _ => Ok(()),
        }
    }

    /// Reads a blob back and compares it with its descriptor.
    pub(super) fn verify(&self, node: &Descriptor) -> Result<(), Failure> {
        let path = self.blob(&node.digest);
        let file = open_plain(&path).map_err(at(&path))?;
        verify_reader(file, node, &path.display().to_string())
    }

    /// A blob whole, and where it lies.
    pub(super) fn read_blob(&self, node: &Descriptor) -> Result<(Vec<u8>, String), Failure> {
        let path = self.blob(&node.digest);
        let mut bytes = Vec::new();
        let file = open_plain(&path).map_err(at(&path))?;
        file.take(node.size + 1).read_to_end(&mut bytes).map_err(at(&path))?;
        Ok((bytes, path.display().to_string()))
    }

    pub(super) fn index(&self) -> Result<IndexJson, Failure> {
        let path = self.root.join(mark::NAME);
        match read_plain(&path) {
            Ok(bytes) => mark::check(&bytes).map_err(|failure| failure.context(path.display()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(at(&path)(error)),
        }
        let path = self.index_path();
        match read_plain(&path) {
            Ok(bytes) => parse_index(&bytes, &path.display().to_string()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(IndexJson::default()),
            Err(error) => Err(at(&path)(error)),
        }
    }

    /// Changes `index.json`, and renames it into place. The caller has its turn.
    pub(super) fn change_index(
        &self,
        change: impl FnOnce(&mut IndexJson) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let mut index = self.index()?;
        if !change(&mut index)? {
            return Ok(());
        }
        disk::write(&self.root.join(mark::NAME), mark::CONTENT.as_bytes())?;
        disk::write(&self.index_path(), &index.to_bytes())?;
        for folder in ["", "blobs/sha256", "blobs/sha512"] {
            disk::tidy(&self.root.join(folder));
        }
        Ok(())
    }
}

fn length(looked: io::Result<fs::Metadata>, path: &Path) -> Result<Option<u64>, Failure> {
    match looked {
        Ok(meta) => Ok(meta.is_file().then_some(meta.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

pub(super) fn parse_index(bytes: &[u8], name: &str) -> Result<IndexJson, Failure> {
    IndexJson::parse(bytes).map_err(|error| {
        unreadable(&error, name).hint("restore it, or move the layout away and release again")
    })
}

pub(super) fn verify_reader(
    mut reader: impl Read,
    node: &Descriptor,
    name: &str,
) -> Result<(), Failure> {
    let mut hasher = node.digest.hasher();
    let mut buffer = vec![0; CHUNK];
    loop {
        match reader
            .read(&mut buffer)
            .map_err(|error| Failure::from_io(Side::Sink, name, &error))?
        {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    if hasher.size() == node.size && hasher.finish() == node.digest {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Integrity,
        Side::Sink,
        format!("the content of {name} does not match its name"),
    ))
}
