//! Keys that sign files, and keys that check what they signed.

use std::{path::Path, sync::Arc};

use jiff::Timestamp;

use crate::app::signers::{open_key, private_key};
use crate::{
    model::{Failure, FailureKind, Side, SignerSpec, Signing},
    ports::Sealer,
    secret::Secrets,
    sign::{
        Form,
        cms::{Certificates, Cms},
        cosign::Cosign,
        file::FileSigner,
        minisign::Minisign,
        openpgp::OpenPgp,
        read_key,
    },
};

/// Opens the key of somebody who seals documents.
pub(in crate::app) async fn sealer(
    spec: &SignerSpec,
    secrets: &Secrets,
) -> Result<Arc<dyn Sealer>, Failure> {
    match &spec.with {
        Signing::Cms { key, certificate, chain, .. } => {
            let key = CmsKey { key, certificate, chain: chain.as_deref() };
            Ok(Arc::new(cms(spec, key, true, secrets).await?))
        }
        _ => {
            let what = format!("{} seals no documents", spec.kind());
            Err(Failure::new(FailureKind::Invalid, Side::Local, what))
        }
    }
}

/// A key with its certificates.
struct CmsKey<'s> {
    key: &'s Path,
    certificate: &'s Path,
    chain: Option<&'s Path>,
}

async fn cms(
    spec: &SignerSpec,
    CmsKey { key, certificate, chain }: CmsKey<'_>,
    attached: bool,
    secrets: &Secrets,
) -> Result<Cms, Failure> {
    let (own, chain) = (read_key(certificate)?, chain.map(read_key).transpose()?);
    let private = private_key(spec, key, Form::Asn1, secrets).await?;
    let chain = chain.as_ref().map(|chain| chain.as_slice());
    let opened = Certificates::of_key(private.public(), &own, chain)
        .and_then(|all| Cms::new(private, all, attached, Timestamp::now()));
    opened.map_err(|error| error.at(certificate.display()))
}

/// Opens the key of a signer of files.
pub(in crate::app) async fn signer(
    spec: &SignerSpec,
    secrets: &Secrets,
) -> Result<Arc<dyn FileSigner>, Failure> {
    match &spec.with {
        Signing::Cms { key, certificate, chain, detached } => {
            let key = CmsKey { key, certificate, chain: chain.as_deref() };
            Ok(Arc::new(cms(spec, key, !detached, secrets).await?))
        }
        Signing::Minisign { key } => {
            Ok(Arc::new(open_key(spec, key, secrets, Minisign::open).await?))
        }
        Signing::OpenPgp { key } => {
            let open = |bytes: &[u8], passphrase: Option<&[u8]>| {
                OpenPgp::open(bytes, passphrase, Timestamp::now())
            };
            Ok(Arc::new(open_key(spec, key, secrets, open).await?))
        }
        Signing::Cosign { key, .. } => {
            Ok(Arc::new(Cosign::new(private_key(spec, key, Form::Asn1, secrets).await?)))
        }
        Signing::Notary { .. } | Signing::Checksums => {
            let what = format!("{} signs no files", spec.kind());
            Err(Failure::new(FailureKind::Invalid, Side::Local, what))
        }
    }
}
