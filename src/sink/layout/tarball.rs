//! A layout as a tar.
//!
//! A tar cannot be changed in place, so what is pushed is staged in a hidden
//! folder beside it; a tag that moves writes a new tar of what the old one
//! held and what was staged, and renames it over the old one.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::NamedTempFile;

use super::{
    folder::{Folder, parse_index, verify_reader},
    index_json::IndexJson,
    mark,
};
use crate::{
    archive::open_plain,
    model::{ALGORITHMS, Descriptor, Digest, Failure, FailureKind, Side, escape},
    sink::{
        disk::{self, at},
        file_range::Piece,
        folder_lock::Use,
    },
};

/// The largest `index.json` that is read, in bytes.
const INDEX_LIMIT: u64 = 4 << 20;

pub(super) struct Tarball {
    path: PathBuf,
    staging: Folder,
}

/// A blob in a tar: where it begins, and its length.
struct Entry {
    offset: u64,
    size: u64,
}

/// A tar with its blobs by name. Another process may put a new tar in its
/// place meanwhile, so what is read is read of this one.
#[derive(Default)]
struct Held {
    file: Option<File>,
    blobs: BTreeMap<String, Entry>,
}

impl Held {
    /// Reads a blob, one after the other; none where there is no such blob.
    fn open(&self, name: &str) -> io::Result<Option<io::Take<&File>>> {
        let (Some(mut file), Some(entry)) = (self.file.as_ref(), self.blobs.get(name)) else {
            return Ok(None);
        };
        io::Seek::seek(&mut file, io::SeekFrom::Start(entry.offset))?;
        Ok(Some(file.take(entry.size)))
    }

    /// Fails where the tar ends within a blob: what is left of it is not all.
    fn refuse_cut(&self, name: &str) -> Result<(), Failure> {
        let (Some(file), Some(entry)) = (&self.file, self.blobs.get(name)) else { return Ok(()) };
        let size = file.metadata().map_err(at(Path::new(name)))?.len();
        if entry.offset.saturating_add(entry.size) <= size {
            return Ok(());
        }
        let why = format!("it ends within {}: it was cut off", escape(name));
        Err(Failure::new(FailureKind::Integrity, Side::Sink, why)
            .hint("fetch it again, or push to another one: nothing was written over it"))
    }
}

impl Tarball {
    pub(super) fn new(path: PathBuf) -> Self {
        // A link stays, and what it leads to is written.
        let path = path.canonicalize().unwrap_or(path);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let staging = Folder::new(path.with_file_name(format!(".{name}.castoff")));
        Self { path, staging }
    }

    /// The folder whose lock tells who uses the blobs. It is there only
    /// meanwhile.
    pub(super) fn used(&self) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.path.with_file_name(format!(".{name}.castoff-use"))
    }

    pub(super) fn staging(&self) -> &Folder {
        &self.staging
    }

    pub(super) fn holds(&self, node: &Descriptor) -> Result<bool, Failure> {
        Ok(self.size_of(&node.digest)? == Some(node.size))
    }

    /// A blob's length; none where there is no such blob.
    pub(super) fn size_of(&self, digest: &Digest) -> Result<Option<u64>, Failure> {
        Ok(self.held()?.blobs.get(&blob_name(digest)).map(|entry| entry.size))
    }

    /// Where a blob lies in the tar.
    pub(super) fn piece(&self, node: &Descriptor) -> Result<Piece, Failure> {
        let name = blob_name(&node.digest);
        let missing = || at(&self.path)(io::ErrorKind::NotFound.into()).because(&name);
        let entry = self.held()?.blobs.remove(&name).ok_or_else(missing)?;
        Ok(Piece { path: self.path.clone(), offset: entry.offset, size: entry.size })
    }

    pub(super) fn verify(&self, node: &Descriptor) -> Result<(), Failure> {
        let held = self.held()?;
        let name = blob_name(&node.digest);
        let missing = || at(&self.path)(io::ErrorKind::NotFound.into()).because(&name);
        let reader = held.open(&name).map_err(at(&self.path))?.ok_or_else(missing)?;
        verify_reader(reader, node, &format!("{}: {name}", self.path.display()))
    }

    pub(super) fn index(&self) -> Result<IndexJson, Failure> {
        let Some(file) = self.file()? else { return Ok(IndexJson::default()) };
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

    pub(super) fn change_index(
        &self,
        change: impl FnOnce(&mut IndexJson) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        self.change(&[], change)
    }

    /// All blobs: digest, length, and how long ago each was written, which a
    /// tar does not tell.
    pub(super) fn listed(&self) -> Result<Vec<(Digest, u64, Option<Duration>)>, Failure> {
        let digest = |(name, entry): (String, Entry)| {
            let name = name.strip_prefix("blobs/")?.replacen('/', ":", 1);
            Some((name.parse().ok()?, entry.size, None))
        };
        Ok(self.held()?.blobs.into_iter().filter_map(digest).collect())
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
        self.refuse_others()?;
        let mut index = self.index()?;
        let staged = self.staged()?;
        if change(&mut index)? || !staged.is_empty() {
            let file = disk::beside(&self.path)?;
            self.write(&file, &index, without, &staged)?;
            disk::finish(file, &self.path)?;
        }
        self.clear(&staged)
    }

    /// Removes what was staged and is in the tar now, and nothing that another
    /// process stages meanwhile.
    fn clear(&self, staged: &BTreeMap<String, PathBuf>) -> Result<(), Failure> {
        for path in staged.values() {
            fs::remove_file(path).map_err(at(path))?;
        }
        let blobs = self.staging.root().join("blobs");
        for algorithm in ALGORITHMS {
            let folder = blobs.join(algorithm);
            disk::tidy(&folder);
            // One that is in use stays, and so do those above it.
            let _ = fs::remove_dir(folder);
        }
        let _ = fs::remove_dir(blobs);
        let _ = fs::remove_dir(self.staging.root());
        // A process that was killed leaves its own.
        drop(Use::alone(&self.used())?);
        if let Some(folder) = self.path.parent() {
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
        let mut old = self.held()?;
        for digest in without {
            old.blobs.remove(&blob_name(digest));
        }
        let mut tar = tar::Builder::new(io::BufWriter::new(file.as_file()));
        let failed = at(&self.path);
        let mark = mark::CONTENT.as_bytes();
        append(&mut tar, mark::NAME, mark.len() as u64, mark).map_err(&failed)?;
        let index = index.to_bytes();
        append(&mut tar, "index.json", index.len() as u64, &*index).map_err(&failed)?;
        let names: std::collections::BTreeSet<&String> =
            old.blobs.keys().chain(staged.keys()).collect();
        for name in names {
            if let Some(path) = staged.get(name) {
                let blob = open_plain(path).map_err(at(path))?;
                let size = blob.metadata().map_err(at(path))?.len();
                append(&mut tar, name, size, blob).map_err(&failed)?;
            } else if let Some(blob) = old.open(name).map_err(&failed)? {
                old.refuse_cut(name).map_err(|failure| failure.context(self.path.display()))?;
                append(&mut tar, name, blob.limit(), blob).map_err(&failed)?;
            }
        }
        tar.into_inner()
            .and_then(|writer| writer.into_inner().map_err(Into::into))
            .map_err(&failed)?;
        Ok(())
    }

    /// A blob whole, and where it lies.
    pub(super) fn read_blob(&self, node: &Descriptor) -> Result<(Vec<u8>, String), Failure> {
        let name = blob_name(&node.digest);
        let place = format!("{}: {name}", self.path.display());
        let missing = || Failure::new(FailureKind::NotFound, Side::Sink, "there is no such entry");
        let held = self.held()?;
        let reader = held.open(&name).map_err(at(&self.path))?;
        let reader = reader.ok_or_else(|| missing().context(&place))?;
        let mut bytes = Vec::new();
        reader.take(node.size + 1).read_to_end(&mut bytes).map_err(at(&self.path))?;
        Ok((bytes, place))
    }

    /// What the tar holds.
    fn held(&self) -> Result<Held, Failure> {
        let Some(file) = self.file()? else { return Ok(Held::default()) };
        let blobs = self.listed_in(&file)?;
        Ok(Held { file: Some(file), blobs })
    }

    /// The blobs that a tar lists, by name.
    fn listed_in(&self, file: &File) -> Result<BTreeMap<String, Entry>, Failure> {
        let mut blobs = BTreeMap::new();
        for entry in tar::Archive::new(file).entries_with_seek().map_err(at(&self.path))? {
            let entry = entry.map_err(at(&self.path))?;
            let name = name_of(&entry);
            if name.starts_with("blobs/") && entry.header().entry_type().is_file() {
                blobs.insert(name, Entry { offset: entry.raw_file_position(), size: entry.size() });
            }
        }
        Ok(blobs)
    }

    /// Fails where the tar holds what is of no layout, and would be lost when it
    /// is written anew: the `manifest.json` of `docker save`, say.
    pub(super) fn refuse_others(&self) -> Result<(), Failure> {
        let Some(file) = self.file()? else { return Ok(()) };
        let mut is_empty = true;
        for entry in tar::Archive::new(&file).entries_with_seek().map_err(at(&self.path))? {
            let entry = entry.map_err(at(&self.path))?;
            let (name, kind) = (name_of(&entry), entry.header().entry_type());
            is_empty = false;
            let is_own = name.starts_with("blobs/") || ["index.json", mark::NAME].contains(&&*name);
            let is_carried = kind.is_dir() || kind.is_pax_global_extensions();
            if !(is_carried || is_own && kind.is_file()) {
                let other = if is_own { " as another kind of entry than a file" } else { "" };
                let name = escape(&name);
                let why = format!("it holds {name}{other}, which a layout does not have");
                return Err(self.others(why));
            }
        }
        if is_empty && !is_zero(&file).map_err(at(&self.path))? {
            return Err(self.others("it holds no entries, and is not empty".to_owned()));
        }
        Ok(())
    }

    fn others(&self, why: String) -> Failure {
        Failure::new(FailureKind::Invalid, Side::Sink, why).context(self.path.display()).hint(
            "castoff writes such an archive anew and would lose that: push it to a layout of its \
             own",
        )
    }

    /// The blobs of the staging folder by name.
    fn staged(&self) -> Result<BTreeMap<String, PathBuf>, Failure> {
        let mut staged = BTreeMap::new();
        for algorithm in ALGORITHMS {
            let folder = self.staging.root().join("blobs").join(algorithm);
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

    fn file(&self) -> Result<Option<File>, Failure> {
        match open_plain(&self.path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::from_io(Side::Sink, self.path.display(), &error)),
        }
    }
}

/// What an entry is called, without the `./` that `tar -C LAYOUT -c .` writes.
fn name_of<R: Read>(entry: &tar::Entry<'_, R>) -> String {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    name.strip_prefix("./").map(str::to_owned).unwrap_or(name)
}

/// Whether a file holds nothing but zeros, as an empty tar does.
fn is_zero(mut file: &File) -> io::Result<bool> {
    io::Seek::rewind(&mut file)?;
    let mut bytes = [0; 1 << 13];
    loop {
        match file.read(&mut bytes)? {
            0 => return Ok(true),
            count if bytes[..count].iter().any(|byte| *byte != 0) => return Ok(false),
            _ => {}
        }
    }
}

fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
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
