//! Bytes that are hashed, or handed on, as they pass.

use std::io::{self, Read, Write};

use crate::model::Hasher;

/// Hashes what is read from, or written to, what it holds.
pub struct HashingPipe<T> {
    inner: T,
    hasher: Hasher,
}

/// Hands what it reads on to a writer.
pub struct TeeReader<R, W> {
    inner: R,
    out: W,
}

impl<T> HashingPipe<T> {
    /// Hashes what passes `inner`.
    #[must_use]
    pub fn new(inner: T) -> Self {
        Self { inner, hasher: Hasher::default() }
    }

    /// The hash of what passed, and what it passed through.
    #[must_use]
    pub fn finish(self) -> (Hasher, T) {
        (self.hasher, self.inner)
    }
}

impl<R, W> TeeReader<R, W> {
    /// Hands what is read from `inner` on to `out`.
    #[must_use]
    pub fn new(inner: R, out: W) -> Self {
        Self { inner, out }
    }

    /// The writer.
    #[must_use]
    pub fn finish(self) -> W {
        self.out
    }
}

impl<R: Read> Read for HashingPipe<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

impl<W: Write> Write for HashingPipe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read, W: Write> Read for TeeReader<R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.out.write_all(&buffer[..count])?;
        Ok(count)
    }
}
