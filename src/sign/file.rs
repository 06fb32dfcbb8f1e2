//! Signatures of files, as they lie beside them.
//!
//! A file may be of any size: it is read piece by piece, and never held whole.

use std::io::{Read, Seek, Write};

use jiff::Timestamp;

use crate::model::Failure;

/// Bytes that are read more than once.
pub trait Content: Read + Seek {}

impl<T: Read + Seek> Content for T {}

/// What is said of a file that is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Its name, without the folders above it.
    pub name: String,
    /// When it is signed.
    pub at: Timestamp,
}

/// A signature that was found to be right.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FileVerified {
    /// Whose it is, for people.
    pub by: String,
    /// When it was made, as it says itself.
    pub at: Option<Timestamp>,
    /// What it says besides, under the same signature.
    pub comment: Option<String>,
}

/// Signs files with a key that is open.
pub trait FileSigner: Send + Sync {
    /// What the signature's name ends with, behind that of the file.
    fn ending(&self) -> &'static str;

    /// Signs all of `content`, and writes the signature to `out`.
    ///
    /// # Errors
    ///
    /// Fails where the one cannot be read or the other not be written, and
    /// where the key signs nothing any more, such as one that expired.
    fn sign(
        &self,
        content: &mut dyn Content,
        about: &About,
        out: &mut dyn Write,
    ) -> Result<(), Failure>;

    /// What checks the signatures of this key.
    ///
    /// # Errors
    ///
    /// Fails where the key has no public half.
    fn verifier(&self) -> Result<Box<dyn FileVerifier>, Failure>;

    /// Whether `bytes`, with which something begins that lies where the
    /// signature would, may be a signature of this kind.
    fn is_one(&self, bytes: &[u8]) -> bool;
}

/// Checks signatures of files.
pub trait FileVerifier: Send + Sync {
    /// Finds out whether `signature` is one of `content`, and right at a time.
    ///
    /// # Errors
    ///
    /// Fails as [`FailureKind::Integrity`](crate::model::FailureKind::Integrity)
    /// where it is wrong, or not of whom is trusted.
    fn verify(
        &self,
        signature: &mut dyn Content,
        content: &mut dyn Content,
        now: Timestamp,
    ) -> Result<FileVerified, Failure>;
}
