//! Documents that are sealed: content and signature in one piece.

use std::io::Cursor;

use async_trait::async_trait;
use cms::{
    content_info::{CmsVersion, ContentInfo},
    signed_data::{EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos},
};
use jiff::Timestamp;
use x509_cert::{
    der::{
        Any, AnyRef, Decode, Encode,
        asn1::{OctetString, SetOfVec},
    },
    spki::AlgorithmIdentifierOwned,
};

use super::{Cms, CmsError, DATA, SIGNED_DATA, Trust, Verifier};
use crate::{
    model::Failure,
    ports::Sealer,
    sign::file::{About, FileVerified},
};

/// The largest envelope that is opened, in bytes.
const LIMIT: usize = 8 << 20;

/// Makes an envelope without signers, which RFC 5652, section 5.1
/// allows for what only carries. A reader sees that it is not signed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

/// What was in an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsealed {
    /// The document.
    pub content: Vec<u8>,
    /// The trusted signer; none: it is not signed.
    pub by: Option<FileVerified>,
}

#[async_trait]
impl Sealer for Cms {
    async fn seal(&self, content: &[u8]) -> Result<Vec<u8>, Failure> {
        let about =
            About { name: "the document".to_owned(), at: crate::net::Clock::system().now() };
        let mut out = Vec::new();
        self.write(&mut Cursor::new(content), &about, true, &mut out)
            .map_err(|error| error.at(self.subject()))?;
        Ok(out)
    }

    fn who(&self) -> String {
        self.subject()
    }

    fn certificate(&self) -> Option<Vec<u8>> {
        self.certificate_der().ok()
    }
}

#[async_trait]
impl Sealer for Nobody {
    async fn seal(&self, content: &[u8]) -> Result<Vec<u8>, Failure> {
        carried(content).map_err(|error| error.at("the document"))
    }

    fn who(&self) -> String {
        "no signer".to_owned()
    }

    fn certificate(&self) -> Option<Vec<u8>> {
        None
    }
}

fn carried(content: &[u8]) -> Result<Vec<u8>, CmsError> {
    let data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::new(),
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: DATA,
            econtent: Some(Any::encode_from(&OctetString::new(content)?)?),
        },
        certificates: None,
        crls: None,
        signer_infos: SignerInfos(SetOfVec::new()),
    };
    let info = ContentInfo { content_type: SIGNED_DATA, content: Any::encode_from(&data)? };
    Ok(info.to_der()?)
}

/// Opens an envelope in DER, and verifies its signature if it has one.
///
/// # Errors
///
/// Fails as [`FailureKind::Integrity`](crate::model::FailureKind::Integrity)
/// where it is damaged or larger than 8 MiB, says something in other words than
/// DER's, or is signed by a signer that `trust` does not accept. With no `trust`, it
/// must not be signed.
pub fn unseal(der: &[u8], trust: Option<&Trust>, now: Timestamp) -> Result<Unsealed, Failure> {
    open(der, trust, now).map_err(|error| error.wrong())
}

fn open(der: &[u8], trust: Option<&Trust>, now: Timestamp) -> Result<Unsealed, CmsError> {
    if der.len() > LIMIT {
        return Err(CmsError::Damaged(format!("it has more than {LIMIT} bytes")));
    }
    let (content, is_sealed) = content_of(der)?;
    if !is_sealed {
        return Ok(Unsealed { content, by: None });
    }
    let trust = trust.ok_or(CmsError::NoTrust)?;
    // What was taken out is what was hashed, or this fails.
    let (mut envelope, mut within) = (Cursor::new(der), Cursor::new(&content));
    let by = Verifier::check(trust, &mut envelope, &mut within, now)?;
    Ok(Unsealed { content, by: Some(by) })
}

/// The document in an envelope, and whether it is signed.
fn content_of(der: &[u8]) -> Result<(Vec<u8>, bool), CmsError> {
    let info = ContentInfo::from_der(der)?;
    if info.content_type != SIGNED_DATA {
        return Err(CmsError::Damaged("it is of another type".to_owned()));
    }
    let data: SignedData = info.content.decode_as()?;
    // What could be said in two ways could be changed unseen.
    let again = ContentInfo { content_type: SIGNED_DATA, content: Any::encode_from(&data)? };
    if again.to_der()? != der {
        return Err(CmsError::Damaged("it is not DER".to_owned()));
    }
    refuse_loose(&data)?;
    let content = data.encap_content_info.econtent.as_ref();
    let content = content.ok_or_else(|| CmsError::Damaged("it is empty".to_owned()))?;
    let content: OctetString = AnyRef::from(content).decode_as()?;
    Ok((content.into_bytes(), !data.signer_infos.0.is_empty()))
}

/// Fails where a part that no signature covers is not as it must be, or says
/// what no reader uses (RFC 5652, sections 5.1 and 5.3).
fn refuse_loose(data: &SignedData) -> Result<(), CmsError> {
    let infos = &data.signer_infos.0;
    let is_new = infos.iter().any(|info| info.version == CmsVersion::V3);
    let version = if is_new { CmsVersion::V3 } else { CmsVersion::V1 };
    let is_right = data.version == version
        && data.encap_content_info.econtent_type == DATA
        && data.crls.is_none()
        && data.digest_algorithms.len() <= infos.len()
        && infos.iter().all(|info| is_plain(data, info));
    if is_right {
        Ok(())
    } else {
        Err(CmsError::Damaged("its parts contradict each other".to_owned()))
    }
}

fn is_plain(data: &SignedData, info: &SignerInfo) -> bool {
    let version = match &info.sid {
        SignerIdentifier::IssuerAndSerialNumber(_) => CmsVersion::V1,
        SignerIdentifier::SubjectKeyIdentifier(_) => CmsVersion::V3,
    };
    let is_bare = |of: &AlgorithmIdentifierOwned| {
        of.parameters.as_ref().is_none_or(|parameters| *parameters == Any::null())
    };
    info.version == version
        && info.unsigned_attrs.is_none()
        && data.digest_algorithms.iter().any(|of| *of == info.digest_alg)
        && is_bare(&info.digest_alg)
        && is_bare(&info.signature_algorithm)
}
