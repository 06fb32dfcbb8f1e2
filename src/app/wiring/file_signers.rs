//! Keys that sign files, and keys that check what they signed.

use std::sync::Arc;

use super::{
    keys::{open_key, private_key},
    sealers,
    services::Services,
};
use crate::{
    model::{Failure, FailureKind, Side, SignerSpec, Signing},
    secret::Secrets,
    sign::{SignatureForm, cosign::Cosign, file::FileSigner, minisign::Minisign, openpgp::OpenPgp},
};

/// Opens the key of a signer of files.
pub(crate) async fn signer(
    services: &Services,
    spec: &SignerSpec,
    secrets: &Secrets,
) -> Result<Arc<dyn FileSigner>, Failure> {
    match &spec.with {
        Signing::Cms { .. } => Ok(Arc::new(sealers::key(spec, secrets).await?)),
        Signing::CmsService { .. } => {
            Ok(Arc::new(Box::pin(sealers::service(services, spec, secrets)).await?))
        }
        Signing::Minisign { key } => {
            Ok(Arc::new(open_key(spec, key, secrets, Minisign::open).await?))
        }
        Signing::OpenPgp { key } => {
            let open = |bytes: &[u8], passphrase: Option<&[u8]>| {
                OpenPgp::open(bytes, passphrase, crate::app::wiring::clock::now())
            };
            Ok(Arc::new(open_key(spec, key, secrets, open).await?))
        }
        Signing::Cosign { key, .. } => {
            let key = private_key(spec, key, SignatureForm::Asn1, secrets).await?;
            Ok(Arc::new(Cosign::new(key, services.environment.clone())))
        }
        Signing::Notary { .. } | Signing::Checksums => {
            let what = format!("{} cannot sign files", spec.kind());
            Err(Failure::new(FailureKind::Invalid, Side::Local, what))
        }
    }
}
