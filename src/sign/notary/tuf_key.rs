//! Public keys, as metadata has them.

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use x509_cert::{
    Certificate,
    der::{Decode, asn1::ObjectIdentifier},
};

use super::canonical;
use crate::{
    model::Digest,
    sign::{Form, KeyError, KeyKind, PublicKey},
};

/// `id-at-commonName` (RFC 5280, appendix A).
pub(super) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// A public key of a role: bare, or in a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TufKey {
    keytype: String,
    keyval: KeyValue,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeyValue {
    /// Never there, and part of what the key's name is made of.
    #[serde(default)]
    private: Option<String>,
    public: String,
}

/// The name that a certificate is for, and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The common name.
    pub name: String,
    /// The first moment at which it is good.
    pub begins: Timestamp,
    /// The last moment.
    pub expires: Timestamp,
}

impl TufKey {
    /// The key by itself.
    ///
    /// # Errors
    ///
    /// Fails where it is of a kind that notary does not have.
    pub fn of(key: &PublicKey) -> Result<Self, KeyError> {
        match key.kind() {
            KeyKind::P256 => Ok(Self::new("ecdsa", key.spki())),
            KeyKind::Ed25519 => Ok(Self::new("ed25519", key.raw())),
            KeyKind::Rsa => Ok(Self::new("rsa", key.spki())),
            // notary hashes with SHA-256 whatever the curve is.
            KeyKind::P384 => Err(KeyError::Unknown("a key on P-384 for notary".to_owned())),
        }
    }

    /// The key in a certificate, which is in PEM.
    #[must_use]
    pub fn of_certificate(pem: &str) -> Self {
        Self::new("ecdsa-x509", pem.as_bytes())
    }

    fn new(keytype: &str, public: &[u8]) -> Self {
        let keyval = KeyValue { private: None, public: BASE64_STANDARD.encode(public) };
        Self { keytype: keytype.to_owned(), keyval }
    }

    /// What names the key in metadata.
    #[must_use]
    pub fn id(&self) -> String {
        let value = json!({
            "keytype": self.keytype,
            "keyval": { "private": null, "public": self.keyval.public },
        });
        Digest::of(&canonical(&value).unwrap_or_default()).hex().to_owned()
    }

    /// What names the key on a disk, where it has no certificate around it.
    ///
    /// # Errors
    ///
    /// Fails where it is no key that is known here.
    pub fn bare_id(&self) -> Result<String, KeyError> {
        Ok(Self::of(&self.opened()?)?.id())
    }

    /// The key, to check signatures with.
    ///
    /// # Errors
    ///
    /// Fails where it is no key that is known here.
    pub fn opened(&self) -> Result<PublicKey, KeyError> {
        let public = self.public()?;
        let key = match self.keytype.as_str() {
            "ecdsa" | "rsa" => PublicKey::from_spki(&public, Form::Fixed)?,
            "ecdsa-x509" | "rsa-x509" => PublicKey::from_pem(&public, Form::Fixed)?,
            "ed25519" => PublicKey::from_ed25519(&public)?,
            other => {
                let other = crate::model::escape(other);
                return Err(KeyError::Unknown(format!("`{other}` in the metadata")));
            }
        };
        let kind = match self.keytype.as_str() {
            "ecdsa" | "ecdsa-x509" => KeyKind::P256,
            "ed25519" => KeyKind::Ed25519,
            _ => KeyKind::Rsa,
        };
        if key.kind() == kind {
            return Ok(key);
        }
        Err(KeyError::Unknown(format!("{:?} that calls itself `{}`", key.kind(), self.keytype)))
    }

    /// The name that its certificate is for; none without a certificate.
    ///
    /// # Errors
    ///
    /// Fails where the certificate cannot be read.
    pub fn bearer(&self) -> Result<Option<Bearer>, KeyError> {
        if !self.keytype.ends_with("-x509") {
            return Ok(None);
        }
        let damaged = |error: &dyn std::fmt::Display| KeyError::Damaged(error.to_string());
        let block = pem::parse(self.public()?).map_err(|error| damaged(&error))?;
        let certificate =
            Certificate::from_der(block.contents()).map_err(|error| damaged(&error))?;
        let tbs = &certificate.tbs_certificate;
        let names = tbs.subject.0.iter().flat_map(|name| name.0.iter());
        let mut names = names.filter(|part| part.oid == COMMON_NAME);
        let name = names.next().map(|part| String::from_utf8_lossy(part.value.value()));
        let at = |time: x509_cert::time::Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs());
            seconds.ok().and_then(|seconds| Timestamp::from_second(seconds).ok())
        };
        let times = at(tbs.validity.not_before).zip(at(tbs.validity.not_after));
        let (begins, expires) = times.ok_or_else(|| damaged(&"its validity is not a time"))?;
        Ok(Some(Bearer { name: name.unwrap_or_default().into_owned(), begins, expires }))
    }

    fn public(&self) -> Result<Vec<u8>, KeyError> {
        BASE64_STANDARD
            .decode(&self.keyval.public)
            .map_err(|error| KeyError::Damaged(error.to_string()))
    }
}
