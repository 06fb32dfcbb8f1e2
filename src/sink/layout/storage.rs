//! A layout's blobs and names, whether it is a folder or a tar. All of it blocks.

use std::{collections::HashSet, path::PathBuf, time::Duration};

use super::{folder::Folder, index_json::IndexJson, tarball::Tarball};
use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Repository, entry_name},
    ports::Swap,
    sink::file_range::FileRange,
};

/// Where a layout lies.
pub(super) enum Storage {
    Folder(Folder),
    Tarball(Tarball),
}

impl Storage {
    pub(super) fn at(path: PathBuf) -> Self {
        if path.extension().is_some_and(|extension| extension == "tar") {
            Self::Tarball(Tarball::new(path))
        } else {
            Self::Folder(Folder::new(path))
        }
    }

    pub(super) fn staging(&self) -> &Folder {
        match self {
            Self::Folder(folder) => folder,
            Self::Tarball(tarball) => tarball.staging(),
        }
    }

    /// The folder of the lock that tells which processes use the blobs.
    pub(super) fn used(&self) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.root().join("blobs"),
            Self::Tarball(tarball) => tarball.used(),
        }
    }

    pub(super) fn holds(&self, node: &Descriptor) -> Result<bool, Failure> {
        match self {
            Self::Folder(folder) => folder.holds(node),
            Self::Tarball(tarball) => Ok(tarball.staging().holds(node)? || tarball.holds(node)?),
        }
    }

    pub(super) fn verify(&self, node: &Descriptor) -> Result<(), Failure> {
        match self {
            Self::Folder(folder) => folder.verify(node),
            Self::Tarball(tarball) => {
                staged_or(tarball.staging().verify(node), || tarball.verify(node))
            }
        }
    }

    pub(super) fn read_blob(&self, node: &Descriptor) -> Result<(Vec<u8>, String), Failure> {
        match self {
            Self::Folder(folder) => folder.read_blob(node),
            Self::Tarball(tarball) => {
                staged_or(tarball.staging().read_blob(node), || tarball.read_blob(node))
            }
        }
    }

    pub(super) fn size_of(&self, digest: &Digest) -> Result<Option<u64>, Failure> {
        match self {
            Self::Folder(folder) => folder.size_of(digest),
            Self::Tarball(tarball) => match tarball.staging().size_of(digest)? {
                None => tarball.size_of(digest),
                staged => Ok(staged),
            },
        }
    }

    pub(super) fn blobs(&self) -> Result<Vec<(Digest, u64, Option<Duration>)>, Failure> {
        match self {
            Self::Folder(folder) => folder.blobs(),
            Self::Tarball(tarball) => tarball.listed(),
        }
    }

    pub(super) fn remove(&self, digests: &[Digest]) -> Result<(), Failure> {
        let change = |index: &mut IndexJson| Ok(index.forget(digests));
        match self {
            Self::Folder(folder) => {
                folder.change_index(change)?;
                digests.iter().try_for_each(|digest| folder.remove(digest))
            }
            Self::Tarball(tarball) => tarball.remove(digests),
        }
    }

    pub(super) fn piece(&self, node: &Descriptor) -> Result<FileRange, Failure> {
        match self {
            Self::Folder(folder) => Ok(FileRange::whole(folder.blob(&node.digest), node.size)),
            Self::Tarball(tarball) => tarball.piece(node),
        }
    }

    pub(super) fn index(&self) -> Result<IndexJson, Failure> {
        match self {
            Self::Folder(folder) => folder.index(),
            Self::Tarball(tarball) => tarball.index(),
        }
    }

    /// Adds an entry without a name.
    pub(super) fn enter(&self, node: &Descriptor) -> Result<(), Failure> {
        let change = |index: &mut IndexJson| Ok(index.enter(node));
        match self {
            Self::Folder(folder) => folder.change_index(change),
            Self::Tarball(tarball) => tarball.change_index(change),
        }
    }

    /// Moves tags of `repository`, with one write; what is about something
    /// else stays listed. Nothing moves where one cannot.
    pub(super) fn swap(
        &self,
        repository: &Repository,
        swaps: &[Swap],
        about: &HashSet<Digest>,
    ) -> Result<(), Failure> {
        let change = |index: &mut IndexJson| {
            let mut changed = false;
            for Swap { tag, expected, to, .. } in swaps {
                let is_about = expected.as_ref().is_some_and(|digest| about.contains(digest));
                let name = entry_name(repository, tag);
                changed |= index.swap(&name, expected.as_ref(), to.as_ref(), is_about)?;
            }
            index.rank(repository, swaps);
            Ok(changed)
        };
        match self {
            Self::Folder(folder) => folder.change_index(change),
            Self::Tarball(tarball) => tarball.change_index(change),
        }
    }
}

/// What is staged, or else what is in the tar, where it is by now: each change
/// moves it there.
fn staged_or<T>(
    staged: Result<T, Failure>,
    tarred: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    match staged {
        Err(failure) if failure.kind == FailureKind::NotFound => tarred(),
        staged => staged,
    }
}
