//! The entries of an image archive, looked at as they pass.

use std::{
    collections::BTreeMap,
    io::{self, Read},
};

use super::{
    super::{hashed::finished, invalid, wrong},
    statement::{Stated, What},
};
use crate::{
    archive::{Compression, Entry, EntryKind, Hashed, Links},
    model::{Digest, Failure, escape},
};

/// The most entries that an image's archive may have.
const ENTRY_LIMIT: usize = 10_000;
/// The largest document, in bytes, and all of them together.
const DOCUMENT_LIMIT: u64 = 4 << 20;
const DOCUMENTS_LIMIT: u64 = 32 << 20;
/// How many bytes tell what an entry is.
const START: u64 = 512;

/// What was seen of an image archive.
#[derive(Default)]
pub(super) struct Entries {
    /// All of them, in order.
    pub(super) all: Vec<Stated>,
    pub(super) links: Links,
    documents: BTreeMap<String, Vec<u8>>,
    held: u64,
    /// Files that are not compressed, and others, with their digests.
    files: BTreeMap<String, (Digest, Compression)>,
}

impl Entries {
    /// Looks at an entry. What is in a file passes through `copy`, which reads
    /// it to its end.
    pub(super) fn take(
        &mut self,
        entry: &Entry,
        from: &mut dyn Read,
        copy: &mut dyn FnMut(&mut dyn Read) -> io::Result<()>,
    ) -> io::Result<&Stated> {
        if self.all.len() >= ENTRY_LIMIT {
            return Err(invalid(format!("it has more than {ENTRY_LIMIT} entries")).into());
        }
        self.links.take(entry)?;
        let what = match &entry.kind {
            EntryKind::File => self.file(entry, from, copy)?,
            EntryKind::Folder => What::Folder,
            EntryKind::Symlink(target) => What::Symlink { target: target.clone() },
            EntryKind::Hardlink(target) => What::Hardlink { target: target.clone() },
            EntryKind::Other => {
                let name = escape(&entry.name);
                return Err(invalid(format!("its entry `{name}` is a device or a pipe")).into());
            }
        };
        self.all.push(Stated { name: entry.name.clone(), what });
        Ok(&self.all[self.all.len() - 1])
    }

    /// A document, by its name or that of a link to it.
    pub(super) fn document(&self, name: &str) -> Option<&[u8]> {
        let name = self.links.resolve(plain(name)).ok()?;
        self.documents.get(name).map(Vec::as_slice)
    }

    /// The digest of a file, by its name or that of a link to it, and how it is
    /// compressed.
    pub(super) fn file_of(&self, name: &str) -> Option<&(Digest, Compression)> {
        self.files.get(self.links.resolve(plain(name)).ok()?)
    }

    fn file(
        &mut self,
        entry: &Entry,
        from: &mut dyn Read,
        copy: &mut dyn FnMut(&mut dyn Read) -> io::Result<()>,
    ) -> io::Result<What> {
        let mut start = Vec::new();
        from.take(START).read_to_end(&mut start)?;
        let compression = Compression::sniff(&start);
        let is_document = matches!(start.first(), Some(b'{' | b'['))
            && entry.size <= DOCUMENT_LIMIT
            && self.held + entry.size <= DOCUMENTS_LIMIT;
        let mut all = Hashed::new(io::Cursor::new(start).chain(from));
        if is_document {
            let mut document = Vec::new();
            all.read_to_end(&mut document)?;
            copy(&mut &document[..])?;
            self.held += entry.size;
            self.documents.insert(entry.name.clone(), document);
        } else {
            copy(&mut all)?;
        }
        let (part, _) = finished(all);
        expect_named(&entry.name, &part.digest)?;
        self.files.insert(entry.name.clone(), (part.digest.clone(), compression));
        Ok(What::File(part))
    }
}

/// Fails where the name of a file promises other content (OCI image layout).
fn expect_named(name: &str, digest: &Digest) -> Result<(), Failure> {
    match name.strip_prefix("blobs/sha256/") {
        Some(hex) if hex != digest.hex() => {
            Err(wrong(format!("its entry `{}` has other content, {digest}", escape(name))))
        }
        _ => Ok(()),
    }
}

fn plain(name: &str) -> &str {
    name.strip_prefix("./").unwrap_or(name)
}
