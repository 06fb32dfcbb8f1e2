//! The entries of a tar that is a layout.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::Path,
};

use super::mark;
use crate::{
    archive::open_plain,
    model::{Digest, Failure, FailureKind, Side, escape},
    sink::disk::at,
};

/// A blob in a tar: where it begins, and its length.
pub(super) struct Entry {
    pub(super) offset: u64,
    pub(super) size: u64,
}

/// A tar with its blobs by name. Another process may put a new tar in its
/// place meanwhile, so what is read is read of this one.
#[derive(Default)]
pub(super) struct TarBlobs {
    pub(super) file: Option<File>,
    pub(super) blobs: BTreeMap<String, Entry>,
}

impl TarBlobs {
    /// The blobs of the tar at `path`; none where there is no such tar.
    pub(super) fn at(path: &Path) -> Result<Self, Failure> {
        let Some(file) = opened(path)? else { return Ok(Self::default()) };
        let mut blobs = BTreeMap::new();
        for entry in tar::Archive::new(&file).entries_with_seek().map_err(at(path))? {
            let entry = entry.map_err(at(path))?;
            let name = name_of(&entry);
            if name.starts_with("blobs/") && entry.header().entry_type().is_file() {
                blobs.insert(name, Entry { offset: entry.raw_file_position(), size: entry.size() });
            }
        }
        Ok(Self { file: Some(file), blobs })
    }

    /// Reads a blob, one after the other; none where there is no such blob.
    pub(super) fn open(&self, name: &str) -> io::Result<Option<io::Take<&File>>> {
        let (Some(mut file), Some(entry)) = (self.file.as_ref(), self.blobs.get(name)) else {
            return Ok(None);
        };
        io::Seek::seek(&mut file, io::SeekFrom::Start(entry.offset))?;
        Ok(Some(file.take(entry.size)))
    }

    /// Fails where the tar ends within a blob: what is left of it is not all.
    pub(super) fn refuse_cut(&self, name: &str) -> Result<(), Failure> {
        let (Some(file), Some(entry)) = (&self.file, self.blobs.get(name)) else { return Ok(()) };
        let size = file.metadata().map_err(at(Path::new(name)))?.len();
        if entry.offset.saturating_add(entry.size) <= size {
            return Ok(());
        }
        let why = format!("it ends within {}: it is truncated", escape(name));
        Err(Failure::new(FailureKind::Integrity, Side::Sink, why)
            .hint("fetch it again, or push to another file; this one was not overwritten"))
    }
}

/// What an entry is called, without the `./` that `tar -C LAYOUT -c .` writes.
pub(super) fn name_of<R: Read>(entry: &tar::Entry<'_, R>) -> String {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    name.strip_prefix("./").map(str::to_owned).unwrap_or(name)
}

pub(super) fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}

/// Opens the tar at `path`; none where there is no such tar.
pub(super) fn opened(path: &Path) -> Result<Option<File>, Failure> {
    match open_plain(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

/// Fails where the tar at `path` holds what is of no layout, and would be lost
/// when it is written anew: the `manifest.json` of `docker save`, say.
pub(super) fn refuse_foreign(path: &Path) -> Result<(), Failure> {
    let Some(file) = opened(path)? else { return Ok(()) };
    let foreign = |why: String| {
        Failure::new(FailureKind::Invalid, Side::Sink, why)
            .context(path.display())
            .hint("castoff rewrites such an archive and would lose that: push to a separate layout")
    };
    let mut is_empty = true;
    for entry in tar::Archive::new(&file).entries_with_seek().map_err(at(path))? {
        let entry = entry.map_err(at(path))?;
        let (name, kind) = (name_of(&entry), entry.header().entry_type());
        is_empty = false;
        let is_own = name.starts_with("blobs/") || ["index.json", mark::NAME].contains(&&*name);
        let is_carried = kind.is_dir() || kind.is_pax_global_extensions();
        if !(is_carried || is_own && kind.is_file()) {
            let other = if is_own { " as an entry that is not a file" } else { "" };
            let name = escape(&name);
            return Err(foreign(format!(
                "it contains {name}{other}, which is not part of a layout"
            )));
        }
    }
    if is_empty && !is_zero(&file).map_err(at(path))? {
        return Err(foreign("it has no entries, but is not empty".to_owned()));
    }
    Ok(())
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
