//! Bytes that are hashed as they pass.

use std::io::{self, Read, Write};

use super::Part;
use crate::model::Hasher;

/// How much is copied at once, in bytes.
const CHUNK: usize = 64 << 10;

/// Hashes what is read from, or written to, what it holds.
pub(super) struct Hashed<T> {
    inner: T,
    hasher: Hasher,
}

impl<T> Hashed<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, hasher: Hasher::default() }
    }

    /// What passed, and what it passed through.
    pub(super) fn finish(self) -> (Part, T) {
        let size = self.hasher.size();
        (Part { digest: self.hasher.finish(), size }, self.inner)
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
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

/// Reads all that is left, and tells what it was.
pub(super) fn drain(reader: &mut dyn Read) -> io::Result<Part> {
    let mut hashed = Hashed::new(reader);
    let mut chunk = vec![0; CHUNK];
    while hashed.read(&mut chunk)? > 0 {}
    Ok(hashed.finish().0)
}
