//! Signatures of files, as `cosign sign-blob` makes them: over the file's
//! hash, in base64.

use std::io::{Read, Write};

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;

use super::Cosign;
use crate::{
    model::{Failure, FailureKind, Side},
    sign::{
        Hash, KeyKind, PublicKey,
        file::{About, Content, FileSigner, FileVerified, FileVerifier},
    },
};

/// The largest signature that is read, in bytes.
const LIMIT: u64 = 16 << 10;

/// Checks signatures of one key.
pub struct BlobVerifier(pub PublicKey);

impl FileSigner for Cosign {
    fn ending(&self) -> &'static str {
        "sig"
    }

    fn sign(
        &self,
        content: &mut dyn Content,
        about: &About,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let failed = |error| Failure::from_io(Side::Local, &about.name, &error);
        let mut hashing = self.key.hash().unwrap_or(Hash::Sha256).start();
        hashing.read(content).map_err(failed)?;
        let signature = self.key.sign_hash(hashing).map_err(|error| error.at("the signing key"))?;
        out.write_all(BASE64_STANDARD.encode(signature).as_bytes()).map_err(failed)
    }

    fn verifier(&self) -> Result<Box<dyn FileVerifier>, Failure> {
        Ok(Box::new(BlobVerifier(self.key.public().clone())))
    }

    fn is_one(&self, bytes: &[u8]) -> bool {
        let text = bytes.trim_ascii();
        !text.is_empty() && BASE64_STANDARD.decode(text).is_ok()
    }
}

impl FileVerifier for BlobVerifier {
    fn verify(
        &self,
        signature: &mut dyn Content,
        content: &mut dyn Content,
        _now: Timestamp,
    ) -> Result<FileVerified, Failure> {
        let wrong = |why: &str| Failure::new(FailureKind::Integrity, Side::Local, why);
        let failed = |error| Failure::from_io(Side::Local, "reading", &error);
        let mut text = Vec::new();
        signature.take(LIMIT).read_to_end(&mut text).map_err(failed)?;
        let signature = BASE64_STANDARD.decode(text.trim_ascii());
        let signature = signature.map_err(|_| wrong("it is not a signature in base64"))?;
        let hash = if self.0.kind() == KeyKind::P384 { Hash::Sha384 } else { Hash::Sha256 };
        let mut hashing = hash.start();
        hashing.read(content).map_err(failed)?;
        if !self.0.verifies_hash(hashing, &signature) {
            return Err(wrong("the signature is wrong, or by another key"));
        }
        Ok(FileVerified { by: self.0.id().to_string(), at: None, comment: None })
    }
}
