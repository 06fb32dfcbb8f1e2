//! A layout's tar, written anew with what was staged.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Read},
    path::PathBuf,
};

use tempfile::NamedTempFile;

use super::{
    index_json::IndexJson,
    mark,
    tar_entries::{blob_name, refuse_foreign},
    tarball::Tarball,
};
use crate::{
    archive::open_plain,
    model::{ALGORITHMS, Digest, Failure},
    sink::{
        disk::{self, at},
        folder_lock::UseLock,
    },
};

impl Tarball {
    pub(super) fn change_index(
        &self,
        change: impl FnOnce(&mut IndexJson) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        self.change(&[], change)
    }

    /// Writes the tar without some blobs, and the entries that name them.
    pub(super) fn remove(&self, digests: &[Digest]) -> Result<(), Failure> {
        self.change(digests, |index| {
            index.forget(digests);
            Ok(!digests.is_empty())
        })
    }

    fn change(
        &self,
        without: &[Digest],
        change: impl FnOnce(&mut IndexJson) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        refuse_foreign(self.path())?;
        let mut index = self.index()?;
        let staged = self.staged()?;
        if change(&mut index)? || !staged.is_empty() {
            let file = disk::beside(self.path())?;
            self.write(&file, &index, without, &staged)?;
            disk::finish(file, self.path())?;
        }
        self.clear(&staged)
    }

    /// Removes what was staged and is in the tar now, and nothing that another
    /// process stages meanwhile.
    fn clear(&self, staged: &BTreeMap<String, PathBuf>) -> Result<(), Failure> {
        for path in staged.values() {
            fs::remove_file(path).map_err(at(path))?;
        }
        let blobs = self.staging().root().join("blobs");
        for algorithm in ALGORITHMS {
            let folder = blobs.join(algorithm);
            disk::tidy(&folder);
            // One that is in use stays, and so do those above it.
            let _ = fs::remove_dir(folder);
        }
        let _ = fs::remove_dir(blobs);
        let _ = fs::remove_dir(self.staging().root());
        // A process that was killed leaves its own.
        drop(UseLock::alone(&self.used())?);
        if let Some(folder) = self.path().parent() {
            disk::tidy(folder);
        }
        Ok(())
    }

    /// Writes the whole tar: entries in order of their names, times at zero.
    fn write(
        &self,
        file: &NamedTempFile,
        index: &IndexJson,
        without: &[Digest],
        staged: &BTreeMap<String, PathBuf>,
    ) -> Result<(), Failure> {
        let mut old = self.blobs()?;
        for digest in without {
            old.blobs.remove(&blob_name(digest));
        }
        let mut tar = tar::Builder::new(io::BufWriter::new(file.as_file()));
        let failed = at(self.path());
        let mark = mark::CONTENT.as_bytes();
        append(&mut tar, mark::NAME, mark.len() as u64, mark).map_err(&failed)?;
        let index = index.to_bytes();
        append(&mut tar, "index.json", index.len() as u64, &*index).map_err(&failed)?;
        let names: BTreeSet<&String> = old.blobs.keys().chain(staged.keys()).collect();
        for name in names {
            if let Some(path) = staged.get(name) {
                let blob = open_plain(path).map_err(at(path))?;
                let size = blob.metadata().map_err(at(path))?.len();
                append(&mut tar, name, size, blob).map_err(&failed)?;
            } else if let Some(blob) = old.open(name).map_err(&failed)? {
                old.refuse_cut(name).map_err(|failure| failure.context(self.path().display()))?;
                append(&mut tar, name, blob.limit(), blob).map_err(&failed)?;
            }
        }
        tar.into_inner()
            .and_then(|writer| writer.into_inner().map_err(Into::into))
            .map_err(&failed)?;
        Ok(())
    }

    /// The blobs of the staging folder by name.
    fn staged(&self) -> Result<BTreeMap<String, PathBuf>, Failure> {
        let mut staged = BTreeMap::new();
        for algorithm in ALGORITHMS {
            let folder = self.staging().root().join("blobs").join(algorithm);
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let entry = entry.map_err(at(&folder))?;
                let digest = format!("{algorithm}:{}", entry.file_name().to_string_lossy());
                if let Ok(digest) = digest.parse::<Digest>() {
                    staged.insert(blob_name(&digest), entry.path());
                }
            }
        }
        Ok(staged)
    }
}

fn append(
    tar: &mut tar::Builder<impl io::Write>,
    name: &str,
    size: u64,
    content: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    tar.append_data(&mut header, name, content)
}
