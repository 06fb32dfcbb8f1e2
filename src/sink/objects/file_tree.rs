//! A folder's files by key. All of it blocks.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use super::{Listing, Other, Written};
use crate::{
    archive::read_plain,
    model::{Failure, FailureKind, Side},
    sink::disk::{self, at},
};

/// The files below a folder.
#[derive(Clone, Debug)]
pub(super) struct FileTree {
    pub(super) root: PathBuf,
}

impl FileTree {
    pub(super) fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    /// The path of a key that is to be written or removed. Fails where a folder
    /// on the way to it is a symbolic link.
    pub(super) fn own(&self, key: &str) -> Result<PathBuf, Failure> {
        let path = self.path(key);
        let above = path.ancestors().skip(1).take_while(|folder| *folder != self.root);
        let Some(link) = above.filter(|folder| folder.is_symlink()).last() else {
            return Ok(path);
        };
        let what =
            format!("{} is a symbolic link, and castoff changes nothing behind it", link.display());
        Err(Failure::new(FailureKind::Invalid, Side::Sink, what)
            .hint("use its target, or remove the link"))
    }

    /// What lies below `prefix`, however deep: plain files, and what is neither
    /// a plain file nor a folder. Fails where `prefix` leads through a symbolic
    /// link.
    pub(super) fn all(&self, prefix: &str) -> Result<(Vec<Written>, Vec<Other>), Failure> {
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
    pub(super) fn tidy(&self, path: &Path) {
        let above = path.ancestors().skip(1).take_while(|folder| *folder != self.root);
        // The first that is not empty ends it.
        let _ = above.map(fs::remove_dir).find(Result::is_err);
    }
    /// Reads a small file whole; none only where there is none.
    pub(super) fn read(&self, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        let path = self.path(key);
        present(&path, read_plain(&path))
    }

    /// What is known of a plain file without reading it.
    pub(super) fn look(&self, key: &str) -> Result<Option<fs::Metadata>, Failure> {
        let path = self.path(key);
        Ok(present(&path, fs::metadata(&path))?.filter(fs::Metadata::is_file))
    }

    /// What lies directly below `prefix`.
    pub(super) fn list(&self, prefix: &str) -> Result<Listing, Failure> {
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

    /// Copies a file.
    pub(super) fn copy(&self, from: &str, to: &str) -> Result<(), Failure> {
        disk::copy(&self.path(from), &self.own(to)?)
    }

    /// Removes a file, which need not be there, and the folders above it that
    /// become empty.
    pub(super) fn delete(&self, key: &str) -> Result<(), Failure> {
        let path = self.own(key)?;
        present(&path, fs::remove_file(&path))?;
        self.tidy(&path);
        Ok(())
    }

    /// Removes a symbolic link, and nothing behind it.
    pub(super) fn unlink(&self, folder: &str) -> Result<(), Failure> {
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
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) meta: fs::Metadata,
    pub(super) path: PathBuf,
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
    if meta.is_symlink() { "a symbolic link" } else { "not a regular file" }
}

/// What was found; none where nothing is there.
fn present<T>(path: &Path, found: io::Result<T>) -> Result<Option<T>, Failure> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

/// When a file was last written, where the file system tells.
pub(super) fn modified(meta: &fs::Metadata) -> Option<Timestamp> {
    meta.modified().ok().and_then(|at| Timestamp::try_from(at).ok())
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
