//! Content digests.
//!
//! A [`Digest`] is checked when it is parsed, and never again: its algorithm
//! is known, its hex part is lower case and as long as the algorithm asks, so
//! it may become part of a path, a key or a URL.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha512};

const SHA256: &str = "sha256";
const SHA512: &str = "sha512";

/// The algorithms that digests may have (OCI image specification,
/// descriptor.md, "Registered algorithms").
pub const ALGORITHMS: [&str; 2] = [SHA256, SHA512];

/// The hash that names a piece of content, such as `sha256:9f86d0…`
/// (OCI image specification, descriptor.md, "Digests").
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// A string that is not a digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a digest: {reason}", super::escape(text))]
pub struct ParseDigestError {
    text: String,
    reason: &'static str,
}

impl Digest {
    /// The SHA-256 digest of `content`.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        let mut hasher = Hasher::default();
        hasher.update(content);
        hasher.finish()
    }

    /// The digest of `content` in the algorithm of this one.
    #[must_use]
    pub fn same_of(&self, content: &[u8]) -> Self {
        let mut hasher = self.hasher();
        hasher.update(content);
        hasher.finish()
    }

    /// Whether this is the digest of `content`.
    #[must_use]
    pub fn is_of(&self, content: &[u8]) -> bool {
        self.same_of(content) == *self
    }

    /// Begins to compute what is to be compared with this digest.
    #[must_use]
    pub fn hasher(&self) -> Hasher {
        let hash = match self.algorithm() {
            SHA512 => DigestState::Sha512(Sha512::default()),
            _ => DigestState::default(),
        };
        Hasher { hash, size: 0 }
    }

    /// Whether this and another cannot be of the same content: digests of two
    /// algorithms may be.
    #[must_use]
    pub fn contradicts(&self, other: &Self) -> bool {
        self.algorithm() == other.algorithm() && self != other
    }

    /// The algorithm's name, such as `sha256`.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        self.0.split_once(':').map_or("", |(algorithm, _)| algorithm)
    }

    /// The hash in hexadecimal.
    #[must_use]
    pub fn hex(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, hex)| hex)
    }

    /// The first 12 hex digits, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.hex()[..12]
    }

    /// The whole text, `algorithm:hex`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Computes a [`Digest`] piece by piece: of SHA-256, unless a digest of another
/// algorithm asked for it.
#[derive(Clone, Default)]
pub struct Hasher {
    hash: DigestState,
    size: u64,
}

#[derive(Clone)]
enum DigestState {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Default for DigestState {
    fn default() -> Self {
        Self::Sha256(Sha256::default())
    }
}

impl Hasher {
    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.hash {
            DigestState::Sha256(hash) => hash.update(bytes),
            DigestState::Sha512(hash) => hash.update(bytes),
        }
        self.size += bytes.len() as u64;
    }

    /// How many bytes were taken in.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The digest of all bytes taken in.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(match self.hash {
            DigestState::Sha256(hash) => format!("{SHA256}:{}", hex::encode(hash.finalize())),
            DigestState::Sha512(hash) => format!("{SHA512}:{}", hex::encode(hash.finalize())),
        })
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = |reason| ParseDigestError { text: text.to_owned(), reason };
        let (algorithm, hex) = text.split_once(':').ok_or(fail("it has no `:`"))?;
        let length = match algorithm {
            SHA256 => 64,
            SHA512 => 128,
            _ => return Err(fail("its algorithm is not sha256 or sha512")),
        };
        if hex.len() != length {
            return Err(fail("its hex part has the wrong length"));
        }
        if !hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(fail("its hex part has a character outside 0-9a-f"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Digest {
    type Error = ParseDigestError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}
