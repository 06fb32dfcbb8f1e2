//! Whether a gzipped file is what this castoff makes of its content.
//!
//! gzip has bits that no reader looks at: times, names and flags in its header,
//! and what fills the last byte of a block. So all that is read is compressed
//! again, and must come out as it went in.

use std::io::{self, Read, Write};

use crate::archive::{Caps, Decoder, GzipWriter, Workers};

/// How far a release archive may inflate: what is large in it is compressed
/// already.
const CAPS: Caps = Caps { inflated: 1 << 39, ratio: 64, floor: 64 << 20 };
/// How many bytes tell how names are written.
const START: usize = 2;

/// Inflates one of two readers of a file, and compares what it becomes with
/// the other.
pub(super) struct Canonical<R: Read, S: Read> {
    inflated: Decoder<R>,
    /// What it begins with, inflated.
    start: Vec<u8>,
    again: GzipWriter<Compared<S>>,
}

/// What is written must be what is read.
struct Compared<S> {
    other: S,
    is_same: bool,
}

impl<R: Read, S: Read> Canonical<R, S> {
    pub(super) fn new(file: R, again: S, name: &str) -> io::Result<Self> {
        let inflated = Decoder::new(file, name, CAPS)?;
        let compared = Compared { other: again, is_same: true };
        let again = GzipWriter::new(compared, Workers::shared());
        Ok(Self { inflated, start: Vec::new(), again })
    }

    /// Whether the tar within begins with a name that begins so.
    pub(super) fn starts_with(&self, name: &[u8]) -> bool {
        self.start.starts_with(name)
    }

    /// Whether both were the same, to their ends.
    pub(super) fn finish(self) -> io::Result<bool> {
        let mut compared = self.again.finish()?;
        let is_over = compared.other.read(&mut [0])? == 0;
        Ok(compared.is_same && is_over)
    }
}

impl<R: Read, S: Read> Read for Canonical<R, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inflated.read(buffer)?;
        let missing = START - self.start.len();
        self.start.extend_from_slice(&buffer[..count.min(missing)]);
        self.again.write_all(&buffer[..count])?;
        Ok(count)
    }
}

impl<S: Read> Write for Compared<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_same {
            let mut other = vec![0; bytes.len()];
            self.is_same = match self.other.read_exact(&mut other) {
                Ok(()) => other == bytes,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
                Err(error) => return Err(error),
            };
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
