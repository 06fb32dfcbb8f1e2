//! Private keys.

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    rsa,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING,
        ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    },
};
use pkcs8::{
    EncryptedPrivateKeyInfo, ObjectIdentifier, PrivateKeyInfo,
    der::ErrorKind,
    pkcs5::{
        EncryptionScheme as Scheme,
        pbes2::{EncryptionScheme, Parameters, Pbkdf2Params, Pbkdf2Prf},
    },
};
use zeroize::Zeroizing;

use super::{HashFunction, HashState, KeyError, KeyKind, PublicKey, form::SignatureForm, sealed};

/// `id-ecPublicKey` (RFC 5480).
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// `rsaEncryption` (RFC 8017).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// `id-Ed25519` (RFC 8410).
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// How much work a passphrase is made to cost: 32 times what notary does.
const ITERATIONS: u32 = 1 << 16;

/// A private key. It has no `Debug`, and is zeroed by what holds it.
pub struct PrivateKey {
    pair: Pair,
    form: SignatureForm,
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
    pub fn open(
        text: &[u8],
        passphrase: Option<&[u8]>,
        form: SignatureForm,
    ) -> Result<Self, KeyError> {
        let block =
            pem::parse(text).map_err(|_| KeyError::Unknown("the file is not PEM".to_owned()))?;
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
        Self::from_pkcs8(&der, form)
    }

    /// Whether a key that lies in PEM can only be opened with a passphrase.
    #[must_use]
    pub fn is_sealed(text: &[u8]) -> bool {
        pem::parse(text).is_ok_and(|block| block.tag() != "PRIVATE KEY")
    }

    /// A key from its PKCS#8 document, which is not encrypted.
    ///
    /// # Errors
    ///
    /// Fails where it is none, or of a kind that is not known here.
    pub fn from_pkcs8(der: &[u8], form: SignatureForm) -> Result<Self, KeyError> {
        let damaged = |error: &dyn std::fmt::Display| KeyError::Damaged(error.to_string());
        let info = PrivateKeyInfo::try_from(der).map_err(|error| damaged(&error))?;
        let rejected = |error: aws_lc_rs::error::KeyRejected| damaged(&error);
        let pair = match info.algorithm.oid {
            EC => {
                let curve = info.algorithm.parameters_oid().map_err(|error| damaged(&error))?;
                let algorithm = match (curve, form) {
                    (P256, SignatureForm::Asn1) => &ECDSA_P256_SHA256_ASN1_SIGNING,
                    (P256, SignatureForm::Fixed) => &ECDSA_P256_SHA256_FIXED_SIGNING,
                    (P384, SignatureForm::Asn1) => &ECDSA_P384_SHA384_ASN1_SIGNING,
                    (P384, SignatureForm::Fixed) => &ECDSA_P384_SHA384_FIXED_SIGNING,
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
        Ok(Self { pair, form, public })
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

    /// Encrypts a PKCS#8 document as notary does (RFC 8018, PBES2), in DER.
    ///
    /// # Errors
    ///
    /// Fails where the system has no randomness.
    pub fn encrypt(der: &[u8], passphrase: &[u8]) -> Result<Vec<u8>, KeyError> {
        let (mut salt, mut iv) = ([0; 16], [0; 16]);
        aws_lc_rs::rand::fill(&mut salt).map_err(|_| KeyError::Refused)?;
        aws_lc_rs::rand::fill(&mut iv).map_err(|_| KeyError::Refused)?;
        let kdf = Pbkdf2Params {
            salt: &salt,
            iteration_count: ITERATIONS,
            key_length: None,
            // notary knows no other.
            prf: Pbkdf2Prf::HmacWithSha1,
        };
        let encryption = EncryptionScheme::Aes256Cbc { iv: &iv };
        let parameters = Parameters { kdf: kdf.into(), encryption };
        let damaged = |error: pkcs8::Error| KeyError::Damaged(error.to_string());
        let info = PrivateKeyInfo::try_from(der).map_err(damaged)?;
        let document = info.encrypt_with_params(parameters, passphrase).map_err(damaged)?;
        Ok(document.as_bytes().to_vec())
    }

    /// The public key that belongs to it.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The hash function that it signs with; none: it takes messages whole.
    #[must_use]
    pub fn hash(&self) -> Option<HashFunction> {
        match self.public.kind() {
            KeyKind::P256 | KeyKind::Rsa => Some(HashFunction::Sha256),
            KeyKind::P384 => Some(HashFunction::Sha384),
            KeyKind::Ed25519 => None,
        }
    }

    /// Signs a message: with SHA-256, on P-384 with SHA-384 (RFC 8017 for RSA).
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
                let padding: &dyn RsaEncoding = match self.form {
                    SignatureForm::Asn1 => &RSA_PKCS1_SHA256,
                    SignatureForm::Fixed => &RSA_PSS_SHA256,
                };
                pair.sign(padding, &random, message, &mut signature)
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
    pub fn sign_hash(&self, hashing: HashState) -> Result<Vec<u8>, KeyError> {
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

fn decrypted(der: &[u8], passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let info = EncryptedPrivateKeyInfo::try_from(der).map_err(|error| match error {
        pkcs8::Error::Asn1(error) if matches!(error.kind(), ErrorKind::OidUnknown { .. }) => {
            KeyError::Unknown(format!("its encryption is unknown: {error}"))
        }
        error => KeyError::Damaged(error.to_string()),
    })?;
    let Scheme::Pbes2(parameters) = &info.encryption_algorithm else {
        return Err(KeyError::Unknown("an encryption other than PBES2".to_owned()));
    };
    // The padding, or what is within, tells that the passphrase was wrong.
    let wrong = |_| KeyError::Passphrase;
    let document = parameters.decrypt(passphrase, info.encrypted_data).map_err(wrong)?;
    let document = Zeroizing::new(document);
    if PrivateKeyInfo::try_from(document.as_slice()).is_ok() {
        return Ok(document);
    }
    let document = of_version_one(document);
    PrivateKeyInfo::try_from(document.as_slice()).map_err(|_| KeyError::Passphrase)?;
    Ok(document)
}

/// notary says that its documents are of version 2, which have the public key
/// too (RFC 5958), and leaves that out.
fn of_version_one(mut document: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let head = match document.get(1) {
        Some(long @ 0x81..) => 2 + usize::from(long & 0x7f),
        _ => 2,
    };
    if let Some(version @ [2, 1, 1]) = document.get_mut(head..head + 3) {
        version[2] = 0;
    }
    document
}
