//! PAX records, read by their lengths.
//!
//! Readers that cut records at line ends instead see other names than those
//! that do not, and an archive could mean two things.

/// What PAX records say of the next entry, as far as castoff asks.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pax {
    /// `path`.
    pub(super) path: Option<Vec<u8>>,
    /// `linkpath`.
    pub(super) link: Option<Vec<u8>>,
    /// `size`.
    pub(super) size: Option<u64>,
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
            _ => self.sparse |= key.starts_with(b"GNU.sparse."),
        }
        Some(())
    }
}
