//! PAX records, read by their lengths.
//!
//! Readers that cut records at line ends instead see other names than those
//! that do not, and an archive could mean two things.

use std::collections::BTreeMap;

/// With what the names of records begin that hold extended attributes.
const XATTR: &[u8] = b"SCHILY.xattr.";

/// What PAX records say of the next entry, as far as castoff asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pax {
    /// `path`.
    pub(super) path: Option<Vec<u8>>,
    /// `linkpath`.
    pub(super) link: Option<Vec<u8>>,
    /// `size`.
    pub(super) size: Option<u64>,
    /// `uid`, as it stands there, unparsed.
    pub(super) uid: Option<Vec<u8>>,
    /// `gid`, the same.
    pub(super) gid: Option<Vec<u8>>,
    /// `mtime`, the same.
    pub(super) mtime: Option<Vec<u8>>,
    /// `SCHILY.xattr.…`, by what follows.
    pub(super) xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Whether the entry's data is a map of a sparse file.
    pub(super) sparse: bool,
}

impl Pax {
    /// Reads records `LENGTH KEY=VALUE\n`; none where they are malformed.
    pub(super) fn parse(mut data: &[u8]) -> Option<Self> {
        let mut pax = Self::default();
        while !data.is_empty() {
            let space = data.iter().take(20).position(|&byte| byte == b' ')?;
            let length: usize = std::str::from_utf8(&data[..space]).ok()?.parse().ok()?;
            if length <= space + 1 || length > data.len() || data[length - 1] != b'\n' {
                return None;
            }
            let record = &data[space + 1..length - 1];
            let equals = record.iter().position(|&byte| byte == b'=')?;
            pax.take(&record[..equals], &record[equals + 1..])?;
            data = &data[length..];
        }
        Some(pax)
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        match key {
            b"path" => self.path = Some(value.to_vec()),
            b"linkpath" => self.link = Some(value.to_vec()),
            b"size" => self.size = Some(std::str::from_utf8(value).ok()?.parse().ok()?),
            b"uid" => self.uid = Some(value.to_vec()),
            b"gid" => self.gid = Some(value.to_vec()),
            b"mtime" => self.mtime = Some(value.to_vec()),
            _ => match key.strip_prefix(XATTR) {
                Some(name) => drop(self.xattrs.insert(name.to_vec(), value.to_vec())),
                None => self.sparse |= key.starts_with(b"GNU.sparse."),
            },
        }
        Some(())
    }
}
