//! Signs files.

use std::io::{self, Read, SeekFrom, Write};

use cms::{
    cert::{CertificateChoices, IssuerAndSerialNumber},
    content_info::CmsVersion,
    signed_data::{SignerIdentifier, SignerInfo},
};
use jiff::Timestamp;
use x509_cert::{
    attr::{Attribute, Attributes},
    der::{
        Any, Encode,
        asn1::{GeneralizedTime, ObjectIdentifier, OctetString, SetOfVec, UtcTime},
    },
    spki::AlgorithmIdentifierOwned,
    time::Time,
};

use super::{
    CONTENT_TYPE, Certificates, CmsError, DATA, ECDSA_SHA256, ECDSA_SHA384, MESSAGE_DIGEST,
    RSA_SHA256, SHA256, SHA384, SIGNED_DATA, SIGNING_TIME, Trust, Verifier,
    der::{FIRST, OCTETS, SEQUENCE, SET, wrapped},
    parse::parse,
};
use crate::{
    model::Failure,
    sign::{
        Hash, KeyKind, PrivateKey,
        file::{About, Content, FileSigner, FileVerifier},
    },
};

/// Signs files with a key and its certificate.
pub struct Cms {
    key: PrivateKey,
    certificates: Certificates,
    /// Whether the content is in the signature.
    attached: bool,
    hash: Hash,
}

impl Cms {
    /// Signs with `key`; what is `attached` holds the content too.
    ///
    /// # Errors
    ///
    /// Fails where the certificate is not valid at `now`, and where CMS is not
    /// done with such a key.
    pub fn new(
        key: PrivateKey,
        certificates: Certificates,
        attached: bool,
        now: Timestamp,
    ) -> Result<Self, CmsError> {
        let hash = key.hash().ok_or(CmsError::UnknownKey)?;
        certificates.refuse_invalid(now)?;
        Ok(Self { key, certificates, attached, hash })
    }

    /// The owner of the key.
    pub(super) fn subject(&self) -> String {
        self.certificates.signer().tbs_certificate.subject.to_string()
    }

    /// The signer's certificate.
    pub(super) fn certificate_der(&self) -> Result<Vec<u8>, CmsError> {
        Ok(self.certificates.signer().to_der()?)
    }

    /// Signs all of `content`; what is `attached` holds it too.
    pub(super) fn write(
        &self,
        content: &mut dyn Content,
        about: &About,
        attached: bool,
        out: &mut dyn Write,
    ) -> Result<(), CmsError> {
        self.certificates.refuse_invalid(about.at)?;
        let mut hashing = self.hash.start();
        let size = hashing.read(content)?;
        let digest = hashing.finish();
        let infos = SetOfVec::try_from(vec![self.signer_info(&digest, about.at)?])?.to_der()?;
        let algorithms = SetOfVec::try_from(vec![self.digest_algorithm()])?.to_der()?;
        let mut first = CmsVersion::V1.to_der()?;
        first.extend(algorithms);
        let mut last = self.certificate_set()?;
        last.extend(infos);
        let (data, signed_data) = (DATA.to_der()?, SIGNED_DATA.to_der()?);
        let around: [(u8, &[u8], &[u8]); 3] =
            [(SEQUENCE, &first, &last), (FIRST, &[], &[]), (SEQUENCE, &signed_data, &[])];
        if !attached {
            let layers = [&[(SEQUENCE, &data[..], &[][..])], &around[..]].concat();
            let (before, after) = wrapped(0, &layers);
            out.write_all(&before)?;
            return Ok(out.write_all(&after)?);
        }
        let within: [(u8, &[u8], &[u8]); 3] =
            [(OCTETS, &[], &[]), (FIRST, &[], &[]), (SEQUENCE, &data, &[])];
        let (before, after) = wrapped(size, &[within, around].concat());
        out.write_all(&before)?;
        self.copy(content, size, &digest, out)?;
        Ok(out.write_all(&after)?)
    }

    /// Writes the content, which must be the one that was hashed.
    fn copy(
        &self,
        content: &mut dyn Content,
        size: u64,
        digest: &[u8],
        out: &mut dyn Write,
    ) -> Result<(), CmsError> {
        content.seek(SeekFrom::Start(0))?;
        let mut hashing = self.hash.start();
        // One byte more tells whether it grew.
        let mut tee = Tee { from: &mut content.take(size + 1), to: out };
        let copied = hashing.read(&mut tee)?;
        let is_same = copied == size && hashing.finish() == digest;
        if is_same { Ok(()) } else { Err(CmsError::Changed) }
    }

    fn signer_info(&self, digest: &[u8], at: Timestamp) -> Result<SignerInfo, CmsError> {
        let attributes = attributes(digest, at)?;
        let signature = self.key.sign(&attributes.to_der()?)?;
        let own = &self.certificates.signer().tbs_certificate;
        Ok(SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: own.issuer.clone(),
                serial_number: own.serial_number.clone(),
            }),
            digest_alg: self.digest_algorithm(),
            signed_attrs: Some(attributes),
            signature_algorithm: self.signature_algorithm(),
            signature: OctetString::new(signature)?,
            unsigned_attrs: None,
        })
    }

    /// `CertificateSet`, which is a set with a tag of its own.
    fn certificate_set(&self) -> Result<Vec<u8>, CmsError> {
        let all = self.certificates.all().iter().cloned();
        let all: Vec<_> = all.map(CertificateChoices::Certificate).collect();
        let mut der = SetOfVec::try_from(all)?.to_der()?;
        debug_assert_eq!(der.first(), Some(&SET));
        der[0] = FIRST;
        Ok(der)
    }

    fn digest_algorithm(&self) -> AlgorithmIdentifierOwned {
        let oid = if self.hash == Hash::Sha384 { SHA384 } else { SHA256 };
        AlgorithmIdentifierOwned { oid, parameters: None }
    }

    fn signature_algorithm(&self) -> AlgorithmIdentifierOwned {
        let (oid, parameters) = match (self.key.public().kind(), self.hash) {
            (KeyKind::Rsa, _) => (RSA_SHA256, Some(Any::null())),
            (_, Hash::Sha384) => (ECDSA_SHA384, None),
            _ => (ECDSA_SHA256, None),
        };
        AlgorithmIdentifierOwned { oid, parameters }
    }
}

impl FileSigner for Cms {
    fn ending(&self) -> &'static str {
        if self.attached { "p7m" } else { "p7s" }
    }

    fn sign(
        &self,
        content: &mut dyn Content,
        about: &About,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        self.write(content, about, self.attached, out).map_err(|error| error.at(&about.name))
    }

    fn verifier(&self) -> Result<Box<dyn FileVerifier>, Failure> {
        let key = self.key.public().clone();
        Ok(Box::new(Verifier(Trust::Key(key))))
    }

    fn is_one(&self, bytes: &[u8]) -> bool {
        is_cms(bytes)
    }

    /// A signature names its certificate, whatever it is over.
    fn may_sign_over(&self, there: &mut dyn Content, _content: &mut dyn Content) -> bool {
        parse(there).is_ok_and(|of| of.is_by(&Trust::Key(self.key.public().clone())))
    }
}

/// Whether something that begins so may be a signature.
pub(super) fn is_cms(bytes: &[u8]) -> bool {
    let named = |oid: ObjectIdentifier| oid.to_der().unwrap_or_default();
    let begins = bytes.get(..32).unwrap_or(bytes);
    let oid = named(SIGNED_DATA);
    bytes.starts_with(&[SEQUENCE]) && begins.windows(oid.len()).any(|part| part == oid)
}

/// The attributes that are signed, in their order.
fn attributes(digest: &[u8], at: Timestamp) -> Result<Attributes, CmsError> {
    let attribute = |oid, value| -> Result<Attribute, CmsError> {
        Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
    };
    Ok(SetOfVec::try_from(vec![
        attribute(CONTENT_TYPE, Any::encode_from(&DATA)?)?,
        attribute(SIGNING_TIME, Any::encode_from(&time(at)?)?)?,
        attribute(MESSAGE_DIGEST, Any::encode_from(&OctetString::new(digest)?)?)?,
    ])?)
}

/// With two digits for the year as long as they are enough.
fn time(at: Timestamp) -> Result<Time, CmsError> {
    let since = std::time::Duration::from_secs(u64::try_from(at.as_second()).unwrap_or_default());
    Ok(match UtcTime::from_unix_duration(since) {
        Ok(time) => Time::UtcTime(time),
        Err(_) => Time::GeneralTime(GeneralizedTime::from_unix_duration(since)?),
    })
}

/// Writes what is read.
struct Tee<'a> {
    from: &'a mut dyn Read,
    to: &'a mut dyn Write,
}

impl Read for Tee<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.to.write_all(&buffer[..count])?;
        Ok(count)
    }
}
