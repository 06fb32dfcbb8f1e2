//! Hash functions, fed piece by piece.

use std::io;

use aws_lc_rs::digest::{Algorithm, Context, Digest, SHA256, SHA384, SHA512};

/// How many bytes are read at once.
const CHUNK: usize = 64 << 10;

/// A hash function that signatures are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashFunction {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// A hash that is being made.
pub struct HashState(Context);

impl HashFunction {
    /// A hash of nothing yet.
    #[must_use]
    pub fn start(self) -> HashState {
        HashState(Context::new(self.algorithm()))
    }

    /// The hash of `bytes`.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> Vec<u8> {
        let mut hashing = self.start();
        hashing.update(bytes);
        hashing.finish()
    }

    fn algorithm(self) -> &'static Algorithm {
        match self {
            Self::Sha256 => &SHA256,
            Self::Sha384 => &SHA384,
            Self::Sha512 => &SHA512,
        }
    }
}

impl HashState {
    /// Takes some more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Takes all that `content` has, and tells how much that was, in bytes.
    ///
    /// # Errors
    ///
    /// Fails where it cannot be read.
    pub fn read(&mut self, content: &mut dyn io::Read) -> io::Result<u64> {
        let (mut chunk, mut size) = (vec![0; CHUNK], 0);
        loop {
            match content.read(&mut chunk) {
                Ok(0) => return Ok(size),
                Ok(count) => {
                    self.0.update(&chunk[..count]);
                    size += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn digest(self) -> Digest {
        self.0.finish()
    }

    /// The hash of all that was taken.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.digest().as_ref().to_vec()
    }
}
