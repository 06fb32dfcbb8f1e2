//! What names an image: the hash of its plain tar.

use std::{fmt, io};

use sha2::{Digest, Sha512};

use crate::model::escape;

/// How many hex digits a store's key has.
const KEY_DIGITS: usize = 64;
/// How many hex digits the whole hash has.
const ID_DIGITS: usize = 128;
/// The fewest hex digits that may be asked for.
const FEWEST: usize = 2;
/// The only hash that there is.
const ALGORITHM: &str = "sha512";

/// The SHA-512 hash of an image's plain tar (App Container specification,
/// "Image ID").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageId(String);

/// The key of an image in a store of rkt and acido: `sha512-` and the first
/// half of its [`ImageId`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

/// How a key begins that is asked for: `sha512-` and hex digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPrefix(String);

/// Why something is no key, nor the beginning of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It does not begin with `sha512-`.
    #[error("wrong key prefix: `{}` does not begin with sha512-", escape(.0))]
    Prefix(String),
    /// It has fewer than two digits.
    #[error("key too short: `{}` has fewer than {FEWEST} digits", escape(.0))]
    Short(String),
    /// It has something else than lower-case hex digits, or too many.
    #[error("`{}` is not a key: sha512- and up to {ID_DIGITS} digits 0-9a-f", escape(.0))]
    Digits(String),
}

/// Hashes what is read or written through it.
pub struct Hashing<R> {
    inner: R,
    hash: Sha512,
    size: u64,
}

impl ImageId {
    /// The whole text, `sha512-` and 128 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key under which a store has the image.
    #[must_use]
    pub fn key(&self) -> Key {
        Key(self.0[..=ALGORITHM.len() + KEY_DIGITS].to_owned())
    }
}

impl Key {
    /// Reads a key that is written in full; none where it is anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let prefix = KeyPrefix::parse(text).ok()?;
        (prefix.digits().len() == KEY_DIGITS).then_some(Self(prefix.0))
    }

    /// The whole text, `sha512-` and 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first two digits, which name a folder of a store.
    #[must_use]
    pub fn shelf(&self) -> &str {
        &self.0[ALGORITHM.len() + 1..ALGORITHM.len() + 3]
    }

    /// A short form, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..ALGORITHM.len() + 1 + 12]
    }
}

impl KeyPrefix {
    /// Reads what a key begins with.
    ///
    /// # Errors
    ///
    /// Fails where no key begins like this, or where two digits are not there.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let Some(digits) = text.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix('-'))
        else {
            return Err(KeyError::Prefix(text.to_owned()));
        };
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if !digits.bytes().all(is_digit) || digits.len() > ID_DIGITS {
            return Err(KeyError::Digits(text.to_owned()));
        }
        if digits.len() < FEWEST {
            return Err(KeyError::Short(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first two digits, which name a folder of a store.
    #[must_use]
    pub fn shelf(&self) -> &str {
        &self.digits()[..FEWEST]
    }

    /// Whether `key` begins like this; what is longer than a key is cut.
    #[must_use]
    pub fn fits(&self, key: &Key) -> bool {
        let cut = self.0.len().min(key.0.len());
        key.0.starts_with(&self.0[..cut])
    }

    /// Whether the whole hash of an image begins like this.
    #[must_use]
    pub fn fits_id(&self, id: &str) -> bool {
        id.starts_with(&self.0)
    }

    fn digits(&self) -> &str {
        &self.0[ALGORITHM.len() + 1..]
    }
}

impl<R> Hashing<R> {
    /// Hashes what is read from `inner`, or written to it.
    pub fn new(inner: R) -> Self {
        Self { inner, hash: Sha512::new(), size: 0 }
    }

    fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
    }

    /// How many bytes were taken in.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hash of all that passed.
    pub fn finish(self) -> ImageId {
        ImageId(format!("{ALGORITHM}-{}", hex::encode(self.hash.finalize())))
    }
}

impl<R: io::Read> io::Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.update(&buffer[..count]);
        Ok(count)
    }
}

impl<W: io::Write> io::Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl From<Key> for KeyPrefix {
    fn from(key: Key) -> Self {
        Self(key.0)
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
