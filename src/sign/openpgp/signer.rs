//! Signs files.

use std::io::Write;

use jiff::Timestamp;
use pgp::{
    armor::{self, BlockType},
    composed::{ArmorOptions, DetachedSignature, PublicOrSecret, SignedSecretKey},
    packet::{Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData},
    types::{KeyDetails, KeyVersion, Password, SigningKey},
};

use super::{
    OpenPgpVerifier, damaged,
    standing::{of_primary, of_subkey},
    verify::{is_by, read_all},
};
use crate::{
    model::{Failure, FailureKind, Side},
    sign::{
        KeyError,
        file::{About, Content, FileSigner, FileVerifier},
    },
};

/// Signs files with one key.
pub struct OpenPgp {
    key: SignedSecretKey,
    /// The subkey that signs; none: the primary key.
    subkey: Option<usize>,
    passphrase: Password,
}

impl OpenPgp {
    /// Opens an exported secret key, in ASCII armour or without. Its newest
    /// subkey that may sign at `now` is taken, else the primary key.
    ///
    /// # Errors
    ///
    /// Fails where the passphrase is missing or wrong, and where no part of
    /// the key may sign.
    pub fn open(bytes: &[u8], passphrase: Option<&[u8]>, now: Timestamp) -> Result<Self, KeyError> {
        let (mut keys, _) = PublicOrSecret::from_reader_many(bytes).map_err(|of| damaged(&of))?;
        let key = match keys.next().transpose().map_err(|error| damaged(&error))? {
            Some(PublicOrSecret::Secret(key)) => key,
            Some(PublicOrSecret::Public(_)) => {
                return Err(KeyError::Damaged("it contains only the public key".to_owned()));
            }
            None => return Err(KeyError::Damaged("it contains no key".to_owned())),
        };
        if keys.next().is_some() {
            return Err(KeyError::Damaged("it contains several keys".to_owned()));
        }
        let subkey = chosen(&key, now)?;
        let is_encrypted = match subkey.map(|place| &key.secret_subkeys[place].key) {
            Some(subkey) => subkey.secret_params().is_encrypted(),
            None => key.primary_key.secret_params().is_encrypted(),
        };
        if is_encrypted && passphrase.is_none() {
            return Err(KeyError::NoPassphrase);
        }
        let this = Self { key, subkey, passphrase: passphrase.unwrap_or_default().into() };
        this.unlock()?;
        Ok(this)
    }

    /// Tries the passphrase.
    fn unlock(&self) -> Result<(), KeyError> {
        let opened = match self.subkey.map(|place| &self.key.secret_subkeys[place].key) {
            Some(subkey) => subkey.unlock(&self.passphrase, |_, _| Ok(())),
            None => self.key.primary_key.unlock(&self.passphrase, |_, _| Ok(())),
        };
        opened.and_then(|opened| opened).map_err(|_| KeyError::Passphrase)
    }

    /// Whether a signature says that this key made it, with any of its parts.
    fn made(&self, signature: &Signature) -> bool {
        let mut subkeys = self.key.secret_subkeys.iter();
        is_by(signature, &self.key.primary_key) || subkeys.any(|of| is_by(signature, &of.key))
    }

    fn signature(
        &self,
        content: &mut dyn Content,
        at: Timestamp,
    ) -> pgp::errors::Result<DetachedSignature> {
        match self.subkey.map(|place| &self.key.secret_subkeys[place].key) {
            Some(subkey) => signed(subkey, &self.passphrase, content, at),
            None => signed(&self.key.primary_key, &self.passphrase, content, at),
        }
    }
}

impl FileSigner for OpenPgp {
    fn ending(&self) -> &'static str {
        "asc"
    }

    fn sign(
        &self,
        content: &mut dyn Content,
        about: &About,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let made = self.signature(content, about.at);
        let armored = made.and_then(|made| made.to_armored_bytes(ArmorOptions::default()));
        let armored = armored.map_err(|error| unsigned(&error, about))?;
        let failed = |error| Failure::from_io(Side::Local, &about.name, &error);
        out.write_all(&armored).map_err(failed)
    }

    fn verifier(&self) -> Result<Box<dyn FileVerifier>, Failure> {
        Ok(Box::new(OpenPgpVerifier::of(self.key.to_public_key())))
    }

    fn is_one(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(b"-----BEGIN PGP SIGNATURE-----")
    }

    /// One file holds the signatures of any number of keys.
    fn may_sign_over(&self, there: &mut dyn Content, _content: &mut dyn Content) -> bool {
        read_all(there).is_ok()
    }

    fn sign_over(
        &self,
        there: &mut dyn Content,
        content: &mut dyn Content,
        about: &About,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let failed = |error| Failure::from_io(Side::Local, &about.name, &error);
        let mut all = read_all(there).map_err(|error| unsigned(&error, about))?;
        all.retain(|of| !self.made(&of.signature));
        all.push(self.signature(content, about.at).map_err(|error| unsigned(&error, about))?);
        let mut armored = Vec::new();
        armor::write(&&all[..], BlockType::Signature, &mut armored, None, true)
            .map_err(|error| unsigned(&error, about))?;
        out.write_all(&armored).map_err(failed)
    }
}

fn unsigned(error: &pgp::errors::Error, about: &About) -> Failure {
    Failure::from_error(FailureKind::Invalid, Side::Local, error).context(&about.name)
}

/// The part of a key that signs.
fn chosen(key: &SignedSecretKey, now: Timestamp) -> Result<Option<usize>, KeyError> {
    let unusable = |why| Err(KeyError::Unusable(why));
    let public = key.to_public_key();
    if key.primary_key.version() != KeyVersion::V4 {
        return unusable("castoff knows only keys of version 4".to_owned());
    }
    let primary = of_primary(&public);
    // What ends the primary key ends its subkeys.
    let refusal = primary.refusal(now);
    if let Some(why) = refusal.as_ref().filter(|_| primary.is_revoked || primary.signs) {
        return unusable(why.clone());
    }
    let subkeys =
        key.secret_subkeys.iter().enumerate().map(|(place, subkey)| {
            (place, subkey, of_subkey(&public, &subkey.signed_public_key()))
        });
    let signing: Vec<_> = subkeys.filter(|(_, _, standing)| standing.signs).collect();
    let usable = signing.iter().filter(|(_, _, standing)| standing.refusal(now).is_none());
    let newest = usable.max_by_key(|(_, subkey, _)| subkey.key.created_at().as_secs());
    match (newest, refusal) {
        (Some((place, ..)), _) => Ok(Some(*place)),
        (None, None) => Ok(None),
        (None, Some(why)) => {
            unusable(signing.iter().find_map(|(_, _, of)| of.refusal(now)).unwrap_or(why))
        }
    }
}

fn signed(
    key: &impl SigningKey,
    passphrase: &Password,
    content: &mut dyn Content,
    at: Timestamp,
) -> pgp::errors::Result<DetachedSignature> {
    let seconds = u32::try_from(at.as_second()).unwrap_or_default();
    let made = pgp::types::Timestamp::from_secs(seconds);
    let mut config = SignatureConfig::v4(SignatureType::Binary, key.algorithm(), key.hash_alg());
    config.hashed_subpackets = vec![
        Subpacket::regular(SubpacketData::IssuerFingerprint(key.fingerprint()))?,
        Subpacket::regular(SubpacketData::SignatureCreationTime(made))?,
    ];
    let issuer = SubpacketData::IssuerKeyId(key.legacy_key_id());
    config.unhashed_subpackets = vec![Subpacket::regular(issuer)?];
    Ok(DetachedSignature::new(config.sign(key, passphrase, content)?))
}
