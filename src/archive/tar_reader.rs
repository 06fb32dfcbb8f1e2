//! A tar, read entry by entry and with suspicion.
//!
//! Headers are the `tar` crate's. The records before an entry are read here,
//! since they must be bounded (a PAX record may claim gigabytes) and must mean
//! the same to every reader (CVE-2025-62518). Nothing is ever extracted, yet
//! names that lead out of the archive are refused: an archive that holds one
//! was not made by a tool that castoff reads from.

use std::{
    collections::BTreeSet,
    io::{self, Read, Seek, SeekFrom},
};

use tar::{EntryType, Header};

use super::{as_io, invalid, pax::Pax};
use crate::model::{Failure, escape};

const BLOCK: u64 = 512;
/// The longest GNU name or link target.
const NAME_LIMIT: u64 = 64 << 10;
/// The longest PAX record block.
const PAX_LIMIT: u64 = 1 << 20;
/// The most entries.
const ENTRY_LIMIT: usize = 1_000_000;

/// Reads a tar. After [`Self::next_entry`], reading gives the entry's data.
pub struct TarReader<R> {
    inner: R,
    name: String,
    /// What is left of the entry's data, and of what fills its last block.
    data: u64,
    padding: u64,
    entry: Option<String>,
    seen: BTreeSet<String>,
    count: usize,
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

/// The records that stand before an entry and say more of it.
#[derive(Default)]
struct Records {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    pax: Option<Pax>,
}

impl<R: Read> TarReader<R> {
    /// Reads `inner`, which errors call `name`.
    pub fn new(inner: R, name: &str) -> Self {
        Self {
            inner,
            name: name.to_owned(),
            data: 0,
            padding: 0,
            entry: None,
            seen: BTreeSet::new(),
            count: 0,
        }
    }

    /// Goes to the next entry by reading over what is left of this one.
    /// After the last, reads the stream to its end.
    ///
    /// # Errors
    ///
    /// Fails where the tar is damaged, cut short, or means two things.
    pub fn next_entry(&mut self) -> io::Result<Option<Entry>> {
        self.advance(|inner, count| {
            let skipped = io::copy(&mut inner.take(count), &mut io::sink())?;
            if skipped < count { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
        })
    }

    fn advance(
        &mut self,
        skip: impl Fn(&mut R, u64) -> io::Result<()>,
    ) -> io::Result<Option<Entry>> {
        let mut records = Records::default();
        loop {
            let rest = self.data + self.padding;
            skip(&mut self.inner, rest).map_err(|error| self.describe(error))?;
            (self.data, self.padding) = (0, 0);
            let Some(header) = self.header()? else { return self.end().map(|()| None) };
            let size = header.entry_size().map_err(|_| self.damaged())?;
            self.begin(size);
            match header.entry_type() {
                EntryType::GNULongName => records.name = Some(self.text(size)?),
                EntryType::GNULongLink => records.link = Some(self.text(size)?),
                EntryType::XHeader => {
                    let data = self.record(size, PAX_LIMIT)?;
                    records.pax = Some(Pax::parse(&data).ok_or_else(|| self.damaged())?);
                }
                // Says something of all entries, none of which castoff asks.
                EntryType::XGlobalHeader => drop(self.record(size, PAX_LIMIT)?),
                kind => return self.entry(&header, kind, records).map(Some),
            }
        }
    }

    fn entry(&mut self, header: &Header, kind: EntryType, records: Records) -> io::Result<Entry> {
        let Records { name, link, pax } = records;
        let pax = pax.unwrap_or_default();
        if pax.sparse || kind == EntryType::GNUSparse {
            return Err(self.wrong("it holds a sparse file, which cannot be read"));
        }
        let name = pax.path.or(name).unwrap_or_else(|| header.path_bytes().into_owned());
        let target = pax
            .link
            .or(link)
            .unwrap_or_else(|| header.link_name_bytes().unwrap_or_default().into_owned());
        let target = String::from_utf8_lossy(&target).into_owned();
        let name = self.checked(&name)?;
        let kind = match kind {
            EntryType::Regular | EntryType::Continuous => EntryKind::File,
            EntryType::Directory => EntryKind::Folder,
            EntryType::Symlink => EntryKind::Symlink(target),
            EntryType::Link => EntryKind::Hardlink(target),
            _ => EntryKind::Other,
        };
        let stated = pax.size.unwrap_or(header.entry_size().map_err(|_| self.damaged())?);
        // Some tools give a link the size of what it leads to, without data.
        let size = if kind == EntryKind::File || kind == EntryKind::Other { stated } else { 0 };
        self.begin(size);
        self.unique(&name, &kind)?;
        self.entry = Some(name.clone());
        Ok(Entry { name, kind, size })
    }

    fn unique(&mut self, name: &str, kind: &EntryKind) -> io::Result<()> {
        self.count += 1;
        if self.count > ENTRY_LIMIT {
            return Err(self.wrong(format!("it has more than {ENTRY_LIMIT} entries")));
        }
        if *kind != EntryKind::Folder && !self.seen.insert(name.to_owned()) {
            return Err(self.wrong(format!("it has two entries `{}`", escape(name))));
        }
        Ok(())
    }

    fn begin(&mut self, size: u64) {
        self.data = size;
        self.padding = (BLOCK - size % BLOCK) % BLOCK;
    }

    /// Reads a header; none where a block of zeros ends the archive.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let mut header = Header::new_old();
        let block: &mut [u8] = header.as_mut_bytes();
        self.inner.read_exact(block).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof if self.count == 0 => self.no_tar(),
            _ => self.describe(error),
        })?;
        if block.iter().all(|&byte| byte == 0) {
            return Ok(None);
        }
        let sum: u32 = block
            .iter()
            .enumerate()
            .map(|(at, &byte)| u32::from(if (148..156).contains(&at) { b' ' } else { byte }))
            .sum();
        match header.cksum() {
            Ok(stated) if stated == sum => Ok(Some(header)),
            _ if self.count == 0 => Err(self.no_tar()),
            _ => Err(self.damaged()),
        }
    }

    /// Reads what follows the end, so that checksums further out are checked.
    fn end(&mut self) -> io::Result<()> {
        let mut buffer = [0; 8192];
        loop {
            match self.inner.read(&mut buffer).map_err(|error| self.describe(error))? {
                0 => return Ok(()),
                count if buffer[..count].iter().any(|&byte| byte != 0) => {
                    return Err(self.wrong("something follows the end of the tar"));
                }
                _ => {}
            }
        }
    }

    fn text(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let mut text = self.record(size, NAME_LIMIT)?;
        if text.last() == Some(&0) {
            text.pop();
        }
        Ok(text)
    }

    fn record(&mut self, size: u64, limit: u64) -> io::Result<Vec<u8>> {
        if size > limit {
            return Err(self.wrong(format!("a header record has {size} bytes, more than {limit}")));
        }
        let mut record = Vec::new();
        self.read_to_end(&mut record)?;
        Ok(record)
    }

    fn checked(&self, name: &[u8]) -> io::Result<String> {
        let shown = String::from_utf8_lossy(name).into_owned();
        let refuse = |why: &str| Err(self.wrong(format!("its entry `{}` {why}", escape(&shown))));
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
            return refuse("leads out of the archive");
        }
        Ok(parts.join("/"))
    }

    fn describe(&self, error: io::Error) -> io::Error {
        if error.kind() != io::ErrorKind::UnexpectedEof || Failure::find_in(&error).is_some() {
            return error;
        }
        self.wrong("the tar is cut short")
    }

    fn no_tar(&self) -> io::Error {
        self.wrong("it is no tar, and not compressed in a known way")
    }

    fn damaged(&self) -> io::Error {
        self.wrong("a header of the tar is damaged")
    }

    fn wrong(&self, what: impl std::fmt::Display) -> io::Error {
        let failure = invalid(&self.name, what);
        let failure = match &self.entry {
            Some(entry) => failure.because(format!("the last good entry is `{}`", escape(entry))),
            None => failure,
        };
        as_io(failure.hint("build or download the file again"))
    }
}

impl<R: Read + Seek> TarReader<R> {
    /// Goes to the next entry without reading what is left of this one.
    ///
    /// # Errors
    ///
    /// As [`Self::next_entry`].
    pub fn seek_entry(&mut self) -> io::Result<Option<Entry>> {
        self.advance(|inner, count| {
            let count = i64::try_from(count).map_err(io::Error::other)?;
            inner.seek(SeekFrom::Current(count)).map(drop)
        })
    }
}

impl<R: Read> Read for TarReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.data == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let most = usize::try_from(self.data).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.inner.read(&mut buffer[..most]).map_err(|error| self.describe(error))?;
        if count == 0 {
            return Err(self.describe(io::ErrorKind::UnexpectedEof.into()));
        }
        self.data -= count as u64;
        Ok(count)
    }
}
