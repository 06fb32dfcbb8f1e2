//! CMS signatures of files (RFC 5652), with certificates.
//!
//! A signature is over the signed attributes, and they hold the hash of the
//! content, so that a file is read once to be signed. One that is attached has
//! the content within: it is written, and read, around it piece by piece.
//!
//! Keys are on P-256, P-384 or RSA (PKCS#1 v1.5).

mod certificates;
mod chain;
mod der;
mod parse;
mod sealer;
mod service;
mod signer;
mod verify;

pub use certificates::Certificates;
use jiff::Timestamp;
pub use sealer::{Nobody, Unsealed, unseal};
pub use service::Service;
pub use signer::Cms;
pub use verify::{Trust, Verifier};
use x509_cert::der::asn1::ObjectIdentifier;

use super::{Hash, KeyError};
use crate::model::{Failure, FailureKind, Side};

/// `id-data`, `id-signedData` (RFC 5652).
const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// The signed attributes (RFC 5652, section 11).
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
/// The hash functions (RFC 5754).
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
/// The signature algorithms (RFC 5754).
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ECDSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");

/// The hash function that a signature with this algorithm is over, where the
/// algorithm says it.
fn hash_signed(algorithm: ObjectIdentifier) -> Option<Hash> {
    match algorithm {
        ECDSA_SHA256 | RSA_SHA256 => Some(Hash::Sha256),
        ECDSA_SHA384 | RSA_SHA384 => Some(Hash::Sha384),
        ECDSA_SHA512 | RSA_SHA512 => Some(Hash::Sha512),
        _ => None,
    }
}

/// Why something is not signed, or a signature is not right.
#[derive(Debug, thiserror::Error)]
pub enum CmsError {
    /// There is no certificate where one should be.
    #[error("this is not a certificate in PEM: {0}")]
    NoCertificate(String),
    /// The certificate is of another key.
    #[error("the certificate does not belong to the key")]
    OtherKey,
    /// The certificate is out of date.
    #[error("the certificate of {0} expired on {1}")]
    Expired(String, Timestamp),
    /// The certificate is for later.
    #[error("the certificate of {0} is not valid before {1}")]
    NotYet(String, Timestamp),
    /// CMS is not done with such a key.
    #[error("CMS needs a key on P-256, P-384 or RSA, and this is another")]
    UnknownKey,
    /// The key does not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Something cannot be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// What is signed is not what it was when the signing began.
    #[error("it changed while it was signed")]
    Changed,
    /// It is no signature, or a damaged one.
    #[error("this is not a CMS signature in DER or PEM: {0}")]
    Damaged(String),
    /// It is made in a way that is not known here.
    #[error("it is signed in an unknown way: {0}")]
    Unknown(String),
    /// It is of another content.
    #[error("it is the signature of other content, or the content has changed")]
    OtherContent,
    /// It is not what its key makes.
    #[error("the signature is wrong")]
    Wrong,
    /// It is not of the key that is trusted.
    #[error("it is not signed by this key")]
    NotThisKey,
    /// It is signed, and no trusted signers were given.
    #[error("it is signed, but no certificate is trusted for it")]
    NoTrust,
    /// Its certificate leads to none that is trusted.
    #[error("the certificate of {0} is not trusted: {1}")]
    Untrusted(String, String),
}

impl CmsError {
    /// The same as a failure to sign with what lies at `place`.
    #[must_use]
    pub fn at(self, place: impl std::fmt::Display) -> Failure {
        match &self {
            Self::Key(error) => error.at(place),
            Self::Io(error) => Failure::from_io(Side::Local, place, error),
            _ => Failure::from_error(FailureKind::Invalid, Side::Local, &self).context(place),
        }
    }

    /// The same as a failure to verify.
    fn wrong(&self) -> Failure {
        match self {
            Self::Io(error) => Failure::from_io(Side::Local, "reading", error),
            _ => Failure::from_error(FailureKind::Integrity, Side::Local, self),
        }
    }
}

impl From<x509_cert::der::Error> for CmsError {
    fn from(error: x509_cert::der::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}
