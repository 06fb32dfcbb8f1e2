//! Tars of any shape, also wrong ones.

use std::io::Write;

use castoff::archive::Compression;
use tar::{EntryType, Header};

/// A tar that is written as it is told.
#[derive(Clone, Default)]
pub(crate) struct Tar(Vec<u8>);

impl Tar {
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.entry(EntryType::Regular, name, "", content.as_ref())
    }

    pub(crate) fn symlink(self, name: &str, target: &str) -> Self {
        self.entry(EntryType::Symlink, name, target, b"")
    }

    pub(crate) fn hardlink(self, name: &str, target: &str) -> Self {
        self.entry(EntryType::Link, name, target, b"")
    }

    pub(crate) fn entry(mut self, kind: EntryType, name: &str, link: &str, data: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(data.len() as u64);
        header.set_mtime(0);
        let old = header.as_old_mut();
        old.name[..name.len()].copy_from_slice(name.as_bytes());
        old.linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(data);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// A PAX record for the next entry.
    pub(crate) fn pax(self, key: &str, value: &str) -> Self {
        let rest = format!(" {key}={value}\n");
        let mut length = rest.len() + 1;
        while length != rest.len() + length.to_string().len() {
            length += 1;
        }
        self.entry(EntryType::XHeader, "pax", "", format!("{length}{rest}").as_bytes())
    }

    pub(crate) fn unfinished(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }
}

/// A layer that holds one file.
pub(crate) fn layer(name: &str, content: &str) -> Vec<u8> {
    Tar::default().file(name, content).finish()
}

pub(crate) fn compress(content: &[u8], how: Compression) -> Vec<u8> {
    let written = "writing to memory";
    match how {
        Compression::None => content.to_vec(),
        Compression::Gzip => {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            out.write_all(content).expect(written);
            out.finish().expect(written)
        }
        Compression::Bzip2 => {
            let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            out.write_all(content).expect(written);
            out.finish().expect(written)
        }
        Compression::Xz => {
            let mut out = liblzma::write::XzEncoder::new(Vec::new(), 1);
            out.write_all(content).expect(written);
            out.finish().expect(written)
        }
        Compression::Zstd => zstd::encode_all(content, 1).expect(written),
    }
}
