//! Making a layer of a stream, in one pass.

use std::io::{self, Read, Seek, Write};

use super::work::{copy_hashed, failed};
use crate::{
    archive::{Caps, Decoder, GzipWriter, HashingPipe, TeeReader, Workers},
    model::{Descriptor, Digest, Failure, bytes, media_type},
    store::Store,
};

/// A layer that is in the store.
#[derive(Clone, Debug)]
pub(super) struct StoredLayer {
    /// The digest of its plain tar.
    pub(super) diff_id: Digest,
    /// What lies in the store.
    pub(super) node: Descriptor,
    /// How it got there, for people.
    pub(super) how: String,
}

/// Compresses a plain tar.
pub(super) fn compress(store: &Store, reader: &mut impl Read) -> io::Result<StoredLayer> {
    let mut gzip = GzipWriter::new(store.writer()?, Workers::shared());
    let plain = copy_hashed(reader, &mut gzip)?;
    let size = plain.size();
    let diff_id = plain.finish();
    let node = gzip.finish()?.commit(media_type::LAYER_GZIP, None)?;
    store.set_layer_of(&diff_id, &node)?;
    let how = format!("compressed {} to {}", bytes(size), bytes(node.size));
    Ok(StoredLayer { diff_id, node, how })
}

/// Compresses a plain tar that is written just now.
pub(super) fn written(
    store: &Store,
    write: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
) -> Result<StoredLayer, Failure> {
    let gzip = GzipWriter::new(store.writer()?, Workers::shared());
    let mut out = HashingPipe::new(gzip);
    write(&mut out)?;
    let (hasher, inner) = out.finish();
    let (size, diff_id) = (hasher.size(), hasher.finish());
    let writer = inner.finish().map_err(|error| failed(store.root(), &error))?;
    let node = writer.commit(media_type::LAYER_GZIP, None)?;
    store.set_layer_of(&diff_id, &node)?;
    let how = format!("compressed {} to {}", bytes(size), bytes(node.size));
    Ok(StoredLayer { diff_id, node, how })
}

/// Hashes a plain tar on its way to a file, and compresses it from there unless
/// that was done before.
pub(super) fn spool(store: &Store, reader: &mut impl Read) -> io::Result<StoredLayer> {
    let mut file = store.temporary()?;
    let plain = copy_hashed(reader, &mut file)?;
    let diff_id = plain.finish();
    if let Some(node) = store.layer_of(&diff_id)? {
        return Ok(StoredLayer { diff_id, node, how: "compressed before".to_owned() });
    }
    file.rewind()?;
    compress(store, &mut file)
}

/// Keeps the bytes of a tar that is compressed in a way that layers may be:
/// it is inflated only to learn the digest of the plain tar.
pub(super) fn keep(
    store: &Store,
    reader: &mut impl Read,
    media_type: &str,
    name: &str,
    caps: Caps,
) -> io::Result<StoredLayer> {
    let mut tee = TeeReader::new(reader, store.writer()?);
    let mut decoder = Decoder::new(&mut tee, name, caps)?;
    let diff_id = copy_hashed(&mut decoder, &mut io::sink())?.finish();
    drop(decoder);
    let node = tee.finish().commit(media_type, None)?;
    let how = format!("kept {}", bytes(node.size));
    Ok(StoredLayer { diff_id, node, how })
}
