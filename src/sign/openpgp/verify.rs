//! Checks signatures of files.

use std::io::Read;

use jiff::Timestamp;
use pgp::{
    composed::{Deserializable, DetachedSignature, PublicOrSecret, SignedPublicKey},
    packet::{Signature, SignatureType},
    types::{KeyDetails, VerifyingKey},
};

use super::{
    damaged,
    standing::{Standing, of_primary, of_subkey},
};
use crate::{
    model::{Failure, FailureKind, Side},
    sign::{
        KeyError,
        file::{Content, FileVerified, FileVerifier},
    },
};

/// The largest signature that is read, in bytes.
const LIMIT: u64 = 256 << 10;
/// How many signatures of one file are looked at.
const MANY: usize = 100;
/// How far the clock of the signer may be ahead, in seconds.
const AHEAD: i64 = 300;

/// Checks signatures of some keys.
pub struct OpenPgpVerifier {
    keys: Vec<SignedPublicKey>,
}

impl OpenPgpVerifier {
    /// Takes the keys of an exported file, in ASCII armour or without. Of
    /// secret keys the public half is taken.
    ///
    /// # Errors
    ///
    /// Fails where there is no key.
    pub fn new(bytes: &[u8]) -> Result<Self, KeyError> {
        let (all, _) = PublicOrSecret::from_reader_many(bytes).map_err(|error| damaged(&error))?;
        let mut keys = Vec::new();
        for key in all {
            keys.push(match key.map_err(|error| damaged(&error))? {
                PublicOrSecret::Public(key) => key,
                PublicOrSecret::Secret(key) => key.to_public_key(),
            });
        }
        if keys.is_empty() {
            return Err(KeyError::Damaged("it contains no key".to_owned()));
        }
        Ok(Self { keys })
    }

    /// Takes one key.
    pub(super) fn of(key: SignedPublicKey) -> Self {
        Self { keys: vec![key] }
    }

    /// What one signature says, where it is of one of the keys and right.
    fn one(
        &self,
        signature: &Signature,
        content: &mut dyn Content,
        now: Timestamp,
    ) -> Result<FileVerified, String> {
        if !matches!(signature.typ(), Some(SignatureType::Binary | SignatureType::Text)) {
            return Err("it is not the signature of a file".to_owned());
        }
        for key in &self.keys {
            let primary = of_primary(key);
            if is_by(signature, &key.primary_key) {
                check(signature, &key.primary_key, content)?;
                return told(key, signature, &[&primary], now);
            }
            for subkey in &key.public_subkeys {
                if is_by(signature, &subkey.key) {
                    check(signature, &subkey.key, content)?;
                    // A primary key need not sign for its subkeys to do so.
                    let primary = Standing { signs: true, ..primary };
                    return told(key, signature, &[&of_subkey(key, subkey), &primary], now);
                }
            }
        }
        Err("it is not signed by this key".to_owned())
    }
}

impl FileVerifier for OpenPgpVerifier {
    fn verify(
        &self,
        signature: &mut dyn Content,
        content: &mut dyn Content,
        now: Timestamp,
    ) -> Result<FileVerified, Failure> {
        let wrong = |why: String| Failure::new(FailureKind::Integrity, Side::Local, why);
        let all = read_all(signature).map_err(|error| match error {
            pgp::errors::Error::IO { source, .. } => {
                Failure::from_io(Side::Local, "the signature", &source)
            }
            other => wrong(other.to_string()),
        })?;
        let mut why = "it contains no signature".to_owned();
        for one in all {
            match self.one(&one.signature, content, now) {
                Ok(verified) => return Ok(verified),
                Err(refused) => why = refused,
            }
        }
        Err(wrong(why))
    }
}

/// Reads the signatures of a file.
pub(super) fn read_all(signature: &mut dyn Content) -> pgp::errors::Result<Vec<DetachedSignature>> {
    let mut bytes = Vec::new();
    signature.take(LIMIT).read_to_end(&mut bytes)?;
    DetachedSignature::from_reader_many(&bytes[..])?.0.take(MANY).collect()
}

/// Whether a signature says that a key made it.
pub(super) fn is_by(signature: &Signature, key: &impl KeyDetails) -> bool {
    let fingerprints = signature.issuer_fingerprint();
    if fingerprints.is_empty() {
        return signature.issuer_key_id().contains(&&key.legacy_key_id());
    }
    fingerprints.contains(&&key.fingerprint())
}

fn check(
    signature: &Signature,
    key: &impl VerifyingKey,
    content: &mut dyn Content,
) -> Result<(), String> {
    content.rewind().map_err(|error| error.to_string())?;
    signature.verify(key, content).map_err(|error| format!("the signature is wrong: {error}"))
}

/// What a signature says that is right as such. Its keys must have been good
/// when it was made, and not be revoked since.
fn told(
    key: &SignedPublicKey,
    signature: &Signature,
    standings: &[&Standing],
    now: Timestamp,
) -> Result<FileVerified, String> {
    let second = |of: pgp::types::Timestamp| Timestamp::from_second(i64::from(of.as_secs())).ok();
    let made = signature.created().and_then(second);
    let made = made.ok_or_else(|| "it does not say when it was made".to_owned())?;
    if made.as_second() > now.as_second() + AHEAD {
        return Err(format!("it was made on {made}, which is in the future"));
    }
    let lasts = signature.signature_expiration_time().map(|lasts| i64::from(lasts.as_secs()));
    if lasts.is_some_and(|lasts| lasts > 0 && made.as_second() + lasts <= now.as_second()) {
        return Err("the signature has expired".to_owned());
    }
    if let Some(why) = standings.iter().find_map(|standing| standing.refusal(made)) {
        return Err(why);
    }
    let user = key.details.users.first().map(|user| String::from_utf8_lossy(user.id.id()));
    let fingerprint = hex::encode_upper(key.primary_key.fingerprint().as_bytes());
    let by = user.map_or_else(|| fingerprint.clone(), |user| format!("{user} {fingerprint}"));
    Ok(FileVerified { by, at: Some(made), comment: None })
}
