//! The certificate of a root key. Only its own key signs it: what it adds to
//! the key is the name that the key is for.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use x509_cert::{
    Certificate, TbsCertificate, Version,
    attr::AttributeTypeAndValue,
    der::{
        self, Any, Decode, Encode, EncodePem,
        asn1::{
            BitString, GeneralizedTime, ObjectIdentifier, OctetString, SequenceOf, SetOfVec, Uint,
            Utf8StringRef,
        },
        oid::AssociatedOid,
        pem::LineEnding,
    },
    ext::{
        Extension,
        pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages},
    },
    name::{Name, RelativeDistinguishedName},
    serial_number::SerialNumber,
    spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned},
    time::{Time, Validity},
};

use super::{Gun, tuf_key::COMMON_NAME};
use crate::sign::{KeyError, KeyKind, PrivateKey};

/// `ecdsa-with-SHA256` (RFC 5758).
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
/// `id-kp-codeSigning` (RFC 5280, section 4.2.1.12).
const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
/// How long it is good, as notary has it: ten years.
const LIFE: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);
/// How far another's clock may be behind.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A certificate in PEM that says that `key`, which is on P-256 and signs in
/// fixed form, is for `gun`.
///
/// # Errors
///
/// Fails where the key is of another kind.
pub fn certificate(key: &PrivateKey, gun: &Gun, now: Timestamp) -> Result<String, KeyError> {
    if key.public().kind() != KeyKind::P256 {
        let what = format!("{:?}; a root key must be on P-256", key.public().kind());
        return Err(KeyError::Unknown(what));
    }
    let mut serial = [0; 16];
    aws_lc_rs::rand::fill(&mut serial).map_err(|_| KeyError::Refused)?;
    let damaged = |error: der::Error| KeyError::Damaged(error.to_string());
    let said = said(key, gun, now, &serial).map_err(damaged)?;
    let signature = key.sign(&said.to_der().map_err(damaged)?)?;
    let signature = in_der(&signature).and_then(|der| BitString::from_bytes(&der));
    let certificate = Certificate {
        signature_algorithm: said.signature.clone(),
        tbs_certificate: said,
        signature: signature.map_err(damaged)?,
    };
    certificate.to_pem(LineEnding::LF).map_err(damaged)
}

/// All that is signed.
fn said(
    key: &PrivateKey,
    gun: &Gun,
    now: Timestamp,
    serial: &[u8],
) -> Result<TbsCertificate, der::Error> {
    let name = AttributeTypeAndValue {
        oid: COMMON_NAME,
        value: Any::encode_from(&Utf8StringRef::new(gun.as_str())?)?,
    };
    let name: Name = vec![RelativeDistinguishedName(SetOfVec::try_from(vec![name])?)].into();
    let usage = KeyUsage(KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment);
    let constraints = BasicConstraints { ca: false, path_len_constraint: None };
    Ok(TbsCertificate {
        version: Version::V3,
        serial_number: SerialNumber::new(serial)?,
        signature: AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA256, parameters: None },
        issuer: name.clone(),
        validity: Validity { not_before: time(now - SKEW)?, not_after: time(now + LIFE)? },
        subject: name,
        subject_public_key_info: SubjectPublicKeyInfoOwned::from_der(key.public().spki())?,
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: Some(vec![
            extension(&usage, true)?,
            extension(&ExtendedKeyUsage(vec![CODE_SIGNING]), false)?,
            extension(&constraints, true)?,
        ]),
    })
}

fn extension<T: AssociatedOid + Encode>(
    value: &T,
    critical: bool,
) -> Result<Extension, der::Error> {
    Ok(Extension { extn_id: T::OID, critical, extn_value: OctetString::new(value.to_der()?)? })
}

/// Until 2049 in the short form, as RFC 5280 wants it.
fn time(time: Timestamp) -> Result<Time, der::Error> {
    let seconds = Duration::from_secs(u64::try_from(time.as_second()).unwrap_or_default());
    match der::asn1::UtcTime::from_unix_duration(seconds) {
        Ok(time) => Ok(Time::UtcTime(time)),
        Err(_) => GeneralizedTime::from_unix_duration(seconds).map(Time::GeneralTime),
    }
}

/// Two numbers of one length as a DER sequence.
fn in_der(signature: &[u8]) -> Result<Vec<u8>, der::Error> {
    let (r, s) = signature.split_at(signature.len() / 2);
    let mut numbers = SequenceOf::<Uint, 2>::new();
    numbers.add(Uint::new(r)?)?;
    numbers.add(Uint::new(s)?)?;
    numbers.to_der()
}
