//! minisign's signatures of files, by its own crate.
//!
//! They are over the hash of a file, so that it is read once and never held;
//! the older ones, which are over the file itself, are refused.

use std::io::{Read, Write};

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use minisign::{ErrorKind, PublicKeyBox, SecretKey, SecretKeyBox, SignatureBox};
use zeroize::Zeroizing;

use super::{
    KeyError,
    file::{Content, FileSigner, FileVerified, FileVerifier, SignedComment},
};
use crate::model::{Failure, FailureKind, Side, escape};

/// The largest signature that is read, in bytes.
const LIMIT: u64 = 64 << 10;
/// What every file of minisign's begins with.
const START: &[u8] = b"untrusted comment:";
const UNTRUSTED: &str = "signature made by castoff";

/// Signs files with one key.
pub struct Minisign {
    key: SecretKey,
}

/// Checks signatures of one key.
pub struct MinisignVerifier {
    key: minisign::PublicKey,
}

impl Minisign {
    /// Opens the text of a key file.
    ///
    /// # Errors
    ///
    /// Fails where the passphrase is missing or wrong, and where it is no key.
    pub fn open(text: &[u8], passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(text).map_err(|error| damaged(&error))?;
        let line = text.lines().nth(1).unwrap_or_default().trim();
        let bytes = Zeroizing::new(BASE64_STANDARD.decode(line).map_err(|of| damaged(&of))?);
        // minisign writes no checksum into a key that is not encrypted, which
        // the crate misses where it reads such a key's text.
        let key = SecretKey::from_bytes(&bytes).map_err(|error| damaged(&error))?;
        if !key.is_encrypted() {
            return Ok(Self { key });
        }
        // Without a passphrase the crate would ask at the terminal.
        let passphrase = passphrase.ok_or(KeyError::NoPassphrase)?;
        let passphrase = std::str::from_utf8(passphrase).map_err(|_| KeyError::Passphrase)?;
        let boxed = SecretKeyBox::from_string(text).map_err(|error| damaged(&error))?;
        match boxed.into_secret_key(Some(passphrase.to_owned())) {
            Ok(key) => Ok(Self { key }),
            Err(error) if matches!(error.kind(), ErrorKind::Verify) => Err(KeyError::Passphrase),
            Err(error) => Err(damaged(&error)),
        }
    }
}

impl FileSigner for Minisign {
    fn ending(&self) -> &'static str {
        "minisig"
    }

    fn sign(
        &self,
        content: &mut dyn Content,
        about: &SignedComment,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let failed = |error: &(dyn std::error::Error + 'static)| {
            Failure::from_error(FailureKind::Invalid, Side::Local, error).context(&about.name)
        };
        // As minisign itself writes it; a name never ends the line.
        let name = escape(&about.name);
        let trusted = format!("timestamp:{}\tfile:{name}\thashed", about.at.as_second());
        let signature = minisign::sign(None, &self.key, content, Some(&trusted), Some(UNTRUSTED))
            .map_err(|error| failed(&error))?;
        out.write_all(&signature.to_bytes()).map_err(|error| failed(&error))
    }

    fn verifier(&self) -> Result<Box<dyn FileVerifier>, Failure> {
        let key = minisign::PublicKey::from_secret_key(&self.key)
            .map_err(|error| damaged(&error).at("the signing key"))?;
        Ok(Box::new(MinisignVerifier { key }))
    }

    fn is_one(&self, bytes: &[u8]) -> bool {
        // A key begins so too, and has two lines; it is kept.
        bytes.starts_with(START) && bytes.split(|byte| *byte == b'\n').count() > 3
    }

    /// A signature names its key, whatever it is over.
    fn may_sign_over(
        &self,
        there: &mut dyn Content,
        _content: &mut dyn Content,
        _now: Timestamp,
    ) -> bool {
        let mut text = String::new();
        let signature = there.take(LIMIT).read_to_string(&mut text).map(|_| text);
        let signature = signature.ok().and_then(|text| SignatureBox::from_string(&text).ok());
        let key = minisign::PublicKey::from_secret_key(&self.key);
        signature.zip(key.ok()).is_some_and(|(of, key)| of.keynum() == key.keynum())
    }
}

impl MinisignVerifier {
    /// Takes the public key of a key file, or the line with it alone.
    ///
    /// # Errors
    ///
    /// Fails where there is none.
    pub fn new(text: &[u8]) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(text).map_err(|error| damaged(&error))?.trim();
        let key = if text.as_bytes().starts_with(START) {
            PublicKeyBox::from_string(text).and_then(PublicKeyBox::into_public_key)
        } else {
            minisign::PublicKey::from_base64(text)
        };
        Ok(Self { key: key.map_err(|error| damaged(&error))? })
    }

    /// What minisign calls the key.
    fn id(&self) -> String {
        let bytes: Vec<u8> = self.key.keynum().iter().rev().copied().collect();
        hex::encode_upper(bytes)
    }
}

impl FileVerifier for MinisignVerifier {
    fn verify(
        &self,
        signature: &mut dyn Content,
        content: &mut dyn Content,
        _now: Timestamp,
    ) -> Result<FileVerified, Failure> {
        let wrong =
            |why: &dyn std::fmt::Display| Failure::new(FailureKind::Integrity, Side::Local, why);
        let mut text = String::new();
        signature
            .take(LIMIT)
            .read_to_string(&mut text)
            .map_err(|error| Failure::from_io(Side::Local, "the signature", &error))?;
        let signature = SignatureBox::from_string(&text).map_err(|error| wrong(&error))?;
        if !signature.is_prehashed() {
            return Err(wrong(
                &"it is in minisign's legacy format, over the file and not its hash",
            ));
        }
        if signature.keynum() != self.key.keynum() {
            return Err(wrong(&"it is not signed by this key"));
        }
        minisign::verify(&self.key, &signature, content, true, false, false)
            .map_err(|error| wrong(&error))?;
        let comment = signature.trusted_comment().map_err(|error| wrong(&error))?;
        let seconds = comment.split('\t').find_map(|part| part.strip_prefix("timestamp:"));
        let at = seconds.and_then(|text| Timestamp::from_second(text.parse().ok()?).ok());
        Ok(FileVerified { by: format!("minisign key {}", self.id()), at, comment: Some(comment) })
    }
}

/// Of what cannot be read nothing is told: it may be a private key.
fn damaged(_: &dyn std::fmt::Display) -> KeyError {
    KeyError::Damaged("it is not minisign data that castoff can read".to_owned())
}
