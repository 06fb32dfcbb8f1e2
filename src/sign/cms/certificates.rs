//! The certificates that name the owner of a key.

use jiff::Timestamp;
use x509_cert::{
    Certificate,
    der::{Decode, Encode},
    time::Time,
};

use super::CmsError;
use crate::sign::{Form, PublicKey};

/// A signer's certificate, and those between it and the root.
pub struct Certificates {
    all: Vec<Certificate>,
}

impl Certificates {
    /// Reads the certificate of `key`, which is the first of `own`, and all
    /// others there and in `chain`. All are PEM.
    ///
    /// # Errors
    ///
    /// Fails where there is no certificate, and where it is not of the key.
    pub fn of_key(key: &PublicKey, own: &[u8], chain: Option<&[u8]>) -> Result<Self, CmsError> {
        let mut all: Vec<Certificate> = Vec::new();
        for der in [Some(own), chain].into_iter().flatten().map(read_pem) {
            for der in der? {
                let certificate = Certificate::from_der(&der)?;
                if !all.contains(&certificate) {
                    all.push(certificate);
                }
            }
        }
        let this = Self { all };
        if public_key(this.signer())? == *key { Ok(this) } else { Err(CmsError::OtherKey) }
    }

    /// The signer's own.
    pub(super) fn signer(&self) -> &Certificate {
        &self.all[0]
    }

    /// All of them.
    pub(super) fn all(&self) -> &[Certificate] {
        &self.all
    }

    /// Fails where the signer's certificate is not valid at a time.
    pub(super) fn refuse_invalid(&self, now: Timestamp) -> Result<(), CmsError> {
        refuse_invalid(self.signer(), now)
    }
}

/// All certificates of a PEM file, in DER; there is at least one.
pub(super) fn read_pem(text: &[u8]) -> Result<Vec<Vec<u8>>, CmsError> {
    let none = |why: &dyn std::fmt::Display| CmsError::NoCertificate(why.to_string());
    let blocks = pem::parse_many(text).map_err(|error| none(&error))?;
    let is_one = |block: &pem::Pem| matches!(block.tag(), "CERTIFICATE" | "TRUSTED CERTIFICATE");
    let all: Vec<Vec<u8>> =
        blocks.into_iter().filter(is_one).map(pem::Pem::into_contents).collect();
    if all.is_empty() { Err(none(&"it has none")) } else { Ok(all) }
}

/// The key that a certificate is of.
pub(super) fn public_key(certificate: &Certificate) -> Result<PublicKey, CmsError> {
    let spki = certificate.tbs_certificate.subject_public_key_info.to_der()?;
    Ok(PublicKey::from_spki(&spki, Form::Asn1)?)
}

/// Fails where a certificate is not valid at a time.
pub(super) fn refuse_invalid(certificate: &Certificate, now: Timestamp) -> Result<(), CmsError> {
    let validity = &certificate.tbs_certificate.validity;
    let (from, to) = (timestamp(validity.not_before), timestamp(validity.not_after));
    let subject = || certificate.tbs_certificate.subject.to_string();
    match (from, to) {
        (Some(from), _) if now < from => Err(CmsError::NotYet(subject(), from)),
        (_, Some(to)) if now > to => Err(CmsError::Expired(subject(), to)),
        _ => Ok(()),
    }
}

/// A moment as certificates and attributes write it; none: beyond all times
/// that are told here.
pub(super) fn timestamp(time: Time) -> Option<Timestamp> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
    Timestamp::from_second(seconds).ok()
}
