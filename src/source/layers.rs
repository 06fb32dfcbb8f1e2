//! Making a layer of a stream, in one pass.

use std::io::{self, Read, Seek, Write};

use super::work::{copy_hashed, failed};
use crate::{
    archive::{Caps, Decoder, GzipWriter, Workers},
    model::{Descriptor, Digest, Failure, Hasher, bytes, media_type},
    store::{Store, Writer},
};

/// A layer that is in the store.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// The digest of its plain tar.
    pub(super) diff_id: Digest,
    /// What lies in the store.
    pub(super) node: Descriptor,
    /// How it got there, for people.
    pub(super) how: String,
}

/// Hashes what passes on to a writer.
struct Hashed<W> {
    inner: W,
    hasher: Hasher,
}

/// Passes on what it reads to a writer.
struct Tee<R> {
    inner: R,
    out: Writer,
}

/// Compresses a plain tar.
pub(super) fn compress(store: &Store, reader: &mut impl Read) -> io::Result<Layer> {
    let mut gzip = GzipWriter::new(store.writer()?, Workers::shared());
    let plain = copy_hashed(reader, &mut gzip)?;
    let size = plain.size();
    let diff_id = plain.finish();
    let node = gzip.finish()?.commit(media_type::LAYER_GZIP, None)?;
    store.set_layer_of(&diff_id, &node)?;
    let how = format!("compressed {} to {}", bytes(size), bytes(node.size));
    Ok(Layer { diff_id, node, how })
}

/// Compresses a plain tar that is written just now.
pub(super) fn written(
    store: &Store,
    write: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
) -> Result<Layer, Failure> {
    let gzip = GzipWriter::new(store.writer()?, Workers::shared());
    let mut out = Hashed { inner: gzip, hasher: Hasher::default() };
    write(&mut out)?;
    let Hashed { inner, hasher } = out;
    let (size, diff_id) = (hasher.size(), hasher.finish());
    let writer = inner.finish().map_err(|error| failed(store.root(), &error))?;
    let node = writer.commit(media_type::LAYER_GZIP, None)?;
    store.set_layer_of(&diff_id, &node)?;
    let how = format!("compressed {} to {}", bytes(size), bytes(node.size));
    Ok(Layer { diff_id, node, how })
}

/// Hashes a plain tar on its way to a file, and compresses it from there unless
/// that was done before.
pub(super) fn spool(store: &Store, reader: &mut impl Read) -> io::Result<Layer> {
    let mut file = store.temporary()?;
    let plain = copy_hashed(reader, &mut file)?;
    let diff_id = plain.finish();
    if let Some(node) = store.layer_of(&diff_id)? {
        return Ok(Layer { diff_id, node, how: "compressed before".to_owned() });
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
) -> io::Result<Layer> {
    let mut tee = Tee { inner: reader, out: store.writer()? };
    let mut decoder = Decoder::new(&mut tee, name, caps)?;
    let diff_id = copy_hashed(&mut decoder, &mut io::sink())?.finish();
    drop(decoder);
    let node = tee.out.commit(media_type, None)?;
    let how = format!("kept {}", bytes(node.size));
    Ok(Layer { diff_id, node, how })
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Tee<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.out.write_all(&buffer[..count])?;
        Ok(count)
    }
}
