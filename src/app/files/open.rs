//! Keys that sign files, and keys that check what they signed.

use std::sync::Arc;

use jiff::Timestamp;

use crate::app::signers::{open_key, private_key};
use crate::{
    model::{Failure, FailureKind, Side, SignerSpec, Signing},
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

/// Opens the key of a signer of files.
pub(in crate::app) async fn signer(
    spec: &SignerSpec,
    secrets: &Secrets,
) -> Result<Arc<dyn FileSigner>, Failure> {
    match &spec.with {
        Signing::Cms { key, certificate, chain, detached } => {
            let (own, chain) = (read_key(certificate)?, chain.as_deref().map(read_key));
            let chain = chain.transpose()?;
            let private = private_key(spec, key, Form::Asn1, secrets).await?;
            let chain = chain.as_ref().map(|chain| chain.as_slice());
            let opened = Certificates::of_key(private.public(), &own, chain)
                .and_then(|all| Cms::new(private, all, !detached, Timestamp::now()));
            Ok(Arc::new(opened.map_err(|error| error.at(certificate.display()))?))
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
