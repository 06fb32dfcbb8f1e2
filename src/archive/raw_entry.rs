//! What a tar says of an entry.

use std::{collections::BTreeMap, io};

use tar::{EntryType, Header};

use super::pax::Pax;

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
    pub(super) header: Box<Header>,
    pub(super) pax: Pax,
    pub(super) global: Pax,
}

/// What a tar says of an entry besides its name and its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryMetadata {
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

impl RawEntry {
    /// What the tar says of the entry; PAX records win over the header. None
    /// where a number cannot be read.
    #[must_use]
    pub fn metadata(&self) -> Option<EntryMetadata> {
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
        Some(EntryMetadata {
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
