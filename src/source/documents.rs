//! The small documents of an archive, kept in memory within bounds.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read},
};

use super::invalid;
use crate::{
    archive::{Entry, EntryKind, Links},
    model::{Descriptor, Failure, FailureKind, Side, bytes, escape},
    store::DOCUMENT_LIMIT,
};

/// The most bytes of all documents together.
const TOTAL_LIMIT: u64 = 32 << 20;

/// How many bytes of an entry [`is_document`] wants to see.
pub(super) const START: u64 = 512;

/// The small documents of an archive, by the names of their entries.
#[derive(Default)]
pub(super) struct Documents {
    by_name: BTreeMap<String, Vec<u8>>,
    /// The names of all blobs of an image layout.
    blobs: BTreeSet<String>,
    pub(super) links: Links,
    size: u64,
}

/// Whether an entry that begins with `start` is a document and no layer.
pub(super) fn is_document(entry: &Entry, start: &[u8]) -> bool {
    let last = entry.name.rsplit('/').next().unwrap_or_default();
    let named = matches!(last, "json" | "VERSION" | "oci-layout" | "repositories")
        || last.rsplit_once('.').is_some_and(|(_, extension)| extension == "json");
    // A layer may begin with `{` as well, since its first file may.
    let is_tar = start.get(257..262) == Some(b"ustar");
    named || (start.first() == Some(&b'{') && !is_tar && entry.size <= DOCUMENT_LIMIT)
}

impl Documents {
    /// Notes that there is an entry.
    pub(super) fn note(&mut self, entry: &Entry) -> Result<(), Failure> {
        if entry.kind == EntryKind::File && entry.name.starts_with("blobs/") {
            self.blobs.insert(entry.name.clone());
        }
        self.links.take(entry)
    }

    /// Whether there is an entry for what `node` describes.
    pub(super) fn names_blob(&self, node: &Descriptor) -> bool {
        self.blobs.contains(&blob_name(node))
    }

    /// Reads a document.
    pub(super) fn take(&mut self, entry: &Entry, mut reader: impl Read) -> io::Result<()> {
        let too_large = |what: String| {
            Err(invalid(what).hint("documents of images are much smaller; build it again").into())
        };
        if entry.size > DOCUMENT_LIMIT {
            let (name, limit) = (escape(&entry.name), bytes(DOCUMENT_LIMIT));
            return too_large(format!("its entry `{name}` is a document larger than {limit}"));
        }
        self.size += entry.size;
        if self.size > TOTAL_LIMIT {
            let limit = bytes(TOTAL_LIMIT);
            return too_large(format!("its documents are larger than {limit} together"));
        }
        let mut document = Vec::new();
        reader.read_to_end(&mut document)?;
        self.by_name.insert(entry.name.clone(), document);
        Ok(())
    }

    /// A document by the name of its entry.
    pub(super) fn get(&self, name: &str) -> Option<&[u8]> {
        self.by_name.get(name).map(Vec::as_slice)
    }

    /// The document that `node` describes, of an image layout.
    pub(super) fn blob(&self, node: &Descriptor) -> Result<Vec<u8>, Failure> {
        let name = blob_name(node);
        let raw = self.get(&name).ok_or_else(|| {
            invalid(format!("its entry `{name}` is missing, or is not a document"))
                .hint("build the layout again, with everything that it refers to")
        })?;
        expect(node, raw)?;
        Ok(raw.to_vec())
    }
}

fn blob_name(node: &Descriptor) -> String {
    format!("blobs/{}/{}", node.digest.algorithm(), node.digest.hex())
}

/// Fails where `raw` is not what `node` describes.
pub(super) fn expect(node: &Descriptor, raw: &[u8]) -> Result<(), Failure> {
    if raw.len() as u64 == node.size && node.digest.is_of(raw) {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Integrity,
        Side::Source,
        format!("the content at {} does not match its digest", node.digest),
    )
    .hint("build or download it again"))
}
