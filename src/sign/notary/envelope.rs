//! Signed documents: their content and their signatures.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{TufKey, canonical};
use crate::{
    model::{Failure, FailureKind, Side},
    sign::{KeyError, KeyKind, PrivateKey},
};

/// How many signatures of one document are looked at.
const SIGNATURES_LIMIT: usize = 200;

/// A document with its signatures, in the order that servers want: one that
/// has it otherwise is accepted, and cannot be read again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Envelope {
    /// What is signed.
    pub signed: Value,
    signatures: Vec<Signature>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Signature {
    keyid: String,
    method: String,
    sig: String,
}

/// Keys of which some must sign.
#[derive(Clone, Copy, Debug)]
pub struct Signers<'a> {
    /// Keys by what the metadata calls them.
    pub keys: &'a BTreeMap<String, TufKey>,
    /// Those that count.
    pub ids: &'a [String],
    /// How many of them must sign.
    pub threshold: u32,
}

impl Envelope {
    /// Reads the metadata of `role`.
    ///
    /// # Errors
    ///
    /// Fails where it is none.
    pub fn parse(role: &str, bytes: &[u8]) -> Result<Self, Failure> {
        serde_json::from_slice(bytes)
            .map_err(|error| wrong(role, format!("it is not metadata: {error}")))
    }

    /// Signs what `signed` says with each of `keys`, which go with the ids that
    /// the metadata has for them.
    ///
    /// # Errors
    ///
    /// Fails where the system has no randomness.
    pub fn sign(signed: Value, keys: &[(String, &PrivateKey)]) -> Result<Self, KeyError> {
        let message = canonical(&signed)
            .ok_or_else(|| KeyError::Damaged("the signed content has a fraction".to_owned()))?;
        let signature = |(keyid, key): &(String, &PrivateKey)| {
            let method = match key.public().kind() {
                KeyKind::P256 | KeyKind::P384 => "ecdsa",
                KeyKind::Ed25519 => "eddsa",
                KeyKind::Rsa => "rsapss",
            };
            let sig = BASE64_STANDARD.encode(key.sign(&message)?);
            Ok(Signature { keyid: keyid.clone(), method: method.to_owned(), sig })
        };
        let signatures = keys.iter().map(signature).collect::<Result<_, KeyError>>()?;
        Ok(Self { signed, signatures })
    }

    /// The bytes that are published, canonical where that is signed.
    ///
    /// # Errors
    ///
    /// Fails where the document has no canonical form.
    pub fn to_bytes(&self) -> Result<Vec<u8>, KeyError> {
        let damaged = |error: &dyn std::fmt::Display| KeyError::Damaged(error.to_string());
        let signed = canonical(&self.signed).ok_or_else(|| damaged(&"it has a fraction"))?;
        let signatures = serde_json::to_vec(&self.signatures).map_err(|error| damaged(&error))?;
        Ok([b"{\"signed\":", &signed[..], b",\"signatures\":", &signatures, b"}"].concat())
    }

    /// Fails unless enough of `signers` signed this metadata of `role`. A
    /// signature that is wrong or by another key does not count.
    pub fn verify(&self, role: &str, signers: &Signers<'_>) -> Result<(), Failure> {
        if signers.threshold == 0 {
            return Err(wrong(role, "its threshold is 0".to_owned()));
        }
        let message = canonical(&self.signed)
            .ok_or_else(|| wrong(role, "it has a number that is not an integer".to_owned()))?;
        let (mut signed_by, mut unknown) = (BTreeSet::new(), None);
        for signature in self.signatures.iter().take(SIGNATURES_LIMIT) {
            match signature.maker(&message, signers) {
                Ok(maker) => signed_by.extend(maker),
                Err(error @ KeyError::Unknown(_)) => unknown = Some(error),
                Err(_) => {}
            }
        }
        if signed_by.len() as u64 >= u64::from(signers.threshold) {
            return Ok(());
        }
        let why = format!("{} of its keys signed it; {} must", signed_by.len(), signers.threshold);
        let failure = wrong(role, why);
        Err(unknown.into_iter().fold(failure, Failure::because))
    }
}

impl Signature {
    /// The key that made this signature, if that counts.
    fn maker(&self, message: &[u8], signers: &Signers<'_>) -> Result<Option<String>, KeyError> {
        let Some(key) = signers.keys.get(&self.keyid) else { return Ok(None) };
        // A name that another key has taken would count twice.
        if !signers.ids.contains(&self.keyid) || key.id() != self.keyid {
            return Ok(None);
        }
        let Ok(signature) = BASE64_STANDARD.decode(&self.sig) else { return Ok(None) };
        if !key.opened()?.verifies(message, &signature) {
            return Ok(None);
        }
        // One key in two certificates is one key.
        Ok(Some(key.bare_id()?))
    }
}

/// Metadata of `role` that must not be trusted.
pub(super) fn wrong(role: &str, why: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Integrity, Side::Sink, why)
        .context(format!("the metadata of `{role}` cannot be trusted"))
}
