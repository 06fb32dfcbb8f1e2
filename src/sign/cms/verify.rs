//! Checks signatures of files.

use cms::signed_data::{SignerIdentifier, SignerInfo};
use jiff::Timestamp;
use x509_cert::{
    Certificate,
    attr::Attributes,
    der::{
        Decode, Encode,
        asn1::{ObjectIdentifier, OctetString},
    },
    ext::pkix::SubjectKeyIdentifier,
    time::Time,
};

use super::{
    CONTENT_TYPE, CmsError, MESSAGE_DIGEST, RSA, SIGNING_TIME,
    certificates::{public_key, read_pem, timestamp},
    chain, hash_signed,
    parse::{Parsed, hash_of, parse},
};
use crate::{
    model::Failure,
    sign::{
        Hash, PublicKey,
        file::{Content, FileVerified, FileVerifier},
    },
};

/// The signatures that are accepted.
#[derive(Clone)]
pub enum Trust {
    /// Those with a certificate that is one of these, in DER, or chains to one.
    Roots(Vec<Vec<u8>>),
    /// Those of one key, whatever its certificate says.
    Key(PublicKey),
}

/// Verifies signatures by trusted signers.
pub struct Verifier(pub Trust);

impl Trust {
    /// Those with a certificate that chains to one of a PEM file.
    ///
    /// # Errors
    ///
    /// Fails where there is none.
    pub fn roots(text: &[u8]) -> Result<Self, CmsError> {
        read_pem(text).map(Self::Roots)
    }
}

impl Verifier {
    pub(super) fn check(
        trust: &Trust,
        signature: &mut dyn Content,
        content: &mut dyn Content,
        now: Timestamp,
    ) -> Result<FileVerified, CmsError> {
        let parsed = parse(signature)?;
        let mut found = None;
        // What has several signers is right where all of them are.
        for info in &parsed.infos {
            let hash = hash_of(&info.digest_alg)?;
            content.rewind()?;
            let mut hashing = hash.start();
            hashing.read(content)?;
            let digest = hashing.finish();
            if let Some(within) = &parsed.content
                && !within.contains(&(hash, digest.clone()))
            {
                return Err(CmsError::OtherContent);
            }
            found = Some(trust.check_one(&parsed, info, &digest, now)?);
        }
        found.ok_or_else(|| CmsError::Damaged("it is not signed".to_owned()))
    }
}

impl Trust {
    fn check_one(
        &self,
        parsed: &Parsed,
        info: &SignerInfo,
        digest: &[u8],
        now: Timestamp,
    ) -> Result<FileVerified, CmsError> {
        let certificate = parsed.certificates.iter().find(|of| is_named(of, &info.sid));
        let attributes = info
            .signed_attrs
            .as_ref()
            .ok_or_else(|| CmsError::Unknown("it has no signed attributes".to_owned()))?;
        let content_type: ObjectIdentifier = one(attributes, CONTENT_TYPE)?;
        let signed: OctetString = one(attributes, MESSAGE_DIGEST)?;
        if content_type != parsed.content_type || signed.as_bytes() != digest {
            return Err(CmsError::OtherContent);
        }
        let key = self.key(certificate)?;
        let message = attributes.to_der()?;
        if !key.verifies_with(signature_hash(info)?, &message, info.signature.as_bytes()) {
            return Err(CmsError::Wrong);
        }
        if let (Self::Roots(roots), Some(signer)) = (self, certificate) {
            chain::check(signer, &parsed.certificates, roots, now)?;
        }
        let name = certificate.map(|of| of.tbs_certificate.subject.to_string());
        let at = one::<Time>(attributes, SIGNING_TIME).ok().and_then(timestamp);
        let by = name.unwrap_or_else(|| key.id().to_string());
        Ok(FileVerified { by, at, comment: None })
    }

    /// The key that must have signed.
    fn key(&self, certificate: Option<&Certificate>) -> Result<PublicKey, CmsError> {
        let named = certificate.map(public_key).transpose()?;
        match (self, named) {
            (Self::Key(trusted), Some(named)) if *trusted != named => Err(CmsError::NotThisKey),
            (Self::Key(trusted), _) => Ok(trusted.clone()),
            (Self::Roots(_), Some(named)) => Ok(named),
            (Self::Roots(_), None) => {
                Err(CmsError::Damaged("it does not contain the signer's certificate".to_owned()))
            }
        }
    }
}

impl Parsed {
    /// Whether all its signatures name a certificate that `trust` accepts.
    pub(super) fn is_by(&self, trust: &Trust) -> bool {
        let is_its = |of: &Certificate| match trust {
            Trust::Key(key) => public_key(of).is_ok_and(|of| of == *key),
            Trust::Roots(roots) => {
                chain::check(of, &self.certificates, roots, crate::net::Clock::system().now())
                    .is_ok()
            }
        };
        let by = |info: &SignerInfo| {
            self.certificates.iter().any(|of| is_named(of, &info.sid) && is_its(of))
        };
        !self.infos.is_empty() && self.infos.iter().all(by)
    }
}

impl FileVerifier for Verifier {
    fn verify(
        &self,
        signature: &mut dyn Content,
        content: &mut dyn Content,
        now: Timestamp,
    ) -> Result<FileVerified, Failure> {
        Self::check(&self.0, signature, content, now).map_err(|error| error.wrong())
    }
}

/// The hash function that the signature is over.
fn signature_hash(info: &SignerInfo) -> Result<Hash, CmsError> {
    match (info.signature_algorithm.oid, hash_signed(info.signature_algorithm.oid)) {
        (_, Some(hash)) => Ok(hash),
        (RSA, None) => hash_of(&info.digest_alg),
        (other, None) => Err(CmsError::Unknown(format!("the algorithm {other}"))),
    }
}

/// The only value of an attribute that is there once.
fn one<T>(attributes: &Attributes, oid: ObjectIdentifier) -> Result<T, CmsError>
where
    T: for<'a> Decode<'a>,
{
    let damaged = || CmsError::Damaged(format!("the attribute {oid} must be there exactly once"));
    let mut all = attributes.iter().filter(|attribute| attribute.oid == oid);
    let (Some(attribute), None) = (all.next(), all.next()) else { return Err(damaged()) };
    let (Some(value), 1) = (attribute.values.iter().next(), attribute.values.len()) else {
        return Err(damaged());
    };
    Ok(T::from_der(&value.to_der()?)?)
}

fn is_named(certificate: &Certificate, by: &SignerIdentifier) -> bool {
    let own = &certificate.tbs_certificate;
    match by {
        SignerIdentifier::IssuerAndSerialNumber(named) => {
            own.issuer == named.issuer && own.serial_number == named.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(named) => {
            matches!(own.get::<SubjectKeyIdentifier>(), Ok(Some((_, of))) if of == *named)
        }
    }
}
