//! A tar, read entry by entry and with suspicion.
//!
//! Nothing is ever extracted, yet names that lead out of the archive are
//! refused: an archive that holds one was not made by a tool that castoff reads
//! from.

use std::{
    collections::BTreeSet,
    io::{self, Read, Seek},
};

use tar::EntryType;

use super::raw_tar::{RawEntry, RawTar};
use crate::model::escape;

/// Reads a tar. After [`Self::next_entry`], reading gives the entry's data.
pub struct TarReader<R> {
    raw: RawTar<R>,
    seen: BTreeSet<String>,
}

/// An entry of a tar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, without `./` before and `/` behind.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// The length of its data in bytes.
    pub size: u64,
}

/// What an entry of a tar is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, with its target as it stands there.
    Symlink(String),
    /// Another name of an earlier entry.
    Hardlink(String),
    /// A device or a pipe.
    Other,
}

impl<R: Read> TarReader<R> {
    /// Reads `inner`, which errors call `name`.
    pub fn new(inner: R, name: &str) -> Self {
        Self { raw: RawTar::new(inner, name), seen: BTreeSet::new() }
    }

    /// Goes to the next entry by reading over what is left of this one.
    /// After the last, reads the stream to its end.
    ///
    /// # Errors
    ///
    /// Fails where the tar is damaged, cut short, or means two things.
    pub fn next_entry(&mut self) -> io::Result<Option<Entry>> {
        self.raw.next_entry()?.map(|raw| self.entry(&raw)).transpose()
    }

    fn entry(&mut self, raw: &RawEntry) -> io::Result<Entry> {
        let target = || String::from_utf8_lossy(&raw.link).into_owned();
        let name = self.checked(&raw.name)?;
        let kind = match raw.kind {
            EntryType::Regular | EntryType::Continuous => EntryKind::File,
            EntryType::Directory => EntryKind::Folder,
            EntryType::Symlink => EntryKind::Symlink(target()),
            EntryType::Link => EntryKind::Hardlink(target()),
            _ => EntryKind::Other,
        };
        if kind != EntryKind::Folder && !self.seen.insert(name.clone()) {
            let what = format!("it has two entries named `{}`", escape(&name));
            return Err(self.raw.refuse(what));
        }
        Ok(Entry { name, kind, size: raw.size })
    }

    fn checked(&self, name: &[u8]) -> io::Result<String> {
        let shown = String::from_utf8_lossy(name).into_owned();
        let refuse =
            |why: &str| Err(self.raw.refuse(format!("its entry `{}` {why}", escape(&shown))));
        let Ok(text) = std::str::from_utf8(name) else {
            return refuse("has a name that is not UTF-8");
        };
        if text.contains('\0') || text.contains('\\') {
            return refuse("has a NUL or a backslash in its name");
        }
        if text.starts_with('/') {
            return refuse("has an absolute name");
        }
        let parts: Vec<_> =
            text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        if parts.contains(&"..") {
            return refuse("leads outside the archive");
        }
        Ok(parts.join("/"))
    }
}

impl<R: Read + Seek> TarReader<R> {
    /// Goes to the next entry without reading what is left of this one.
    ///
    /// # Errors
    ///
    /// As [`Self::next_entry`].
    pub fn seek_entry(&mut self) -> io::Result<Option<Entry>> {
        self.raw.seek_entry()?.map(|raw| self.entry(&raw)).transpose()
    }
}

impl<R: Read> Read for TarReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.raw.read(buffer)
    }
}
