//! A tar's headers, read one by one and with suspicion.
//!
//! Headers are the `tar` crate's. The records before an entry are read here,
//! since they must be bounded (a PAX record may claim gigabytes) and must mean
//! the same to every reader (CVE-2025-62518). Names are given as they stand
//! there: the next reader checks them.

use std::{
    collections::BTreeMap,
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
pub struct RawTar<R> {
    inner: R,
    name: String,
    /// What is left of the entry's data, and of what fills its last block.
    data: u64,
    padding: u64,
    entry: Option<String>,
    /// The entry before that one.
    before: Option<String>,
    count: usize,
    /// What holds for all entries that do not say otherwise.
    global: Pax,
}

/// An entry of a tar, as it stands there.
#[derive(Clone, Debug)]
pub struct RawEntry {
    /// Its name.
    pub name: Vec<u8>,
    /// Where it leads to, if it is a link.
    pub link: Vec<u8>,
    /// What it is.
    pub kind: EntryType,
    /// The length of its data in bytes.
    pub size: u64,
    header: Box<Header>,
    pax: Pax,
    global: Pax,
}

/// What a tar says of an entry besides its name and its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The permissions, with the bits above them: `0o7777`.
    pub mode: u32,
    /// The number of its user.
    pub uid: u64,
    /// The number of its group.
    pub gid: u64,
    /// When its content changed last: seconds since the Unix epoch, and the
    /// nanoseconds after them.
    pub mtime: (i64, u32),
    /// The major and minor number of a device.
    pub device: (u32, u32),
    /// The extended attributes, as `SCHILY.xattr` records have them.
    pub xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// The records that stand before an entry and say more of it.
#[derive(Default)]
struct Records {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    pax: Option<Pax>,
}

impl<R: Read> RawTar<R> {
    /// Reads `inner`, which errors call `name`.
    pub fn new(inner: R, name: &str) -> Self {
        Self {
            inner,
            name: name.to_owned(),
            data: 0,
            padding: 0,
            entry: None,
            before: None,
            count: 0,
            global: Pax::default(),
        }
    }

    /// Goes to the next entry by reading over what is left of this one.
    /// After the last, reads the stream to its end.
    ///
    /// # Errors
    ///
    /// Fails where the tar is damaged, cut short, or means two things.
    pub fn next_entry(&mut self) -> io::Result<Option<RawEntry>> {
        self.advance(|inner, count| {
            let skipped = io::copy(&mut inner.take(count), &mut io::sink())?;
            if skipped < count { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
        })
    }

    fn advance(
        &mut self,
        skip: impl Fn(&mut R, u64) -> io::Result<()>,
    ) -> io::Result<Option<RawEntry>> {
        let mut records = Records::default();
        loop {
            let rest = self.data + self.padding;
            skip(&mut self.inner, rest).map_err(|error| self.describe(error))?;
            (self.data, self.padding) = (0, 0);
            let Some(header) = self.header()? else {
                // What was said of an entry is said of one that is not there.
                let is_cut =
                    records.name.is_some() || records.link.is_some() || records.pax.is_some();
                return if is_cut { Err(self.cut_short()) } else { self.end().map(|()| None) };
            };
            let size = header.entry_size().map_err(|_| self.damaged())?;
            self.begin(size);
            match header.entry_type() {
                EntryType::GNULongName => records.name = Some(self.text(size)?),
                EntryType::GNULongLink => records.link = Some(self.text(size)?),
                EntryType::XHeader => records.pax = Some(self.pax(size)?),
                EntryType::XGlobalHeader => self.global = self.pax(size)?,
                kind => return self.entry(header, kind, records).map(Some),
            }
        }
    }

    fn entry(&mut self, header: Header, kind: EntryType, records: Records) -> io::Result<RawEntry> {
        let Records { name, link, pax } = records;
        let mut pax = pax.unwrap_or_default();
        if pax.sparse || kind == EntryType::GNUSparse {
            return Err(self.wrong("it contains a sparse file, which castoff cannot read"));
        }
        let name = pax.path.take().or(name).unwrap_or_else(|| header.path_bytes().into_owned());
        let link = pax
            .link
            .take()
            .or(link)
            .unwrap_or_else(|| header.link_name_bytes().unwrap_or_default().into_owned());
        let stated = pax.size.unwrap_or(header.entry_size().map_err(|_| self.damaged())?);
        // Some tools give a link the size of what it leads to, without data.
        let size = match kind {
            EntryType::Directory | EntryType::Symlink | EntryType::Link => 0,
            _ => stated,
        };
        self.begin(size);
        self.count += 1;
        if self.count > ENTRY_LIMIT {
            return Err(self.wrong(format!("it has more than {ENTRY_LIMIT} entries")));
        }
        let shown = String::from_utf8_lossy(&name).into_owned();
        self.before = self.entry.replace(shown);
        let (header, global) = (Box::new(header), self.global.clone());
        Ok(RawEntry { name, link, kind, size, header, pax, global })
    }

    fn begin(&mut self, size: u64) {
        self.data = size;
        self.padding = (BLOCK - size % BLOCK) % BLOCK;
    }

    /// Reads a header; none where a block of zeros ends the archive, or where
    /// nothing follows a whole entry, as some tools end it.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let mut header = Header::new_old();
        let mut read = Vec::new();
        self.inner
            .by_ref()
            .take(BLOCK)
            .read_to_end(&mut read)
            .map_err(|error| self.describe(error))?;
        let block: &mut [u8] = header.as_mut_bytes();
        match read.len() {
            0 if self.count > 0 => return Ok(None),
            whole if whole == block.len() => block.copy_from_slice(&read),
            _ if self.count == 0 => return Err(self.no_tar()),
            _ => return Err(self.cut_short()),
        }
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
                    return Err(self.wrong("other data follows the end of the tar"));
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

    fn pax(&mut self, size: u64) -> io::Result<Pax> {
        let data = self.record(size, PAX_LIMIT)?;
        Pax::parse(&data).ok_or_else(|| self.damaged())
    }

    fn record(&mut self, size: u64, limit: u64) -> io::Result<Vec<u8>> {
        if size > limit {
            return Err(self.wrong(format!("a header record has {size} bytes, more than {limit}")));
        }
        let mut record = Vec::new();
        self.read_to_end(&mut record)?;
        Ok(record)
    }

    fn describe(&self, error: io::Error) -> io::Error {
        if error.kind() != io::ErrorKind::UnexpectedEof || Failure::find_in(&error).is_some() {
            return error;
        }
        self.cut_short()
    }

    fn cut_short(&self) -> io::Error {
        self.wrong("the tar is truncated")
    }

    fn no_tar(&self) -> io::Error {
        self.wrong("it is neither a tar nor a known kind of compressed file")
    }

    fn damaged(&self) -> io::Error {
        self.wrong("a header of the tar is damaged")
    }

    fn wrong(&self, what: impl std::fmt::Display) -> io::Error {
        self.wrong_after(self.entry.as_deref(), what)
    }

    /// The error of an entry that was just read and cannot be used.
    pub(crate) fn refuse(&self, what: impl std::fmt::Display) -> io::Error {
        self.wrong_after(self.before.as_deref(), what)
    }

    fn wrong_after(&self, last: Option<&str>, what: impl std::fmt::Display) -> io::Error {
        let failure = invalid(&self.name, what);
        let failure = match last {
            Some(entry) => failure.because(format!("the last good entry is `{}`", escape(entry))),
            None => failure,
        };
        as_io(failure.hint("build or download the file again"))
    }
}

impl<R: Read + Seek> RawTar<R> {
    /// Goes to the next entry without reading what is left of this one.
    ///
    /// # Errors
    ///
    /// As [`Self::next_entry`].
    pub fn seek_entry(&mut self) -> io::Result<Option<RawEntry>> {
        self.advance(|inner, count| {
            // One may go to beyond the end, but not read the byte before.
            let Some(before) = count.checked_sub(1) else { return Ok(()) };
            let before = i64::try_from(before).map_err(io::Error::other)?;
            inner.seek(SeekFrom::Current(before))?;
            inner.read_exact(&mut [0])
        })
    }
}

impl<R: Read> Read for RawTar<R> {
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

impl RawEntry {
    /// What the tar says of the entry; PAX records win over the header. None
    /// where a number cannot be read.
    #[must_use]
    pub fn metadata(&self) -> Option<Metadata> {
        let record = |own: &Option<Vec<u8>>, all: &Option<Vec<u8>>| own.clone().or(all.clone());
        let (pax, global, header) = (&self.pax, &self.global, &self.header);
        let old = header.as_old();
        let number = |record: Option<Vec<u8>>, field: &[u8], read: io::Result<u64>| match record {
            Some(text) => std::str::from_utf8(&text).ok()?.parse().ok(),
            None => or_blank(field, read),
        };
        let mtime = match record(&pax.mtime, &global.mtime) {
            Some(text) => time(std::str::from_utf8(&text).ok()?)?,
            None => (i64::try_from(or_blank(&old.mtime, header.mtime())?).ok()?, 0),
        };
        let device = |number: io::Result<Option<u32>>| number.ok().flatten().unwrap_or_default();
        let mut xattrs = global.xattrs.clone();
        xattrs.extend(pax.xattrs.clone());
        Some(Metadata {
            mode: or_blank(&old.mode, header.mode())? & 0o7777,
            uid: number(record(&pax.uid, &global.uid), &old.uid, header.uid())?,
            gid: number(record(&pax.gid, &global.gid), &old.gid, header.gid())?,
            mtime,
            device: (device(header.device_major()), device(header.device_minor())),
            xattrs,
        })
    }
}

/// A number of a header; nothing where nothing is written.
fn or_blank<T: Default>(field: &[u8], read: io::Result<T>) -> Option<T> {
    let is_blank = field.iter().all(|byte| matches!(byte, 0 | b' '));
    if is_blank { Some(T::default()) } else { read.ok() }
}

/// Reads a decimal number of seconds, such as `-1.5`; digits below
/// nanoseconds are dropped.
fn time(text: &str) -> Option<(i64, u32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = whole.parse().ok()?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos: u32 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    match (whole.starts_with('-'), nanos) {
        (true, 1..) => Some((seconds.checked_sub(1)?, 1_000_000_000 - nanos)),
        _ => Some((seconds, nanos)),
    }
}
