//! Signatures of files, as they lie beside them.
//!
//! A file may be of any size: it is read piece by piece, and never held whole.

use std::io::{Read, Seek, Write};

use jiff::Timestamp;

use crate::model::{Failure, FailureKind, Side};

/// Bytes that are read more than once.
pub trait Content: Read + Seek {}

impl<T: Read + Seek> Content for T {}

/// What is said of a file that is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedComment {
    /// Its name, without the folders above it.
    pub name: String,
    /// When it is signed.
    pub at: Timestamp,
}

/// A signature that was found to be right.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FileVerified {
    /// The owner's name, for people.
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
        about: &SignedComment,
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

    /// Whether no signature of another key is lost where `there` is signed
    /// over. A kind that does not name the key of a signature takes one for its
    /// own that is right for `content`, and no other.
    fn may_sign_over(
        &self,
        there: &mut dyn Content,
        content: &mut dyn Content,
        now: Timestamp,
    ) -> bool {
        self.verifier().and_then(|of| of.verify(there, content, now)).is_ok()
    }

    /// Signs as [`sign`](Self::sign) does, and keeps what others signed in
    /// `there`, which [may be signed over](Self::may_sign_over).
    ///
    /// # Errors
    ///
    /// Fails as [`sign`](Self::sign) does.
    fn sign_over(
        &self,
        _there: &mut dyn Content,
        content: &mut dyn Content,
        about: &SignedComment,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        self.sign(content, about, out)
    }
}

/// Signs `content` where a signature may lie already, of which nothing that
/// another key signed is lost.
///
/// # Errors
///
/// Fails as [`refuse_another`] and [`FileSigner::sign`] do.
pub fn sign_where(
    signer: &dyn FileSigner,
    there: Option<&mut dyn Content>,
    content: &mut dyn Content,
    about: &SignedComment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let Some(there) = there else { return signer.sign(content, about, out) };
    refuse_another(signer, there, content, about)?;
    signer.sign_over(there, content, about, out)
}

/// Fails where signing over `there` would lose what another key signed. Both
/// are read from their starts, and are there again afterwards.
///
/// # Errors
///
/// Fails as [`FailureKind::Invalid`] then, and where one of both cannot be read.
pub fn refuse_another(
    signer: &dyn FileSigner,
    there: &mut dyn Content,
    content: &mut dyn Content,
    about: &SignedComment,
) -> Result<(), Failure> {
    let (may, name) = (signer.may_sign_over(there, content, about.at), &about.name);
    let back = there.rewind().and_then(|()| content.rewind());
    back.map_err(|error| Failure::from_io(Side::Local, name, &error))?;
    if may {
        return Ok(());
    }
    let ending = signer.ending();
    let why = format!("{name} is already signed by another key, or was signed before it changed");
    let hint = format!("first remove or move that signature, {name}.{ending}");
    Err(Failure::new(FailureKind::Invalid, Side::Local, why).hint(hint))
}

/// Checks signatures of files.
pub trait FileVerifier: Send + Sync {
    /// Finds out whether `signature` is one of `content`, and right at a time.
    ///
    /// # Errors
    ///
    /// Fails as [`FailureKind::Integrity`]
    /// where it is wrong, or not by a trusted signer.
    fn verify(
        &self,
        signature: &mut dyn Content,
        content: &mut dyn Content,
        now: Timestamp,
    ) -> Result<FileVerified, Failure>;
}
