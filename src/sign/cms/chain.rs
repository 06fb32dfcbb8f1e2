//! Whether a certificate leads to one that is trusted. The path is built and
//! checked as TLS does it (RFC 5280), by `webpki`.

use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use webpki::{
    EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, KeyUsage,
    RequiredEkuNotFoundContext, anchor_from_trusted_cert,
};
use x509_cert::{
    Certificate,
    certificate::Version,
    der::{Decode, Encode},
};

use super::{
    CmsError,
    certificates::{public_key, refuse_invalid},
    hash_signed,
};

/// What certificates may be signed with.
static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    webpki::aws_lc_rs::ECDSA_P256_SHA256,
    webpki::aws_lc_rs::ECDSA_P256_SHA384,
    webpki::aws_lc_rs::ECDSA_P384_SHA256,
    webpki::aws_lc_rs::ECDSA_P384_SHA384,
    webpki::aws_lc_rs::ED25519,
    webpki::aws_lc_rs::RSA_PKCS1_2048_8192_SHA256,
    webpki::aws_lc_rs::RSA_PKCS1_2048_8192_SHA384,
    webpki::aws_lc_rs::RSA_PKCS1_2048_8192_SHA512,
    webpki::aws_lc_rs::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    webpki::aws_lc_rs::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    webpki::aws_lc_rs::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
];

/// `anyExtendedKeyUsage`, `id-kp-codeSigning`, `id-kp-emailProtection` (RFC
/// 5280): what certificates are for that sign content.
const PURPOSES: [&[usize]; 3] =
    [&[2, 5, 29, 37, 0], &[1, 3, 6, 1, 5, 5, 7, 3, 3], &[1, 3, 6, 1, 5, 5, 7, 3, 4]];

/// `id-kp-codeSigning`, encoded, to be named in errors.
const CODE_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 3];

/// A certificate that says what it is for is for signing.
struct Signs;

impl ExtendedKeyUsageValidator for Signs {
    fn validate(&self, iter: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        let mut present = Vec::new();
        for purpose in iter {
            let purpose: Vec<usize> = purpose?.to_decoded_oid();
            if PURPOSES.contains(&purpose.as_slice()) {
                return Ok(());
            }
            present.push(purpose);
        }
        if present.is_empty() {
            return Ok(());
        }
        let required = KeyUsage::required(CODE_SIGNING);
        let context = RequiredEkuNotFoundContext { required, present };
        Err(webpki::Error::RequiredEkuNotFoundContext(context))
    }
}

/// Fails unless `signer` is one of `roots`, in DER, or leads to one of them by
/// way of `others`, and all on the way is valid at a time.
pub(super) fn check(
    signer: &Certificate,
    others: &[Certificate],
    roots: &[Vec<u8>],
    now: Timestamp,
) -> Result<(), CmsError> {
    // These tell dates and names, which webpki does not.
    refuse_invalid(signer, now)?;
    let der = signer.to_der()?;
    if roots.contains(&der) {
        return Ok(());
    }
    let untrusted = |why: &dyn std::fmt::Display| {
        CmsError::Untrusted(signer.tbs_certificate.subject.to_string(), why.to_string())
    };
    if signer.tbs_certificate.version == Version::V1 {
        let why = "it is of version 1, and is not signed by a trusted one";
        return if is_of_root(signer, roots, now)? { Ok(()) } else { Err(untrusted(&why)) };
    }
    let (mut trusted, mut anchors) = (Vec::new(), Vec::new());
    for root in roots {
        // The verifier does not check the dates of trusted certificates.
        refuse_invalid(&Certificate::from_der(root)?, now)?;
        trusted.push(CertificateDer::from(root.as_slice()));
    }
    for root in &trusted {
        anchors.push(anchor_from_trusted_cert(root).map_err(|error| untrusted(&error))?);
    }
    let others: Vec<_> =
        others.iter().map(|of| of.to_der().map(CertificateDer::from)).collect::<Result<_, _>>()?;
    let der = CertificateDer::from(der);
    let leaf = EndEntityCert::try_from(&der).map_err(|error| untrusted(&error))?;
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    leaf.verify_for_usage(ALGORITHMS, &anchors, &others, time, Signs, None, None)
        .map(drop)
        .map_err(|error| untrusted(&error))
}

/// Whether a root has itself signed a certificate of version 1. These have no
/// extensions, so `webpki` takes none; as the last of a path they are valid
/// (RFC 5280, section 6.1), and many a small authority makes them.
fn is_of_root(signer: &Certificate, roots: &[Vec<u8>], now: Timestamp) -> Result<bool, CmsError> {
    let Some(hash) = hash_signed(signer.signature_algorithm.oid) else { return Ok(false) };
    let (message, signature) = (signer.tbs_certificate.to_der()?, signer.signature.raw_bytes());
    for root in roots {
        let root = Certificate::from_der(root)?;
        if root.tbs_certificate.subject == signer.tbs_certificate.issuer
            && public_key(&root)?.verifies_with(hash, &message, signature)
        {
            refuse_invalid(&root, now)?;
            return Ok(true);
        }
    }
    Ok(false)
}
