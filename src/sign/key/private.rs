//! Private keys.

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    rsa,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING,
        ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    },
};
use pkcs8::{EncryptedPrivateKeyInfo, ObjectIdentifier, PrivateKeyInfo, SecretDocument};

use super::{Hash, Hashing, KeyError, KeySort, PublicKey, sealed};

/// `id-ecPublicKey` (RFC 5480).
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// `rsaEncryption` (RFC 8017).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// `id-Ed25519` (RFC 8410).
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// How an ECDSA signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As a DER sequence of two numbers: cosign, CMS.
    Asn1,
    /// As two numbers of fixed length, one behind the other: notary.
    Fixed,
}

/// A private key. It has no `Debug`, and is zeroed by what holds it.
pub struct PrivateKey {
    pair: Pair,
    public: PublicKey,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(rsa::KeyPair),
}

impl PrivateKey {
    /// Opens a key that lies in PEM: PKCS#8, encrypted or not (RFC 5958), or
    /// the form that cosign made up. A passphrase that is not needed is left
    /// unused.
    ///
    /// # Errors
    ///
    /// Fails where the passphrase is missing or wrong, and where it is no key.
    pub fn open(text: &[u8], passphrase: Option<&[u8]>, form: Form) -> Result<Self, KeyError> {
        let block = pem::parse(text).map_err(|error| KeyError::Unknown(error.to_string()))?;
        let der = match block.tag() {
            "PRIVATE KEY" => return Self::from_pkcs8(block.contents(), form),
            "ENCRYPTED PRIVATE KEY" => {
                decrypted(block.contents(), passphrase.ok_or(KeyError::NoPassphrase)?)?
            }
            sealed::TAG | sealed::OLD_TAG => {
                let passphrase = passphrase.ok_or(KeyError::NoPassphrase)?;
                return Self::from_pkcs8(&sealed::open(block.contents(), passphrase)?, form);
            }
            other => return Err(KeyError::Unknown(format!("`{}`", crate::model::escape(other)))),
        };
        Self::from_pkcs8(der.as_bytes(), form)
    }

    /// A key from its PKCS#8 document, which is not encrypted.
    ///
    /// # Errors
    ///
    /// Fails where it is none, or of a kind that is not known here.
    pub fn from_pkcs8(der: &[u8], form: Form) -> Result<Self, KeyError> {
        let damaged = |error: &dyn std::fmt::Display| KeyError::Damaged(error.to_string());
        let info = PrivateKeyInfo::try_from(der).map_err(|error| damaged(&error))?;
        let rejected = |error: aws_lc_rs::error::KeyRejected| damaged(&error);
        let pair = match info.algorithm.oid {
            EC => {
                let curve = info.algorithm.parameters_oid().map_err(|error| damaged(&error))?;
                let algorithm = match (curve, form) {
                    (P256, Form::Asn1) => &ECDSA_P256_SHA256_ASN1_SIGNING,
                    (P256, Form::Fixed) => &ECDSA_P256_SHA256_FIXED_SIGNING,
                    (P384, Form::Asn1) => &ECDSA_P384_SHA384_ASN1_SIGNING,
                    (P384, Form::Fixed) => &ECDSA_P384_SHA384_FIXED_SIGNING,
                    _ => return Err(KeyError::Unknown(format!("the curve {curve}"))),
                };
                Pair::Ecdsa(EcdsaKeyPair::from_pkcs8(algorithm, der).map_err(rejected)?)
            }
            RSA => Pair::Rsa(rsa::KeyPair::from_pkcs8(der).map_err(rejected)?),
            ED25519 => {
                Pair::Ed25519(Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(rejected)?)
            }
            other => return Err(KeyError::Unknown(format!("the algorithm {other}"))),
        };
        let public = PublicKey::from_spki(&pair.spki()?, form)?;
        Ok(Self { pair, public })
    }

    /// Makes a key on P-256, and returns it as a PKCS#8 document.
    ///
    /// # Errors
    ///
    /// Fails where the system has no randomness.
    pub fn generate() -> Result<zeroize::Zeroizing<Vec<u8>>, KeyError> {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
                .map_err(|_| KeyError::Refused)?;
        Ok(zeroize::Zeroizing::new(document.as_ref().to_vec()))
    }

    /// Encrypts a PKCS#8 document as cosign does, in PEM.
    ///
    /// # Errors
    ///
    /// Fails where the system has no randomness.
    pub fn seal(der: &[u8], passphrase: &[u8]) -> Result<String, KeyError> {
        sealed::seal(der, passphrase)
    }

    /// The public key that belongs to it.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The hash function that it signs with; none: it takes messages whole.
    #[must_use]
    pub fn hash(&self) -> Option<Hash> {
        match self.public.sort() {
            KeySort::P256 | KeySort::Rsa => Some(Hash::Sha256),
            KeySort::P384 => Some(Hash::Sha384),
            KeySort::Ed25519 => None,
        }
    }

    /// Signs a message: with SHA-256, on P-384 with SHA-384; RSA as PKCS#1
    /// v1.5 (RFC 8017).
    ///
    /// # Errors
    ///
    /// Fails where the system has no randomness.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ecdsa(pair) => {
                let signature = pair.sign(&random, message).map_err(|_| KeyError::Refused)?;
                Ok(signature.as_ref().to_vec())
            }
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(|_| KeyError::Refused)?;
                Ok(signature)
            }
        }
    }
}

impl PrivateKey {
    /// Signs a message of which the hash was made, with the function that
    /// [`hash`](Self::hash) tells.
    ///
    /// # Errors
    ///
    /// Fails where the key takes messages whole, and where the function is
    /// another.
    pub fn sign_hash(&self, hashing: Hashing) -> Result<Vec<u8>, KeyError> {
        let digest = hashing.digest();
        match &self.pair {
            Pair::Ecdsa(pair) => {
                let signature = pair.sign_digest(&digest).map_err(|_| KeyError::Refused)?;
                Ok(signature.as_ref().to_vec())
            }
            Pair::Ed25519(_) => Err(KeyError::Unusable("Ed25519 signs no hashes".to_owned())),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(&RSA_PKCS1_SHA256, &digest, &mut signature)
                    .map_err(|_| KeyError::Refused)?;
                Ok(signature)
            }
        }
    }
}

impl Pair {
    fn spki(&self) -> Result<Vec<u8>, KeyError> {
        let der: PublicKeyX509Der<'_> = match self {
            Self::Ecdsa(pair) => pair.public_key().as_der(),
            Self::Ed25519(pair) => pair.public_key().as_der(),
            Self::Rsa(pair) => pair.public_key().as_der(),
        }
        .map_err(|_| KeyError::Damaged("it has no public key".to_owned()))?;
        Ok(der.as_ref().to_vec())
    }
}

fn decrypted(der: &[u8], passphrase: &[u8]) -> Result<SecretDocument, KeyError> {
    let info = EncryptedPrivateKeyInfo::try_from(der)
        .map_err(|error| KeyError::Damaged(error.to_string()))?;
    // The padding, or what is within, tells that the passphrase was wrong.
    info.decrypt(passphrase).map_err(|_| KeyError::Passphrase)
}
