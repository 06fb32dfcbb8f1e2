//! Public keys.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA384_ASN1,
    ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA512_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};
use x509_cert::{
    Certificate,
    der::{Decode, Encode, asn1::ObjectIdentifier},
    spki::SubjectPublicKeyInfoRef,
};

use super::{HashFunction, HashState, KeyError, SignatureForm};
use crate::model::Digest;

/// What a key is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// Ed25519.
    Ed25519,
    /// RSA.
    Rsa,
}

/// What stands before the 32 bytes of an Ed25519 key in its
/// `SubjectPublicKeyInfo` (RFC 8410).
const ED25519_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

/// A public key.
#[derive(Clone)]
pub struct PublicKey {
    algorithm: &'static dyn VerificationAlgorithm,
    kind: KeyKind,
    /// As the algorithm takes it.
    raw: Vec<u8>,
    spki: Vec<u8>,
}

impl PublicKey {
    /// The key in a PEM file: `PUBLIC KEY` (RFC 7468), or that of a
    /// certificate.
    ///
    /// # Errors
    ///
    /// Fails where there is neither.
    pub fn from_pem(text: &[u8], form: SignatureForm) -> Result<Self, KeyError> {
        let block =
            pem::parse(text).map_err(|_| KeyError::Unknown("the file is not PEM".to_owned()))?;
        match block.tag() {
            "PUBLIC KEY" => Self::from_spki(block.contents(), form),
            "CERTIFICATE" => Self::of_certificate(block.contents(), form),
            other => Err(KeyError::Unknown(format!("`{}`", crate::model::escape(other)))),
        }
    }

    /// The key of a certificate in DER.
    ///
    /// # Errors
    ///
    /// Fails where it is none.
    pub fn of_certificate(der: &[u8], form: SignatureForm) -> Result<Self, KeyError> {
        let damaged = |error: x509_cert::der::Error| KeyError::Damaged(error.to_string());
        let certificate = Certificate::from_der(der).map_err(damaged)?;
        let spki = certificate.tbs_certificate.subject_public_key_info.to_der().map_err(damaged)?;
        Self::from_spki(&spki, form)
    }

    /// The key in a `SubjectPublicKeyInfo` (RFC 5280, section 4.1).
    ///
    /// # Errors
    ///
    /// Fails where it is none, or of a kind that is not known here.
    pub fn from_spki(der: &[u8], form: SignatureForm) -> Result<Self, KeyError> {
        let damaged = |error: &dyn std::fmt::Display| KeyError::Damaged(error.to_string());
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|error| damaged(&error))?;
        let kind = KeyKind::of(&info)?;
        let algorithm: &'static dyn VerificationAlgorithm = match (kind, form) {
            (KeyKind::P256, SignatureForm::Asn1) => &ECDSA_P256_SHA256_ASN1,
            (KeyKind::P256, SignatureForm::Fixed) => &ECDSA_P256_SHA256_FIXED,
            (KeyKind::P384, SignatureForm::Asn1) => &ECDSA_P384_SHA384_ASN1,
            (KeyKind::P384, SignatureForm::Fixed) => &ECDSA_P384_SHA384_FIXED,
            (KeyKind::Rsa, SignatureForm::Asn1) => &RSA_PKCS1_2048_8192_SHA256,
            (KeyKind::Rsa, SignatureForm::Fixed) => &RSA_PSS_2048_8192_SHA256,
            (KeyKind::Ed25519, _) => &ED25519,
        };
        let raw =
            info.subject_public_key.as_bytes().ok_or_else(|| damaged(&"it has unused bits"))?;
        Ok(Self { algorithm, kind, raw: raw.to_vec(), spki: der.to_vec() })
    }

    /// The Ed25519 key of these 32 bytes.
    ///
    /// # Errors
    ///
    /// Fails where there are more or fewer.
    pub fn from_ed25519(raw: &[u8]) -> Result<Self, KeyError> {
        if raw.len() != 32 {
            return Err(KeyError::Damaged("an Ed25519 key has 32 bytes".to_owned()));
        }
        Self::from_spki(&[&ED25519_HEAD, raw].concat(), SignatureForm::Fixed)
    }

    /// What it is made for.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The key as its algorithm has it: of Ed25519 the 32 bytes.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Whether the private half of this key made `signature` over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.algorithm, &self.raw).verify(message, signature).is_ok()
    }

    /// The same, with a hash function that is not its usual one; ECDSA
    /// signatures are in DER.
    #[must_use]
    pub fn verifies_with(&self, hash: HashFunction, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match (self.kind, hash) {
            (KeyKind::P256, HashFunction::Sha256) => &ECDSA_P256_SHA256_ASN1,
            (KeyKind::P256, HashFunction::Sha384) => &ECDSA_P256_SHA384_ASN1,
            (KeyKind::P256, HashFunction::Sha512) => &ECDSA_P256_SHA512_ASN1,
            (KeyKind::P384, HashFunction::Sha256) => &ECDSA_P384_SHA256_ASN1,
            (KeyKind::P384, HashFunction::Sha384) => &ECDSA_P384_SHA384_ASN1,
            (KeyKind::P384, HashFunction::Sha512) => &ECDSA_P384_SHA512_ASN1,
            (KeyKind::Rsa, HashFunction::Sha256) => &RSA_PKCS1_2048_8192_SHA256,
            (KeyKind::Rsa, HashFunction::Sha384) => &RSA_PKCS1_2048_8192_SHA384,
            (KeyKind::Rsa, HashFunction::Sha512) => &RSA_PKCS1_2048_8192_SHA512,
            (KeyKind::Ed25519, _) => &ED25519,
        };
        UnparsedPublicKey::new(algorithm, &self.raw).verify(message, signature).is_ok()
    }

    /// The same, of a message of which the hash was made with the key's usual
    /// function.
    #[must_use]
    pub fn verifies_hash(&self, hashing: HashState, signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(self.algorithm, &self.raw);
        key.verify_digest(&hashing.digest(), signature).is_ok()
    }

    /// The `SubjectPublicKeyInfo`, in DER.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The key in PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        pem::encode_config(&pem::Pem::new("PUBLIC KEY", self.spki.clone()), config)
    }

    /// What names the key: the digest of its `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn id(&self) -> Digest {
        Digest::of(&self.spki)
    }
}

impl KeyKind {
    fn of(info: &SubjectPublicKeyInfoRef<'_>) -> Result<Self, KeyError> {
        let word = |oid: ObjectIdentifier| oid.to_string();
        let curve = || info.algorithm.parameters_oid().map(word).unwrap_or_default();
        match word(info.algorithm.oid).as_str() {
            "1.2.840.10045.2.1" => match curve().as_str() {
                "1.2.840.10045.3.1.7" => Ok(Self::P256),
                "1.3.132.0.34" => Ok(Self::P384),
                other => Err(KeyError::Unknown(format!("the curve {other}"))),
            },
            "1.2.840.113549.1.1.1" => Ok(Self::Rsa),
            "1.3.101.112" => Ok(Self::Ed25519),
            other => Err(KeyError::Unknown(format!("the algorithm {other}"))),
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.spki == other.spki
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}
